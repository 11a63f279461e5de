import Pricing
import Usage

extension Plan {
  /// Whether a day is paid for: the one on which the plan starts, and not the one on which it ends. A fee's date names
  /// a day of the calendar, whatever the report's time zone.
  func runs(on day: CivilDay) -> Bool { isRunning(at: Int64(day.number + 1) * 86_400_000 - 1) }

  /// The fee of a calendar month, prorated by day; `nil` where the plan runs on none of its days.
  func fee(ofMonth month: CivilDay) -> Money? {
    month.daysOfMonth.contains(where: runs(on:)) ? fee(over: month.firstOfMonth..<month.firstOfNextMonth) : nil
  }

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

extension CivilDay {
  /// The days of this day's month.
  var daysOfMonth: [CivilDay] {
    let first = firstOfMonth
    return (0..<first.daysInMonth).map(first.advanced(by:))
  }
}
