import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

@Suite struct Plans {
  /// Work that costs so many dollars at the baseline's input rate.
  func work(_ dollars: Int64, _ model: ModelID = .glm, _ year: Int = 2026, _ month: Int, _ day: Int) -> TrafficSlice {
    .of(model, at: .at(year, month, day, hour: 9), TokenUsage(input: dollars * 1_000_000 / 3 + 1), prompt: 0)
  }

  func day(_ month: Int, _ day: Int) -> CivilDay { .on(2026, month, day) }

  @Test func projectsFromTheDaysThatHavePassed() {
    // $3 in ten of thirty days.
    let slice = TrafficSlice.of(.glm, at: .at(2026, 6, 3), TokenUsage(input: 1_000_000), prompt: 0)
    let plan = audit([slice], since: day(6, 10), until: day(6, 10), now: .at(2026, 6, 20), recordedFrom: day(6, 1))
      .plans[0]
    #expect(plan.baselineCost == .usd("3"))
    #expect(plan.projected == .usd("9"))
    #expect(plan.utilisation?.description == "0.450000")
    #expect(plan.status == .underBreakEven)
    #expect(plan.feeShare.rounded(places: 6) == "0.666667")
  }

  @Test(arguments: [(0, false), (6, false), (7, true)])
  func unmeasuredRequestsMayMakeUpForWhatIsBelow(unknown: Int, mayPay: Bool) {
    // 45 % of the fee in five measured requests: 99 % in eleven, 108 % in twelve.
    var slice = TrafficSlice.of(.glm, at: .at(2026, 6, 3), TokenUsage(input: 1_000_000), prompt: 0)
    slice.counts = RequestCounts(upstream: 5, unknown: unknown)
    let plan = audit([slice], since: day(6, 10), until: day(6, 10), now: .at(2026, 6, 20), recordedFrom: day(6, 1))
      .plans[0]
    #expect(plan.status == .underBreakEven)
    #expect(plan.mayPay == mayPay)
  }

  @Test func todayCountsByThePartThatHasPassed() {
    let slice = TrafficSlice.of(.glm, at: .at(2026, 6, 3), TokenUsage(input: 1_000_000), prompt: 0)
    // Noon of the 8th: 7.5 of 30 days.
    let plan = audit(
      [slice], since: day(6, 1), until: day(6, 8), now: .at(2026, 6, 8, hour: 12), recordedFrom: day(6, 1)
    ).plans[0]
    #expect(plan.projected == .usd("12"))
    #expect(plan.feeShare == .usd("5"))
    // The same in a period that reaches into the future.
    let later = audit(
      [slice], since: day(6, 1), until: day(6, 30), now: .at(2026, 6, 8, hour: 12), recordedFrom: day(6, 1)
    ).plans[0]
    #expect(later.projected == .usd("12"))
    #expect(later.feeShare == plan.feeShare)
  }

  @Test func closedMonthIsNotProjected() {
    let slice = TrafficSlice.of(.glm, at: .at(2026, 6, 3), TokenUsage(input: 8_000_000), prompt: 0)
    let plan = audit([slice], since: day(6, 1), until: day(6, 30), now: .at(2026, 7, 9), recordedFrom: day(6, 1)).plans[
      0]
    #expect(plan.monthIsOver)
    #expect(plan.projected == .usd("24"))
    #expect(plan.utilisation?.description == "1.200000")
    #expect(plan.status == .pays)
    #expect(plan.feeShare == .usd("20"))
  }

