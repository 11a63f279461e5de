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
  /// The month's fee, prorated by day where the plan did not run all of it; `nil` where it did not run at all.
  package var fee: Money?
  /// The part of the fees that the days of the period bear, up to today, and what the period's tokens cost beyond what
  /// the fees include.
  package var feeShare: Money
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
  /// What those cost at the baseline's rates; `nil` where nothing is measured or the baseline has no price.
  package var baselineCost: Money?
  /// `baselineCost ÷ days elapsed × days of the month`; today counts by the part of it that has passed, and days on
  /// which the plan did not run do not count.
  package var projected: Money?
  /// Between what the projection can be expected to lie: two standard deviations of what the whole days so far say of
  /// the days to come. `nil` where nothing is projected.
  package var projectedRange: ClosedRange<Money>?
  /// `projected ÷ fee`; where tokens are paid beyond the fee, the projected cost of those belongs to it.
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
  /// What own hardware costs a token.
  package var hardware: HardwareUse?

  /// Whether to give the advice: downgrade the plan, or move its route to a cheap per-token model.
  package var advisesChange: Bool { monthsBelow >= 2 }
}

/// How a plan stands. Raw values are the words of the JSON contract.
package enum PlanStatus: String, Sendable {
  /// Projected use reaches the fee.
  case pays
  /// Projected use stays below the fee.
  case underBreakEven = "under_break_even"
  /// Less than three days of the month have passed: a projection would be noise.
  case tooEarly = "too_early"
  /// No request this month.
  case noUsage = "no_usage"
  /// Requests, but no measured tokens.
  case unmeasured
  /// The baseline or the fee is not known for this month.
  case unpriced
}

extension PlanAudit {
  /// The plans that run in the period or in their month of its end, by name.
  static func all(input: AuditInput, pricer: Pricer<some PriceBook>) -> [PlanAudit] {
    let period = input.period
    let slices = input.planTraffic.filter { $0.day <= period.until }.map(pricer.price)
    let seen = period.seen(at: input.now)
    // The last instant of what has been seen: a price that starts right after it is not in force yet.
    let rates = pricer.baselineRates(at: seen - 1, prompt: 0)
    let plans = pricer.book.plans.filter {
      $0.fee(ofMonth: $0.month(of: period.until)) != nil || $0.fee(of: period, now: input.now) > .zero
    }
    return plans.sorted { $0.name < $1.name }.map { plan in
      let own = slices.filter { $0.plan?.name == plan.name }
      let use = Dictionary(grouping: own) { plan.month(of: $0.slice.day).lowerBound }.mapValues(MonthUse.init)
      let month = plan.month(of: period.until)
      let elapsed = Elapsed(plan: plan, month: month, seen: seen, in: period)
      let latest = elapsed.isOver ? month : plan.month(of: month.lowerBound.advanced(by: -1))
      return PlanAudit(
        plan: plan, month: month, use: use, elapsed: elapsed, rates: rates, input: input,
        monthsBelow: monthsBelow(
          plan: plan, use: use, latest: latest, recordsFrom: input.recordsFrom ?? slices.map(\.slice.day).min()))
    }
  }

  private init(
    plan: Plan, month: Range<CivilDay>, use months: [CivilDay: MonthUse], elapsed: Elapsed, rates: Rates?,
    input: AuditInput, monthsBelow: Int
  ) {
    let use = months[month.lowerBound] ?? MonthUse([])
    let fee = plan.fee(ofMonth: month)
    let terms = month.days.last(where: plan.runs(on:)).flatMap { plan.fee(on: $0) }
    let measured = use.counts.measured > 0
    self.init(
      name: plan.name, kind: plan.kind, models: plan.models.sorted() + plan.patterns.sorted(), month: month,
      monthIsOver: elapsed.isOver, fee: fee,
      feeShare: plan.fee(of: input.period, now: input.now) + Self.overage(plan, months, in: input.period),
      seats: terms?.seats ?? 1, includedTokens: terms?.includedTokens,
      overage: plan.overage(of: use.tokens.total, in: month), counts: use.counts, tokens: use.tokens,
      baselineCost: measured ? use.baselineCost : nil, projected: nil, projectedRange: nil, utilisation: nil,
      breakEvenNominal: nil, breakEvenActualMix: nil, status: .unpriced, monthsBelow: monthsBelow, hardware: nil)
    guard let fee else { return }
    projected = baselineCost.flatMap { cost in
      elapsed.passed > 0 ? cost.multiplied(by: elapsed.whole, over: elapsed.passed) : nil
    }
    let blend = input.blend
    if let rates {
      breakEvenNominal = fee.tokens(
        Int128(blend.input + blend.output),
        at: Int128(rates.input.picodollarsPerToken) * Int128(blend.input)
          + Int128(rates.output.picodollarsPerToken) * Int128(blend.output))
    }
    if measured, let cost = baselineCost { breakEvenActualMix = fee.tokens(Int128(tokens.total), at: cost.picodollars) }
    let projectedTokens =
      elapsed.passed > 0 ? Int64(clamping: Int128(tokens.total) * elapsed.whole / elapsed.passed) : tokens.total
    let paid = fee + plan.overage(of: projectedTokens, in: month)
    utilisation = projected.flatMap { Ratio($0, over: paid) }
    status = status(paid: paid, elapsed: elapsed)
    if let projected, [.pays, .underBreakEven].contains(status), !elapsed.isOver {
      projectedRange = use.range(around: projected, elapsed: elapsed, plan: plan, month: month)
    }
    hardware = terms?.hardware.map { HardwareUse($0, audit: self, elapsed: elapsed, fee: fee, blend: blend) }
  }

