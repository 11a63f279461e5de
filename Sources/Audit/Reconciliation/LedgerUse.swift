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
    answered += sign * (slice.counts.measured + slice.counts.unknown + slice.counts.estimated)
    unmeasured += sign * (slice.counts.unknown + slice.counts.estimated)
    var rates: Rates?
    let answer = prices.answer(for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt)
    if case .perToken(let price) = answer { rates = price.rates }
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
    for part in other.parts { add(part) }
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

  /// What the measured tokens cost at the table's rates; what has no rate costs nothing here and is named as such.
  package var cost: ExactAmount {
    parts.reduce(.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
  }
}

extension Rate {
  /// The price of one token.
  package var exact: ExactAmount { ExactAmount(units: Int128(picodollarsPerToken) * 1_000_000) }
}
