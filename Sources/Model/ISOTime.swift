/// ISO 8601 times, read and written exactly and without a calendar of Foundation's.
package enum ISOTime {
  /// `2026-06-23T12:15:01.614Z`: a date, `T` or a space, a time with any number of fraction digits, and `Z` or an
  /// offset (`+09:00`, `+0900`, `+09`).
  /// - Returns: epoch microseconds, finer digits cut off; `nil` for anything else, a time without an offset included.
  package static func microseconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    guard range.count >= 20, range.upperBound <= bytes.count else { return nil }
    let start = range.lowerBound
    func isByte(_ byte: Unicode.Scalar, _ index: Int) -> Bool {
      index < range.upperBound && bytes[index] == UInt8(ascii: byte)
    }
    func digits(_ count: Int, at index: Int) -> Int? {
      guard index + count <= range.upperBound else { return nil }
      var value = 0
      for place in index..<(index + count) {
        let digit = Int(bytes[place]) - 0x30
        guard (0...9).contains(digit) else { return nil }
        value = value * 10 + digit
      }
      return value
    }
    guard isByte("-", start + 4), isByte("-", start + 7), isByte("T", start + 10) || isByte(" ", start + 10),
      isByte(":", start + 13), isByte(":", start + 16),
      let year = digits(4, at: start), let month = digits(2, at: start + 5), let day = digits(2, at: start + 8),
      let date = CivilDay(year: year, month: month, day: day),
      let hour = digits(2, at: start + 11), let minute = digits(2, at: start + 14),
      let second = digits(2, at: start + 17), hour < 24, minute < 60, second <= 60
    else { return nil }

    var index = start + 19
    var fraction = 0
    if isByte(".", index) || isByte(",", index) {
      index += 1
      let first = index
      while let digit = digits(1, at: index) {
        if index - first < 6 { fraction = fraction * 10 + digit }
        index += 1
      }
      if index == first { return nil }
      for _ in min(6, index - first)..<6 { fraction *= 10 }
    }

    var offset = 0
    if isByte("Z", index) {
      index += 1
    } else if isByte("+", index) || isByte("-", index), let hours = digits(2, at: index + 1), hours < 24 {
      let sign = isByte("-", index) ? -1 : 1
      index += 3
      if index < range.upperBound {
        if isByte(":", index) { index += 1 }
        guard let minutes = digits(2, at: index), minutes < 60 else { return nil }
        offset = minutes * 60
        index += 2
      }
      offset = sign * (offset + hours * 3600)
    } else {
      return nil
    }
    guard index == range.upperBound else { return nil }
    let seconds = date.number * 86_400 + hour * 3600 + minute * 60 + second - offset
    return Int64(seconds * 1_000_000 + fraction)
  }

  /// Like `microseconds`, and `nil` for what no record can name.
  package static func recorded(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    microseconds(bytes, range).flatMap { EpochTime.range.contains(milliseconds($0)) ? $0 : nil }
  }

  /// Epoch milliseconds of epoch microseconds, rounded down.
  package static func milliseconds(_ microseconds: Int64) -> Int64 {
    microseconds.flooredQuotient(by: 1000)
  }

  /// Like `microseconds` for a text: epoch milliseconds, finer digits cut off.
  package static func read(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    return microseconds(bytes.span, 0..<bytes.count).map(milliseconds)
  }

  /// `2026-06-25T00:05:00Z`, with milliseconds where there are some.
  /// - Parameter milliseconds: epoch milliseconds.
  package static func text(_ milliseconds: Int64) -> String {
    let day = CivilDay(utc: milliseconds)
    let rest = milliseconds - day.utcStart
    let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { $0.digits(2) }.joined(separator: ":")
    return "\(day)T\(time)\(rest % 1000 == 0 ? "" : "." + (rest % 1000).digits(3))Z"
  }

  /// The same to the second.
  package static func second(_ milliseconds: Int64) -> String { text(milliseconds / 1000 * 1000) }
}
