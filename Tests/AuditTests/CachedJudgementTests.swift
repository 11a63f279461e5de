import Audit
import Foundation
import Model
import Pricing
import TestPrices
import Testing

/// `ratio: cached` decides everywhere alike, also where a history is all that there is.
struct CachedJudgementTests {
  private let noon = Int64.at(2026, 6, 24, hour: 12)
  private let day = CivilDay.on(2026, 6, 24)

  /// MiniMax at $1.40: 0.47 of Sonnet as observed, and 2.17 of one that would have read nine tenths from its cache.
  private var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(.minimax, from: 1, Rates("1.40", "4.40", cacheRead: "0.14"))
    return prices
  }

  private var slice: TrafficSlice {
    var slice = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 1_000_000))
    slice.caching = PromptCaching(cacheable: 1_000_000, read5m: 900_000)
    return slice
  }

  /// A history as a CI job has it: lines of text.
  private func side(_ records: [HistoryRecord]) throws -> GateSide {
    GateSide(try HistoryLog(text: HistoryLog.text(records)), now: .at(2026, 6, 25))
  }

  private func records(_ slices: [TrafficSlice], splits: MeasuredSplits = MeasuredSplits()) -> [HistoryRecord] {
    HistoryRecord.records(
      of: slices, baseline: .sonnet, splits: splits, timeZone: .gmt, now: .at(2026, 6, 25), prices: prices)
  }

  @Test(arguments: [(RatioKind.plain, GateRow.Status.passed), (.cached, .aboveLimit)])
  func theGateJudgesAHistoryByTheRatioThatDecides(kind: RatioKind, status: GateRow.Status) throws {
    let report = try side(records([slice])).report(
      day...day, baseline: .sonnet, judgedBy: kind, now: .at(2026, 6, 25), prices: prices)
    #expect(Gate(report, base: nil, comparison: .none, rules: GateRules()).rows.map(\.status) == [status])
    #expect(report.models.first?.baselineCachedCost == .usd("0.645"))
  }

  @Test func aTrendIsOfTheRatioThatDecides() {
    let records = records([slice])
    #expect(Trend.all(of: records)[0].latest?.description == "0.466667")
    #expect(Trend.all(of: records, by: .cached)[0].latest?.description == "2.170543")
  }

  /// Records of older releases have no such figure, and are judged as they were.
  @Test func withoutTheFigureThePlainRatioDecides() throws {
    var slice = slice
    slice.caching = nil
    let report = try side(records([slice])).report(
      day...day, baseline: .sonnet, judgedBy: .cached, now: .at(2026, 6, 25), prices: prices)
    #expect(Gate(report, base: nil, comparison: .none, rules: GateRules()).rows.map(\.status) == [.passed])
  }

  /// What caches served of a request that nobody knows it of is written down as it was known then.
  @Test func aHistoryKeepsBothEndsOfAnUnknownSplit() throws {
    var unknown = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 100_000))
    unknown.variant.isSplitUnknown = true
    var like = TrafficSlice.of(
      .minimax, at: noon, TokenUsage(input: 50_000, cacheRead: 950_000), counts: RequestCounts(upstream: 30))
    like.source = .upstream
    let records = records([unknown], splits: MeasuredSplits(of: [like]))
    #expect(records.map(\.parts).flatMap(\.self).map(\.served) == [95_000])
    let report = try side(records).report(day...day, baseline: .sonnet, now: .at(2026, 6, 25), prices: prices)
    // 0.005 × 1.40 + 0.095 × 0.14 and 0.1 × 1.40.
    #expect(report.models.first?.range?.cost == Money.usd("0.0203")...Money.usd("0.14"))
  }

  @Test(arguments: [(TrafficScope.routed, true), (.all, true), (.direct, false)])
  func aPlanThatCoversNothingOfAScopeIsNotChargedToIt(scope: TrafficScope, isCharged: Bool) {
    let sonnet = TrafficSlice.of(.sonnet, at: noon, TokenUsage(input: 1_000_000), route: .direct)
    func report(_ scope: AuditScope) -> AuditReport {
      Audit.run(
        AuditInput(
          period: AuditPeriod(since: day, until: day, timeZone: .gmt), scope: scope, traffic: [sonnet],
          planTraffic: [sonnet], baseline: .sonnet, now: .at(2026, 6, 25)), prices: prices)
    }
    #expect((report(AuditScope(scope)).totals.planFees > .zero) == isCharged)
    // Where direct traffic stands in for routed one, a plan that nobody used is reported.
    let standsIn = AuditScope(
      asked: nil, routed: .zero, direct: TrafficSize(counts: RequestCounts(client: 1), tokens: 1))
    #expect(report(standsIn).plans.map(\.status) == [.noUsage])
  }

  /// What a change of prices does to traffic of which nobody knows what caches served lies between two ends.
  @Test func aChangeOfPricesIsARangeToo() throws {
    var unknown = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 100_000))
    unknown.variant.isSplitUnknown = true
    var new = prices
    new.entries[.minimax] = nil
    new.add(.minimax, from: 1, Rates("2.80", "8.80", cacheRead: "0.28"))
    let effect = PricingEffect(
      of: try side(records([unknown])), days: day...day, baseline: .sonnet, now: .at(2026, 6, 25), from: prices,
      to: new)
    let row = try #require(effect.rows.first)
    #expect(row.before.cost == Money.usd("0.014")...Money.usd("0.14"))
    #expect(row.after.cost == Money.usd("0.028")...Money.usd("0.28"))
    #expect(row.difference == Money.usd("0.014")...Money.usd("0.14"))
    #expect(row.before.ratio != row.after.ratio && row.before.baselineCost == row.after.baselineCost)
    // So does what it changes in records of the past.
    #expect(effect.repriced.map(\.difference) == [row.difference])
  }
}
