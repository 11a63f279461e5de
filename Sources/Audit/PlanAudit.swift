package import Pricing
package import Usage

/// A plan against what its work would have cost at the baseline's rates, over the calendar month of the period's end.
package struct PlanAudit: Hashable, Sendable {
  /// The plan's name in the pricing table.
  package var name: String
  /// How it is billed.
  package var kind: PlanKind
  /// The models that it covers, sorted.
  package var models: [ModelID]
  /// The first day of the month that is looked at.
  package var month: CivilDay
  /// Whether the month is over, so that nothing is projected.
  package var monthIsOver: Bool
  /// The month's fee, prorated by day where the plan did not run all of it; `nil` where it did not run at all.
  package var fee: Money?
  /// The part of the fees that the days of the period bear, up to today.
  package var feeShare: Money
  /// The plan's requests of the month up to the period's end.
  package var counts: RequestCounts
  /// Their measured tokens.
  package var tokens: TokenUsage
  /// What those cost at the baseline's rates; `nil` where nothing is measured or the baseline has no price.
  package var baselineCost: Money?
  /// `baselineCost ÷ days elapsed × days of the month`; today counts by the part of it that has passed, and days on
  /// which the plan did not run do not count.
  package var projected: Money?
  /// `projected ÷ fee`.
  package var utilisation: Ratio?
  /// `fee ÷ blended baseline rate`, tokens a month, rounded up.
  package var breakEvenNominal: Int128?
  /// `fee ÷ baseline cost of a token of the month's real mix`, tokens a month, rounded up.
  package var breakEvenActualMix: Int128?
  /// The answer in a word.
  package var status: PlanStatus
  /// Closed whole months in a row, ending with the latest, in which the plan stayed below its fee. A month in which
  /// some tokens are unknown counts only if it stays below with each unknown request as dear as the mean measured one.
  package var monthsBelow: Int

  /// Whether to give the advice: downgrade the plan, or move its route to a cheap per-token model.
  package var advisesChange: Bool { monthsBelow >= 2 }
}

/// How a plan stands. Raw values are the words of the JSON contract.
package enum PlanStatus: String, Sendable {
  /// Projected use reaches the fee.
  case pays
  /// Projected use stays below the fee.
  case underBreakEven = "under_break_even"
  /// Less than a day of the month has passed: a projection would be noise.
  case tooEarly = "too_early"
  /// No request this month.
  case noUsage = "no_usage"
  /// Requests, but no measured tokens.
  case unmeasured
  /// The baseline or the fee is not known for this month.
  case unpriced
}

extension PlanAudit {
  /// The plans that run in the period or in the month of its end, by name.
  static func all(input: AuditInput, pricer: Pricer<some PriceBook>) -> [PlanAudit] {
    let period = input.period
    let slices = input.planTraffic.filter { $0.day <= period.until }.map(pricer.price)
    let seen = period.seen(at: input.now)
    let month = period.until.firstOfMonth
    // The last instant of what has been seen: a price that starts right after it is not in force yet.
    let rates = pricer.baselineRates(at: seen - 1, prompt: 0)
    let plans = pricer.book.plans.filter { $0.fee(ofMonth: month) != nil || $0.fee(of: period, now: input.now) > .zero }
    return plans.sorted { $0.name < $1.name }.map { plan in
      let use = Dictionary(grouping: slices.filter { $0.plan?.name == plan.name }, by: \.slice.day.firstOfMonth)
        .mapValues(MonthUse.init)
      let elapsed = Elapsed(plan: plan, month: month, seen: seen, in: period)
      return PlanAudit(
        plan: plan, month: month, use: use[month] ?? MonthUse([]), elapsed: elapsed, rates: rates, input: input,
        monthsBelow: monthsBelow(
          plan: plan, use: use, latest: elapsed.isOver ? month : month.advanced(by: -1).firstOfMonth,
          recordsFrom: slices.map(\.slice.day).min()))
    }
  }

