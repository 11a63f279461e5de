package import Pricing
package import Model

/// A plan against what its work would have cost at the baseline's rates, over the plan's month of the period's end.
package struct PlanAudit: Hashable, Sendable {
  /// The plan's name in the pricing table.
  package var name: String
  /// How it is billed.
  package var kind: PlanKind
  /// The models that it covers, sorted, and then its patterns.
  package var models: [ModelID]
  /// The days of the plan's month that is looked at; the calendar's month unless the plan has a billing day.
  package var month: Range<CivilDay>
  /// Whether the month is over, so that nothing is projected.
  package var monthIsOver: Bool
  /// The fee of a whole month; `nil` where the plan runs on none of its days. Never prorated: break-even is by the month.
  package var fee: Money?
  /// On how many of the month's days the plan runs.
  package var runningDays: Int
  /// On how many of those that are recorded it ran so far: what a projection rests on.
  package var recordedDays = 0
  /// Whether it ended inside the month.
  package var hasEnded = false
  /// Whether it runs on a part of the month only, of which no figure is a month's.
  package var runsInPart: Bool { runningDays < month.count }
  /// The part of the fees that the recorded days of the period bear, today by the part of it that has passed, and what
  /// the period's tokens cost beyond what the fees include.
  package var feeShare: Money
  /// How much of the month so far is recorded; `nil` without any record.
  package var recorded: RecordedPart?
  /// For how many people the fee is paid.
  package var seats: Int
  /// The tokens that a month's fee includes.
  package var includedTokens: Int64?
  /// What the month's measured tokens cost beyond the fee.
  package var overage: Money
  /// The plan's requests of the month up to the period's end.
  package var counts: RequestCounts
  /// Their measured tokens.
  package var tokens: TokenUsage
  /// What the work would have cost at the baseline's rates with the token classes that were observed.
  package var plain: PlanWorth
  /// The same with what the baseline's own prompt cache would have held.
  package var cached: PlanWorth
  /// As observed, had caches served what they can have of prompts of which nobody knows what they served; `nil` where that
  /// is known of all.
  package var least: PlanWorth?
  /// Which of the first two decides.
  package var judgedBy: RatioKind
  /// `fee ÷ blended baseline rate`, tokens a month, rounded up.
  package var breakEvenNominal: Int128?
  /// The answer in a word.
  package var status: PlanStatus
  /// Closed whole months in a row, ending with the latest, in which the plan stayed below its fee. A month in which
  /// some tokens are unknown counts only if it stays below with each unknown request as dear as the mean measured one.
  package var monthsBelow: Int
  /// What own hardware costs a token.
  package var hardware: HardwareUse?
  /// What the baseline stood for in the month so far, oldest first.
  package var successors: [Successor] = []

  /// Whether to give the advice: downgrade the plan, or move its route to a cheap per-token model.
  package var advisesChange: Bool { monthsBelow >= 2 }

  /// Whether the plan stays below its fee this month and did not in the month before, as far as that is known.
  package var beganToLose: Bool {
    status == .underBreakEven && !hasEnded && !mayPay && monthsBelow <= (monthIsOver ? 1 : 0)
  }

  /// Whether a plan that is under break-even by what is measured would pay were its other requests alike.
  package var mayPay: Bool {
    guard status == .underBreakEven, counts.measured > 0,
      let most = said(\.coverage, by: \.projected)?.upperBound
    else { return false }
    let answered = Int128(counts.requests - counts.failed)
    return Int128(most.millionths) * answered >= 1_000_000 * Int128(counts.measured)
  }

  /// What decides. Where the baseline's cache was not worked out, the observed classes.
  package var judged: PlanWorth { judgedBy == .cached && cached.baselineCost != nil ? cached : plain }

  /// A figure as it is said: both ends where the worths are more than 5 % apart, else the one that decides.
  package func said(_ figure: KeyPath<PlanWorth, Money?>) -> ClosedRange<Money>? {
    guard let own = judged[keyPath: figure] else { return nil }
    let all = [plain, cached, least].compactMap { $0?[keyPath: figure] }
    guard let span = all.span, span.lowerBound.isApart(from: span.upperBound) else { return own...own }
    return span
  }

  /// The same of a ratio, whose worths are told apart by a cost.
  package func said(
    _ figure: KeyPath<PlanWorth, Ratio?>, by cost: KeyPath<PlanWorth, Money?>
  ) -> ClosedRange<Ratio>? {
    guard let own = judged[keyPath: figure], let costs = said(cost) else { return nil }
    let all = [plain, cached, least].compactMap { $0?[keyPath: figure] }
    guard costs.lowerBound < costs.upperBound else { return own...own }
    return all.span
  }

  /// Whether what caches served decides whether the plan pays, rather than the baseline's own prompt cache.
  package var dependsOnCaches: Bool {
    guard let least = least?.coverage, let plain = plain.coverage else { return false }
    return (least < .one) != (plain < .one)
  }

  /// The baseline cost of the month so far, as observed.
  package var baselineCost: Money? { plain.baselineCost }
  /// The projection that decides.
  package var projected: Money? { judged.projected }
  /// Between what the projection can be expected to lie, whichever of the worths that are said holds.
  package var projectedRange: ClosedRange<Money>? {
    guard let own = judged.projectedRange, let said = said(\.projected) else { return nil }
    guard said.lowerBound < said.upperBound else { return own }
    let ranges = [plain, cached, least].compactMap { $0?.projectedRange }
    return ranges.flatMap { [$0.lowerBound, $0.upperBound] }.span
  }
  /// The utilisation that decides.
  package var utilisation: Ratio? { judged.utilisation }
  /// The break-even in the month's real mix that decides.
  package var breakEvenActualMix: Int128? { judged.breakEvenActualMix }
  /// The ratio that decides.
  package var ratio: Ratio? { judged.ratio }
}

