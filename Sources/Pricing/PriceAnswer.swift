package import Model

/// What the pricing table says of a model at an instant.
package enum PriceAnswer: Hashable, Sendable {
  /// Billed by the token.
  case perToken(PriceInForce)
  /// Covered by a plan's flat fee.
  case plan(Plan)
  /// The table says that it costs nothing.
  case free
  /// The table has no price in force; `nearest` are names of the table that look alike, best first.
  case unpriced(nearest: [ModelID])
}

/// Rates, and where they come from.
package struct PriceInForce: Hashable, Sendable {
  /// The model as the table names it.
  package var model: ModelID
  package var rates: Rates
  /// From when the entry applies, epoch milliseconds.
  package var from: Int64
  package var source: String?
  /// The day on which somebody last compared them with the source.
  package var verified: CivilDay?
  /// The list that they were taken from, where nobody compared them with the source.
  package var imported: ImportedFrom?

  /// Rates in force.
  package init(
    model: ModelID, rates: Rates, from: Int64, source: String? = nil, verified: CivilDay? = nil,
    imported: ImportedFrom? = nil
  ) {
    self.model = model
    self.rates = rates
    self.from = from
    self.source = source
    self.verified = verified
    self.imported = imported
  }
}
