import Model

/// Bytes, and the tokens that were in them.
struct ByteSample: Hashable {
  /// Beyond it no request is real, and sums might overflow.
  static let limit: Int64 = 1_000_000_000_000
  /// Ratios are counted in billionths.
  static let unit: Int128 = 1_000_000_000

  var bytes: Int128
  var tokens: Int128

  init?(bytes: Int64?, tokens: Int64) {
    guard let bytes, (1...Self.limit).contains(bytes), (1...Self.limit).contains(tokens) else { return nil }
    self.bytes = Int128(bytes)
    self.tokens = Int128(tokens)
  }

  /// Whether tokens can be a request's.
  static func isBelievable(_ tokens: TokenUsage) -> Bool {
    TokenClass.allCases.allSatisfy { (0...limit).contains(tokens[$0]) }
  }

  /// Tokens a byte, billionths.
  var ratio: Int128 { tokens * Self.unit / bytes }

  /// How far a ratio misses the tokens, relative to them, millionths.
  func error(of ratio: Int128) -> Int128 {
    let miss = ratio * bytes - tokens * Self.unit
    return (miss < 0 ? -miss : miss) / (tokens * 1000)
  }
}
