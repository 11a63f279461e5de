import Model
import Pricing

/// One model on one day: bill against ledger.
struct BillComparison {
  private let key: Reconciliation.Key
  /// The rows that charge something, or list use.
  private let charges: [BillRow]
  /// Those that mend what these charge.
  private let mends: [BillRow]
  private let use: LedgerUse
  private let roundedPlaces: Int?
  private let rates: Rates?
  /// Whether the bill tells writes of caches from other input.
  private let tellsWrites: Bool

  /// - Parameters:
  ///   - lines: what the bill has of the model.
  ///   - rates: the table's of that day.
  init(key: Reconciliation.Key, lines: [BillRow], use: LedgerUse, roundedPlaces: Int?, rates: Rates?) {
    self.key = key
    charges = lines.filter { $0.mends == nil }
    mends = lines.filter { $0.mends != nil }
    self.use = use
    self.roundedPlaces = roundedPlaces
    self.rates = rates
    tellsWrites = charges.contains { $0.tokens[.cacheWrite5m] != nil || $0.tokens[.cacheWrite1h] != nil }
  }

  var row: Reconciliation.Row {
    var row = charged
    for line in mends {
      guard let cost = line.cost else { continue }
      switch line.mends {
      case nil: continue
      case .rounding: row.causes.rounding = row.causes.rounding + cost
      case .charge: row.causes.adjustment = row.causes.adjustment + cost
      }
      row.billed = row.billed.map { $0 + cost }
    }
    row.settleUnpriced()
    return row
  }

  /// By the rows of tokens, before what the provider's own charges differ from these.
  private var charged: Reconciliation.Row {
    let (lines, cost) = (charges, use.cost)
    let billed = lines.reduce(ExactAmount.zero) { $0 + ($1.cost ?? .zero) }
    var row = Reconciliation.Row(
      days: key.days, model: key.model, billed: billed, ledger: use.lacksPrice ? nil : cost,
      unpriced: use.lacksPrice ? (use.unpriced.isEmpty ? [key.model] : use.unpriced.sorted()) : [],
      billedRequests: lines.contains { $0.requests != nil } ? lines.reduce(0) { $0 + ($1.requests ?? 0) } : nil,
      answered: use.answered, unmeasured: use.unmeasured)
    guard !lines.isEmpty else {
      row.causes.missing = .zero - cost
      return row
    }
    row.isBilled = true
    var sums = Sums(billed: billed, ledger: cost)
    if lines.contains(where: { !$0.tokens.isEmpty }) {
      let beyond = beyond
      row.beyond = beyond
      row.tellsUnmeasured =
        row.unmeasured > 0 && row.billedRequests == Int64(row.answered) && !beyond.isEmpty
        && beyond.values.allSatisfy { $0 > 0 }
      if let byClass { compare(byClass, &row, &sums) } else { compareWhole(&row, &sums) }
    } else {
      compareMoney(&row, &sums)
    }
    attribute(sums, &row)
    let left = sums.difference - row.causes.sum
    let limit = roundingLimit(lines.count { $0.cost != nil })
    let more = min(max(left, .zero - limit), limit)
    row.causes.rounding = row.causes.rounding + more
    row.causes.unexplained = left - more
    return row
  }

  /// Both sides, and what is left when prices are explained: tokens that the ledger has not, and those that only it has.
  private struct Sums {
    var billed: ExactAmount
    /// Of what has a price.
    var ledger: ExactAmount
    var beyond = ExactAmount.zero
    /// Not below zero.
    var lacking = ExactAmount.zero

    var difference: ExactAmount { billed - ledger }
    var rest: ExactAmount { beyond - lacking }

    mutating func add(_ amount: ExactAmount) {
      if amount > .zero { beyond = beyond + amount } else { lacking = lacking - amount }
    }
  }

  private func roundingLimit(_ amounts: Int) -> ExactAmount {
    ExactAmount.mostRounding(places: roundedPlaces, amounts: amounts)
  }

  private var billedTokens: [TokenClass: Int64] {
    charges.reduce(into: [:]) { sums, line in
      for (tokenClass, count) in line.tokens { sums[tokenClass, default: 0] += count }
    }
  }

  private func measured(_ tokenClass: TokenClass) -> Int64 {
    use.parts.reduce(0) { $0 + (named($1.tokenClass) == tokenClass ? $1.tokens : 0) }
  }

