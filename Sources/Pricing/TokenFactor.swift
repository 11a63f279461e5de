/// How many tokens a model of another tokenizer makes of the same text.
package struct TokenFactor: Hashable, Sendable, CustomStringConvertible {
  /// Tokens there for a million tokens here.
  package let millionths: Int64

  /// A factor in millionths, more than 0.
  package init(millionths: Int64) { self.millionths = millionths }

  /// The same tokens.
  package static let one = TokenFactor(millionths: 1_000_000)

  /// Reads a decimal above 0 and up to 100 with at most six places; `nil` for anything else.
  package init?(decimal text: String) {
    guard let millionths = FixedPoint.parse(text, places: 6), (1...100_000_000).contains(millionths) else { return nil }
    self.init(millionths: Int64(millionths))
  }

  /// What is left of a factor where another one applies too; exactly one where both are equal.
  package func over(_ other: TokenFactor) -> TokenFactor {
    if other == .one { return self }
    let quotient = Money(picodollars: Int128(millionths)).multiplied(by: 1_000_000, over: Int128(other.millionths))
    return TokenFactor(millionths: max(1, Int64(clamping: quotient.picodollars)))
  }

  /// `1.08`.
  package var description: String { FixedPoint.formatShort(UInt128(millionths.magnitude), places: 6) }

  /// A prompt of that many tokens, in tokens there, rounded down.
  package func tokens(_ count: Int64) -> Int64 { Int64(clamping: Int128(count) * Int128(millionths) / 1_000_000) }

  /// The longest prompt here that is not above a limit there.
  func limit(_ limit: Int64) -> Int64 {
    Int64(clamping: ((Int128(limit) + 1) * 1_000_000 - 1) / Int128(millionths))
  }
}
