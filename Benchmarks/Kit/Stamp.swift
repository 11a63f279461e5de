/// Times as text, without a formatter: generators write millions of them.
enum Stamp {
  /// `2026-06-24T00:05:00.000Z`.
  /// - Parameter milliseconds: since 1970.
  static func text(_ milliseconds: Int) -> String {
    let (days, rest) = (milliseconds / 86_400_000, milliseconds % 86_400_000)
    // Civil from days, after Howard Hinnant's chrono-compatible date algorithms; from 1970 on.
    let shifted = days + 719_468
    let (era, ofEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    let seconds = rest / 1000
    return "\(year)-\(padded(civilMonth))-\(padded(day))T"
      + "\(padded(seconds / 3600)):\(padded(seconds / 60 % 60)):\(padded(seconds % 60)).\(padded(rest % 1000, 3))Z"
  }

  private static func padded(_ number: Int, _ digits: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
