package import Commands
import Foundation
import Synchronization

/// What a command did, as far as its user sees.
package struct Outcome: Equatable, Sendable {
  package var exitCode: Int32
  package var output: String
  package var errors: String

  package init(exitCode: Int32, output: String, errors: String) {
    self.exitCode = exitCode
    self.output = output
    self.errors = errors
  }
}

/// Fails whatever is sent: a test that expects a message brings its own way out.
private struct NoTransport: HTTPTransport {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    fatalError("a test sent a request without a transport of its own")
  }
}

/// A world for commands: an empty home folder, a clock that stands still, no environment, captured output.
package final class TestContext: Sendable {
  /// 2026-06-25T00:05:00Z.
  package static let now: Int64 = 1_782_345_900_000

  /// The home folder, which is also the current folder.
  package let home: String
  private let state: Mutex<Context>
  private let written = Mutex((output: [UInt8](), errors: [UInt8]()))

  /// Makes the world, and removes its home folder when the body is done.
  package static func with<Result>(
    environment: [String: String] = [:], platform: Context.Platform = .linux, isTerminal: Bool = false,
    width: Int? = 120, _ body: (TestContext) throws -> Result
  ) throws -> Result {
    let home = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: home) }
    return try body(
      TestContext(
        home: home.resolvingSymlinksInPath().path(percentEncoded: false), environment: environment,
        platform: platform, isTerminal: isTerminal, width: width))
  }

  private init(
    home: String, environment: [String: String], platform: Context.Platform, isTerminal: Bool, width: Int?
  ) {
    let home = home.hasSuffix("/") ? String(home.dropLast()) : home
    self.home = home
    // The streams need `self`, which is not whole before there is a context.
    let silent = Output(isTerminal: isTerminal, width: width, put: { _ in })
    self.state = Mutex(
      Context(
        now: { Self.now }, timeZone: .gmt, environment: environment, homeDirectory: home, currentDirectory: home,
        platform: platform, output: silent, errors: silent, inputDescriptor: -1, transport: NoTransport(),
        wait: { _ in }))
    state.withLock { context in
      context.output = Output(isTerminal: isTerminal, width: width) { [unowned self] bytes in
        written.withLock { $0.output += bytes }
      }
      context.errors = Output(isTerminal: isTerminal, width: width) { [unowned self] bytes in
        written.withLock { $0.errors += bytes }
      }
    }
  }

  /// The context for a command; may be changed before it is used.
  package var context: Context {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// Runs the program in this process, and takes what it wrote.
  package func run(_ arguments: String...) -> Outcome { run(arguments) }

  /// Runs the program in this process, and takes what it wrote.
  package func run(_ arguments: [String]) -> Outcome {
    let exitCode = CCRAudit.run(arguments, in: context)
    return written.withLock { written in
      defer { written = ([], []) }
      return Outcome(
        exitCode: exitCode, output: String(decoding: written.output, as: UTF8.self),
        errors: String(decoding: written.errors, as: UTF8.self))
    }
  }

  /// Writes a file under the home folder, with the folders on the way, and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    let file = URL(filePath: home).appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return "\(home)/\(name)"
  }
}
