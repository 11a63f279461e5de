public import Usage

// Stands in for the pricing table until it is merged; to be thrown away then.

/// The table.
public struct PriceTable: Sendable {
  /// Plans.
  public var plans: [Plan]
  /// SHA-256.
  public var version: String
  /// The price in force.
  public func answer(for model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer { .unpriced(nearest: []) }
}

extension Money: CustomStringConvertible {
  /// Reads a decimal.
  public init?(decimal: String) {
    let negative = decimal.hasPrefix("-")
    let parts = decimal.drop(while: { $0 == "-" }).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int128(parts[0]) else { return nil }
    let digits = parts.count == 2 ? String(parts[1]) : ""
    guard digits.count <= 12, let part = Int128(digits + String(repeating: "0", count: 12 - digits.count)) else {
      return nil
    }
    self.init(picodollars: (whole * 1_000_000_000_000 + part) * (negative ? -1 : 1))
  }
  /// Exact.
  public var description: String {
    var text = rounded(places: 12)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
  /// Half-even.
  public func rounded(places: Int) -> String {
    var unit: Int128 = 1
    for _ in places..<12 { unit *= 10 }
    let value = Money.divided(picodollars, unit)
    var digits = String(value.magnitude)
    digits = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = value < 0 ? "-" : ""
    return places == 0 ? sign + digits : sign + digits.dropLast(places) + "." + digits.suffix(places)
  }
  static func divided(_ a: Int128, _ b: Int128) -> Int128 {
    let (q, r) = a.magnitude.quotientAndRemainder(dividingBy: b.magnitude)
    let up = r * 2 > b.magnitude || (r * 2 == b.magnitude && q % 2 == 1)
    let result = Int128(q) + (up ? 1 : 0)
    return (a < 0) != (b < 0) ? -result : result
  }
  /// Half-even; 256-bit inside.
  public func multiplied(by factor: Int128, over divisor: Int128) -> Money {
    let full = picodollars.magnitude.multipliedFullWidth(by: factor.magnitude)
    let (q, r) = divisor.magnitude.dividingFullWidth(full)
    let up = r * 2 > divisor.magnitude || (r * 2 == divisor.magnitude && q % 2 == 1)
    let result = Int128(q) + (up ? 1 : 0)
    let negative = (picodollars < 0) != ((factor < 0) != (divisor < 0))
    return Money(picodollars: negative ? -result : result)
  }
}

extension Plan {
  /// The fee in force.
  public func fee(at time: Int64) -> PlanFee? { fees.last(where: { $0.from <= time }) }
  /// Whether it covers.
  public func covers(_ model: ModelID) -> Bool { models.contains(model) }
  /// Whether it runs.
  public func isRunning(at time: Int64) -> Bool { fee(at: time)?.monthly != nil }
  /// The fee over days.
  public func fee(over days: Range<CivilDay>) -> Money {
    (days.lowerBound.number..<days.upperBound.number).reduce(.zero) { sum, number in
      let day = CivilDay(number: number)
      let (index, length) = (Int128(day.components.day), Int128(day.daysInMonth))
      guard let monthly = fee(at: Int64(number + 1) * 86_400_000 - 1)?.monthly else { return sum }
      return sum + monthly.multiplied(by: index, over: length) - monthly.multiplied(by: index - 1, over: length)
    }
  }
}