  @Test func daylightSavingDoesNotStretchDays() {
    let berlin = TimeZone(identifier: "Europe/Berlin")!
    let slice = TrafficSlice.of(.glm, at: .at(2026, 3, 3), TokenUsage(input: 1_000_000), prompt: 0)
    // The clocks go forward on the 29th, a day of 23 hours, half of which is over after 11.5 hours.
    let midnight = day(3, 29).start(in: berlin)
    let report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: day(3, 1), until: day(3, 29), timeZone: berlin), traffic: [slice],
        planTraffic: [slice], recorded: RecordedTime(from: day(3, 1)), baseline: .sonnet, now: midnight + 23 * 1_800_000
      ),
      prices: TestPrices.example)
    #expect(report.plans[0].projected == Money.usd("3").multiplied(by: 62, over: 57))
  }

  @Test(arguments: [0, 16]) func aProratedFeeIsNoMonthlyOne(hour: Int) {
    var prices = TestPrices.example
    prices.plans = [.pro(fees: [PlanFee(from: .at(2026, 6, 16, hour: hour), monthly: .usd("20"))])]
    let slice = TrafficSlice.of(.glm, at: .at(2026, 6, 17), TokenUsage(input: 1_000_000), prompt: 0)
    let plan = audit([slice], since: day(6, 1), until: day(6, 20), prices: prices, recordedFrom: day(6, 1)).plans[0]
    #expect(plan.fee == .usd("20"))
    #expect(plan.breakEvenNominal == 2_222_223)
    #expect(plan.runningDays == 15)
    #expect(plan.feeShare.rounded(places: 6) == "3.333333")
    // $3 in five days is $18 in a whole month.
    #expect(plan.projected == .usd("18"))
    #expect(plan.utilisation?.description == "0.900000")
  }

  @Test func firstDaysOfAMonthAreTooEarly() {
    let slice = TrafficSlice.of(.glm, at: .at(2026, 6, 1), TokenUsage(input: 1_000_000), prompt: 0)
    func status(_ day: Int, hour: Int = 0) -> PlanStatus {
      audit([slice], since: self.day(6, 1), until: self.day(6, day), now: .at(2026, 6, day, hour: hour)).plans[0].status
    }
    #expect(status(1, hour: 1) == .tooEarly)
    #expect(status(3, hour: 23) == .tooEarly)
    // Three days have passed: $3 in them is $30 in the month.
    #expect(status(4) == .pays)
    let atOnce = audit([slice], since: day(6, 1), until: day(6, 1), now: .at(2026, 6, 1)).plans[0]
    #expect(atOnce.projected == nil)
    #expect(atOnce.status == .tooEarly)
  }

  @Test func unmeasuredIsNotUnused() {
    let unknown = TrafficSlice.of(.glm, at: .at(2026, 6, 3), counts: RequestCounts(unknown: 4))
    let failed = TrafficSlice.of(.glm, at: .at(2026, 6, 3), counts: RequestCounts(failed: 4))
    #expect(audit([unknown]).plans[0].status == .unmeasured)
    #expect(audit([unknown]).plans[0].utilisation == nil)
    #expect(audit([failed]).plans[0].status == .noUsage)
  }

  @Test func feeIsSplitByBaselineCost() {
    let slices = [work(1, .glm, 6, 3), work(3, .kimi, 6, 4)]
    let report = audit(
      slices, since: day(6, 1), until: day(6, 30), now: .at(2026, 7, 2), recordedFrom: day(6, 1))
    let costs = report.rows.map { $0.cost?.rounded(places: 4) }
    #expect(costs == ["5.0000", "15.0000"])
    #expect(report.rows.allSatisfy { $0.ratio == nil && $0.verdict == .plan })
  }

  @Test func monthsBelowAreCountedBackToTheFirstThatPays() {
    let history = [work(9, 2, 1), work(50, 3, 5), work(5, 4, 5), work(7, 5, 5), work(1, 6, 2)]
    func below(_ slices: [TrafficSlice], until: CivilDay = CivilDay(number: 20_624), now: Int64 = .at(2026, 6, 30))
      -> PlanAudit
    {
      audit([], since: until, until: until, plans: slices, now: now).plans[0]
    }
    #expect(day(6, 20).number == 20_624)
    #expect(below(history).monthsBelow == 2)
    #expect(below(history).advisesChange)
    #expect(below(history, until: day(5, 20)).monthsBelow == 1)
    #expect(!below(history, until: day(5, 20)).advisesChange)
    // The last day closes its month.
    #expect(below(history, until: day(6, 30), now: .at(2026, 7, 1)).monthsBelow == 3)
    // Records that begin inside April say nothing about all of April.
    #expect(below(Array(history.dropFirst(2))).monthsBelow == 1)
    // A whole month without use is below.
    #expect(below([work(1, 4, 1), work(1, 6, 1)]).monthsBelow == 2)
  }

  /// A month in which nothing at all was recorded is none below the fee, and months behind it are not in a row with those
  /// before it.
  @Test(arguments: [(nil, 0), (CivilDay.on(2026, 5, 9), 2)] as [(CivilDay?, Int)])
  func aMonthWithoutRecordsIsNotBelow(other: CivilDay?, months: Int) {
    let slices = [work(1, 4, 1), work(1, 6, 1)]
    let used = Set(slices.map(\.day)).union(other.map { [$0] } ?? [])
    let report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: day(6, 20), until: day(6, 20), timeZone: .gmt), traffic: [], planTraffic: slices,
        recorded: RecordedTime(days: used), baseline: .sonnet, now: .at(2026, 6, 30)),
      prices: TestPrices.example)
    #expect(report.plans[0].monthsBelow == months)
  }

  @Test func unknownTokensDoNotTalkAPlanDown() {
    // $15 measured in half of the requests: as likely $30.
    var slice = work(15, 4, 1)
    slice.counts = RequestCounts(upstream: 5, unknown: 5)
    #expect(audit([], since: day(5, 2), until: day(5, 2), plans: [slice]).plans[0].monthsBelow == 0)
    slice.counts = RequestCounts(upstream: 5, unknown: 1)
    #expect(audit([], since: day(5, 2), until: day(5, 2), plans: [slice]).plans[0].monthsBelow == 1)
  }

  private func work(_ dollars: Int64, _ month: Int, _ day: Int) -> TrafficSlice { work(dollars, .glm, month, day) }
  private func work(_ dollars: Int64, _ model: ModelID, _ month: Int, _ day: Int) -> TrafficSlice {
    work(dollars, model, 2026, month, day)
  }
}