  /// The class under which the bill lists tokens of a class: one that names no cache writes has them among the input.
  private func named(_ tokenClass: TokenClass) -> TokenClass {
    let isWrite = tokenClass == .cacheWrite5m || tokenClass == .cacheWrite1h
    return isWrite && !tellsWrites ? .input : tokenClass
  }

  private var beyond: [TokenClass: Int64] {
    let billed = billedTokens
    return TokenClass.allCases.reduce(into: [:]) { differences, tokenClass in
      let difference = (billed[tokenClass] ?? 0) - measured(tokenClass)
      if difference != 0 { differences[tokenClass] = difference }
    }
  }

  /// What the bill charges for each class; `nil` where it does not tell its money by class.
  private var byClass: [TokenClass: [ClassComparison.Charge]]? {
    let lines = charges
    let paid = lines.filter { $0.cost != nil }
    guard !paid.isEmpty else { return nil }
    if paid.allSatisfy({ !$0.tokens.isEmpty && $0.tokens.values.count { $0 != 0 } <= 1 }),
      lines.allSatisfy({ $0.cost != nil || $0.tokens.isEmpty })
    {
      return TokenClass.allCases.reduce(into: [:]) { charges, tokenClass in
        var byRate: [ExactAmount?: ClassComparison.Charge] = [:]
        for line in paid {
          guard let tokens = line.tokens[tokenClass], tokens != 0, let cost = line.cost else { continue }
          var charge = byRate[line.rate] ?? ClassComparison.Charge(tokens: 0, cost: .zero)
          charge.tokens += tokens
          charge.cost = charge.cost + cost
          charge.rounding = charge.rounding + roundingLimit(1)
          byRate[line.rate] = charge
        }
        charges[tokenClass] = Array(byRate.values)
      }
    }
    // Tokens in one file, and the money for each class of them in another.
    guard paid.allSatisfy({ $0.tokens.isEmpty && $0.chargedClass != nil }) else { return nil }
    let tokens = billedTokens
    return TokenClass.allCases.reduce(into: [:]) { charges, tokenClass in
      guard let tokens = tokens[tokenClass], tokens != 0 else { return }
      let costs = paid.filter { $0.chargedClass == tokenClass }.compactMap(\.cost)
      charges[tokenClass] = [
        ClassComparison.Charge(
          tokens: tokens, cost: costs.reduce(.zero, +), rounding: roundingLimit(max(1, costs.count)))
      ]
    }
  }

  /// By class, at the rates of both sides.
  private func compare(
    _ charges: [TokenClass: [ClassComparison.Charge]], _ row: inout Reconciliation.Row, _ sums: inout Sums
  ) {
    for tokenClass in TokenClass.allCases {
      let own = ClassComparison(
        charges: charges[tokenClass] ?? [], parts: use.parts.filter { named($0.tokenClass) == tokenClass })
      row.causes.price = row.causes.price + own.price
      row.causes.rounding = row.causes.rounding + own.rounding
      sums.beyond = sums.beyond + own.beyond
      sums.lacking = sums.lacking + own.lacking
      row.rates += own.rates.map {
        Reconciliation.RateDifference(
          tokenClass: tokenClass, bill: $0.bill, table: $0.table.map { $0.exact * 1_000_000 })
      }
    }
  }

