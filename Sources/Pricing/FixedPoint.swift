/// Decimal text to whole numbers and back. Nothing here ever passes through binary floating point.
enum FixedPoint {
  /// 10 to a power of at most 38.
  static func powerOfTen(_ exponent: Int) -> UInt128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

  /// Reads digits, optionally followed by a point and 1 to `places` digits, as a whole number of `10^-places`.
  /// - Returns: `nil` for a sign, an exponent, a separator, hexadecimal, more places, or a number beyond 128 bits.
  static func parse(_ text: some StringProtocol, places: Int) -> UInt128? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty else { return nil }
    let fraction = parts.count == 2 ? parts[1] : ""
    guard parts.count == 1 || !fraction.isEmpty, fraction.utf8.count <= places else { return nil }
    var value: UInt128 = 0
    for digit in [Array(whole.utf8), Array(fraction.utf8), Array(repeating: 0x30, count: places - fraction.utf8.count)]
      .joined()
    {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = shifted.addingReportingOverflow(UInt128(digit - 0x30))
      guard !tooLarge, !overflow else { return nil }
      value = sum
    }
    return value
  }

  /// Writes a whole number of `10^-places` with exactly that many places.
  static func format(_ magnitude: UInt128, places: Int, negative: Bool = false) -> String {
    let digits = String(magnitude)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = negative && magnitude != 0 ? "-" : ""
    return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
  }

  /// Writes a whole number of `10^-places` with as few places as are exact.
  static func formatShort(_ magnitude: UInt128, places: Int, negative: Bool = false) -> String {
    var (shorter, kept) = (magnitude, places)
    while kept > 0, shorter.isMultiple(of: 10) { (shorter, kept) = (shorter / 10, kept - 1) }
    return format(shorter, places: kept, negative: negative)
  }

  /// `left × right ÷ divisor`, rounded half to even, with a product of 256 bits in between.
  /// - Precondition: the divisor is not zero and the result fits 128 bits.
  static func scale(_ left: UInt128, by right: UInt128, over divisor: UInt128) -> UInt128 {
    let (product, isWide) = left.multipliedReportingOverflow(by: right)
    // Most products fit 128 bits, and dividing those takes half the time.
    let (quotient, remainder) =
      isWide
      ? divisor.dividingFullWidth(left.multipliedFullWidth(by: right))
      : product.quotientAndRemainder(dividingBy: divisor)
    let rest = divisor - remainder
    return remainder > rest || (remainder == rest && !quotient.isMultiple(of: 2)) ? quotient + 1 : quotient
  }
}