/// How a plan stands. Raw values are the words of the JSON contract.
package enum PlanStatus: String, Sendable {
  /// Projected use reaches the fee.
  case pays
  /// Projected use stays below the fee.
  case underBreakEven = "under_break_even"
  /// Fewer than three days of the month are recorded: a projection would be noise.
  case tooEarly = "too_early"
  /// No record at all this month, of whatever model: nothing is known of its use.
  case noRecords = "no_records"
  /// Below its fee or not: by what caches served, which nobody wrote down, or by whether the baseline is granted its own
  /// prompt cache.
  case uncertain
  /// No request this month.
  case noUsage = "no_usage"
  /// Requests, but no measured tokens.
  case unmeasured
  /// The baseline or the fee is not known for this month.
  case unpriced
}

extension PlanAudit {
  /// The plans that are paid for in the period or in their month of its end, by name.
  /// - Parameter priced: the period's traffic.
  static func all(input: AuditInput, priced: [PricedSlice], pricer: Pricer<some PriceBook>) -> [PlanAudit] {
    let period = input.period
    let slices = pricer.prices(of: input.planTraffic.filter { $0.day <= period.until })
    let seen = period.seen(at: input.now)
    let recorded =
      input.recorded
      ?? (slices.map(\.slice.day) + priced.map(\.slice.day)).min().map { RecordedTime(from: $0) }
    // The last instant of what has been seen: a price that starts right after it is not in force yet.
    let rates = pricer.baselineRates(at: seen - 1, prompt: 0)
    let used = Set((slices + priced).compactMap { $0.plan?.name })
    let plans = pricer.book.plans.filter { plan in
      guard used.contains(plan.name) || plan.belongs(to: input.scope, pricer) else { return false }
      return plan.wholeFee(ofMonth: plan.month(of: period.until)) != nil
        || plan.fee(of: period, recorded: recorded, now: input.now) > .zero
    }
    return plans.sorted { $0.name < $1.name }.map { plan in
      let own = slices.filter { $0.plan?.name == plan.name }
      let use = Dictionary(grouping: own) { plan.month(of: $0.slice.day).lowerBound }
        .mapValues { MonthUse($0, life: input.cacheLife) }
      let month = plan.month(of: period.until)
      let elapsed = Elapsed(plan: plan, month: month, recorded: recorded, seen: seen, in: period)
      let start = month.lowerBound.start(in: period.timeZone)
      var audit = PlanAudit(
        plan: plan, month: month, use: use,
        period: MonthUse(priced.filter { $0.plan?.name == plan.name }, life: input.cacheLife),
        elapsed: elapsed, recorded: recorded, rates: rates, input: input)
      audit.successors = pricer.book.successors(of: pricer.baseline, in: start..<max(start + 1, seen))
      return audit
    }
  }