  private func status(paid: Money, elapsed: Elapsed) -> PlanStatus {
    if counts.requests == counts.failed { return .noUsage }
    if counts.measured == 0 { return .unmeasured }
    if baselineCost == nil { return .unpriced }
    guard let projected, elapsed.isOver || elapsed.passed >= Self.daysToProject * elapsed.day else { return .tooEarly }
    return projected < paid ? .underBreakEven : .pays
  }

  /// How many days of a month it takes to project it.
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
    plan: Plan, use: [CivilDay: MonthUse], latest: Range<CivilDay>, recordsFrom: CivilDay?
  ) -> Int {
    guard let recordsFrom else { return 0 }
    var (month, count) = (latest, 0)
    // Only whole months count: the plan ran on each of their days, and the records reach back to the first.
    while month.lowerBound >= recordsFrom, month.days.allSatisfy(plan.runs(on:)), let fee = plan.fee(ofMonth: month) {
      let use = use[month.lowerBound] ?? MonthUse([])
      guard use.staysBelow(fee + plan.overage(of: use.tokens.total, in: month)) else { break }
      count += 1
      month = plan.month(of: month.lowerBound.advanced(by: -1))
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
  private var days: [CivilDay: (cost: Money, tokens: Int64)] = [:]

  init(_ slices: [PricedSlice]) {
    for priced in slices {
      counts += priced.slice.counts
      tokens += priced.tokens
      guard priced.slice.counts.measured > 0 else { continue }
      baselineCost = baselineCost.flatMap { sum in priced.baselineCost.map { sum + $0 } }
      let day = days[priced.slice.day] ?? (.zero, 0)
      days[priced.slice.day] = (day.cost + (priced.baselineCost ?? .zero), day.tokens + priced.tokens.total)
    }
  }

  func tokens(before day: CivilDay) -> Int64 { days.reduce(0) { $0 + ($1.key < day ? $1.value.tokens : 0) } }

  func staysBelow(_ fee: Money) -> Bool {
    let answered = counts.requests - counts.failed
    guard let baselineCost else { return false }
    guard counts.measured > 0 else { return answered == 0 && fee > .zero }
    return baselineCost.multiplied(by: Int128(answered), over: Int128(counts.measured)) < fee
  }

  /// The projection give or take two standard deviations. With `n` whole days so far of variance `s²`, the sum of `L`
  /// days to come has the variance `s² × (L + L² ÷ n)`: of those days themselves, and of the mean that they are
  /// projected with. Never below what the month has cost already.
  func range(around projected: Money, elapsed: Elapsed, plan: Plan, month: Range<CivilDay>) -> ClosedRange<Money>? {
    let whole = month.days.filter { $0 < elapsed.today && plan.runs(on: $0) }
    // Millionths of a dollar: their squares fit.
    let costs = whole.map { Int128(clamping: (days[$0]?.cost.picodollars ?? 0) / 1_000_000) }
    let count = Int128(costs.count)
    let left = (elapsed.whole - elapsed.passed) * 1000 / elapsed.day
    guard count > 1, let baselineCost else { return nil }
    let sum = costs.reduce(0, +)
    // n² times the sum of squared deviations is n × (n × Σx² − (Σx)²).
    var squares = Int128(0)
    for cost in costs {
      let (square, overflow) = cost.multipliedReportingOverflow(by: cost)
      guard !overflow, square < Int128.max / 1_000_000_000_000 else { return nil }
      squares += square
    }
    let deviation = (count * squares - sum * sum) / count
    let spread = deviation * (left * 1000 * count + left * left) / ((count - 1) * count * 1_000_000)
    let margin = Money(picodollars: 2 * Int128(UInt128(spread.magnitude).squareRoot()) * 1_000_000)
    return min(projected, max(baselineCost, projected - margin))...(projected + margin)
  }
}

extension UInt128 {
  /// The whole part of the square root, by Newton's method.
  fileprivate func squareRoot() -> UInt128 {
    guard self > 1 else { return self }
    var root = UInt128(1) << UInt128((UInt128.bitWidth - leadingZeroBitCount + 1) / 2)
    while true {
      let next = (root + self / root) / 2
      guard next < root else { return root }
      root = next
    }
  }
}

/// How much of a plan's month has passed, in milliseconds of days that all count as long as the last one seen.
struct Elapsed {
  /// The length of a day.
  var day: Int128
  /// What has passed of the days on which the plan runs.
  var passed: Int128
  /// All days of the month on which the plan runs.
  var whole: Int128
  /// Whether the month has ended.
  var isOver: Bool
  /// The day of the last instant that was seen.
  var today: CivilDay

  init(plan: Plan, month: Range<CivilDay>, seen: Int64, in period: AuditPeriod) {
    today = CivilDay(milliseconds: seen, in: period.timeZone)
    let hours = today.interval(in: period.timeZone)
    let running = month.days.filter(plan.runs(on:))
    day = Int128(hours.upperBound - hours.lowerBound)
    whole = Int128(running.count) * day
    passed = Int128(running.count { [today] in $0 < today }) * day
    if running.contains(today) { passed += Int128(seen - hours.lowerBound) }
    isOver = today >= month.upperBound
  }
}
