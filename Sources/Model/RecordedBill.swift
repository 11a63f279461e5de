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
  /// Whether it charges anything; a bill of tokens alone does not.
  package var hasMoney: Bool

  package init(
    seller: BillSeller, provider: String, days: ClosedRange<CivilDay>, recorded: Int64, hasMoney: Bool = true
  ) {
    self.seller = seller
    self.provider = provider
    self.days = days
    self.recorded = recorded
    self.hasMoney = hasMoney
  }
}

extension RecordedBill {
  /// Whether another one has the money of its tokens, or the tokens of its money.
  package func isCompleted(by bills: [RecordedBill]) -> Bool {
    bills.contains {
      ($0.seller, $0.provider) == (seller, provider) && $0.hasMoney != hasMoney && $0.days.overlaps(days)
    }
  }
}

extension Sequence<RecordedBill> {
  /// The last day of a provider's newest bill of tokens alone; `nil` where there is none.
  package func lastDayOfTokens(of provider: String) -> CivilDay? {
    filter { $0.provider == provider && !$0.hasMoney }.map(\.days.upperBound).max()
  }

  /// The last day of a provider's newest bill of money; `nil` where there is none.
  package func lastDay(of provider: String) -> CivilDay? {
    filter { $0.provider == provider && $0.hasMoney }.map(\.days.upperBound).max()
  }
}

/// What a bill says of a model on a day, or on several days together.
package struct BilledUse: Hashable, Sendable {
  package var model: ModelID
  /// The days, in the bill's zone.
  package var days: ClosedRange<CivilDay>
  /// What it charges, USD; `nil` where it names no money.
  package var cost: ExactAmount?
  /// What it says of requests that the ledger holds without measured tokens: none where all are measured, or others'
  /// tokens are among theirs; `nil` where it has no tokens and says nothing of their number.
  package var measured: Measured?
  /// By how much rounding can have changed the cost.
  package var rounding = ExactAmount.zero

  /// The requests that no record measured, and a bill does.
  package struct Measured: Hashable, Sendable {
    package var requests: Int
    package var tokens: TokenUsage
    /// What the bill charges for these, USD; `nil` where it names no money.
    package var cost: ExactAmount?

    package init(requests: Int, tokens: TokenUsage, cost: ExactAmount?) {
      self.requests = requests
      self.tokens = tokens
      self.cost = cost
    }

    /// Exact sum; its cost is known where both are.
    package static func + (left: Measured, right: Measured) -> Measured {
      Measured(
        requests: left.requests + right.requests, tokens: left.tokens + right.tokens,
        cost: left.cost.flatMap { cost in right.cost.map { cost + $0 } })
    }
  }

  package init(model: ModelID, days: ClosedRange<CivilDay>, cost: ExactAmount?, measured: Measured?) {
    self.model = model
    self.days = days
    self.cost = cost
    self.measured = measured
  }

  /// The name under which bills are kept that tell no models.
  package static let allModels = "all models"
}
