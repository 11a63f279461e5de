package import Model
package import Pricing

/// What the ledger holds of one model on one day of a bill.
package struct LedgerUse: Sendable {
  /// Requests whose answer began: measured, estimated and unknown ones.
  package var answered = 0
  /// Those of them without measured tokens.
  package var unmeasured = 0
  /// The measured tokens by class and the rate that the table has for them, picodollars a token; `nil` where it has
  /// none.
  package var parts: [Part] = []
  /// The table's entries that priced them.
  package var entries: Set<Int64> = []

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

  /// Adds a slice of the ledger's traffic at the price in force.
  package mutating func add(_ slice: TrafficSlice, prices: some PriceBook) {
    answered += slice.counts.measured + slice.counts.unknown + slice.counts.estimated
    unmeasured += slice.counts.unknown + slice.counts.estimated
    var rates: Rates?
    if case .perToken(let price) = prices.answer(for: slice.model, at: slice.time, prompt: slice.prompt) {
      rates = price.rates
      entries.insert(price.from)
    }
    for tokenClass in TokenClass.allCases where slice.tokens[tokenClass] != 0 {
      let rate = rates?.applied(to: tokenClass).rate
      if let index = parts.firstIndex(where: { $0.tokenClass == tokenClass && $0.rate == rate }) {
        parts[index].tokens += slice.tokens[tokenClass]
      } else {
        parts.append(Part(tokenClass: tokenClass, rate: rate, tokens: slice.tokens[tokenClass]))
      }
    }
  }

  /// What the measured tokens cost at the table's rates; what has no rate costs nothing here and is named as such.
  package var cost: ExactAmount {
    parts.reduce(.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
  }

  /// Whether the table lacks a price for some of it.
  package var isUnpriced: Bool { parts.contains { $0.rate == nil } }
}

extension Rate {
  /// The price of one token.
  package var exact: ExactAmount { ExactAmount(units: Int128(picodollarsPerToken) * 1_000_000) }
}
