import Model

/// Instants as text: ISO 8601 in UTC.
package enum Instant {
  /// `2026-06-25T00:05:00Z`, with milliseconds where there are some.
  /// - Parameter milliseconds: epoch milliseconds.
  package static func text(_ milliseconds: Int64) -> String {
    let day = CivilDay(number: Int((milliseconds >= 0 ? milliseconds : milliseconds - 86_399_999) / 86_400_000))
    let rest = milliseconds - Int64(day.number) * 86_400_000
    let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0, 2) }.joined(separator: ":")
    return "\(day)T\(time)\(rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3))Z"
  }

  /// Reads what `text` writes: epoch milliseconds, or `nil` for anything else.
  package static func read(_ text: String) -> Int64? {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let day = CivilDay(parts[0]), parts[1].hasSuffix("Z") else { return nil }
    let clock = parts[1].dropLast().split(separator: ".", omittingEmptySubsequences: false)
    let fields = (clock.first ?? "").split(separator: ":", omittingEmptySubsequences: false) + clock.dropFirst()
    let limits: [Int64] = [24, 60, 60, 1000]
    guard fields.count >= 3, fields.count <= 4 else { return nil }
    var sum = Int64(day.number)
    for (index, limit) in limits.enumerated() {
      let field = index < fields.count ? fields[index] : "000"
      guard field.utf8.count == (index == 3 ? 3 : 2), field.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int64(field), number < limit
      else { return nil }
      sum = sum * limit + number
    }
    return sum
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