  /// What the bill's tokens cost at the table's rates: at those of the measured ones, else at the day's; `nil` where it
  /// has none for some of them.
  private func expected(_ billed: [TokenClass: Int64]) -> ExactAmount? {
    var sum = ExactAmount.zero
    for (tokenClass, tokens) in billed where tokens != 0 {
      let count = measured(tokenClass)
      if count > 0 {
        let parts = use.parts.filter { named($0.tokenClass) == tokenClass }
        let own = parts.reduce(ExactAmount.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
        sum = sum + own.multiplied(by: Int128(tokens), over: Int128(count))
      } else if let rates {
        sum = sum + rates.applied(to: tokenClass).rate.exact * tokens
      } else {
        return nil
      }
    }
    return sum
  }

  /// Rows that charge several classes in one sum, or list tokens without money.
  private func compareWhole(_ row: inout Reconciliation.Row, _ sums: inout Sums) {
    let billed = billedTokens
    let own = expected(billed)
    let isPaid = charges.contains { $0.cost != nil }
    guard isPaid else {
      row.isPricedHere = true
      row.billed = use.lacksPrice ? nil : own
      if own == nil, row.unpriced.isEmpty { row.unpriced = [key.model] }
      sums.billed = own ?? .zero
      sums.add(sums.difference)
      return
    }
    let expected = own ?? .zero
    let limit = max(roundingLimit(charges.count { $0.cost != nil }), ExactAmount(units: 1))
    if sums.difference.magnitude <= limit, row.unmeasured == 0 { return }
    if (sums.billed - expected).magnitude <= limit {
      row.causes.rounding = sums.billed - expected
      sums.add(expected - sums.ledger)
      return
    }
    // Another price, which the sum alone does not split over classes: the measured tokens bear their share of it.
    let all = billed.values.reduce(0, +)
    let count = min(use.tokens.values.reduce(0, +), all)
    let price: ExactAmount =
      if expected != .zero {
        (sums.billed - expected).multiplied(by: sums.ledger.units, over: expected.units)
      } else {
        all > 0 ? sums.billed.multiplied(by: Int128(max(0, count)), over: Int128(all)) : .zero
      }
    row.causes.price = price
    sums.add(sums.difference - price)
    if all > 0, price != .zero { row.rates.append(together(sums.billed, expected, tokens: all)) }
  }

  /// The rates of all classes together, dollars for a million tokens.
  private func together(_ billed: ExactAmount, _ own: ExactAmount, tokens: Int64) -> Reconciliation.RateDifference {
    Reconciliation.RateDifference(
      tokenClass: nil, bill: billed.multiplied(by: 1_000_000, over: Int128(tokens)),
      table: own == .zero && use.lacksPrice ? nil : own.multiplied(by: 1_000_000, over: Int128(tokens)))
  }

  /// A bill of money without tokens by class: where it has as many tokens as the ledger in all, another amount is
  /// another price; else only requests may tell what is missing.
  private func compareMoney(_ row: inout Reconciliation.Row, _ sums: inout Sums) {
    guard sums.difference.magnitude > roundingLimit(charges.count { $0.cost != nil }) else { return }
    let own = use.tokens.values.reduce(0, +)
    let totals = charges.compactMap(\.total)
    guard own > 0, !totals.isEmpty || use.unmeasured == 0 else { return sums.add(sums.difference) }
    let more = totals.reduce(0, +) - own
    let isSameUse =
      totals.isEmpty ? sums.ledger == .zero && row.billedRequests == Int64(use.answered) : more == 0
    if isSameUse {
      // No token is left for requests that were not measured.
      row.causes.price = sums.difference
      row.rates.append(together(sums.billed, sums.ledger, tokens: own))
      return
    }
    sums.add(sums.difference)
    guard !totals.isEmpty else { return }
    // Tokens beyond the measured ones cost what they can at most; what is charged above that has another cause.
    if more <= 0 {
      sums.beyond = .zero
    } else if let most = highestRate {
      sums.beyond = min(sums.beyond, most.exact * more)
    }
  }

  /// The highest rate that the table has for the model; `nil` where it has none.
  private var highestRate: Rate? {
    let own = use.parts.compactMap(\.rate)
    let listed = rates.map { rates in TokenClass.allCases.map { rates.applied(to: $0).rate } } ?? []
    return (own + listed).max()
  }

  /// Whose the tokens are that one side has and the other has not.
  private func attribute(_ sums: Sums, _ row: inout Reconciliation.Row) {
    let rest = sums.rest
    guard let billed = row.billedRequests else {
      // Without tokens, a bill of less can as well be cheaper.
      let tellsUse = row.beyond != nil || use.answered == 0
      if rest > .zero {
        if use.unmeasured > 0 {
          row.causes.together = rest
        } else if tellsUse {
          row.causes.others = rest
        }
      } else if tellsUse {
        row.causes.missing = rest
      }
      return
    }
    let answered = Int64(use.answered)
    if billed == answered {
      // The same requests on both sides: what is beyond the measured tokens belongs to the others of them, and what
      // the bill lacks of measured ones has no reason.
      if use.unmeasured > 0 { row.causes.unmeasured = sums.beyond }
    } else if rest < .zero {
      row.causes.missing = rest
    } else if billed > answered {
      if use.unmeasured > 0 { row.causes.together = rest } else { row.causes.others = rest }
    } else if use.unmeasured > 0 {
      row.causes.unmeasured = rest
    }
  }
}
