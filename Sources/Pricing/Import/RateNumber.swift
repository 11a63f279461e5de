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
    guard let match = text.wholeMatch(of: #/(-)?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]{1,4}))?/#),
      let exponent = Int(match.4.map { $0.hasPrefix("+") ? $0.dropFirst() : $0 } ?? "0")
    else { throw ImportFault("is no number: \(text.prefix(40))") }
    let fraction = match.3 ?? ""
    var digits = (match.2 + fraction).drop { $0 == "0" }
    var power = exponent - fraction.count + unit.power
    while digits.last == "0" { (digits, power) = (digits.dropLast(), power + 1) }
    guard !digits.isEmpty else {
      self.init(picodollarsPerToken: 0)
      return
    }
    guard match.1 == nil else { throw ImportFault("is negative: \(text.prefix(40))") }
    guard power >= 0 else {
      throw ImportFault("is finer than six decimals of USD a million tokens: \(text.prefix(40))")
    }
    guard digits.count + power <= 13,
      let picodollars = Int64(digits + String(repeating: "0", count: power)),
      picodollars <= Self.highest * 1_000_000
    else { throw ImportFault("is dearer than \(Self.highest) USD a million tokens: \(text.prefix(40))") }
    self.init(picodollarsPerToken: picodollars)
  }
}
