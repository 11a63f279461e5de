package import Audit
package import Foundation
package import Model
import Pricing

/// Numbers as people read them. Rounded here and nowhere before.
package enum Figures {
  /// `$1,234.57` or `EUR 1,234.57`; below one two digits that say something (`$0.0034`), so that no amount reads as
  /// nothing.
  static func money(_ dollars: Money?, in currency: ReportCurrency? = nil) -> String {
    guard let dollars else { return "–" }
    let money = currency?.rate.amount(of: dollars) ?? dollars
    let sign = currency.map { $0.code + " " } ?? "$"
    let parts = digits(money).split(separator: ".")
    return (money < .zero ? "-" : "") + sign + grouped(String(parts[0])) + "." + parts[1]
  }

  /// An amount, or between what it lies.
  static func money(between range: ClosedRange<Money>?, in currency: ReportCurrency? = nil) -> String {
    guard let range else { return "–" }
    let (low, high) = (money(range.lowerBound, in: currency), money(range.upperBound, in: currency))
    return low == high ? low : "\(low) to \(high)"
  }

  /// An amount as `money` shows it.
  static func shown(_ money: Money) -> Money {
    let size = Money(decimal: digits(money)) ?? money
    return money < .zero ? .zero - size : size
  }

  private static func digits(_ money: Money) -> String {
    let size = money.magnitude
    var (places, limit) = (2, Money(picodollars: 100_000_000_000))
    while size < limit, places < 12, size != .zero {
      places += 1
      limit.picodollars /= 10
    }
    return size.rounded(places: places)
  }

  /// `1,234,567`.
  package static func count(_ number: some BinaryInteger) -> String {
    number < 0 ? "-" + grouped(String(number.magnitude)) : grouped(String(number))
  }

  /// `1 request`, `2 requests`.
  package static func count(_ number: some BinaryInteger, _ thing: String) -> String {
    "\(count(number)) \(Plural.of(thing, number))"
  }

  /// `2026-06-24`, or `2026-06-24 to 2026-06-30`.
  package static func days(_ days: ClosedRange<CivilDay>) -> String {
    days.lowerBound == days.upperBound ? "\(days.lowerBound)" : "\(days.lowerBound) to \(days.upperBound)"
  }

  /// `2026-06-24 13:05`: an instant, epoch milliseconds, on a zone's clock.
  package static func minute(_ instant: Int64, in zone: TimeZone) -> String {
    let day = CivilDay(milliseconds: instant, in: zone)
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant) / 1000))
    let minutes = Int((instant / 1000 + Int64(offset)) % 86_400 + 86_400) % 86_400 / 60
    return "\(day) \((minutes / 60).digits(2)):\((minutes % 60).digits(2))"
  }

  /// `2026-06-24 13:05 to 14:10`: from one instant to another, of another day with its day.
  static func minutes(_ instants: ClosedRange<Int64>, in zone: TimeZone) -> String {
    let (first, last) = (minute(instants.lowerBound, in: zone), minute(instants.upperBound, in: zone))
    if first == last { return first }
    return "\(first) to \(first.prefix(10) == last.prefix(10) ? String(last.dropFirst(11)) : last)"
  }

  /// `0.265`: a number of thousandths with three places.
  static func thousandths(_ number: Int128) -> String {
    Money(picodollars: number * 1_000_000_000).rounded(places: 3)
  }

  /// `0.78×`; as many more places as it takes where two would say that both cost the same: `0.997×`.
  package static func ratio(_ ratio: Ratio?) -> String {
    guard let ratio else { return "–" }
    if ratio.millionths > 0, ratio.millionths < 5000 { return "<0.01×" }
    let (value, one) = (Money(picodollars: ratio.millionths * 1_000_000), Money(picodollars: 1_000_000_000_000))
    let places = (2...6).first { value.rounded(places: $0) != one.rounded(places: $0) } ?? 2
    let parts = value.rounded(places: places).split(separator: ".")
    return grouped(String(parts[0])) + "." + parts[1] + "×"
  }

  /// A ratio, or between what it lies.
  static func ratio(between range: ClosedRange<Ratio>?) -> String {
    guard let range else { return "–" }
    let (low, high) = (ratio(range.lowerBound), ratio(range.upperBound))
    return low == high ? low : "\(low) to \(high)"
  }

  /// Requests with measured tokens, of those that were answered: `48 of 54`. A failed one has nothing to measure.
  static func measured(_ counts: RequestCounts) -> String {
    counts.isOnlyFailures ? "–" : "\(count(counts.measured)) of \(count(counts.requests - counts.failed))"
  }

  /// `42%`; never 0 or 100 for what is not exactly that.
  package static func percent(_ ratio: Ratio) -> String {
    let text = Money(picodollars: ratio.millionths * 100_000_000).rounded(places: 0)
    if text == "0", ratio.millionths > 0 { return "<1%" }
    if text == "100", ratio < .one { return ">99%" }
    return grouped(text) + "%"
  }

  private static func grouped(_ digits: String) -> String {
    var (grouped, left) = ("", digits.utf8.count)
    for digit in digits {
      if !grouped.isEmpty, left % 3 == 0 { grouped += "," }
      grouped.append(digit)
      left -= 1
    }
    return grouped
  }
}

extension Money {
  /// The amount without its sign.
  var magnitude: Money { self < .zero ? .zero - self : self }
}
