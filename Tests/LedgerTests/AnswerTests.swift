import Foundation
import GRDB
import Reading
import TestSupport
import Testing
import Model

@testable import Ledger

/// What clients wrote down, by itself: however it is cut into transactions and runs, the ledger says the same.
struct AnswerTests {
  private static let start: Int64 = 1_780_300_000_000

  /// Records of few answers in few sessions, so that most have kin, replays or a copy in another session.
  private func records(_ chance: inout SeededGenerator) -> [TranscriptMessage] {
    (0..<Int.random(in: 1...40, using: &chance)).map { _ in
      let isWeak = Int.random(in: 0..<4, using: &chance) == 0
      let name = Int.random(in: 0..<6, using: &chance)
      let agent = Bool.random(using: &chance) ? nil : "agent\(Int.random(in: 0..<2, using: &chance))"
      let output = Int64.random(in: 0..<3, using: &chance)
      return TranscriptMessage(
        session: "session\(isWeak ? 9 : Int.random(in: 0..<3, using: &chance))",
        messageID: isWeak ? "msg_\(name)" : Int.random(in: 0..<9, using: &chance) == 0 ? nil : "msg_a\(name)",
        requestID: isWeak || Bool.random(using: &chance) ? nil : "req_\(Int.random(in: 0..<2, using: &chance))",
        model: ["claude-sonnet-5", "Claude-Opus", "glm-5.2"][isWeak ? 2 : name % 3],
        time: Self.start + Int64(name) * 100_000 + Int64.random(in: 0..<3, using: &chance) * 1000,
        usage: TokenUsage(input: 2000 + Int64(name), output: output), isSidechain: agent != nil, agentID: agent,
        complete: output == 2)
    }
  }

  private func add(_ records: [TranscriptMessage], to bench: Workbench) throws {
    try bench.ledger.write { database in
      var messages = try ClientMessages(database)
      try messages.add(records)
    }
  }

  @Test(arguments: Thoroughness.seeds(60, few: 2))
  func noCutAndNoOrderMatters(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let records = records(&chance)
    let whole = try Workbench()
    try add(records, to: whole)
    try whole.join()
    let split = try Workbench()
    var rest = records.shuffled(using: &chance)[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...8, using: &chance)
      try add(Array(rest.prefix(count)), to: split)
      rest = rest.dropFirst(count)
      if Bool.random(using: &chance) { try split.join() }
    }
    try split.join()
    #expect(try split.figures() == whole.figures())
    let kept = TranscriptMessage.unique(records)
    #expect(try whole.figures().count == kept.count)
    #expect(
      try whole.totals().values.reduce(.zero) { $0 + $1.tokens }
        == kept.reduce(.zero) { $0 + ($1.usage ?? .zero) })
  }

  @Test func anAnswerGoesToTheRouterThatTellsOfItLater() throws {
    let bench = try Workbench()
    let usage = TokenUsage(input: 3000, output: 5)
    let answers = [0, 60_000].map {
      TranscriptMessage(
        session: "s", messageID: "msg_a\($0)", requestID: "r", model: "claude-sonnet-5", time: Self.start + $0,
        usage: usage)
    }
    try add(answers, to: bench)
    #expect(try bench.rows().map(\.route) == [.direct, .direct])
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      try rows.insert(
        RoutedRequest(
          model: ModelID(provider: "router", model: "claude-sonnet-5"), started: Self.start - 5000, ended: Self.start,
          session: "s"), writer: rows.id(of: .claudeCodeRouter), number: 1, replacing: false)
      try rows.finish()
    }
    try bench.join()
    let rows = try bench.rows()
    #expect(rows.map(\.model.provider) == ["router", "anthropic"])
    #expect(rows.map(\.input) == [3000, 3000])
    // A further answer of that session is no longer taken for a direct one before it is joined.
    var late = answers[1]
    late.messageID = "msg_late"
    late.time += 60_000
    try add([late], to: bench)
    #expect(try bench.rows().count == 2)
    try bench.join()
    #expect(try bench.rows().count == 3)
  }

  /// Ledgers hold these numbers: a change would make every answer new.
  @Test func hashesStay() {
    #expect(StableHash.of("id", "msg_01", "req_01") == -6_636_733_884_416_702_620)
    #expect(StableHash.of() == -3_750_763_034_362_895_579)
    #expect(StableHash.of("모델") != StableHash.of("모", "델"))
  }

  @Test func everythingThatARowNamesIsThere() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest(["ccr-v1/logs", "claude-code/projects"].map { Fixture.root.appending(path: $0).path })
    let orphans = try bench.ledger.read {
      try Int.fetchAll(
        $0,
        sql: """
          SELECT count(*) FROM request WHERE writer NOT IN (SELECT id FROM writer) OR model NOT IN (SELECT id FROM model)
            OR session NOT IN (SELECT id FROM session) OR message NOT IN (SELECT id FROM message)
          UNION ALL SELECT count(*) FROM message WHERE session NOT IN (SELECT id FROM session)
            OR model NOT IN (SELECT id FROM word) OR agent NOT IN (SELECT id FROM word)
          UNION ALL SELECT count(*) FROM message
          """)
    }
    #expect(orphans.dropLast() == [0, 0])
    #expect(orphans.last ?? 0 > 100)
  }

  @Test func anEarlierLedgerKeepsItsAnswers() throws {
    let message = TranscriptMessage(
      session: "s", messageID: "msg_17", requestID: nil, model: "glm", time: Self.start,
      usage: TokenUsage(input: 7, output: 1), isSidechain: true, agentID: "a")
    let key = StableHash.of("weak", "msg_17", "s", "7")
    let bench = try Workbench(upTo: "4 retention") { database in
      try database.execute(
        sql: """
          INSERT INTO model VALUES (1, 'unknown', 'glm');
          INSERT INTO session (id, name) VALUES (1, 's');
          INSERT INTO writer VALUES (1, 'claude-code', '', 0);
          INSERT INTO message (id, kin, key, session, message_id, model, time, sidechain, agent, complete, input,
              cache_read, cache_write_5m, cache_write_1h, output)
            VALUES (5, \(StableHash.of("weak", "msg_17", "s", "a")), \(key), 1, 'msg_17', 'glm', \(Self.start), 1, 'a',
              1, 7, 0, 0, 0, 1);
          INSERT INTO request (writer, number, attempt, started, duration, model, session, route, source, input,
              cache_read, cache_write_5m, cache_write_1h, output, message)
            VALUES (1, \(key), 0, \(Self.start), 0, 1, 1, 0, 3, 7, 0, 0, 0, 1, 5);
          """)
    }
    #expect(try bench.rows().map(\.number) == [key])
    // What is read again is known again, and what was joined can be joined anew.
    try add([message], to: bench)
    var own = message
    own.isSidechain = false
    own.agentID = nil
    try add([own], to: bench)
    try bench.join()
    #expect(try bench.rows().map(\.number) == [key])
    #expect(try bench.totals().values.map(\.tokens) == [TokenUsage(input: 7, output: 1)])
  }
}
