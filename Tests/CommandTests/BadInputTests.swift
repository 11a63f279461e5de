import Foundation
import TestSupport
import Testing

/// Input that is not what it should be: a clear word, exit code 2 where the job cannot go on, and nothing lost.
struct BadInputTests {
  private static let head = #"{"level":20,"time":1782087000709,"pid":1,"hostname":"vm","reqId":"req-7","#
  private static let usage = #""response":{"usage":{"prompt_tokens":"#

  @Test(arguments: [
    ("no JSON at all", "not a line that this router writes"),
    ("\0\0\0\0", "NUL bytes"),
    (head + usage + "5,", "broken JSON"),
    (
      #"{"level":20,"time":1782087000709,"pid":1,"hostname":"vm","reqId":"request seven","msg":"final request"}"#,
      "a request id of unknown form"
    ),
  ])
  func aBadLineIsSkippedCountedAndNamed(line: String, reason: String) throws {
    try checkSkipped(Data(line.utf8), reason)
  }

  @Test(arguments: [
    #""prompt_tokens":99999999999999999999,"completion_tokens":1"#, #""prompt_tokens":-5,"completion_tokens":1"#,
    #""prompt_tokens":5000000000,"completion_tokens":1"#, #""prompt_tokens":1.5,"completion_tokens":1"#,
    #""prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":6}"#,
    #""prompt_tokens":0,"completion_tokens":1"#,
  ])
  func countsThatCannotBeLeaveTheirRequestUnknown(usage: String) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let log = place.folder.appending(path: "ccr.log")
    let lines = [
      #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request"}"#,
      #""data":{"model":"relay,m1","messages":[],"stream":false},"type":"request body"}"#,
      #""response":{"id":"c","usage":{\#(usage)}},"msg":"Original OpenAI response"}"#,
      #""res":{"statusCode":200},"responseTime":51.2,"msg":"request completed"}"#,
    ]
    try Data(lines.map { Self.head + $0 + "\n" }.joined().utf8).write(to: log)
    let outcome = try place.run(["ingest", log.path(percentEncoded: false)])
    #expect(outcome.exitCode == 0)
    #expect(!outcome.errors.contains("skipped"))
    let coverage = try #require(try place.report("--all")["coverage"] as? [String: Any])
    #expect(coverage["requests"] as? Int == 1)
    #expect(coverage["measured"] as? Int == 0)
    #expect(coverage["unknown"] as? Int == 1)
  }

  /// A folder that somebody names is judged by each of its files.
  @Test func aFileOfNothingButBadLinesIsAFailureAlsoBelowAFolder() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let folder = place.folder.appending(path: "records")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let line = #"{"level":20,"time":1782087000709,"pid":1,"hostname":"vm","reqId":"request seven","msg":"x"}"# + "\n"
    try Data(line.utf8).write(to: folder.appending(path: "ccr.log"))
    let outcome = try place.run(["ingest", folder.path(percentEncoded: false)])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("ccr.log: the only line cannot be understood"))
  }

  @Test func aNameThatIsNotUTF8IsSkippedCountedAndNamed() throws {
    let body =
      Data((Self.head + #""data":{"model":"ollama,"#).utf8) + [0xff, 0xfe]
      + Data(#"","stream":true},"type":"request body"}"#.utf8)
    try checkSkipped(body, "text that is not UTF-8")
  }

  private func checkSkipped(_ line: Data, _ reason: String) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let whole = try Data(contentsOf: URL(filePath: Fixtures.path("ccr-v1/logs/ccr-20260625140000.log")))
    let cut = try #require(whole.firstIndex(of: 10)) + 1
    let log = place.folder.appending(path: "ccr.log")
    try (whole[..<cut] + line + [10] + whole[cut...]).write(to: log)
    let outcome = try place.run(["ingest", log.path(percentEncoded: false)])
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.contains("warning: 1 line skipped:"))
    #expect(outcome.errors.contains("ccr.log:2 \(reason)"))
    // All other lines count: 26 calls by the truth of that run.
    #expect(outcome.errors.contains("26 new requests"))
  }

  @Test func aLogThatIsEmptyOrHalfALineWaits() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try Data().write(to: place.folder.appending(path: "ccr-empty.log"))
    try Data(#"{"level":30,"time":17"#.utf8).write(to: place.folder.appending(path: "ccr-half.log"))
    let outcome = try place.run(["ingest", place.path])
    #expect(outcome.exitCode == 0)
    #expect(!outcome.errors.contains("skipped"))
  }

  @Test func whatIsNoLogIsRefusedByName() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try Data("Dear diary\n".utf8).write(to: place.folder.appending(path: "notes.txt"))
    let diary = try place.run(["ingest", "\(place.path)/notes.txt"]).errors
    #expect(diary.contains("is not a log that ccr-audit knows; it reads what claude-code-router, "))
    #expect(diary.contains("`ccr-audit doctor`"))
    try #expect(place.run(["ingest", "\(place.path)/missing"]).errors.contains("does not exist"))
    let fifo = "\(place.path)/pipe"
    let made = unsafe mkfifo(fifo, 0o600)
    try #require(made == 0)
    let outcome = try place.run(["ingest", fifo])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("neither a file nor a folder"))
    // A folder named like a log is a folder.
    let folder = place.folder.appending(path: "ccr-1.log")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let empty = try place.run(["ingest", folder.path(percentEncoded: false)])
    #expect(empty.exitCode == 2)
    #expect(empty.errors.contains("holds no record of any router"))
  }

  @Test func aSocketIsNoLog() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let path = "/tmp/ccr-\(UInt32.random(in: 0...UInt32.max)).sock"
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer {
      close(descriptor)
      _ = unsafe unlink(path)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
    let outcome = try place.run(["ingest", path])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("neither a file nor a folder"))
  }

  @Test func aLedgerThatIsNoneIsLeftAsItIs() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let other = "\(place.path)/other"
    let text = Data(String(repeating: "these are my notes\n", count: 200).utf8)
    try text.write(to: URL(filePath: other))
    let outcome = try place.run(["ingest", "--ledger", other, Fixtures.path("ccr-v1/logs")])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("\(other) is not a ledger of ccr-audit"))
    #expect(try Data(contentsOf: URL(filePath: other)) == text)
  }

  @Test func noLedgerYetSaysHowToBegin() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let outcome = try place.run(["report"])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("there is no ledger at \(place.ledger) yet\nhint: `ccr-audit init"))
    #expect(!FileManager.default.fileExists(atPath: place.ledger))
  }

  @Test func aFullDiskEndsTheRunAndLosesNothing() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    // A limit on the size of files stands for the full disk: the write fails in the same way.
    let limited = #"trap '' XFSZ; ulimit -f 64; exec "$@""#
    let outcome = try place.run(["ingest", Fixtures.path("ccr-v1/logs")], shell: limited)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("the ledger \(place.ledger) cannot be used"))
    let again = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    #expect(again.exitCode == 0)
    let coverage = try #require(try place.report("--all")["coverage"] as? [String: Any])
    #expect(coverage["requests"] as? Int == 249)
  }

  @Test(arguments: [
    ("a tab", "provider: minimax\nmodels:\n\t- model: M\n", ":3"),
    (
      "an exponent",
      "provider: minimax\nmodels:\n  - model: M\n    prices:\n      - {from: 2026-01-01, input: 1e-3, output: \"1\"}\n",
      ":5"
    ),
    ("an unknown key", "provider: minimax\nmodles: []\n", ":2"),
  ])
  func aPricingFileThatIsWrongIsNamedWithItsLine(what: String, text: String, place line: String) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let folder = place.folder.appending(path: "pricing")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: folder.appending(path: "minimax.yaml"))
    let outcome = try place.run(
      ["run", "--pricing", folder.path(percentEncoded: false), Fixtures.path("ccr-v1/logs")])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("minimax.yaml\(line)"), "\(what): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: place.history))
  }

  @Test func aHistoryThatCannotBeWrittenIsSaidAfterTheReport() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try Data().write(to: place.folder.appending(path: "file"))
    let outcome = try place.run(
      ["run", "--date", "2026-06-23", "--history", "\(place.path)/file/h.jsonl", Fixtures.path("ccr-v1/logs")])
    #expect(outcome.exitCode == 2)
    #expect(outcome.output.contains("ollama/glm-5.2"))
    #expect(outcome.errors.contains("cannot write the history"))
  }

  @Test func aLedgerThatMayNotBeWrittenIsSaid() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    // The tests may run as root, whom no mode stops; a folder in the ledger's place stops everybody.
    try FileManager.default.createDirectory(atPath: place.ledger, withIntermediateDirectories: true)
    let outcome = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("the ledger \(place.ledger) cannot be used"))
  }

  /// What must be whole is refused; the daily job goes on beside the line, names it and leaves it as it is.
  @Test func aBrokenHistoryLineIsNamedAndLeftAlone() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try Data("{\"schema_version\":1}\n".utf8).write(to: URL(filePath: place.history))
    for command in [["history"], ["check"], ["history", "prune", "--dry-run"]] {
      let outcome = try place.run(command)
      #expect(outcome.exitCode == 2, "\(command)")
      #expect(outcome.errors.contains("\(place.history): line 1 of the history has no valid `day`"), "\(command)")
    }
    let outcome = try place.run(["run", "--date", "2026-06-23", Fixtures.path("ccr-v1/logs")])
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.errors.contains(
        "warning: \(place.history): line 1 of the history is no record; `ccr-audit history verify` says why\n"))
    let lines = try String(contentsOfFile: place.history, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines.first == "{\"schema_version\":1}")
  }
}
