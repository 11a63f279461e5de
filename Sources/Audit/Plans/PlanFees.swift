import Pricing
import Model

extension Plan {
  /// Whether a day is paid for: the one on which the plan starts, and not the one on which it ends. A fee's date names
  /// a day of the calendar, whatever the report's time zone.
  func runs(on day: CivilDay) -> Bool { fee(on: day) != nil }

  /// What the plan costs in one of its months; `nil` where it runs on none of its days. Where it starts or ends inside,
  /// what a whole month at those fees would cost: a prorated fee says nothing of use by the month.
  func wholeFee(ofMonth month: Range<CivilDay>) -> Money? {
    let days = month.days
    let running = days.filter(runs(on:))
    guard let last = running.last else { return nil }
    guard running.count < days.count else { return fee(over: month) }
    let fees = Set(running.map { fee(on: $0)?.amount(ofMonthFrom: month.lowerBound) })
    if fees.count == 1, let only = fee(on: last)?.amount(ofMonthFrom: month.lowerBound) { return only }
    return fee(over: month).multiplied(by: Int128(days.count), over: Int128(running.count))
  }

  /// What a number of tokens in a month costs beyond the fee, by the last of the month's fees.
  func overage(of tokens: Int64, in month: Range<CivilDay>) -> Money {
    month.days.last(where: runs(on:)).flatMap { fee(on: $0) }?.overage(of: tokens) ?? .zero
  }

  /// The fee in force on a day.
  func fee(on day: CivilDay) -> PlanFee? { fee(at: day.advanced(by: 1).utcStart - 1) }

  /// What the recorded days of a period bear of the fees: today by the part of it that has passed.
  func fee(of period: AuditPeriod, recorded: RecordedTime?, now: Int64) -> Money {
    guard let recorded else { return .zero }
    let seen = period.seen(at: now)
    let (first, today) = (max(period.since, recorded.from), CivilDay(milliseconds: seen, in: period.timeZone))
    guard first <= today else { return .zero }
    let hours = today.interval(in: period.timeZone)
    let part = fee(over: today..<today.advanced(by: 1))
      .multiplied(by: Int128(seen - hours.lowerBound), over: Int128(hours.upperBound - hours.lowerBound))
    return (first < today ? fee(over: first..<today) : .zero) + part
  }
}

extension Money {
  /// How many tokens, rounded up, this amount buys where `count` tokens cost `price` picodollars; `nil` where they cost
  /// nothing.
  func tokens(_ count: Int128, at price: Int128) -> Int128? {
    guard price > 0, picodollars >= 0 else { return nil }
    let (product, overflow) = picodollars.multipliedReportingOverflow(by: count)
    return overflow ? nil : (product + price - 1) / price
  }
}

extension Range<CivilDay> {
  /// The days, one by one.
  var days: [CivilDay] { (lowerBound.number..<upperBound.number).map { CivilDay(number: $0) } }
}
