package import Model
package import Pricing

/// A bill beside the ledger: each difference with its causes. Amounts are in the bill's currency, exact; the causes of a
/// row always add up to its difference.
package struct Reconciliation: Sendable {
  /// One model on one day, or on the days that a bill sums up together.
  package struct Row: Sendable {
    package var days: ClosedRange<CivilDay>
    /// The model as the ledger or, where that has none, the bill names it.
    package var model: ModelID
    /// `nil` where a bill of tokens alone has them of a model without a price.
    package var billed: ExactAmount?
    /// `nil` where measured tokens have no price in the table: what they cost is not known, and so are the causes.
    package var ledger: ExactAmount?
    /// The models whose measured tokens have no price.
    package var unpriced: [ModelID] = []
    /// How many requests the bill counts; `nil` where it counts none.
    package var billedRequests: Int64?
    package var answered: Int
    package var unmeasured: Int
    /// What tells the bill from the ledger.
    package var causes = Causes()
    /// The rates that differ.
    package var rates: [RateDifference] = []
    /// The tokens that the bill has beyond the measured ones, by class; `nil` where it has no tokens.
    package var beyond: [TokenClass: Int64]?
    /// Whether those are the tokens of the unmeasured requests and of no others.
    package var tellsUnmeasured = false
    /// Whether the bill names tokens and no money, so that it was priced by our table.
    package var isPricedHere = false
    /// What became of single requests; `nil` where the bill has only sums.
    package var matched: Matched?
    /// Whether the bill has anything of it.
    package var isBilled = false

    /// `nil` where one side is not known.
    package var difference: ExactAmount? { billed.flatMap { billed in ledger.map { billed - $0 } } }

    /// Whether the bill does not tell the models of these days, so that all of the provider's stand here.
    package var isOfAllModels: Bool { model.model == BilledUse.allModels }

    /// Whether both sides have something of it.
    var isCompared: Bool {
      if let matched { return (billedRequests ?? 0) > Int64(matched.others) }
      return isBilled && answered > 0
    }

    /// Leaves no amount where the table has no price.
    mutating func settleUnpriced() {
      guard ledger == nil || billed == nil else { return }
      (ledger, causes) = (nil, Causes())
    }
  }

  /// What became of single requests, where the bill lists them.
  package struct Matched: Hashable, Sendable {
    /// Those of both whose tokens only the bill has.
    package var unmeasured: Int
    /// Those of the bill that the ledger has not.
    package var others: Int
    /// Those of the ledger that the bill has not.
    package var missing: Int
  }

  /// The parts of a difference, in the order in which they are looked for.
  package struct Causes: Hashable, Sendable {
    /// The bill's rates are others than the table's, times the measured tokens.
    package var price = ExactAmount.zero
    /// Requests that the ledger has without tokens.
    package var unmeasured = ExactAmount.zero
    /// Requests that the ledger has not: another client or machine with the same key, or deleted logs.
    package var others = ExactAmount.zero
    /// Of the two before, what cannot be told apart: 0 to all of it is either's.
    package var together = ExactAmount.zero
    /// Requests that the ledger has and the bill has not.
    package var missing = ExactAmount.zero
    /// Charged for something else than tokens.
    package var notTokens = ExactAmount.zero
    /// What the provider's charges are beside its own tokens at its own prices.
    package var adjustment = ExactAmount.zero
    /// What the bill's own rounding can make.
    package var rounding = ExactAmount.zero
    package var unexplained = ExactAmount.zero

    package var sum: ExactAmount {
      price + unmeasured + others + together + missing + notTokens + adjustment + rounding + unexplained
    }
  }

  /// A class of tokens for which bill and table name different rates.
  package struct RateDifference: Hashable, Sendable {
    package var tokenClass: TokenClass?
    /// USD a million tokens, as far as the bill tells.
    package var bill: ExactAmount
    /// `nil` where the table has no price.
    package var table: ExactAmount?
  }

  /// Something that was charged beside tokens.
  package struct Fee: Hashable, Sendable {
    package var day: CivilDay
    package var name: String
    package var amount: ExactAmount

    package init(day: CivilDay, name: String, amount: ExactAmount) {
      self.day = day
      self.name = name
      self.amount = amount
    }
  }

  package var rows: [Row]
  package var fees: [Fee]

  /// What is not explained, by model, against what is tolerated of it.
  package func unexplained(tolerance: Tolerance) -> [(model: ModelID, amount: ExactAmount)] {
    Dictionary(grouping: rows, by: \.model).compactMap { model, rows in
      let amount = rows.reduce(ExactAmount.zero) { $0 + $1.causes.unexplained.magnitude }
      let billed = rows.reduce(ExactAmount.zero) { $0 + ($1.billed?.magnitude ?? .zero) }
      return amount > tolerance.limit(of: billed) ? (model, amount) : nil
    }.sorted { $0.model < $1.model }
  }

  /// The models of which an amount is not known, because the table has no price: nothing of them is explained.
  package var unpriced: [ModelID] { Set(rows.flatMap(\.unpriced)).sorted() }

  /// Whether nothing of one side was found on the other: then all of the bill is others' and all of the ledger missing,
  /// which explains nothing.
  package var comparesNothing: Bool {
    rows.contains(where: \.isBilled) && rows.contains { $0.answered > 0 } && !rows.contains(where: \.isCompared)
  }

  /// How much may stay unexplained.
  package struct Tolerance: Hashable, Sendable {
    package var amount: ExactAmount
    /// Millionths of what was billed.
    package var share: Int64

    /// The greater of one cent and 0.5 %.
    package static let usual = Tolerance(amount: ExactAmount(units: 10_000_000_000_000_000), share: 5000)

    package init(amount: ExactAmount, share: Int64) {
      self.amount = amount
      self.share = share
    }

    func limit(of billed: ExactAmount) -> ExactAmount {
      max(amount, billed.multiplied(by: Int128(share), over: 1_000_000))
    }
  }

  /// Compares.
  /// - Parameters:
  ///   - lines: the bill's rows of tokens by day and model.
  ///   - use: the ledger's side by day and model.
  ///   - roundedPlaces: what the bill's amounts are rounded to.
  ///   - price: the table's rates for a model on a day, where the ledger has no use of it; `nil` where it has none.
  package static func of(
    lines: [Key: [BillRow]], use: [Key: LedgerUse], fees: [Fee], roundedPlaces: Int?,
    price: (ModelID, CivilDay) -> Rates?
  ) -> Reconciliation {
    let keys = Set(lines.keys).union(use.keys).sorted()
    let rows = keys.map { key in
      BillComparison(
        key: key, lines: lines[key] ?? [], use: use[key] ?? LedgerUse(), roundedPlaces: roundedPlaces,
        rates: price(key.model, key.days.lowerBound)
      ).row
    }
    return Reconciliation(rows: rows, fees: fees)
  }

  /// A model on a day, or on the days that a bill sums up together.
  package struct Key: Hashable, Comparable, Sendable {
    package var model: ModelID
    package var days: ClosedRange<CivilDay>

    package init(model: ModelID, days: ClosedRange<CivilDay>) {
      self.model = model
      self.days = days
    }

    package init(model: ModelID, day: CivilDay) { self.init(model: model, days: day...day) }

    package static func < (left: Key, right: Key) -> Bool {
      left.model == right.model ? left.days.lowerBound < right.days.lowerBound : left.model < right.model
    }
  }
}
