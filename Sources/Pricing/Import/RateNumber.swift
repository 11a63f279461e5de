/// Why something in a source cannot be taken over: a clause without a full stop.
package struct ImportFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The clause.
  package let description: String

  init(_ description: String) { self.description = description }
}

/// What a source's amounts are for.
enum RateUnit {
  /// USD a token.
  case perToken
  /// USD a million tokens.
  case perMillion

  /// The power of ten from the amount to picodollars a token.
  var power: Int { self == .perToken ? 12 : 6 }
}

extension Rate {
  /// Reads a number as JSON writes it (`3e-06`, `0.0000024`), exactly.
  /// - Throws: `ImportFault` for what is no number, negative, finer than a picodollar a token, or beyond `highest`.
  init(number text: String, _ unit: RateUnit) throws(ImportFault) {
    // By hand: a list has thousands of numbers, and the regular expressions take seconds for them.
    var rest = Substring(text).utf8
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    let whole = Self.takeDigits(&rest)
    var fraction: [UInt8] = []
    var exponent: Int? = 0
    let hasPoint = rest.first == UInt8(ascii: ".")
    if hasPoint {
      rest.removeFirst()
      fraction = Self.takeDigits(&rest)
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      exponent = rest.count <= 6 ? Int(String(Substring(rest.dropFirst()))) : nil
      rest = rest.suffix(0)
    }
    guard rest.isEmpty, !whole.isEmpty, !hasPoint || !fraction.isEmpty, let exponent else {
      throw ImportFault("is no number: \(text.prefix(40))")
    }
    var digits = (whole + fraction).drop { $0 == 0x30 }
    var power = exponent - fraction.count + unit.power
    while digits.last == 0x30 { (digits, power) = (digits.dropLast(), power + 1) }
    guard !digits.isEmpty else {
      self.init(picodollarsPerToken: 0)
      return
    }
    guard !isNegative else { throw ImportFault("is negative: \(text.prefix(40))") }
    guard power >= 0 else {
      throw ImportFault("is finer than six decimals of USD a million tokens: \(text.prefix(40))")
    }
    guard digits.count + power <= 13,
      let picodollars = Int64(String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: power)),
      picodollars <= Self.highest * 1_000_000
    else { throw ImportFault("is dearer than \(Self.highest) USD a million tokens: \(text.prefix(40))") }
    self.init(picodollarsPerToken: picodollars)
  }

  private static func takeDigits(_ text: inout Substring.UTF8View) -> [UInt8] {
    let digits = Array(text.prefix { (0x30...0x39).contains($0) })
    text.removeFirst(digits.count)
    return digits
  }
}