  private init(
    plan: Plan, month: Range<CivilDay>, use months: [CivilDay: MonthUse], period: MonthUse, elapsed: Elapsed,
    recorded: RecordedTime?, rates: Rates?, input: AuditInput
  ) {
    let use = months[month.lowerBound] ?? MonthUse([], life: input.cacheLife)
    let terms = month.days.last(where: plan.runs(on:)).flatMap { plan.fee(on: $0) }
    let latest = elapsed.isOver ? month : plan.month(of: month.lowerBound.advanced(by: -1))
    let lastDay = month.upperBound.advanced(by: -1)
    let soFar = AuditPeriod(
      since: month.lowerBound, until: min(lastDay, input.period.until), timeZone: input.period.timeZone)
    self.init(
      name: plan.name, kind: plan.kind, models: plan.models.sorted() + plan.patterns.sorted(), month: month,
      monthIsOver: elapsed.isOver, fee: plan.wholeFee(ofMonth: month),
      runningDays: month.days.count(where: plan.runs(on:)),
      feeShare: plan.fee(of: input.period, recorded: recorded, now: input.now)
        + Self.overage(plan, months, in: input.period),
      recorded: recorded?.part(of: soFar, now: input.now), seats: terms?.seats ?? 1,
      includedTokens: terms?.includedTokens, overage: plan.overage(of: use.tokens.total, in: month),
      counts: use.counts, tokens: use.tokens, plain: PlanWorth(), cached: PlanWorth(), least: nil,
      judgedBy: input.judgedBy,
      breakEvenNominal: nil, status: .unpriced, monthsBelow: 0, hardware: nil)
    hasEnded = elapsed.hasEnded
    recordedDays = Int((elapsed.passed + elapsed.day - 1) / elapsed.day)
    let blend = input.blend
    if let fee, let rates {
      breakEvenNominal = fee.tokens(
        Int128(blend.input + blend.output),
        at: Int128(rates.input.picodollarsPerToken) * Int128(blend.input)
          + Int128(rates.output.picodollarsPerToken) * Int128(blend.output))
    }
    plain = worth(\.plain, use, period, elapsed: elapsed, plan: plan)
    cached = worth(\.cached, use, period, elapsed: elapsed, plan: plan)
    if use.isSplitUnknown || period.isSplitUnknown { least = worth(\.least, use, period, elapsed: elapsed, plan: plan) }
    status = status(elapsed: elapsed, recorded: recorded)
    let kind = input.judgedBy == .cached && cached.baselineCost != nil ? \MonthUse.cached : \MonthUse.plain
    monthsBelow = Self.monthsBelow(
      plan: plan, use: months, latest: latest, recorded: recorded, by: kind, life: input.cacheLife)
    hardware = terms?.hardware.flatMap { hardware in
      fee.map {
        HardwareUse(
          hardware, use: tokens, breakEven: (breakEvenNominal, breakEvenActualMix), elapsed: elapsed, fee: $0,
          blend: blend)
      }
    }
  }

