import Foundation
import GRDB
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// One call in several records: by other names, without a session, and whichever was read first.
struct SameCallTests {
  private static let start: Int64 = 1_780_300_000_000

  @Test(arguments: [
    ("glm-5.2", "GLM-5.2", true), ("vendor/m1", "m1", true), ("m1-20260601", "m1", true), ("m1:free", "m1", true),
    ("m1-2026-06-01", "m1", true), ("kimi-k2.7-code", "kimi-k2-7-code", true),
    ("claude-sonnet-4-6[1m]", "claude-sonnet-4-6", true),
    ("glm-5.2", "glm-5.1", false), ("m1", "m2", false), ("@preset/cheap", "m1", false),
  ])
  func spellingsOfOneName(left: String, right: String, same: Bool) {
    #expect((NormalizedName.of(left) == NormalizedName.of(right)) == same)
  }

  @Test(arguments: [
    ("chatcmpl-123", true), ("chatcmpl-0", true), ("msg_1782295200090", true), ("msg_proxy", true), ("", true),
    ("msg_01A", false), ("chatcmpl-9f8a7b6c5d4e", false), ("msg_01XFDUDYJgAACzvnptvVoYEL", false),
    ("gen-1782295200-AbCdEf", false),
  ])
  func idsThatAreUsedAgain(id: String, repeats: Bool) { #expect(CallKeys.repeats(id) == repeats) }

  private struct World {
    var requests: [RoutedRequest] = []
    var answers: [TranscriptMessage] = []
  }

  /// Calls of two models, some of a session and some of none, some with an answer, some answers without a request.
  private func world(_ chance: inout SeededGenerator) -> World {
    var world = World()
    var time =
      Self.start - Self.start % StaleMarks.half + Int64.random(in: 0..<StaleMarks.half, using: &chance)
    for number in 0..<Int.random(in: 5...60, using: &chance) {
      time += Int64.random(in: 1...(Bool.random(using: &chance) ? 20_000 : 2_400_000), using: &chance)
      let length = Int64.random(in: 100...60_000, using: &chance)
      let model = ["glm-5.2", "kimi-k2.7"].randomElement(using: &chance) ?? ""
      let session = "session\(Int.random(in: 0..<3, using: &chance))"
      let kind = Int.random(in: 0..<6, using: &chance)
      if kind > 0 {
        world.requests.append(
          RoutedRequest(
            model: ModelID(provider: "p", model: model), started: time, ended: kind == 1 ? nil : time + length,
            session: kind < 4 ? nil : session, route: .default, status: 200))
      }
      if kind != 5 {
        world.answers.append(
          TranscriptMessage(
            session: session, messageID: "msg_a\(number)", requestID: nil, model: model, time: time + length - 50,
            usage: TokenUsage(input: Int64(number) + 1, output: 5)))
      }
    }
    return world
  }

  private func write(_ requests: [(Int, RoutedRequest)], _ answers: [TranscriptMessage], to bench: Workbench) throws {
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      let writer = try rows.id(of: .claudeCodeRouter)
      for (number, request) in requests {
        try rows.insert(request, writer: writer, number: Int64(number), replacing: false)
      }
      try rows.finish()
      var messages = try ClientMessages(database)
      try messages.add(answers)
    }
  }

