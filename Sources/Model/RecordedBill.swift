/// A bill that was compared with the ledger and kept as sums beside its requests.
package struct RecordedBill: Hashable, Sendable {
  /// Who made it.
  package var seller: BillSeller
  /// Whose requests it charges, as the pricing table names the provider.
  package var provider: String
  /// Its first and its last day, in its own zone.
  package var days: ClosedRange<CivilDay>
  /// When it was kept, epoch milliseconds.
  package var recorded: Int64

  package init(seller: BillSeller, provider: String, days: ClosedRange<CivilDay>, recorded: Int64) {
    self.seller = seller
    self.provider = provider
    self.days = days
    self.recorded = recorded
  }
}

extension Sequence<RecordedBill> {
  /// The last day of a provider's newest bill; `nil` where there is none.
  package func lastDay(of provider: String) -> CivilDay? {
    filter { $0.provider == provider }.map(\.days.upperBound).max()
  }
}

/// What a bill says of a model on a day.
package struct BilledUse: Hashable, Sendable {
  package var model: ModelID
  /// The day, in the bill's zone.
  package var day: CivilDay
  /// What it charges, USD.
  package var cost: ExactAmount
  /// How many of its requests the ledger holds without measured tokens, where the bill tells theirs.
  package var measuredByBill: Int
  /// The tokens of those, by class.
  package var tokens: TokenUsage
  /// What the bill charges for those, USD.
  package var measuredCost: ExactAmount

  package init(
    model: ModelID, day: CivilDay, cost: ExactAmount, measuredByBill: Int, tokens: TokenUsage, measuredCost: ExactAmount
  ) {
    self.model = model
    self.day = day
    self.cost = cost
    self.measuredByBill = measuredByBill
    self.tokens = tokens
    self.measuredCost = measuredCost
  }
}
