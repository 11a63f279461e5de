import Dispatch
import Foundation

/// Has `ccr-audit-send` send each request, so that a program that mostly reads files does not load a network client
/// each time it starts. A process for each request also means that whatever an answer does to the client, such as a
/// flood that keeps it busy, ends with that process.
package struct SpawnedTransport: HTTPTransport {
  /// What a process may take over the request's own time to start and to end, seconds.
  private static let grace = 3.0

  private let environment: [String: String]
  private let program: @Sendable () -> String

  /// - Parameters:
  ///   - environment: the variables that the sender gets, for proxies and certificates; ours are left out.
  ///   - program: where `ccr-audit` stands; asked for at each request.
  package init(environment: [String: String], program: @escaping @Sendable () -> String) {
    self.environment = environment.filter { !$0.key.hasPrefix("CCR_AUDIT_") }
    self.program = program
  }

  package func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    let sender = try Self.sender(of: program())
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: sender)
    process.environment = environment
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let order: Data
    do {
      order = try JSONEncoder().encode(SendOrder(request)) + Data("\n".utf8)
      try process.run()
    } catch {
      throw Self.unusable("\(sender) cannot be started", bodySent: false)
    }
    let identifier = process.processIdentifier
    let killer = DispatchWorkItem { kill(identifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + request.timeout + Self.grace, execute: killer)
    // Where the sender ended early, there is nothing to read either.
    try? input.fileHandleForWriting.write(contentsOf: order)
    let said = Self.line(from: output.fileHandleForReading)
    killer.cancel()
    // The sender ends with this, and Foundation sees to what is left of it: every moment until the answer is noted is one
    // in which a kill has the message sent again.
    try? input.fileHandleForWriting.close()
    switch try? JSONDecoder().decode(SendAnswer.self, from: said) {
    case .response(let response): return response
    case .failure(let failure): throw failure
    case nil:
      process.waitUntilExit()
      if process.terminationStatus == SIGKILL { throw HTTPFailure(.timedOut, bodySent: true) }
      // Nobody knows how far it came; the doubt goes towards "may repeat".
      throw Self.unusable("\(sender) gave no answer", bodySent: true)
    }
  }

  /// What comes until the end of a line, or of everything.
  private static func line(from handle: FileHandle) -> Data {
    var said = Data()
    while said.last != UInt8(ascii: "\n") {
      let more = handle.availableData
      if more.isEmpty { break }
      said += more
    }
    return said
  }

  /// Beside the program, as a build leaves it, or where `make install` puts it.
  private static func sender(of program: String) throws(HTTPFailure) -> String {
    let folder = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
    let places = [
      folder.appending(path: "ccr-audit-send"),
      folder.deletingLastPathComponent().appending(path: "libexec/ccr-audit/ccr-audit-send"),
    ].map { $0.path(percentEncoded: false) }
    if let found = places.first(where: FileManager.default.isExecutableFile) { return found }
    throw unusable("there is no \(places.joined(separator: " and no "))", bodySent: false)
  }

  private static func unusable(_ problem: String, bodySent: Bool) -> HTTPFailure {
    HTTPFailure(.noSender, bodySent: bodySent, detail: "\(problem); install ccr-audit again (make install)")
  }
}
