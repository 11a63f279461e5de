package import Model

/// A price of one token, in whole picodollars: USD a million tokens with at most six decimals.
package struct Rate: Hashable, Sendable, Comparable {
  /// Picodollars a token, which is millionths of a dollar a million tokens.
  package let picodollarsPerToken: Int64

  /// A rate in picodollars a token.
  package init(picodollarsPerToken: Int64) { self.picodollarsPerToken = picodollarsPerToken }

  /// Reads USD a million tokens: digits with at most six places, from 0 to `highest`. `nil` for anything else.
  package init?(decimalPerMillion text: String) {
    guard let picodollars = FixedPoint.parse(text, places: 6), picodollars <= UInt128(Self.highest) * 1_000_000
    else { return nil }
    self.init(picodollarsPerToken: Int64(picodollars))
  }

  /// The dearest rate that is believed, USD a million tokens: beyond it somebody mistook the unit.
  static let highest: Int64 = 1_000_000

  package static func < (left: Rate, right: Rate) -> Bool { left.picodollarsPerToken < right.picodollarsPerToken }
}

extension Rate: CustomStringConvertible {
  /// Exact USD a million tokens, without trailing zeros (`0.3`).
  package var description: String {
    FixedPoint.formatShort(UInt128(picodollarsPerToken.magnitude), places: 6, negative: picodollarsPerToken < 0)
  }
}

/// The rates of the five token classes; the cache classes may be absent and then fall back.
package struct Rates: Hashable, Sendable {
  /// Uncached prompt tokens.
  package var input: Rate
  /// Answer tokens.
  package var output: Rate
  /// Tokens read from a cache; falls back to `input`.
  package var cacheRead: Rate?
  /// Tokens written to a five-minute cache; falls back to `input`.
  package var cacheWrite5m: Rate?
  /// Tokens written to a one-hour cache; falls back to `cacheWrite5m`.
  package var cacheWrite1h: Rate?

  /// Rates by class.
  package init(
    input: Rate, output: Rate, cacheRead: Rate? = nil, cacheWrite5m: Rate? = nil, cacheWrite1h: Rate? = nil
  ) {
    self.input = input
    self.output = output
    self.cacheRead = cacheRead
    self.cacheWrite5m = cacheWrite5m
    self.cacheWrite1h = cacheWrite1h
  }

  /// The rate that applies to a class, and the class it was taken from, which differs where the provider publishes
  /// no rate of its own.
  package func applied(to tokenClass: TokenClass) -> (rate: Rate, from: TokenClass) {
    switch tokenClass {
    case .input: return (input, .input)
    case .output: return (output, .output)
    case .cacheRead:
      if let cacheRead { return (cacheRead, .cacheRead) }
      return (input, .input)
    case .cacheWrite5m:
      if let cacheWrite5m { return (cacheWrite5m, .cacheWrite5m) }
      return (input, .input)
    case .cacheWrite1h:
      if let cacheWrite1h { return (cacheWrite1h, .cacheWrite1h) }
      return applied(to: .cacheWrite5m)
    }
  }

  /// The rate that the table itself names for a class; `nil` where it falls back.
  package subscript(tokenClass: TokenClass) -> Rate? {
    switch tokenClass {
    case .input: input
    case .output: output
    case .cacheRead: cacheRead
    case .cacheWrite5m: cacheWrite5m
    case .cacheWrite1h: cacheWrite1h
    }
  }

  /// The rates for text that makes more or fewer tokens, each rounded half to even to a picodollar a token, so that
  /// costs stay additive to the last digit.
  package func scaled(by factor: TokenFactor) -> Rates {
    factor == .one ? self : map { $0.multiplied(by: Int128(factor.millionths), over: 1_000_000) }
  }

  /// The rates of amounts of another currency.
  /// - Parameter unit: what one of it is worth.
  func converted(at unit: Money) -> Rates {
    map { $0.multiplied(by: unit.picodollars, over: Money.dollar.picodollars) }
  }

  private func map(_ change: (Money) -> Money) -> Rates {
    func rate(_ rate: Rate) -> Rate {
      Rate(
        picodollarsPerToken: Int64(
          clamping: change(Money(picodollars: Int128(rate.picodollarsPerToken))).picodollars))
    }
    return Rates(
      input: rate(input), output: rate(output), cacheRead: cacheRead.map(rate), cacheWrite5m: cacheWrite5m.map(rate),
      cacheWrite1h: cacheWrite1h.map(rate))
  }

  /// Whether every class costs nothing.
  var isFree: Bool { TokenClass.allCases.allSatisfy { applied(to: $0).rate.picodollarsPerToken == 0 } }

  /// What tokens cost at these rates: the sum over the five classes of tokens times rate, exact.
  package func cost(of usage: TokenUsage) -> Money {
    TokenClass.allCases.reduce(into: Money.zero) { sum, tokenClass in
      let rate = Int128(applied(to: tokenClass).rate.picodollarsPerToken)
      sum += Money(picodollars: Int128(usage[tokenClass]) * rate)
    }
  }
}