  @Test(arguments: Thoroughness.seeds(40, few: 2))
  func whatIsJoinedPieceByPieceIsTheSameAsAtOnce(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 900)
    let world = world(&chance)
    let numbered = Array(world.requests.enumerated()).map { ($0.offset, $0.element) }
    let whole = try Workbench()
    try write(numbered, world.answers, to: whole)
    try whole.join()
    let split = try Workbench()
    var (requests, answers) = (numbered.shuffled(using: &chance)[...], world.answers.shuffled(using: &chance)[...])
    while !requests.isEmpty || !answers.isEmpty {
      let (some, others) = (Int.random(in: 0...8, using: &chance), Int.random(in: 0...8, using: &chance))
      try write(Array(requests.prefix(some)), Array(answers.prefix(others)), to: split)
      (requests, answers) = (requests.dropFirst(some), answers.dropFirst(others))
      if Bool.random(using: &chance) { try split.join() }
    }
    try split.join()
    #expect(try split.figures() == whole.figures())
    #expect(try split.ledger.check() == [])
    // No more requests than calls, and no answer counts twice.
    #expect(try whole.rows().count <= max(world.requests.count + world.answers.count, 1))
    let joined = try whole.ledger.read {
      try Int64.fetchAll($0, sql: "SELECT message FROM request WHERE message IS NOT NULL")
    }
    #expect(joined.count == Set(joined).count)
    #expect(joined.count == world.answers.count)
  }

  @Test func anAnswerWithAndWithoutItsRequestIDIsOne() throws {
    func line(_ requestID: String?, output: Int64, after: Int64) -> TranscriptMessage {
      TranscriptMessage(
        session: "s", messageID: "msg_01A", requestID: requestID, model: "claude-sonnet-4-6", time: Self.start + after,
        usage: TokenUsage(input: 1000, output: output), complete: requestID != nil)
    }
    let lines = [line(nil, output: 1, after: 0), line("req_1", output: 100, after: 500)]
    for order in [lines, lines.reversed()] {
      let bench = try Workbench()
      for line in order {
        try write([], [line], to: bench)
        try bench.join()
      }
      #expect(try bench.rows().map(\.output) == [100])
    }
    // Another call that bears the same id an hour later is another call.
    let bench = try Workbench()
    try write([], [lines[1], line("req_2", output: 7, after: 3_600_000)], to: bench)
    try bench.join()
    #expect(try bench.rows().map(\.output) == [100, 7])
  }

  @Test func anAnswerByAnotherNameIsItsRequestsOwn() throws {
    let bench = try Workbench()
    let request = RoutedRequest(
      model: ModelID(provider: "relay", model: "@preset/cheap"), started: Self.start, ended: Self.start + 900,
      session: "s", status: 200)
    func answer(_ model: String, _ id: String) -> TranscriptMessage {
      TranscriptMessage(
        session: "s", messageID: id, requestID: nil, model: model, time: Self.start + 800,
        usage: TokenUsage(input: 70, output: 5))
    }
    // What went to Anthropic itself at the same time stays what it is.
    try write([(1, request)], [answer("vendor/m1", "msg_a1"), answer("claude-sonnet-4-6", "msg_a2")], to: bench)
    try bench.join()
    let models = try bench.rows().map(\.model.description).sorted()
    #expect(models == ["anthropic/claude-sonnet-4-6", "relay/@preset/cheap"])
    #expect(try bench.totals()[request.model]?.tokens.input == 70)
  }

  /// A session calls a model by its name, and an endpoint that answers under the same name, or under one of Anthropic's.
  @Test(arguments: ["m1", "claude-sonnet-4-6"]) func anEndpointMayStandForAnotherRequestsModel(name: String) throws {
    let bench = try Workbench()
    func request(_ model: String, after: Int64) -> RoutedRequest {
      RoutedRequest(
        model: ModelID(provider: "relay", model: model), started: Self.start + after, ended: Self.start + after + 900,
        session: "s", status: 200)
    }
    func answer(after: Int64) -> TranscriptMessage {
      TranscriptMessage(
        session: "s", messageID: "msg_\(Self.start + after + 90)", requestID: nil, model: name,
        time: Self.start + after + 910, usage: TokenUsage(input: 70, output: 5))
    }
    try write(
      [(1, request(name, after: 0)), (2, request("ep-1", after: 60_000)), (3, request("ep-1", after: 120_000))],
      [answer(after: 0), answer(after: 60_000), answer(after: 120_000)], to: bench)
    try bench.join()
    let totals = try bench.totals()
    #expect(totals[ModelID(provider: "relay", model: name)]?.counts == RequestCounts(client: 1))
    #expect(totals[ModelID(provider: "relay", model: "ep-1")]?.counts == RequestCounts(client: 2))
  }
}
