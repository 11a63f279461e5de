import Model

/// The header `Retry-After`: seconds, or a date in one of the three forms of RFC 9110, section 5.6.7.
enum RetryAfter {
  /// How long to wait, milliseconds; `nil` for what is neither. A date that has passed is no time at all.
  static func milliseconds(_ header: String, now: Int64) -> Int64? {
    let text = header.split(separator: " ").joined(separator: " ")
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      guard let seconds = Int64(text), seconds < 1 << 40 else { return 1 << 50 }
      return seconds * 1000
    }
    return date(text, now: now).map { max(0, $0 - now) }
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov 6 08:49:37 1994`.
  private static func date(_ text: String, now: Int64) -> Int64? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" })
    let (day, month, year, clock): (Substring, Substring, Substring, Substring)
    if words.count == 6, words[5] == "GMT" {
      (day, month, year, clock) = (words[1], words[2], words[3], words[4])
    } else if words.count == 5 {
      (day, month, year, clock) = (words[2], words[1], words[4], words[3])
    } else {
      return nil
    }
    let time = clock.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0) ?? 255 }
    guard let dayNumber = Int(day), var yearNumber = Int(year), let monthNumber = months.firstIndex(of: month),
      time.count == 3, time[0] < 24, time[1] < 60, time[2] <= 60
    else { return nil }
    if year.utf8.count == 2 {
      // Two digits mean the year with them that is at most 50 years ahead.
      let present = Int(now / 31_556_952_000) + 1970
      yearNumber += present / 100 * 100
      if yearNumber > present + 50 { yearNumber -= 100 }
    }
    guard let civil = CivilDay(year: yearNumber, month: monthNumber + 1, day: dayNumber) else { return nil }
    return civil.utcStart + (Int64(time[0]) * 3600 + Int64(time[1]) * 60 + Int64(time[2])) * 1000
  }

  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
