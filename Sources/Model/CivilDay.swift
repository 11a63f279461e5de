package import Foundation

/// A day of the Gregorian calendar, without a time zone. Where it begins and ends is up to the zone it is read in.
package struct CivilDay: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Days since 1970-01-01; negative before.
  package let number: Int

  /// The day that many days after 1970-01-01.
  package init(number: Int) { self.number = number }

  /// A day by its year, month (1–12) and day of the month; `nil` where the calendar has no such day.
  package init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.length(year: year, month: month)
    else { return nil }
    // Days from the civil date, after H. Hinnant's published algorithm: years begin in March, so that the leap day
    // is the last of its year.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    self.number = era * 146_097 + dayOfEra - 719_468
  }

  /// Reads `YYYY-MM-DD`; `nil` for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// The day that an instant falls on in a time zone.
  /// - Parameters:
  ///   - milliseconds: epoch milliseconds.
  ///   - timeZone: the zone whose clock is read.
  package init(milliseconds: Int64, in timeZone: TimeZone) {
    let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    let local = milliseconds + Int64(timeZone.secondsFromGMT(for: date)) * 1000
    self.number = Int(local.flooredQuotient(by: 86_400_000))
  }

  /// The day that an instant falls on in UTC, epoch milliseconds.
  package init(utc milliseconds: Int64) { self.number = Int(milliseconds.flooredQuotient(by: 86_400_000)) }

  /// The first instant of the day in UTC, epoch milliseconds.
  package var utcStart: Int64 { Int64(number) * 86_400_000 }

  /// Year, month (1–12) and day of the month.
  package var components: (year: Int, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// 0 for Monday to 6 for Sunday.
  package var weekday: Int { Int((Int64(number) + 3).flooredRemainder(by: 7)) }

  /// The Monday of the week of this day.
  package var firstOfWeek: CivilDay { advanced(by: -weekday) }

  /// How many days the month of this day has.
  package var daysInMonth: Int {
    let (year, month, _) = components
    return Self.length(year: year, month: month)
  }

  /// The first day of the month of this day.
  package var firstOfMonth: CivilDay { CivilDay(number: number - components.day + 1) }

  /// The first day of the month after.
  package var firstOfNextMonth: CivilDay { CivilDay(number: firstOfMonth.number + daysInMonth) }

  /// This day moved by a number of days.
  package func advanced(by days: Int) -> CivilDay { CivilDay(number: number + days) }

  /// The first instant of the day in a time zone, epoch milliseconds; where a clock change skips midnight, the first
  /// instant that the day has.
  package func start(in timeZone: TimeZone) -> Int64 {
    let naive = utcStart
    func offset(at milliseconds: Int64) -> Int64 {
      Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))) * 1000
    }
    // The offsets a day before and a day after enclose at most one change; the earliest instant that falls on this
    // day is one of three.
    let before = naive - offset(at: naive - 86_400_000)
    let after = naive - offset(at: naive + 86_400_000)
    var candidates = [before, after]
    if let change = timeZone.nextDaylightSavingTimeTransition(
      after: Date(timeIntervalSince1970: Double(naive - 86_400_000) / 1000))
    {
      candidates.append(Int64((change.timeIntervalSince1970 * 1000).rounded()))
    }
    return candidates.filter { CivilDay(milliseconds: $0, in: timeZone) == self }.min() ?? before
  }

  /// The instants of the day in a time zone, epoch milliseconds.
  package func interval(in timeZone: TimeZone) -> Range<Int64> {
    start(in: timeZone)..<advanced(by: 1).start(in: timeZone)
  }

  /// `YYYY-MM-DD`.
  package var description: String {
    let (year, month, day) = components
    return "\(year.digits(4))-\(month.digits(2))-\(day.digits(2))"
  }

  package static func < (left: CivilDay, right: CivilDay) -> Bool { left.number < right.number }

  private static func length(year: Int, month: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension ClosedRange<CivilDay> {
  /// The instants of the days in a time zone, epoch milliseconds.
  package func interval(in timeZone: TimeZone) -> Range<Int64> {
    lowerBound.start(in: timeZone)..<upperBound.advanced(by: 1).start(in: timeZone)
  }
}

extension Int64 {
  /// Division that rounds towards negative infinity.
  func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The remainder of `flooredQuotient`, never negative.
  func flooredRemainder(by divisor: Int64) -> Int64 { self - flooredQuotient(by: divisor) * divisor }
}
