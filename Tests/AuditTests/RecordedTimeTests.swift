import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// The specification's worked examples of recorded time, of Sonnet with its cache, and of a plan's ratio.
@Suite struct RecordedTimes {
  /// Records begin on 2026-11-21; the work costs $8.40 at the baseline's input rate of $3.
  private func report(since: CivilDay, until: CivilDay = .on(2026, 11, 25), now: Int64 = .at(2026, 11, 25))
    -> AuditReport
  {
    let slices = (21...24).map {
      TrafficSlice.of(.glm, at: .at(2026, 11, $0, hour: 9), TokenUsage(input: 700_000), prompt: 0)
    }
    var prices = TestPrices.example
    prices.plans = [.pro(fees: [PlanFee(from: .at(2026, 6, 1), monthly: .usd("20"))])]
    return audit(
      slices.filter { $0.day >= since && $0.day <= until }, since: since, until: until, plans: slices, now: now,
      prices: prices, recordedFrom: .on(2026, 11, 21))
  }

  @Test(arguments: [CivilDay.on(2026, 1, 1), .on(2026, 10, 27), .on(2026, 11, 1), .on(2026, 11, 21)])
  func feesCountFromTheFirstRecordOn(since: CivilDay) {
    let report = report(since: since)
    let plan = report.plans[0]
    #expect(plan.feeShare.rounded(places: 6) == "2.666667")
    #expect(report.totals.saved?.rounded(places: 6) == "5.733333")
    #expect(plan.projected == .usd("63"))
    #expect(plan.utilisation?.description == "3.150000")
    #expect(plan.ratio?.description == "0.317460")
    #expect(plan.status == .pays)
  }

  @Test func noWindowSaysTheOpposite() {
    for day in 21...24 {
      let report = report(since: .on(2026, 11, day), until: .on(2026, 11, day))
      #expect(report.totals.saved.map { $0 > .zero } == true)
    }
    #expect(report(since: .on(2026, 11, 19)).totals.saved.map { $0 > .zero } == true)
  }

  @Test func fewerThanThreeRecordedDaysAreTooEarly() {
    let plan = report(since: .on(2026, 11, 1), until: .on(2026, 11, 23), now: .at(2026, 11, 23, hour: 12)).plans[0]
    #expect(plan.status == .tooEarly)
    #expect(plan.projected == nil)
    #expect(plan.utilisation == nil)
    #expect(plan.recorded?.days == 3)
    #expect(plan.recorded?.ofDays == 23)
  }

  @Test func aMonthWithoutRecordsIsNotBelowItsFee() {
    let used = Set([CivilDay.on(2026, 3, 1), .on(2026, 5, 2), .on(2026, 6, 1)])
    let work = TrafficSlice.of(.glm, at: .at(2026, 3, 1), TokenUsage(input: 1000))
    func below(_ used: Set<CivilDay>) -> PlanAudit {
      Audit.run(
        AuditInput(
          period: AuditPeriod(since: .on(2026, 6, 1), until: .on(2026, 6, 10), timeZone: .gmt), traffic: [],
          planTraffic: [work], recorded: RecordedTime(days: used), baseline: .sonnet, now: .at(2026, 6, 11)),
        prices: TestPrices.example
      ).plans[0]
    }
    // May was unused; April holds nothing at all.
    #expect(below(used).monthsBelow == 1)
    #expect(below(used).status == .noUsage)
    #expect(below(used.subtracting([.on(2026, 6, 1)])).status == .noRecords)
    #expect(below(used.union([.on(2026, 4, 9)])).monthsBelow == 3)
  }

  @Test func withoutAnyRecordNothingIsCharged() {
    let report = audit([], since: .on(2026, 6, 1), until: .on(2026, 6, 30), now: .at(2026, 6, 30))
    #expect(report.totals.planFees == .zero)
    #expect(report.plans.allSatisfy { $0.status == .noRecords })
  }

  @Test func theBaselineWithItsOwnCache() {
    var slice = TrafficSlice.of(.glm, at: .at(2026, 6, 3), TokenUsage(input: 10_000_000), prompt: 0)
    slice.caching = PromptCaching(cacheable: 10_000_000, read5m: 9_000_000, read1h: 9_000_000)
    func plan(_ kind: RatioKind, _ slice: TrafficSlice) -> (PlanAudit, Totals) {
      let report = audit(
        [slice], since: .on(2026, 6, 1), until: .on(2026, 6, 30), judgedBy: kind, now: .at(2026, 7, 9),
        recordedFrom: .on(2026, 6, 1))
      return (report.plans[0], report.totals)
    }
    // $30 with the observed classes; 9 million read at $0.30 and one written at $3.75.
    let (plain, totals) = plan(.plain, slice)
    #expect(plain.plain.baselineCost == .usd("30"))
    #expect(plain.cached.baselineCost == .usd("6.45"))
    #expect(totals.saved == .usd("10"))
    #expect(totals.savedCached == .usd("-13.55"))
    // One of the two lets it pay: neither is the truth, unless somebody chose one.
    #expect(plain.status == .uncertain)
    let (cached, _) = plan(.cached, slice)
    #expect(cached.status == .underBreakEven)
    #expect(cached.ratio?.description == "3.100775")
    // What the baseline's own provider observed is the truth.
    slice.model = .sonnet
    let own = audit([slice]).rows[0]
    #expect(own.baselineCachedCost == own.baselineCost)
  }
}
