import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// What is known of requests whose tokens are not: kept, said, and in no sum.
struct LowerBoundTests {
  private static let always: Range<Int64> = 0..<4_000_000_000_000

  private func answer(_ usage: String, isAborted: Bool = false) -> String {
    #"{"type":"assistant","sessionId":"s","requestId":"req_1","timestamp":"2026-06-24T10:00:00.000Z","#
      + (isAborted ? #""isAbortedMidStream":true,"# : "")
      + #""message":{"id":"msg_01A","model":"claude-sonnet-4-6","stop_reason":null,"usage":{\#(usage)}}}"# + "\n"
  }

  private func bounds(_ bench: Workbench) throws -> [LowerBound] {
    try bench.ledger.lowerBounds(in: Self.always, scope: .all)
  }

  @Test(
    arguments: [
      (#""input_tokens":1000,"output_tokens":1,"cache_read_input_tokens":50"#, true, 1050, 1),
      (#""input_tokens":-5,"output_tokens":9,"cache_read_input_tokens":50"#, false, 50, 9),
      (#""input_tokens":0,"output_tokens":9"#, false, 0, 9),
    ] as [(String, Bool, Int64, Int64)])
  func ofAnAnswer(usage: String, isAborted: Bool, prompt: Int64, output: Int64) throws {
    let bench = try Workbench()
    try Data(answer(usage, isAborted: isAborted).utf8).write(to: bench.log("a.jsonl"))
    var options = Ingest.Options()
    options.again = true
    for _ in 0..<2 {
      _ = try Ingest(into: bench.ledger, options).run([bench.log("a.jsonl").path])
      let found = try bounds(bench)
      #expect(found.map(\.requests) == [1])
      #expect(found.map(\.tokens.prompt) == [prompt])
      #expect(found.map(\.tokens.output) == [output])
      let totals = try #require(try bench.totals().values.first)
      #expect(totals.counts == RequestCounts(unknown: 1))
      #expect(totals.tokens == .zero)
    }
    #expect(try bench.ledger.lowerBounds(in: Self.always, scope: .routed).isEmpty)
  }

  /// Rows go, and what they knew stays with the sums of their day, and of no other.
  @Test func whatIsArchivedKeepsIt() throws {
    let bench = try Workbench()
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      let writer = try rows.id(of: .claudeCodeRouter)
      for day in 0..<3 {
        var request = RoutedRequest(
          model: ModelID(provider: "relay", model: "m1"), started: Self.start + Int64(day) * 86_400_000,
          ended: Self.start + Int64(day) * 86_400_000 + 900, failure: .interrupted)
        request.known = TokenUsage(input: 70, cacheRead: 5, output: Int64(day) + 1)
        try rows.insert(request, writer: writer, number: Int64(day), replacing: false)
      }
      try rows.finish()
    }
    try Data(answer(#""input_tokens":1000,"output_tokens":1"#, isAborted: true).utf8).write(to: bench.log("a.jsonl"))
    try bench.ingest()
    let days = (0..<30).map { day in Self.start + Int64(day) * 86_400_000 - Self.start % 86_400_000 }
    func each() throws -> [[LowerBound]] {
      try days.map { day in
        try bench.ledger.lowerBounds(in: day..<day + 86_400_000, scope: .all)
          + bench.ledger.lowerBounds(in: day..<day + 86_400_000, scope: .routed)
      }
    }
    let before = try each()
    #expect(before.joined().map(\.requests) == Array(repeating: 1, count: 7))
    for place in [1, 2, 29] {
      try bench.ledger.write { _ = try Archive.take(before: days[place], grain: PriceGrain(), $0) }
      #expect(try each() == before)
    }
    #expect(try bench.rows().isEmpty)
    #expect(try bench.ledger.check() == [])
  }

  private static let start: Int64 = 1_780_300_000_000

  @Test func whatIsMeasuredAfterAllNeedsNone() throws {
    let bench = try Workbench()
    func write(_ request: RoutedRequest) throws {
      try bench.ledger.write { database in
        var rows = try RequestRows(database)
        let writer = try rows.id(of: .claudeCodeRouter)
        try rows.insert(request, writer: writer, number: 1, replacing: true)
        try rows.finish()
      }
    }
    var request = RoutedRequest(
      model: ModelID(provider: "relay", model: "m1"), started: 1_780_300_000_000, ended: 1_780_300_000_900,
      failure: .interrupted)
    request.known = TokenUsage(input: 70, output: 1)
    try write(request)
    #expect(
      try bounds(bench) == [LowerBound(model: request.model, requests: 1, tokens: TokenUsage(input: 70, output: 1))])
    // What was counted up to there is said, and stays in the figures.
    (request.usage, request.usageSource) = (request.known, .router)
    try write(request)
    #expect(
      try bounds(bench) == [
        LowerBound(model: request.model, requests: 1, tokens: TokenUsage(input: 70, output: 1), isCounted: true)
      ])
    request.known = nil
    (request.usage, request.usageSource) = (TokenUsage(input: 70, output: 5), .upstream)
    try write(request)
    #expect(try bounds(bench).isEmpty)
  }
}
