import Pricing
import Model

extension Plan {
  /// Whether a day is paid for: the one on which the plan starts, and not the one on which it ends. A fee's date names
  /// a day of the calendar, whatever the report's time zone.
  func runs(on day: CivilDay) -> Bool { fee(on: day) != nil }

  /// The fee of one of the plan's months, prorated by day; `nil` where the plan runs on none of its days.
  func fee(ofMonth month: Range<CivilDay>) -> Money? {
    month.days.contains(where: runs(on:)) ? fee(over: month) : nil
  }

  /// What a number of tokens in a month costs beyond the fee, by the last of the month's fees.
  func overage(of tokens: Int64, in month: Range<CivilDay>) -> Money {
    month.days.last(where: runs(on:)).flatMap { fee(on: $0) }?.overage(of: tokens) ?? .zero
  }

  /// The fee in force on a day.
  func fee(on day: CivilDay) -> PlanFee? { fee(at: Int64(day.number + 1) * 86_400_000 - 1) }

  /// What the days of a period, up to today, bear of the fees.
  func fee(of period: AuditPeriod, now: Int64) -> Money {
    let last = min(period.until, CivilDay(milliseconds: now, in: period.timeZone))
    return last < period.since ? .zero : fee(over: period.since..<last.advanced(by: 1))
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
