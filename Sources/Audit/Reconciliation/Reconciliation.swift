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
    /// The way of its use that has prices of its own (`batch`), where the bill tells such apart; `nil` for the usual one.
    package var mode: String?
    /// `nil` where the bill names tokens and no money.
    package var billed: ExactAmount?
    /// Of a bill that names no money, what its tokens cost at the table's rates; `nil` where these are not known, and of
    /// any other bill.
    package var tableCost: ExactAmount?
    /// `nil` where measured tokens have no price in the table, or the bill has nothing and nothing was measured: what they
    /// cost is not known, and so are the causes.
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
    /// The tokens that the bill has of measured requests beyond what was measured, where it lists single ones.
    package var ofMeasured: [TokenClass: Int64] = [:]
    /// Whether those are the tokens of the unmeasured requests and of no others.
    package var tellsUnmeasured = false
    /// How many unmeasured requests those are, where the bill lists single ones.
    package var toldRequests = 0
    /// How many unmeasured requests stand in the bill without tokens, which measures nothing.
    package var untoldRequests = 0
    /// What the bill charges for these; `nil` where it does not tell.
    package var chargedForUnmeasured: ExactAmount?
    /// How many of the bill's requests name no amount beside others that do: they are not compared.
    package var withoutAmount = 0
    /// What the tokens beyond the measured ones cost, where bill and table disagree.
    package var repriced: Repriced?
    /// The measured tokens that were compared among the input, because the bill has no such class.
    package var folded: [TokenClass: Int64] = [:]
    /// All tokens of both sides, where the bill has one sum of them, and another one than was measured.
    package var totals: Totals?
    /// The unmeasured requests of a model and a day that the bill has nothing of: what they cost is not known. Without
    /// those that cost nothing.
    package var unknownMissing = 0
    /// What the bill has of it by the keys that were asked for, where that is less than the ledger has, so that what went by
    /// its other keys is compared, too.
    package var ofKeys: ExactAmount?
    /// What requests of which the bill tells no tokens can cost, or which cost less than the bill has.
    package var limit: Limit?
    /// Whether the bill has more than that.
    package var exceedsLimit = false
    /// Whether neither table nor bill has a price for requests that the ledger has not.
    package var isOfUnknownPrice = false
    /// Of two files, what the one of money has of keys, workspaces or kinds of tokens that the one of tokens has not.
    package var withoutTokens = ExactAmount.zero
    /// Of two files, the tokens for which the one of money has nothing.
    package var withoutMoney: [TokenClass: Int64] = [:]
    /// Of money by class without tokens, what classes have beside the ledger's that nothing explains.
    package var openByClass: [TokenClass: ExactAmount] = [:]
    /// The measured writes of caches that the bill has under the other time for which they are kept.
    package var shifted: Shift?
    /// The ways of use that the ledger's records name, and the bill does not, or of a part only.
    package var recordedModes: [String] = []
    /// What the provider's charges are beside its own tokens at its own prices.
    package var mended = ExactAmount.zero
    /// Whether the bill names tokens and no money, so that it was priced by our table.
    package var isPricedHere = false
    /// What became of single requests; `nil` where the bill has only sums.
    package var matched: Matched?
    /// Whether the bill has anything of it.
    package var isBilled = false
    /// The most that rounding made of what the bill has.
    package var mostRounding = ExactAmount.zero
    /// The ways of use that the bill tells apart and the records do not, so that all are compared as one.
    package var untoldModes: [String] = []
    /// What the measured tokens cost more in these, at the table's prices: a part of the price.
    package var modePrice = ExactAmount.zero
    /// The ways of use that the bill tells and the table has no price of its own for.
    package var modesWithoutPrice: [String] = []
    /// How each of `unpriced` gets a price, for people.
    package var cures: [String] = []

    /// What it is of.
    package var key: Key { Key(model: model, days: days, mode: mode) }

    /// What is not explained: what classes or files have for themselves can make up for each other in the sum.
    package var open: ExactAmount {
      max(
        causes.unexplained.magnitude, withoutTokens.magnitude,
        openByClass.values.reduce(.zero) { $0 + $1.magnitude })
    }

    /// Sets the ledger's side to its own prices again, where it was compared in the modes that only the bill tells.
    package mutating func leaveModes(_ own: LedgerUse) {
      guard let ledger, difference != nil else { return }
      modePrice = ledger - own.cost
      self.ledger = own.cost
      if isBilled { causes.price = causes.price + modePrice } else { causes.missing = causes.missing + modePrice }
    }

    /// `nil` where one side is not known.
    package var difference: ExactAmount? { (billed ?? tableCost).flatMap { own in ledger.map { own - $0 } } }

    /// By how much each of the bill's rates is above the table's, as a share of these, in thousandths of a percent: `nil`
    /// where they are not all so by the same share.
    package var commonRise: Int128? {
      guard modePrice == .zero, let ledger, ledger > .zero, causes.price != .zero,
        rates.allSatisfy({ $0.tokenClass != nil })
      else {
        return nil
      }
      let rises = rates.map { rate -> Int128? in
        // What is given away is at no rate of exchange.
        guard let table = rate.table, table > .zero, rate.bill > .zero else { return nil }
        return (rate.bill - table).multiplied(by: 100_000, over: table.units).units
      }
      guard let first = rises.first ?? nil, rises.allSatisfy({ $0.map { abs($0 - first) <= 100 } ?? false }) else {
        return nil
      }
      // Where some rate is the table's own, they come to less.
      let all = ledger.multiplied(by: first, over: 100_000)
      return (causes.price - all).magnitude <= mostRounding + ledger.multiplied(by: 1, over: 1000) ? first : nil
    }

    /// Whether the bill does not tell the models of these days, so that all of the provider's stand here.
    package var isOfAllModels: Bool { model.model == BilledUse.allModels }

    /// Whether both sides have something of it.
    var isCompared: Bool {
      if let matched { return (billedRequests ?? 0) > Int64(matched.others) }
      return isBilled && answered > 0
    }

    /// A bill of tokens alone has none of it, which is no charge of nothing.
    mutating func listNothing() {
      (billed, isPricedHere) = (nil, true)
      tableCost = ledger == nil ? nil : .zero
    }

    /// Leaves no amount where the bill has nothing, and nothing of what the ledger has is known.
    mutating func settleMissing() {
      guard !isBilled, answered > 0, unknownMissing == answered else { return }
      ledger = nil
      settleUnpriced()
    }

    /// Leaves no amount where the table has no price.
    mutating func settleUnpriced() {
      guard difference == nil else { return }
      (ledger, tableCost, causes) = (nil, nil, Causes())
    }
  }

  /// What the tokens of a bill beyond the measured ones cost, by the bill and by the table.
  package struct Repriced: Hashable, Sendable {
    package var billed: ExactAmount
    package var listed: ExactAmount

    static func + (left: Repriced, right: Repriced) -> Repriced {
      Repriced(billed: left.billed + right.billed, listed: left.listed + right.listed)
    }
  }

  /// The tokens of all classes together.
  package struct Totals: Hashable, Sendable {
    package var billed: Int64
    package var measured: Int64
    /// The table's highest one for the model.
    package var rate: Rate

    /// What those cost at most that only one side has.
    package var most: ExactAmount { rate.exact * abs(billed - measured) }
  }

  /// What requests without known tokens can cost at most.
  package struct Limit: Hashable, Sendable {
    package var requests: Int64
    /// The table's highest one for the model, or the bill's, where that is higher.
    package var rate: Rate

    package init(requests: Int64, rate: Rate) {
      self.requests = requests
      self.rate = rate
    }

    /// The most tokens of one request, prompt and answer: no model takes more.
    package static let tokens: Int64 = 10_000_000

    /// All of these at that rate.
    package var most: ExactAmount {
      let (units, isMore) = (rate.exact * Self.tokens).units.multipliedReportingOverflow(by: Int128(requests))
      return ExactAmount(units: isMore ? .max / 4 : min(units, .max / 4))
    }

    /// Whether requests can have had that many tokens.
    static func holds(_ count: Int64, of requests: Int64) -> Bool { count / tokens <= requests }
  }

  /// Whether an amount is too high for another price of the tokens that it is for: more than ten times what they cost at
  /// the table's highest rates. Modes, other hours and other currencies are all below that.
  static func isNoPrice(_ amount: ExactAmount, of listed: ExactAmount) -> Bool {
    listed > .zero && amount > listed * 10
  }

  /// Whether a charge beside a provider's own tokens at its own prices is small enough for these to be the same
  /// charges: 0.5 % of them. Else its two files are not of the same use.
  static func isAdjustment(_ amount: ExactAmount, of priced: ExactAmount) -> Bool {
    amount.magnitude <= priced.multiplied(by: 5, over: 1000)
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
    /// Requests that the ledger has without tokens, at the bill's rates; and so those of the next two.
    package var unmeasured = ExactAmount.zero
    /// Requests that the ledger has not: another client or machine with the same key, or deleted logs.
    package var others = ExactAmount.zero
    /// Of the two before, what cannot be told apart: 0 to all of it is either's.
    package var together = ExactAmount.zero
    /// Requests or tokens that the ledger has and the bill has not.
    package var missing = ExactAmount.zero
    /// Charged for something else than tokens.
    package var notTokens = ExactAmount.zero
    /// What the provider's charges are beside its own tokens at its own prices, where it is small.
    package var adjustment = ExactAmount.zero
    /// What the bill's own rounding can make.
    package var rounding = ExactAmount.zero
    package var unexplained = ExactAmount.zero

    /// Cause by cause.
    static func + (left: Causes, right: Causes) -> Causes {
      Causes(
        price: left.price + right.price, unmeasured: left.unmeasured + right.unmeasured,
        others: left.others + right.others, together: left.together + right.together,
        missing: left.missing + right.missing, notTokens: left.notTokens + right.notTokens,
        adjustment: left.adjustment + right.adjustment, rounding: left.rounding + right.rounding,
        unexplained: left.unexplained + right.unexplained)
    }

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
    /// The day from which the table's entry applies; `nil` where several are meant, or none.
    package var since: CivilDay?
    /// Whether the bill states its rate; else it is what it charges for its tokens, each amount rounded.
    package var isStated = false
    /// Whether the table has the bill's rate, too: for other hours or prompts.
    package var isInTable = false
  }

  /// Measured tokens that the bill has under another class.
  package struct Shift: Hashable, Sendable {
    package var from: TokenClass
    package var to: TokenClass
    package var tokens: Int64
    /// What that makes of their cost at the table's rates: a part of the price.
    package var price: ExactAmount
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
      let amount = rows.reduce(ExactAmount.zero) { $0 + $1.open }
      let billed = rows.reduce(ExactAmount.zero) { $0 + (($1.billed ?? $1.tableCost)?.magnitude ?? .zero) }
      return amount > tolerance.limit(of: billed) ? (model, amount) : nil
    }.sorted { $0.model < $1.model }
  }

  /// The models of which an amount is not known, because the table has no price: nothing of them is explained.
  package var unpriced: [ModelID] { Set(rows.flatMap(\.unpriced)).sorted() }

  /// The models of which the bill has nothing on some days, and how many unmeasured requests of these the ledger has:
  /// what is missing from the bill then has no known amount, and is not explained.
  package var unknownMissing: [(model: ModelID, requests: Int)] {
    let open = rows.filter { $0.unknownMissing > 0 && $0.unpriced.isEmpty }
    return Dictionary(grouping: open, by: \.model).map { model, rows in
      (model, rows.reduce(0) { $0 + $1.unknownMissing })
    }.sorted { $0.model < $1.model }
  }

  /// Whether nothing of one side was found on the other: then all of the bill is others' and all of the ledger missing,
  /// which explains nothing.
  package var comparesNothing: Bool {
    rows.contains(where: \.isBilled) && rows.contains { $0.answered > 0 } && !rows.contains(where: \.isCompared)
  }

  /// Whether something of the bill was found in the ledger.
  package var comparesSomething: Bool { rows.contains(where: \.isCompared) }

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

  /// A model on a day, or on the days that a bill sums up together.
  package struct Key: Hashable, Comparable, Sendable {
    package var model: ModelID
    package var days: ClosedRange<CivilDay>
    /// The way of the use, where the bill tells such apart; `nil` for the usual one.
    package var mode: String?

    package init(model: ModelID, days: ClosedRange<CivilDay>, mode: String? = nil) {
      self.model = model
      self.days = days
      self.mode = mode
    }

    package init(model: ModelID, day: CivilDay) { self.init(model: model, days: day...day) }

    package static func < (left: Key, right: Key) -> Bool {
      guard left.model == right.model else { return left.model < right.model }
      return (left.days.lowerBound, left.mode ?? "") < (right.days.lowerBound, right.mode ?? "")
    }
  }
}