  private init(
    plan: Plan, month: CivilDay, use: MonthUse, elapsed: Elapsed, rates: Rates?, input: AuditInput, monthsBelow: Int
  ) {
    let fee = plan.fee(ofMonth: month)
    let measured = use.counts.measured > 0
    let projected = use.baselineCost.flatMap { cost in
      elapsed.passed > 0 ? cost.multiplied(by: elapsed.whole, over: elapsed.passed) : nil
    }
    self.init(
      name: plan.name, kind: plan.kind, models: plan.models.sorted(), month: month, monthIsOver: elapsed.isOver,
      fee: fee, feeShare: plan.fee(of: input.period, now: input.now), counts: use.counts, tokens: use.tokens,
      baselineCost: measured ? use.baselineCost : nil, projected: measured ? projected : nil,
      utilisation: nil, breakEvenNominal: nil, breakEvenActualMix: nil, status: .unpriced, monthsBelow: monthsBelow)
    guard let fee else { return }
    let blend = input.blend
    if let rates {
      breakEvenNominal = fee.tokens(
        Int128(blend.input + blend.output),
        at: Int128(rates.input.picodollarsPerToken) * Int128(blend.input)
          + Int128(rates.output.picodollarsPerToken) * Int128(blend.output))
    }
    if measured, let cost = baselineCost { breakEvenActualMix = fee.tokens(Int128(tokens.total), at: cost.picodollars) }
    utilisation = self.projected.flatMap { Ratio($0, over: fee) }
    status = status(fee: fee, elapsed: elapsed)
  }

  private func status(fee: Money, elapsed: Elapsed) -> PlanStatus {
    if counts.requests == counts.failed { return .noUsage }
    if counts.measured == 0 { return .unmeasured }
    if baselineCost == nil { return .unpriced }
    guard let projected, elapsed.isOver || elapsed.passed >= elapsed.day else { return .tooEarly }
    return projected < fee ? .underBreakEven : .pays
  }

  private static func monthsBelow(
    plan: Plan, use: [CivilDay: MonthUse], latest: CivilDay, recordsFrom: CivilDay?
  ) -> Int {
    guard let recordsFrom else { return 0 }
    var (month, count) = (latest, 0)
    // Only whole months count: the plan ran on each of their days, and the records reach back to the first.
    while month >= recordsFrom, month.daysOfMonth.allSatisfy(plan.runs(on:)),
      let fee = plan.fee(ofMonth: month), (use[month] ?? MonthUse([])).staysBelow(fee)
    {
      count += 1
      month = month.advanced(by: -1).firstOfMonth
    }
    return count
  }
}

/// What ran on a plan in a month.
private struct MonthUse {
  var counts = RequestCounts.zero
  var tokens = TokenUsage.zero
  /// `nil` where the baseline has no price for a part.
  var baselineCost: Money? = .zero

  init(_ slices: [PricedSlice]) {
    for priced in slices {
      counts += priced.slice.counts
      tokens += priced.tokens
      guard priced.slice.counts.measured > 0 else { continue }
      baselineCost = baselineCost.flatMap { sum in priced.baselineCost.map { sum + $0 } }
    }
  }

  func staysBelow(_ fee: Money) -> Bool {
    let answered = counts.requests - counts.failed
    guard let baselineCost else { return false }
    guard counts.measured > 0 else { return answered == 0 && fee > .zero }
    return baselineCost.multiplied(by: Int128(answered), over: Int128(counts.measured)) < fee
  }
}

/// How much of a plan's month has passed, in milliseconds of days that all count as long as the last one seen.
private struct Elapsed {
  /// The length of a day.
  var day: Int128
  /// What has passed of the days on which the plan runs.
  var passed: Int128
  /// All days of the month on which the plan runs.
  var whole: Int128
  /// Whether the month has ended.
  var isOver: Bool

  init(plan: Plan, month: CivilDay, seen: Int64, in period: AuditPeriod) {
    let today = CivilDay(milliseconds: seen, in: period.timeZone)
    let hours = today.interval(in: period.timeZone)
    let running = month.daysOfMonth.filter(plan.runs(on:))
    day = Int128(hours.upperBound - hours.lowerBound)
    whole = Int128(running.count) * day
    passed = Int128(running.count(where: { $0 < today })) * day
    if running.contains(today) { passed += Int128(seen - hours.lowerBound) }
    isOver = today >= month.firstOfNextMonth
  }
}
