/// An exact amount in US dollars. One unit is a picodollar, 1e-12 USD, so that a rate with six decimals for a million
/// tokens is a whole number of units for one token.
public struct Money: Hashable, Sendable, Comparable, AdditiveArithmetic {
  /// The amount in picodollars. 128 bits: sums of an organisation's year are far from the end.
  public var picodollars: Int128

  /// An amount in picodollars.
  public init(picodollars: Int128) { self.picodollars = picodollars }

  /// No money. Never stands for a price that is not known.
  public static let zero = Money(picodollars: 0)

  /// Exact sum.
  public static func + (left: Money, right: Money) -> Money {
    Money(picodollars: left.picodollars + right.picodollars)
  }

  /// Exact difference.
  public static func - (left: Money, right: Money) -> Money {
    Money(picodollars: left.picodollars - right.picodollars)
  }

  /// By amount.
  public static func < (left: Money, right: Money) -> Bool { left.picodollars < right.picodollars }
}
