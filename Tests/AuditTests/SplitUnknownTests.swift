@testable import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// Requests whose prompt's total is measured, and whose cache split is not.
@Suite struct SplitUnknown {
  static let flash = ModelID(provider: "deepseek", model: "deepseek-v4-flash")
  static let noon = Int64.at(2026, 11, 10, hour: 12)

  static var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(flash, Rates("0.15", "0.60", cacheRead: "0.003"))
    return prices
  }

  /// A client was told 100,000 prompt tokens, and no output.
  static let told = TrafficSlice(
    model: flash, time: noon, prompt: 100_000, day: CivilDay(milliseconds: noon, in: .gmt), route: .default,
    counts: RequestCounts(client: 1), tokens: TokenUsage(input: 100_000), variant: CallVariant(isSplitUnknown: true))

  static func report(_ slices: [TrafficSlice], splits: MeasuredSplits = MeasuredSplits()) -> AuditReport {
    let day = CivilDay(milliseconds: noon, in: .gmt)
    var input = AuditInput(
      period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: slices, planTraffic: [],
      baseline: .sonnet, now: noon)
    input.splits = splits
    return Audit.run(input, prices: prices)
  }

  /// Worked example 3 of the rules.
  @Test func costsAreARange() throws {
    let row = try #require(Self.report([Self.told]).models.first)
    #expect(row.cost == nil && row.baselineCost == nil && row.ratio == nil)
    let range = try #require(row.range)
    #expect(range.cost == Money.usd("0.0003")...Money.usd("0.015"))
    #expect(range.baselineCost == Money.usd("0.03")...Money.usd("0.30"))
    #expect(range.ratio?.lowerBound.description == "0.010000")
    #expect(range.ratio?.upperBound.description == "0.050000")
    #expect(row.verdict == .cheaper)
  }

  @Test func likeRequestsNarrowIt() throws {
    func measured(_ requests: Int, route: Route = .default) -> TrafficSlice {
      var slice = Self.told
      (slice.variant, slice.source, slice.route) = (.none, .upstream, route)
      slice.counts = RequestCounts(upstream: requests)
      slice.tokens = TokenUsage(input: 5_000 * Int64(requests), cacheRead: 95_000 * Int64(requests))
      return slice
    }
    let range = try #require(Self.report([Self.told], splits: MeasuredSplits(of: [measured(30)])).models.first?.range)
    #expect(range.cost?.lowerBound == Money.usd("0.001035"))
    #expect(range.cached.baselineCost == Money.usd("0.0435"))
    #expect(range.cached.ratio?.description == "0.023793")
    // Too few, and those of another route, say nothing.
    for other in [measured(29), measured(30, route: .think)] {
      let range = try #require(Self.report([Self.told], splits: MeasuredSplits(of: [other])).models.first?.range)
      #expect(range.cost?.lowerBound == Money.usd("0.0003"))
    }
  }

  /// So a request costs the same in a report of any period, and in a history.
  @Test(arguments: [(0, true), (29, true), (30, false), (-1, false)])
  func onlyLikeRequestsOfItsDayAndThe29DaysBeforeNarrowIt(daysBefore: Int, isLike: Bool) throws {
    var like = Self.told
    (like.variant, like.source, like.counts) = (.none, .upstream, RequestCounts(upstream: 30))
    like.tokens = TokenUsage(input: 150_000, cacheRead: 2_850_000)
    like.day = Self.told.day.advanced(by: -daysBefore)
    let range = try #require(Self.report([Self.told], splits: MeasuredSplits(of: [like])).models.first?.range)
    #expect(range.cost?.lowerBound == Money.usd(isLike ? "0.001035" : "0.0003"))
    // Days add up to what is believed.
    var parts = (0..<30).map { back in
      var part = like
      (part.day, part.counts) = (Self.told.day.advanced(by: -back), RequestCounts(upstream: 1))
      part.tokens = TokenUsage(input: 5_000, cacheRead: 95_000)
      return part
    }
    func low(_ parts: [TrafficSlice]) throws -> Money? {
      try #require(Self.report([Self.told], splits: MeasuredSplits(of: parts)).models.first?.range).cost?.lowerBound
    }
    #expect(try low(parts) == Money.usd("0.001035"))
    parts.removeLast()
    #expect(try low(parts) == Money.usd("0.0003"))
  }

  /// A fleet's server, several ledgers and one add the same requests up differently.
  @Test func theirTokensAreRoundedOnceHoweverFinelyTheyAreAddedUp() throws {
    // A third of a prompt.
    var like = Self.told
    (like.variant, like.source, like.counts) = (.none, .upstream, RequestCounts(upstream: 30))
    like.tokens = TokenUsage(input: 60, cacheRead: 30)
    let splits = MeasuredSplits(of: [like])
    let parts = (0..<20).map { number in
      var part = Self.told
      part.time += Int64(number)
      part.tokens = TokenUsage(input: 5_000)
      return part
    }
    for slices in [[Self.told], parts, Array(parts.reversed())] {
      let range = try #require(Self.report(slices, splits: splits).models.first?.range)
      #expect(range.cost?.lowerBound == Money.usd("0.010100049"), "66,667 fresh and 33,333 cached tokens")
      #expect(range.cost?.upperBound == Money.usd("0.015"))
    }
  }

  @Test func verdictNeedsBothEnds() throws {
    // Twice Sonnet's price fresh, a hundredth of it cached.
    var prices = Self.prices
    prices.entries[Self.flash] = nil
    prices.add(Self.flash, Rates(6, 30, cacheRead: "0.003"))
    let day = CivilDay(milliseconds: Self.noon, in: .gmt)
    let report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: [Self.told], planTraffic: [],
        baseline: .sonnet, now: Self.noon), prices: prices)
    #expect(report.models[0].verdict == .uncertain)
    let gate = Gate(report, base: nil, comparison: .none, rules: GateRules())
    #expect(gate.rows.map(\.status) == [.splitUnknown])
    #expect(gate.outcome == .passed)
  }

  @Test func historyKeepsIt() throws {
    let records = HistoryRecord.records(
      of: [Self.told], baseline: .sonnet, timeZone: .gmt, now: Self.noon, prices: Self.prices)
    #expect(records[0].ratio == nil)
    #expect(records[0].line.contains(#""variant": {"split_unknown": true}"#))
    #expect(try HistoryLog(text: HistoryLog.text(records)).records == records)
    #expect(records.flatMap(\.slices).map(\.variant) == [CallVariant(isSplitUnknown: true)])
  }
}
