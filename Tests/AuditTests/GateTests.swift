import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// The rules of the gate, on histories made of sums.
struct GateTests {
  private static let noon: Int64 = .at(2026, 6, 24, hour: 12)
  private static let now: Int64 = .at(2026, 6, 25)
  private static let work = TokenUsage(input: 10_000, output: 1000)

  private func prices(minimax: Rates = Rates("0.24", "0.96")) -> TestPrices {
    var prices = TestPrices.example
    prices.entries[.minimax] = nil
    prices.add(.minimax, minimax)
    return prices
  }

  private func log(_ slices: [TrafficSlice], _ prices: TestPrices) -> HistoryLog {
    HistoryLog(
      records: HistoryRecord.records(of: slices, baseline: .sonnet, timeZone: .gmt, now: Self.now, prices: prices))
  }

  private func report(_ slices: [TrafficSlice], _ prices: TestPrices, days: Int? = 7) -> AuditReport? {
    let side = GateSide(log(slices, prices), now: Self.now)
    return side.window(days: days).map { side.report($0, baseline: .sonnet, now: Self.now, prices: prices) }
  }

  private func gate(
    _ slices: [TrafficSlice], _ prices: TestPrices, base: TestPrices? = nil, _ rules: GateRules = GateRules()
  ) throws -> Gate {
    Gate(
      try #require(report(slices, prices)), base: base.flatMap { report(slices, $0) },
      comparison: base.map { .made(basePricing: $0.version) } ?? .none, rules: rules)
  }

  @Test func theLimitIsExact() throws {
    let slices = [TrafficSlice.of(.minimax, at: Self.noon, Self.work)]
    #expect(try gate(slices, prices()).outcome == .passed)
    // Exactly the baseline's price is not above 1.
    #expect(try gate(slices, prices(minimax: Rates(3, 15))).outcome == .passed)
    // A ten-millionth more is, although the ratio rounds to 1.
    let many = [TrafficSlice.of(.minimax, at: Self.noon, TokenUsage(input: 10_000_000, output: 0))]
    let above = try gate(many, prices(minimax: Rates("3.000001", 15)))
    #expect(above.rows.first?.audited.ratio == .one)
    #expect(above.outcome == .failed)
    #expect(above.rows.map(\.status) == [.aboveLimit])
  }

  @Test func growthIsOfTheRatioItself() throws {
    let slices = [TrafficSlice.of(.minimax, at: Self.noon, TokenUsage(input: 10_000))]
    let tenPercent = GateRules(maxIncrease: Ratio(millionths: 100_000))
    let base = prices(minimax: Rates("0.20", 1))
    #expect(try gate(slices, prices(minimax: Rates("0.22", 1)), base: base, tenPercent).outcome == .passed)
    let grown = try gate(slices, prices(minimax: Rates("0.220001", 1)), base: base, tenPercent)
    #expect(grown.rows.map(\.status) == [.increased])
    #expect(try gate(slices, prices(minimax: Rates("0.1", 1)), base: base, tenPercent).outcome == .passed)
    // Without a base nothing grew.
    #expect(try gate(slices, prices(minimax: Rates("0.4", 1)), tenPercent).outcome == .passed)
  }

  @Test func onlyNewReportsWhatWasRedBefore() throws {
    let slices = [TrafficSlice.of(.minimax, at: Self.noon, Self.work)]
    let red = prices(minimax: Rates(4, 16))
    #expect(try gate(slices, red, base: red).outcome == .failed)
    let old = try gate(slices, red, base: red, GateRules(onlyNew: true))
    #expect(old.rows.map(\.status) == [.aboveLimitBefore])
    #expect(old.outcome == .passed)
    #expect(try gate(slices, red, base: prices(), GateRules(onlyNew: true)).outcome == .failed)
    // Red before, and now much more so.
    let redder = prices(minimax: Rates(8, 32))
    let rules = GateRules(maxIncrease: Ratio(millionths: 100_000), onlyNew: true)
    #expect(try gate(slices, redder, base: red, rules).rows.map(\.status) == [.increased])
  }

  @Test func whatCannotBeJudged() throws {
    let unknown = ModelID(provider: "nobody", model: "x")
    let slices = [
      TrafficSlice.of(.minimax, at: Self.noon, Self.work), TrafficSlice.of(unknown, at: Self.noon, Self.work),
    ]
    #expect(try gate(slices, prices()).outcome == .passed)
    #expect(try gate(slices, prices(), GateRules(failsOnUnpriced: true)).obstacles == [.unpriced(unknown)])
    let half = Ratio(millionths: 500_000)
    #expect(try gate(slices, prices(), GateRules(minCoverage: half)).outcome == .passed)
    let more = GateRules(minCoverage: Ratio(millionths: 500_001))
    #expect(try gate(slices, prices(), more).obstacles == [.coverage(half)])
    // All of it unpriced, or all of it unmeasured, is no pass.
    #expect(try gate([.of(unknown, at: Self.noon, Self.work)], prices()).outcome == .unjudged)
    let silent = [TrafficSlice.of(.minimax, at: Self.noon, counts: RequestCounts(unknown: 3))]
    #expect(try gate(silent, prices()).obstacles == [.nothingMeasured])
    // A violation counts more.
    let both = try gate(slices, prices(minimax: Rates(4, 16)), GateRules(failsOnUnpriced: true))
    #expect(both.outcome == .failed)
  }

