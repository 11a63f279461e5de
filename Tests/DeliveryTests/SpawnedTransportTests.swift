import Delivery
import Foundation
import TestSupport
import Testing

/// The sender as a process: where it is found, what it is told, and how it may fail.
@Suite(.timeLimit(.minutes(1))) struct SpawnedTransportTests {
  private let folder = TemporaryFolder()

  init() {
    // As the program does: a sender that ends early is no reason to end.
    _ = signal(SIGPIPE, SIG_IGN)
  }

  private func send(
    _ json: String? = "{}", to address: String = "https://example.invalid/SECRET", program: String? = nil,
    environment: [String: String] = [:], timeout: Double = 5
  ) throws -> Result<HTTPResponse, HTTPFailure> {
    let program = program ?? "\(folder.path)/bin/ccr-audit"
    let transport = SpawnedTransport(environment: environment, program: { program })
    let url = try WebhookURL(address, source: "test")
    do throws(HTTPFailure) {
      return .success(try transport.send(HTTPRequest(json.map { .post(json: $0) } ?? .get, url, timeout: timeout)))
    } catch {
      return .failure(error)
    }
  }

  /// Puts a script in the sender's place.
  private func install(_ script: String, at place: String = "bin/ccr-audit-send", mode: Int = 0o755) throws {
    for folder in ["bin", "libexec/ccr-audit"] {
      try FileManager.default.createDirectory(
        atPath: "\(self.folder.path)/\(folder)", withIntermediateDirectories: true)
    }
    try installed(Data("#!/bin/sh\n\(script)\n".utf8), at: place, mode: mode)
  }

  /// Copied by another process: while ours writes a program, a child that another test starts may hold it open, and
  /// the kernel refuses to run what somebody writes to.
  private func installed(_ program: Data, at place: String, mode: Int) throws {
    let draft = "\(folder.path)/draft"
    try program.write(to: URL(filePath: draft))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: draft)
    _ = try runBinary(arguments: [draft, "\(folder.path)/\(place)"], program: URL(filePath: "/bin/cp"))
  }

  private func failure(of result: Result<HTTPResponse, HTTPFailure>) throws -> HTTPFailure {
    switch result {
    case .success(let response):
      Issue.record("an answer from nowhere: \(response)")
      throw CancellationError()
    case .failure(let failure):
      #expect(!failure.description.contains("SECRET"))
      return failure
    }
  }

  @Test func aMissingSenderIsNamedWithAllPlaces() throws {
    let failure = try failure(of: send())
    #expect(failure.kind == .noSender && !failure.bodySent)
    #expect(failure.description.contains("/bin/ccr-audit-send and no "))
    #expect(failure.description.contains("/libexec/ccr-audit/ccr-audit-send; install ccr-audit again (make install)"))
  }

  @Test(arguments: [0o644, 0o755]) func aFileThatIsNoProgramIsNoSender(mode: Int) throws {
    try install("", mode: mode)
    if mode == 0o755 { try installed(Data("\u{7F}ELF nonsense".utf8), at: "bin/ccr-audit-send", mode: mode) }
    let failure = try failure(of: send())
    #expect(failure.kind == .noSender && !failure.bodySent)
    #expect(failure.description.contains("bin/ccr-audit-send"))
  }

  @Test(arguments: ["", "echo nonsense", "exec cat", "kill -SEGV $$"])
  func aSenderThatDoesNotAnswerMayHaveSent(script: String) throws {
    try install("read line\n\(script.isEmpty ? "exit 0" : script)")
    let failure = try failure(of: send(timeout: 1))
    #expect(failure.bodySent)
  }

  @Test func aSenderThatReadsNothingFailsAtOnce() throws {
    try install("exit 1")
    let failure = try failure(of: send(String(repeating: "x", count: 1_000_000)))
    #expect(failure.kind == .noSender)
  }

  @Test func aSenderThatHangsIsKilled() throws {
    try install("exec sleep 30")
    let begin = Date()
    // Longer than a pipe holds.
    let failure = try failure(of: send(String(repeating: "x", count: 1_000_000), timeout: 1))
    #expect(failure == HTTPFailure(.timedOut, bodySent: true))
    #expect(Date().timeIntervalSince(begin) < 10)
  }

  @Test(arguments: ["bin/ccr-audit-send", "libexec/ccr-audit/ccr-audit-send"])
  func isFoundWhereItIsInstalledAndThroughALink(place: String) throws {
    try install(#"echo '{"failure":{"_0":{"kind":"no connection","bodySent":false}}}'"#, at: place)
    _ = folder.file("bin/ccr-audit", "")
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(folder.path)/bin/ccr-audit")
    for program in ["\(folder.path)/bin/ccr-audit", link] {
      let failure = try failure(of: send(program: program))
      #expect(failure == HTTPFailure(.cannotConnect, bodySent: false))
    }
  }

  @Test func theURLIsInNeitherArgumentsNorEnvironment() throws {
    try install(#"{ echo "$0" "$@"; env; } >"${0%/*}/seen"; head -n 1 >"${0%/*}/order""#)
    let variables = [
      "CCR_AUDIT_SLACK_WEBHOOK_URL": "https://example.invalid/SECRET", "PATH": "/usr/bin:/bin", "https_proxy": "p:1",
    ]
    _ = try failure(of: send(environment: variables))
    let seen = try String(contentsOfFile: "\(folder.path)/bin/seen", encoding: .utf8)
    #expect(seen.contains("ccr-audit-send\n") && seen.contains("https_proxy=p:1"))
    #expect(!seen.contains("SECRET"))
    #expect(try String(contentsOfFile: "\(folder.path)/bin/order", encoding: .utf8).contains("SECRET"))
  }

  @Test func sendsToARealServer() throws {
    let server = LoopbackServer(.status(201, headers: ["X-A": "ä"], body: "\u{0}\n\"é"))
    let program = builtProgram.path(percentEncoded: false)
    let response = try send("\"\\n\u{2028}ä\"", to: server.address, program: program).get()
    #expect(response.status == 201 && response.body == Array("\u{0}\n\"é".utf8))
    #expect(try send(nil, to: server.address, program: program).get().status == 201)
    #expect(server.received.map { $0.head.prefix(5) } == ["POST ", "GET /"])
    #expect(server.received.map(\.body) == ["\"\\n\u{2028}ä\"", ""])
  }

  /// A run that is killed notes nothing; what it began to send must not go on behind the next one's back.
  @Test func theSenderEndsWithItsCaller() throws {
    let server = LoopbackServer(.silent)
    let request = HTTPRequest(.post(json: "{}"), try WebhookURL(server.address, source: "test"), timeout: 30)
    let order = String(decoding: try JSONEncoder().encode(SendOrder(request)), as: UTF8.self)
    let sender = builtProgram.deletingLastPathComponent().appending(path: "ccr-audit-send")
    let outcome = try runBinary(arguments: [], input: order + "\n", program: sender, timeLimit: .seconds(10))
    #expect(outcome == Outcome(exitCode: 1, output: "", errors: ""))
  }

  @Test(arguments: ["", "nonsense\n", "{\"url\":\"ftp://SECRET\",\"timeout\":1,\"connectTimeout\":1}\n"])
  func theSenderTakesNothingButOrders(input: String) throws {
    let sender = builtProgram.deletingLastPathComponent().appending(path: "ccr-audit-send")
    let outcome = try runBinary(arguments: [], input: input, program: sender)
    #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
    #expect(outcome.errors == "ccr-audit-send is a part of ccr-audit, which starts it to send a message\n")
  }
}
