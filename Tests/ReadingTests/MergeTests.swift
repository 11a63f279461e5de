import Reading
import Testing
import Model

/// One request out of two stores.
@Suite struct MergeTests {
  static func one(
    _ table: StoreTable, id: String, own: Bool = true, start: Int64 = 1000, end: Int64 = 5000, row: Int64 = 1,
    usage: TokenUsage? = TokenUsage(input: 10, output: 20), failure: FailureKind? = nil, backfilled: Bool = false,
    path: String = "/v1/messages"
  ) -> StoreRequest {
    StoreRequest(
      id: id, hasRouterID: own,
      request: RoutedRequest(
        model: ModelID(provider: "p", model: "m"), started: start, ended: end, failure: failure, usage: usage,
        usageSource: usage == nil ? .unknown : .router),
      path: path, table: table, row: row, isBackfilled: backfilled)
  }

  @Test func orderDoesNotMatter() throws {
    let (usage, logs) = try TruthTests.readings("live")
    var all = usage.requests + logs.requests + logs.requests.prefix(9) + usage.requests.suffix(9)
    var generator = SeededGenerator(seed: 5)
    // Some lose their ids, so that both ways of joining are taken.
    for index in all.indices where Int.random(in: 0..<3, using: &generator) == 0 {
      all[index].hasRouterID = false
      all[index].id = "row-\(index)"
    }
    let merged = StoreMerge.merge(all)
    for _ in 0..<10 { #expect(StoreMerge.merge(all.shuffled(using: &generator)) == merged) }
  }

  @Test func nearestIsJoinedWithoutAnID() {
    let event = Self.one(.usageEvents, id: "a")
    func log(_ id: String, own: Bool = false, shift: Int64 = 0, path: String = "/v1/messages") -> StoreRequest {
      Self.one(.requestLogs, id: id, own: own, start: 1000 + shift, end: 5000 + shift, path: path)
    }
    #expect(StoreMerge.merge([event, log("b")]).map(\.id) == ["a"])
    #expect(StoreMerge.merge([event, log("b", own: true)]).count == 2, "two ids of the router's are two requests")
    #expect(StoreMerge.merge([event, log("b", shift: 2001)]).count == 2)
    #expect(StoreMerge.merge([event, log("b", path: "/v1/responses")]).count == 2)
    let rivals = [event, log("far", shift: 900), log("near", shift: -3)]
    #expect(StoreMerge.merge(rivals).map(\.id).sorted() == ["a", "far"])
  }

  @Test func theEventIsTheBaseAndTheLogAdds() {
    var log = Self.one(
      .requestLogs, id: "a", start: 1003, usage: TokenUsage(input: 11, output: 21, reasoning: 30),
      failure: .providerError)
    log.requestedModel = "claude"
    log.claimedCost = "0.5"
    log.request.session = "s"
    let merged = StoreMerge.merge([log, Self.one(.usageEvents, id: "a")])
    #expect(merged.count == 1)
    #expect(merged[0].request.usage == TokenUsage(input: 10, output: 20, reasoning: 20))
    #expect(merged[0].request.started == 1003)
    #expect(merged[0].request.failure == .providerError)
    #expect(merged[0].requestedModel == "claude")
    #expect(merged[0].claimedCost == "0.5")
    #expect(merged[0].request.session == "s")
    #expect(merged[0].table == .usageEvents)
    let filled = StoreMerge.merge([log, Self.one(.usageEvents, id: "a", usage: nil)])
    #expect(filled[0].request.usage == log.request.usage)
    #expect(filled[0].request.usageSource == .router)
    #expect(filled[0].table == .requestLogs)
  }

  @Test func aBackfilledEventYieldsToTheRecordedOne() {
    let filled = Self.one(.usageEvents, id: "a", row: 9, usage: TokenUsage(input: 1), backfilled: true)
    let recorded = Self.one(.usageEvents, id: "a", row: 3)
    #expect(StoreMerge.merge([filled, recorded]) == [recorded])
    #expect(StoreMerge.merge([recorded, filled]) == [recorded])
  }
}
