import Foundation
import GRDB
import Model
import Reading
import Testing

@testable import Ledger

/// Answers that several sessions hold, files that are read anew, and stores that give nothing.
struct CopyTests {
  private static let start: Int64 = 1_782_295_200_000
  /// The one that the router knows stands neither first nor last by its name.
  private static let sessions = [
    "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222",
    "00000000-0000-4000-8000-000000000000",
  ]

  /// A transcript's line of an answer. A copy keeps all but the session.
  private static func answer(
    _ id: String?, second: Int64, session: String, input: Int = 1000, output: Int = 100
  ) -> String {
    let time = Date(timeIntervalSince1970: Double(start / 1000 + second))
      .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    let id = id.map { #""id":"\#($0)","# } ?? ""
    let usage = #""usage":{"input_tokens":\#(input),"output_tokens":\#(output)}"#
    return
      #"{"isSidechain":false,"sessionId":"\#(session)","message":{"model":"m1",\#(id)"role":"assistant","#
      + #""stop_reason":"end_turn",\#(usage)},"type":"assistant","uuid":"u-\#(second)","timestamp":"\#(time)"}"# + "\n"
  }

  /// A call that the router passed through, of a second's length: its log holds nothing of the answer.
  private static func call(_ number: Int, second: Int64, session: String) -> String {
    let time = start + second * 1000
    func line(_ level: Int, _ time: Int64, _ rest: String) -> String {
      #"{"level":\#(level),"time":\#(time),"pid":7,"hostname":"h","reqId":"req-\#(number)","# + rest + "\n"
    }
    return line(30, time, #""req":{"method":"POST","url":"/v1/messages?beta=true"},"msg":"incoming request"}"#)
      + line(
        30, time + 1,
        #""data":{"model":"relay,m1","messages":[],"metadata":{"user_id":"user_a_account__session_\#(session)"},"#
          + #""stream":true},"type":"request body"}"#)
      + line(30, time + 1000, #""res":{"statusCode":200},"responseTime":51.2,"msg":"request completed"}"#)
  }

  private static func figures(_ bench: Workbench) throws -> (requests: Int, tokens: TokenUsage, models: Set<String>) {
    let totals = try bench.totals()
    return (
      totals.values.reduce(0) { $0 + $1.counts.requests }, totals.values.reduce(.zero) { $0 + $1.tokens },
      Set(totals.keys.map(\.description))
    )
  }

  /// A fork writes a session's lines down once more under a new session's id.
  @Test(arguments: ["msg_01Answer", "chatcmpl-1", "msg_17822952010", "msg_proxy", nil], [true, false])
  func whatForksHoldCountsOnceInAnyOrder(id: String?, isRouted: Bool) throws {
    func lines(_ session: String) -> String {
      Self.answer(id.map { $0 == "msg_proxy" ? $0 : $0 + "1" }, second: 1, session: session)
        + Self.answer(
          id.map { $0 == "msg_proxy" ? $0 : $0 + "2" }, second: 11, session: session, input: 1100, output: 50)
    }
    let log = Self.call(1, second: 0, session: Self.sessions[0]) + Self.call(2, second: 10, session: Self.sessions[0])
    var files = Self.sessions.map(lines)
    if isRouted { files.append(log) }
    var expected: [String]?
    let orders: [[Int]] = [
      Array(files.indices), files.indices.reversed(), [1, 3, 0, 2].filter { $0 < files.count },
    ]
    for order in orders {
      let bench = try Workbench()
      for index in order {
        try Data(files[index].utf8).write(to: bench.log("\(index).log"))
        try bench.ingest()
      }
      let found = try Self.figures(bench)
      #expect(found.requests == 2)
      #expect(found.tokens == TokenUsage(input: 2100, output: 150))
      #expect(found.models == [isRouted ? "relay/m1" : "unknown/m1"])
      let figures = try bench.figures()
      #expect(figures == expected ?? figures)
      expected = figures
      #expect(try bench.ledger.check() == [])
    }
  }

  @Test func aForkGoesOnByItself() throws {
    let bench = try Workbench()
    let first = Self.answer("msg_01A", second: 1, session: Self.sessions[0])
    let copy = Self.answer("msg_01A", second: 1, session: Self.sessions[1])
    let next = Self.answer("msg_01B", second: 60, session: Self.sessions[1], input: 1200)
    try Data(first.utf8).write(to: bench.log("a.jsonl"))
    try Data((copy + next).utf8).write(to: bench.log("b.jsonl"))
    try bench.ingest()
    let found = try Self.figures(bench)
    #expect(found.requests == 2)
    #expect(found.tokens == TokenUsage(input: 2200, output: 200))
  }

  /// What another version of the program made of a file gives way when it is read anew, and only then.
  @Test(arguments: ["cases/usage-in-the-choice/a.log", "cases/cache-creation-remainder/s.jsonl"])
  func whatIsReadAnewReplacesWhatWasReadBefore(name: String) throws {
    let bench = try Workbench()
    let log = bench.log("a.log")
    try Data(contentsOf: Fixture.root.appending(path: name)).write(to: log)
    try bench.ingest()
    let right = try bench.figures()
    try bench.ledger.write { database in
      try database.execute(
        sql: "UPDATE request SET output = 1, input = 900000; UPDATE message SET output = 1, input = 900000")
    }
    try bench.ingest()
    #expect(try bench.figures() != right)
    var options = Ingest.Options()
    options.again = true
    _ = try Ingest(into: bench.ledger, options).run([log.path])
    #expect(try bench.figures() == right)
  }

  @Test func aStoreThatGaveNothingIsNotMarkedAsRead() throws {
    let bench = try Workbench()
    let path = bench.log("usage.sqlite").path
    let store = try DatabaseQueue(path: path)
    try store.write { database in
      try database.execute(
        sql: """
          CREATE TABLE usage_events (created_at TEXT, request_id TEXT, path TEXT, model TEXT, provider TEXT,
            status_code INTEGER, duration_ms INTEGER, input_tokens INTEGER, output_tokens INTEGER,
            cache_read_tokens INTEGER, cache_write_tokens INTEGER);
          INSERT INTO usage_events VALUES ('yesterday', 'r', '/v1/messages', 'm', 'p', 200, 1, 1, 1, 0, 0);
          """)
    }
    try store.close()
    for _ in 0..<2 {
      let report = try bench.ingest([path])
      #expect(report.failures.count == 1)
      #expect(report.filesUnchanged == 0)
    }
  }
}