  @Test func tooLittleIsNotJudged() throws {
    let slices = [TrafficSlice.of(.minimax, at: Self.noon, Self.work, counts: RequestCounts(upstream: 9))]
    let red = prices(minimax: Rates(4, 16))
    #expect(try gate(slices, red, GateRules(minRequests: 9)).outcome == .failed)
    #expect(try gate(slices, red, GateRules(minRequests: 10)).rows.map(\.status) == [.tooLittle])
    #expect(try gate(slices, red, GateRules(minCost: .usd("0.056"))).outcome == .failed)
    #expect(try gate(slices, red, GateRules(minCost: .usd("0.056001"))).outcome == .passed)
    // Requests without tokens are none to judge by.
    let unknown = [TrafficSlice.of(.minimax, at: Self.noon, Self.work, counts: RequestCounts(upstream: 9, unknown: 5))]
    #expect(try gate(unknown, red, GateRules(minRequests: 10)).rows.map(\.status) == [.tooLittle])
  }

  /// What is paid otherwise may have a list price beside it: no check and no alert judges it by that.
  @Test func onlyWhatIsPaidByTheTokenIsAboveALimit() throws {
    var row = try #require(try gate([.of(.minimax, at: Self.noon, Self.work)], prices(), GateRules()).rows.first)
      .audited
    #expect(GateRules(maxRatio: 0).isAbove(row, by: .plain))
    row.key.billing = .free
    #expect(!GateRules(maxRatio: 0).isAbove(row, by: .plain))
  }

  @Test func plansNeverFail() throws {
    let gate = try gate([.of(.glm, at: Self.noon, Self.work)], prices(), GateRules(maxRatio: 0))
    #expect(gate.rows.map(\.status) == [.plan])
    #expect(gate.outcome == .passed)
  }

  @Test func theWindowGoesBackFromTheNewestRecord() throws {
    let slices = (0..<20).map { TrafficSlice.of(.minimax, at: Self.noon - $0 * 86_400_000, Self.work) }
    let week = try #require(report(slices, prices()))
    #expect(week.coverage.counts.requests == 7)
    #expect(week.period.until == .on(2026, 6, 24))
    #expect(report(slices, prices(), days: nil)?.coverage.counts.requests == 20)
    #expect(GateSide(HistoryLog(), now: Self.now).window(days: 7) == nil)
  }

  @Test func recordsOfTheFutureAreLeftOut() {
    var log = log([.of(.minimax, at: Self.noon, Self.work)], prices())
    var later = log.records[0]
    later.recordedAt = .at(2027, 1, 1)
    log.records += [later, log.records[0]]
    later.recordedAt = Self.now
    later.day = .on(2027, 1, 1)
    log.records.append(later)
    let side = GateSide(log, now: Self.now)
    #expect(side.fromTheFuture == 2)
    #expect(side.records.map(\.day) == [.on(2026, 6, 24)])
    #expect(side.records.map(\.recordedAt) == [Self.now])
  }

  /// What history carries is enough: sums give what the single requests give, also where tiers split a day.
  @Test func aHistoryGivesTheSameRatiosAsItsRequests() throws {
    var numbers = SeededNumbers(6)
    var table = prices()
    table.entries[.sonnet] = nil
    table.add(.sonnet, Rates(3, 15), tier: (200_000, Rates(6, "22.50")))
    table.add(.sonnet, from: Self.noon, Rates(2, 10))
    for _ in 0..<50 {
      let slices = (0..<40).map { _ in
        TrafficSlice.of(
          numbers.pick([.minimax, .sonnet, .glm]),
          at: Self.noon + .random(in: -43_000_000...43_000_000, using: &numbers),
          TokenUsage(
            input: .random(in: 0...300_000, using: &numbers), output: .random(in: 0...5000, using: &numbers)))
      }
      let again = try #require(report(slices, table))
      let direct = Audit.run(
        AuditInput(
          period: again.period, traffic: slices, planTraffic: slices,
          recorded: RecordedTime(days: Set(slices.map(\.day))),
          baseline: .sonnet, now: Self.now),
        prices: table)
      #expect(again == direct)
    }
  }
}
