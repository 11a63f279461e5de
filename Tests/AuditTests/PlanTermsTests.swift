import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// Plans with a billing day, seats, an allowance, an uncertain projection, and own hardware.
@Suite struct PlanTerms {
  func day(_ month: Int, _ day: Int) -> CivilDay { .on(2026, month, day) }

  /// Work that costs so many dollars at the baseline's input rate of $3.
  func work(_ dollars: Int64, _ month: Int, _ day: Int) -> TrafficSlice {
    .of(.glm, at: .at(2026, month, day, hour: 9), TokenUsage(input: dollars * 1_000_000 / 3), prompt: 0)
  }

  func plan(
    _ slices: [TrafficSlice], _ plan: Plan, until: CivilDay, since: CivilDay? = nil, now: Int64 = .at(2026, 12, 31),
    recordedFrom: CivilDay? = nil
  ) -> PlanAudit {
    var prices = TestPrices.example
    prices.plans = [plan]
    return audit(slices, since: since ?? until, until: until, now: now, prices: prices, recordedFrom: recordedFrom)
      .plans[0]
  }

  @Test func theMonthBeginsOnTheBillingDay() {
    var pro = Plan.pro()
    pro.billingDay = 15
    let slices = [work(9, 6, 14), work(3, 6, 15), work(3, 7, 14), work(9, 7, 15)]
    let june = plan(slices, pro, until: day(7, 14))
    #expect(june.month == day(6, 15)..<day(7, 15))
    #expect(june.monthIsOver)
    #expect(june.baselineCost == .usd("6"))
    #expect(june.fee == .usd("20"))
    let before = plan(slices, pro, until: day(6, 14))
    #expect(before.month == day(5, 15)..<day(6, 15))
    #expect(before.baselineCost == .usd("9"))
    // June's and July's stayed below; the records do not reach back to May's first day.
    #expect(plan(slices + [work(1, 5, 20)], pro, until: day(8, 20)).monthsBelow == 2)
    // Ten of its thirty days.
    #expect(
      plan([work(3, 6, 15)], pro, until: day(6, 24), now: .at(2026, 6, 25)).projected == .usd("9"))
  }

  @Test func anAllowanceAndWhatIsPaidBeyond() {
    let fee = PlanFee(
      from: .at(2026, 1, 1), monthly: .usd("20"), includedTokens: 1_000_000,
      overage: Rate(picodollarsPerToken: 2_000_000))
    let slices = [work(3, 5, 9), work(3, 6, 3), work(9, 6, 10)]
    let june = plan(slices, .pro(fees: [fee]), until: day(6, 30), since: day(6, 1))
    // A million in May and the first in June are included; the three of the 10th are not: $6.
    #expect(june.includedTokens == 1_000_000)
    #expect(june.overage == .usd("6"))
    #expect(june.feeShare == .usd("26"))
    // Of the fee, as of any plan; whether it pays, all that the month costs decides.
    #expect(june.utilisation == Ratio(.usd("12"), over: .usd("20")))
    #expect(june.judged.coverage == Ratio(.usd("12"), over: .usd("26")))
    let more = plan(
      [work(3, 5, 9), work(3, 6, 3), work(22, 6, 10)], .pro(fees: [fee]), until: day(6, 30), since: day(6, 1))
    #expect(more.utilisation == Ratio(.usd("25"), over: .usd("20")))
    #expect(more.status == .underBreakEven)
    let tenth = plan(slices, .pro(fees: [fee]), until: day(6, 10))
    #expect(tenth.feeShare.rounded(places: 6) == "6.666667")
    let third = plan(slices, .pro(fees: [fee]), until: day(6, 3))
    #expect(third.feeShare.rounded(places: 6) == "0.666667")
  }

  /// Worth more than its fee as observed, and less had Sonnet read nine tenths from its own cache: neither is the truth.
  @Test(arguments: [(25, .uncertain), (300, .pays), (6, .underBreakEven)] as [(Int64, PlanStatus)])
  func aPlanThatOneOfTwoBaselinesLetsPayIsUncertain(dollars: Int64, status: PlanStatus) {
    var slice = work(dollars, 6, 3)
    slice.caching = PromptCaching(cacheable: slice.tokens.input, read5m: slice.tokens.input / 10 * 9)
    #expect(plan([slice], .pro(), until: day(6, 30), since: day(6, 1)).status == status)
  }

  @Test func overageOfDaysAddsUp() {
    var numbers = SeededNumbers(31)
    let fee = PlanFee(
      from: .at(2026, 1, 1), monthly: .usd("17.77"), includedTokens: 50_000,
      overage: Rate(picodollarsPerToken: 1_234_567))
    var pro = Plan.pro(fees: [fee])
    pro.billingDay = 31
    let slices = (0..<200).map { _ in
      TrafficSlice.of(
        .glm, at: .at(2026, 2, 1) + .random(in: 0..<(60 * 86_400_000), using: &numbers),
        TokenUsage(input: .random(in: 0...9_000, using: &numbers)))
    }
    let all = plan(slices, pro, until: day(3, 31), since: day(2, 1)).feeShare
    let days = (0..<59).map { plan(slices, pro, until: day(2, 1).advanced(by: $0)).feeShare }
    #expect(days.reduce(.zero, +) == all)
  }

  @Test func theProjectionSaysHowUncertainItIs() throws {
    // $1 and $3 in turns for ten days: mean 2, variance 10/9; 20 days to come.
    let slices = (1...10).map { work($0.isMultiple(of: 2) ? 3 : 1, 6, $0) }
    let plan = plan(slices, .pro(), until: day(6, 10), now: .at(2026, 6, 11))
    let range = try #require(plan.projectedRange)
    #expect(plan.projected?.rounded(places: 3) == "60.000")
    // 2 × √(10/9 × (20 + 400/10)) = 16.33.
    #expect(range.lowerBound.rounded(places: 2) == "43.67")
    #expect(range.upperBound.rounded(places: 2) == "76.33")
    // Equal days leave no doubt; and no month costs less than it has cost already.
    let even = self.plan((1...10).map { work(3, 6, $0) }, .pro(), until: day(6, 10), now: .at(2026, 6, 11))
    #expect(even.projectedRange?.lowerBound == even.projected)
    let once = self.plan([work(90, 6, 1)], .pro(), until: day(6, 10), now: .at(2026, 6, 11))
    #expect(once.projectedRange?.lowerBound == once.baselineCost)
    #expect(self.plan(slices, .pro(), until: day(6, 30)).projectedRange == nil)
  }

  /// Where both ends of a projection are said, what it can be expected to be holds both.
  @Test func theUncertaintyOfBothEndsIsSaid() throws {
    let slices = (1...10).map { day in
      var slice = work(day.isMultiple(of: 2) ? 3 : 1, 6, day)
      slice.caching = PromptCaching(cacheable: slice.tokens.input, read5m: slice.tokens.input / 2)
      return slice
    }
    let plan = plan(slices, .pro(), until: day(6, 10), now: .at(2026, 6, 11))
    let said = try #require(plan.said(\.projected))
    let range = try #require(plan.projectedRange)
    let ends = [plan.plain, plan.cached].compactMap(\.projectedRange)
    #expect(said.lowerBound < said.upperBound && ends.count == 2)
    #expect(range.lowerBound == ends.map(\.lowerBound).min())
    #expect(range.upperBound == ends.map(\.upperBound).max())
  }

  @Test func seatsAreToldAndCounted() {
    let fee = PlanFee(from: .at(2026, 1, 1), monthly: .usd("100"), seats: 5)
    let team = plan([work(30, 6, 3)], .pro(fees: [fee]), until: day(6, 30))
    #expect(team.seats == 5)
    #expect(team.status == .underBreakEven)
  }

  @Test func feesOfDaysAddUpOverAClockChange() {
    let berlin = TimeZone(identifier: "Europe/Berlin")!
    var prices = TestPrices.example
    prices.plans = [.pro(fees: [PlanFee(from: .at(2025, 1, 1), monthly: .usd("20"))])]
    // October with its day of 25 hours, February of a leap year, and March with one of 23.
    for month in [CivilDay.on(2026, 10, 1), .on(2028, 2, 1), .on(2026, 3, 1)] {
      let shares = (0..<month.daysInMonth).map { number in
        let day = month.advanced(by: number)
        let period = AuditPeriod(since: day, until: day, timeZone: berlin)
        return Audit.run(
          AuditInput(
            period: period, traffic: [], planTraffic: [], recorded: RecordedTime(from: .on(2026, 1, 1)),
            baseline: .sonnet, now: .at(2029, 1, 1)), prices: prices
        ).totals.planFees
      }
      #expect(shares.reduce(.zero, +) == .usd("20"))
      #expect(Set(shares.map { $0.rounded(places: 10) }).count == 1)
    }
  }

  /// A DGX Spark at $4,699 over 36 months, 240 W all day at $0.15 a kilowatt-hour, measured at 300 output tokens a
  /// second over 16 streams (https://www.nvidia.com/en-us/products/workstations/dgx-spark/ for the price).
  @Test func aDGXSpark() throws {
    func plan(watts: Int) throws -> Plan {
      let text = """
        provider: ollama
        plans:
          - plan: dgx-spark
            kind: self_hosted
            models: [glm-5.2]
            fees:
              - {from: 2026-01-01, hardware: "4699", amortisation_months: 36, watts: \(watts), tariff_per_kwh: "0.15",
                 tokens_per_second: 300}
        """
      return try #require(try PriceTable.load(files: [PricingFile(name: "ollama.yaml", text: text)]).offers.first)
    }
    // 130.53 for the hardware and 0.24 kW × 730 h × 0.15 = 26.28 for power.
    #expect(try plan(watts: 0).monthlyFee(in: day(6, 3)).rounded(places: 2) == "130.53")
    let plan = try plan(watts: 240)
    #expect(plan.monthlyFee(in: day(6, 3)).rounded(places: 2) == "156.81")
    // 300 × 3,600 × 24 × 365 ÷ 12 = 788.4 million output tokens a month.
    let full = plan.fees.first?.hardware?.perMillionAtThroughput
    #expect(full?.rounded(places: 6) == "0.198894")
    // 40 million in, 10 million out in June: $270 at Sonnet's rates.
    let slice = TrafficSlice.of(
      .glm, at: .at(2026, 6, 3), TokenUsage(input: 40_000_000, output: 10_000_000), prompt: 0)
    let june = self.plan([slice], plan, until: day(6, 30), recordedFrom: day(6, 1))
    let use = try #require(june.hardware)
    #expect(june.status == PlanStatus.pays)
    #expect(use.perMillionAtRealUse?.rounded(places: 6) == "3.136156")
    // 156.807778 ÷ 9 a million: 17,423,087 tokens, half of them output, 300 a second over 365 ÷ 12 days.
    #expect(june.breakEvenNominal == 17_423_087)
    #expect(use.breakEvenHoursNominal == 266)
    // 156.807778 ÷ 5.40 a million: 29,038,478 tokens, a fifth of them output.
    #expect(june.breakEvenActualMix == 29_038_478)
    #expect(use.breakEvenHoursActualMix == 177)
    // Nothing ran on it: no cost a token, but the speed still says what it could be.
    let idleMonth = self.plan([], plan, until: day(6, 30))
    #expect(idleMonth.hardware?.perMillionAtRealUse == nil)
    #expect(idleMonth.hardware?.perMillionAtThroughput == full)
  }
}
