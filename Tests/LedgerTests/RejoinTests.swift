import GRDB
import Model
import Reading
import Testing

@testable import Ledger

/// A session that gets one more record is joined again, and only what differs is written.
struct RejoinTests {
  private static let start: Int64 = 1_780_300_000_000

  /// Who has the answers of a session.
  enum Holder: CaseIterable {
    /// Requests of the session.
    case routed
    /// Nobody: each answer has a row of its own.
    case unrouted
    /// Requests that name no session.
    case sessionless
  }

  private func answer(_ number: Int, output: Int64 = 10) -> TranscriptMessage {
    TranscriptMessage(
      session: "s", messageID: "msg_a\(number)", requestID: nil, model: "glm-5.2",
      time: Self.start + Int64(number) * 4000, usage: TokenUsage(input: 2000 + Int64(number), output: output))
  }

  private func write(_ numbers: some Sequence<Int>, heldBy holder: Holder, to bench: Workbench) throws {
    try bench.ledger.write { database in
      if holder != .unrouted {
        var rows = try RequestRows(database)
        for number in numbers {
          let end = Self.start + Int64(number) * 4000
          try rows.insert(
            RoutedRequest(
              model: ModelID(provider: "relay", model: "glm-5.2"), started: end - 900, ended: end,
              session: holder == .routed ? "s" : nil),
            writer: rows.id(of: .claudeCodeRouter), number: Int64(number), replacing: false)
        }
        try rows.finish()
      }
      var messages = try ClientMessages(database)
      try messages.add(numbers.map { answer($0) })
    }
  }

  /// How many rows the ledger's connection has written so far.
  private func written(_ bench: Workbench) throws -> Int {
    try bench.ledger.write { try Int.fetchOne($0, sql: "SELECT total_changes()") ?? 0 }
  }

  @Test(arguments: Holder.allCases)
  func oneMoreAnswerLeavesTheOthersAlone(holder: Holder) throws {
    let (bench, whole) = (try Workbench(), try Workbench())
    try write(0..<200, heldBy: holder, to: bench)
    try bench.join()
    try write(200..<201, heldBy: holder, to: bench)
    let before = try written(bench)
    try bench.join()
    #expect(try written(bench) - before < 60)
    try write(0..<201, heldBy: holder, to: whole)
    try whole.join()
    #expect(try bench.figures() == whole.figures())
    #expect(try bench.figures().count == 201)
    #expect(try bench.totals().values.map(\.counts.client) == [201])
  }

  @Test(arguments: Holder.allCases)
  func anAnswerThatGrowsIsWrittenAnew(holder: Holder) throws {
    let bench = try Workbench()
    try write(0..<20, heldBy: holder, to: bench)
    try bench.join()
    try bench.ledger.write { database in
      var messages = try ClientMessages(database)
      try messages.add([answer(7, output: 50)])
    }
    try bench.join()
    #expect(try bench.figures().count == 20)
    #expect(try bench.totals().values.map(\.tokens.output) == [19 * 10 + 50])
    #expect(try bench.ledger.check() == [])
  }

  /// What time alone had joined goes back when a key tells better, and takes its tokens with it.
  @Test func aKeyTakesARequestFromAnAnswerOfAnotherSession() throws {
    func request() -> RoutedRequest {
      var request = RoutedRequest(
        model: ModelID(provider: "relay", model: "glm-5.2"), started: Self.start - 900, ended: Self.start, session: "s")
      request.keys.responseID = "msg_01Key"
      return request
    }
    var late = answer(0, output: 77)
    (late.session, late.messageID) = ("t", "msg_01Key")
    let (bench, whole) = (try Workbench(), try Workbench())
    for (bench, steps) in [(bench, [[answer(0)], [late]]), (whole, [[answer(0), late]])] {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        try rows.insert(request(), writer: rows.id(of: .liteLLM), number: 1, replacing: false)
        try rows.finish()
      }
      for answers in steps {
        try bench.ledger.write { database in
          var messages = try ClientMessages(database)
          try messages.add(answers)
        }
        try bench.join()
      }
    }
    #expect(try bench.figures() == whole.figures())
    #expect(try bench.rows().filter { $0.model.provider == "relay" }.map(\.output) == [77])
    #expect(try bench.rows().count == 2)
  }

  /// How a router's record and a transcript are one call.
  enum Tie: CaseIterable {
    case key, session, time
  }

  /// CC Switch writes down how much was written to a cache, and its client's transcript how long that lives and in which
  /// mode the model ran.
  @Test(arguments: Tie.allCases, [[true, false], [false, true], [true, false, true], [false, true, false]])
  func aTranscriptTellsWhatSetsThePrice(tie: Tie, isRouterEach: [Bool]) throws {
    let bench = try Workbench()
    var written = answer(0, output: 5)
    written.messageID = "msg_01Key"
    written.variant.speed = "fast"
    written.usage = TokenUsage(input: 10, cacheRead: 20, cacheWrite5m: 30, cacheWrite1h: 40, output: 9)
    func add(_ answer: TranscriptMessage) throws {
      try bench.ledger.write { database in
        var messages = try ClientMessages(database)
        try messages.add([answer])
      }
    }
    let counted = TokenUsage(input: 10, cacheRead: 20, cacheWrite5m: 70, output: 9)
    for isRouter in isRouterEach {
      if isRouter {
        var request = RoutedRequest(
          model: ModelID(provider: "relay", model: "glm-5.2"), started: Self.start - 900, ended: Self.start,
          session: tie == .session ? "s" : nil)
        request.keys.responseID = tie == .key ? "msg_01Key" : nil
        (request.usage, request.usageSource) = (counted, .upstream)
        try bench.ledger.write { database in
          var rows = try RequestRows(database)
          try rows.insert(request, writer: rows.id(of: .ccSwitch), number: 1, replacing: true)
          try rows.finish()
        }
      } else {
        try add(written)
      }
      try bench.join()
    }
    #expect(try bench.totals().values.map(\.tokens) == [written.usage])
    #expect(try bench.totals().values.map(\.counts.upstream) == [1])
    func speeds() throws -> [String] {
      try bench.ledger.read { database in
        try String.fetchAll(
          database,
          sql: """
            SELECT speed FROM request JOIN model ON model.id = request.model JOIN variant ON variant.id = model.variant
            WHERE number IS NOT NULL
            """)
      }
    }
    #expect(try speeds() == ["fast"])
    #expect(try bench.ledger.check() == [])
    // The answer turns out to be another count: what it told is taken back.
    written.usage?.cacheWrite1h = 50
    try add(written)
    try bench.join()
    #expect(try bench.totals().values.map(\.tokens) == [counted])
    #expect(try speeds() == [""])
    #expect(try bench.ledger.check() == [])
  }
}