  private func worth(
    _ kind: KeyPath<MonthUse, MonthUse.Costs>, _ use: MonthUse, _ period: MonthUse, elapsed: Elapsed, plan: Plan
  ) -> PlanWorth {
    var worth = PlanWorth()
    worth.periodCost = period.counts.measured > 0 ? period[keyPath: kind].sum : nil
    worth.ratio = worth.periodCost.flatMap { Ratio(feeShare, over: $0) }
    guard let fee, counts.measured > 0, let cost = use[keyPath: kind].sum else { return worth }
    worth.baselineCost = cost
    worth.breakEvenActualMix = fee.tokens(Int128(tokens.total), at: cost.picodollars)
    guard elapsed.passed >= Self.daysToProject * elapsed.day else { return worth }
    let projected = cost.multiplied(by: elapsed.whole, over: elapsed.passed)
    let tokens = Int64(clamping: Int128(tokens.total) * elapsed.whole / elapsed.passed)
    worth.projected = projected
    worth.utilisation = Ratio(projected, over: fee)
    worth.coverage = Ratio(projected, over: fee + plan.overage(of: tokens, in: month))
    if !elapsed.isOver, !elapsed.hasEnded {
      worth.projectedRange = use[keyPath: kind].range(around: projected, elapsed: elapsed)
    }
    return worth
  }

  private func status(elapsed: Elapsed, recorded: RecordedTime?) -> PlanStatus {
    guard let recorded, elapsed.passed > 0 || counts.requests > 0, recorded.holdsRequests(in: month) else {
      return .noRecords
    }
    if counts.requests == counts.failed { return .noUsage }
    if counts.measured == 0 { return .unmeasured }
    if fee == nil || judged.baselineCost == nil { return .unpriced }
    guard let coverage = judged.coverage else { return judged.projected == nil ? .tooEarly : .pays }
    let own: PlanStatus = coverage < .one ? .underBreakEven : .pays
    // What the baseline's own cache would have held is told from the prompts, whatever the plan's cache served.
    if judgedBy == .cached, cached.baselineCost != nil { return own }
    var ends = said(\.coverage, by: \.projected) ?? coverage...coverage
    if let least = least?.coverage { ends = min(ends.lowerBound, least)...max(ends.upperBound, least) }
    return ends.lowerBound < .one && ends.upperBound >= .one ? .uncertain : own
  }

  /// How many recorded days of a month it takes to project it.
  private static let daysToProject: Int128 = 3

  /// What the tokens of a period cost beyond what the fees of its months include.
  private static func overage(_ plan: Plan, _ use: [CivilDay: MonthUse], in period: AuditPeriod) -> Money {
    use.reduce(.zero) { sum, entry in
      let month = plan.month(of: entry.key)
      let before = entry.value.tokens(before: period.since)
      return sum + plan.overage(of: entry.value.tokens.total, in: month) - plan.overage(of: before, in: month)
    }
  }

  private static func monthsBelow(
    plan: Plan, use: [CivilDay: MonthUse], latest: Range<CivilDay>, recorded: RecordedTime?,
    by kind: KeyPath<MonthUse, MonthUse.Costs>, life: CacheLife
  ) -> Int {
    guard let recorded else { return 0 }
    var (month, count) = (latest, 0)
    // Only whole months count: the plan ran on each of their days, the records reach back to the first, and there are
    // some: a month without records is not one below the fee.
    while month.lowerBound >= recorded.from, recorded.holdsRequests(in: month),
      month.days.allSatisfy(plan.runs(on:)), let fee = plan.wholeFee(ofMonth: month)
    {
      let use = use[month.lowerBound] ?? MonthUse([], life: life)
      guard use.staysBelow(fee + plan.overage(of: use.tokens.total, in: month), by: kind) else { break }
      count += 1
      month = plan.month(of: month.lowerBound.advanced(by: -1))
    }
    return count
  }
}

extension Plan {
  /// Whether a scope bears the plan's fee though nothing ran on it: a plan of the baseline's provider is for direct
  /// traffic, any other for what a router sends. Where one scope stands in for the other, it bears all.
  func belongs(to scope: AuditScope, _ pricer: Pricer<some PriceBook>) -> Bool {
    let isDirect = (models + patterns).allSatisfy { pricer.book.isOfOneProvider($0, pricer.baseline) }
    switch scope.shown {
    case .all: return true
    case .routed: return !isDirect
    case .direct: return isDirect || scope.standsIn
    }
  }
}
