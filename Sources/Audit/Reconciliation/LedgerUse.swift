package import Model
package import Pricing

/// What the ledger holds of one model on one day of a bill.
package struct LedgerUse: Sendable {
  /// Requests whose answer began: measured, estimated and unknown ones.
  package var answered = 0
  /// Those of them without measured tokens.
  package var unmeasured = 0
  /// Those of the unmeasured ones that cost nothing whatever their tokens were: a plan pays them, or the model is free.
  package var unmeasuredFree = 0
  /// The measured tokens by class and the rate that the table has for them, picodollars a token; `nil` where it has
  /// none.
  package var parts: [Part] = []
  /// The models of tokens without a rate.
  package var unpriced: Set<ModelID> = []
  /// The rates that the table has for the requests without measured tokens.
  package var unmeasuredRates: [Rates] = []

  /// Tokens of one class at one rate.
  package struct Part: Hashable, Sendable {
    package var tokenClass: TokenClass
    package var rate: Rate?
    package var tokens: Int64

    package init(tokenClass: TokenClass, rate: Rate?, tokens: Int64) {
      self.tokenClass = tokenClass
      self.rate = rate
      self.tokens = tokens
    }
  }

  package init(answered: Int = 0, unmeasured: Int = 0, parts: [Part] = []) {
    self.answered = answered
    self.unmeasured = unmeasured
    self.parts = parts
  }

  /// Adds a slice of the ledger's traffic at the price in force, or takes it away.
  package mutating func add(_ slice: TrafficSlice, prices: some PriceBook, isTakenAway: Bool = false) {
    let sign = isTakenAway ? -1 : 1
    answered += sign * slice.counts.answered
    let open = slice.counts.unknown + slice.counts.estimated
    unmeasured += sign * open
    let rates = prices.answer(for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt).charged
    if let rates, open > 0 { add(rates) }
    if let rates, TokenClass.allCases.allSatisfy({ rates.applied(to: $0).rate.picodollarsPerToken == 0 }) {
      unmeasuredFree += sign * open
    }
    if rates == nil, TokenClass.allCases.contains(where: { slice.tokens[$0] != 0 }) { unpriced.insert(slice.model) }
    for tokenClass in TokenClass.allCases where slice.tokens[tokenClass] != 0 {
      add(
        Part(
          tokenClass: tokenClass, rate: rates?.applied(to: tokenClass).rate,
          tokens: Int64(sign) * slice.tokens[tokenClass]))
    }
  }

  /// Adds what the ledger holds of other requests.
  mutating func add(_ other: LedgerUse) {
    answered += other.answered
    unmeasured += other.unmeasured
    unmeasuredFree += other.unmeasuredFree
    unpriced.formUnion(other.unpriced)
    for part in other.parts { add(part) }
    for rates in other.unmeasuredRates { add(rates) }
  }

  /// How much of a use a bill has in which mode.
  package struct Shares {
    /// The tokens of usual use; `nil` where it has none.
    package var usual: [TokenClass: Int64]?
    /// What all of the ledger's use would be in a mode, and the bill's tokens in it.
    package var modes: [(use: LedgerUse, tokens: [TokenClass: Int64])]

    package init(usual: [TokenClass: Int64]?, modes: [(use: LedgerUse, tokens: [TokenClass: Int64])]) {
      self.usual = usual
      self.modes = modes
    }
  }

  /// The use with as many of its tokens in each mode as a bill has there. Measured tokens are of usual use first; what is
  /// in no share is of usual use, too, or where the bill has none, in its first mode.
  package func inModes(_ shares: Shares) -> LedgerUse {
    var result = self
    result.parts = []
    result.unmeasuredRates = shares.usual == nil ? [] : unmeasuredRates
    for rates in shares.modes.flatMap(\.use.unmeasuredRates) { result.add(rates) }
    for (tokenClass, measured) in tokens where measured != 0 {
      var rest = measured - min(measured, shares.usual?[tokenClass] ?? 0)
      var counts = shares.modes.map { mode in
        let own = min(rest, mode.tokens[tokenClass] ?? 0)
        rest -= own
        return own
      }
      if shares.usual == nil, !counts.isEmpty { counts[0] += rest }
      let usual = measured - counts.reduce(0, +)
      for (use, count) in [(self, usual)] + zip(shares.modes, counts).map({ ($0.0.use, $0.1) }) where count > 0 {
        var (open, all) = (count, measured)
        for part in use.parts where part.tokenClass == tokenClass && part.tokens > 0 {
          let own = Int64(Int128(part.tokens) * Int128(open) / Int128(all))
          (open, all) = (open - own, all - part.tokens)
          if own > 0 { result.add(Part(tokenClass: tokenClass, rate: part.rate, tokens: own)) }
        }
      }
    }
    return result
  }

  private mutating func add(_ rates: Rates) {
    if !unmeasuredRates.contains(rates) { unmeasuredRates.append(rates) }
  }

  private mutating func add(_ part: Part) {
    if let index = parts.firstIndex(where: { ($0.tokenClass, $0.rate) == (part.tokenClass, part.rate) }) {
      parts[index].tokens += part.tokens
    } else {
      parts.append(part)
    }
  }

  /// The measured tokens by class.
  var tokens: [TokenClass: Int64] { parts.reduce(into: [:]) { $0[$1.tokenClass, default: 0] += $1.tokens } }

  /// What the measured tokens cost at the table's rates, without those that have none.
  package var cost: ExactAmount {
    parts.reduce(.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
  }

  /// Whether measured tokens have no rate, so that their cost is not known.
  var lacksPrice: Bool { parts.contains { $0.rate == nil && $0.tokens != 0 } }
}

extension PriceAnswer {
  /// What a token is charged: nothing where a plan pays or the table says so, `nil` where it has no price.
  package var charged: Rates? {
    switch self {
    case .perToken(let price): price.rates
    case .plan, .free: Rates(input: Rate(picodollarsPerToken: 0), output: Rate(picodollarsPerToken: 0))
    case .unpriced: nil
    }
  }
}

extension Rate {
  /// The price of one token.
  package var exact: ExactAmount { ExactAmount(units: Int128(picodollarsPerToken) * 1_000_000) }
}
