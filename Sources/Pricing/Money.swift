/// An exact amount in US dollars. One unit is a picodollar, 1e-12 USD, so that a rate with six decimals for a million
/// tokens is a whole number of units for one token.
package struct Money: Hashable, Sendable, Comparable, AdditiveArithmetic {
  /// The amount in picodollars. 128 bits: sums of an organisation's year are far from the end.
  package var picodollars: Int128

  /// An amount in picodollars.
  package init(picodollars: Int128) { self.picodollars = picodollars }

  /// Reads an exact decimal amount in USD: digits, at most 12 places, and a leading minus where it is negative.
  /// `nil` for an exponent, a plus, a separator, anything else, or an amount beyond 1e26 USD.
  package init?(decimal text: String) {
    let negative = text.hasPrefix("-")
    guard let parsed = FixedPoint.parse(negative ? text.dropFirst() : text[...], places: Self.places),
      let magnitude = Int128(exactly: parsed)
    else { return nil }
    self.init(picodollars: negative ? -magnitude : magnitude)
  }

  /// No money. Never stands for a price that is not known.
  package static let zero = Money(picodollars: 0)

  /// One US dollar.
  package static let dollar = Money(picodollars: 1_000_000_000_000)

  package static func + (left: Money, right: Money) -> Money {
    Money(picodollars: left.picodollars + right.picodollars)
  }

  package static func - (left: Money, right: Money) -> Money {
    Money(picodollars: left.picodollars - right.picodollars)
  }

  package static func < (left: Money, right: Money) -> Bool { left.picodollars < right.picodollars }

  /// The amount times a fraction, rounded half to even to a picodollar; the product in between cannot overflow.
  /// - Precondition: the denominator is not zero and the result fits 128 bits.
  package func multiplied(by numerator: Int128, over denominator: Int128 = 1) -> Money {
    let magnitude = Int128(
      FixedPoint.scale(picodollars.magnitude, by: numerator.magnitude, over: denominator.magnitude))
    let negative = (picodollars < 0) != ((numerator < 0) != (denominator < 0))
    return Money(picodollars: negative ? -magnitude : magnitude)
  }

  /// For people: the amount in USD with exactly that many places, rounded half to even.
  package func rounded(places: Int) -> String {
    let dropped = Self.places - places
    guard dropped > 0 else {
      return description(places: Self.places) + String(repeating: "0", count: -dropped)
    }
    let magnitude = FixedPoint.scale(picodollars.magnitude, by: 1, over: FixedPoint.powerOfTen(dropped))
    return FixedPoint.format(magnitude, places: places, negative: picodollars < 0)
  }

  private static let places = 12

  private func description(places: Int) -> String {
    FixedPoint.format(picodollars.magnitude, places: places, negative: picodollars < 0)
  }
}

extension Money: CustomStringConvertible {
  /// The exact amount in USD, without exponent and without trailing zeros (`0.00336`, `20`, `-1.5`).
  package var description: String {
    FixedPoint.formatShort(picodollars.magnitude, places: Self.places, negative: picodollars < 0)
  }
}

extension Money: Codable {
  /// Reads a decimal string.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let money = Money(decimal: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an exact decimal amount in USD")
    }
    self = money
  }

  /// Writes the exact decimal string.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
