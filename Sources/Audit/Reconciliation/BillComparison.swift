import Model
import Pricing

/// One model on one day: bill against ledger.
struct BillComparison {
  let key: Reconciliation.Key
  let lines: [BillRow]
  let use: LedgerUse
  let roundedPlaces: Int?
  /// The table's rates of that day.
  let rates: Rates?

  var row: Reconciliation.Row {
    var row = Reconciliation.Row(
      day: key.day, model: key.model, billed: lines.reduce(.zero) { $0 + ($1.cost ?? .zero) }, ledger: use.cost,
      billedRequests: lines.contains { $0.requests != nil } ? lines.reduce(0) { $0 + ($1.requests ?? 0) } : nil,
      answered: use.answered, unmeasured: use.unmeasured)
    guard !lines.isEmpty else {
      row.causes.missing = .zero - row.ledger
      return row
    }
    var rest = Rest()
    if lines.contains(where: { !$0.tokens.isEmpty }) {
      let beyond = beyond
      row.beyond = beyond
      row.tellsUnmeasured =
        row.unmeasured > 0 && row.billedRequests == Int64(row.answered) && !beyond.isEmpty
        && beyond.values.allSatisfy { $0 > 0 }
      if let charges { compare(charges, &row, &rest) } else { compareWhole(&row, &rest) }
    } else {
      compareMoney(&row, &rest)
    }
    attribute(rest, &row)
    let left = row.difference - row.causes.sum
    let limit = roundingLimit(lines.count { $0.cost != nil })
    let more = min(max(left, .zero - limit), limit)
    row.causes.rounding = row.causes.rounding + more
    row.causes.unexplained = left - more
    return row
  }

  /// What is left when prices are explained: tokens that the ledger has not, and those that only it has.
  private struct Rest {
    var beyond = ExactAmount.zero
    /// Not below zero.
    var lacking = ExactAmount.zero

    var sum: ExactAmount { beyond - lacking }

    mutating func add(_ amount: ExactAmount) {
      if amount > .zero { beyond = beyond + amount } else { lacking = lacking - amount }
    }
  }

  /// The most that rounding makes: half a unit of the last place for each amount of the bill.
  private func roundingLimit(_ amounts: Int) -> ExactAmount {
    guard let roundedPlaces, roundedPlaces < ExactAmount.places else { return .zero }
    var unit: Int128 = 1
    for _ in roundedPlaces..<ExactAmount.places { unit *= 10 }
    return ExactAmount(units: unit / 2 * Int128(amounts))
  }

  private var billedTokens: [TokenClass: Int64] {
    lines.reduce(into: [:]) { sums, line in
      for (tokenClass, count) in line.tokens { sums[tokenClass, default: 0] += count }
    }
  }

  private func measured(_ tokenClass: TokenClass) -> Int64 {
    use.parts.reduce(0) { $0 + (named($1.tokenClass) == tokenClass ? $1.tokens : 0) }
  }

  /// The class under which the bill lists tokens of a class: one that names no cache writes has them among the input.
  private func named(_ tokenClass: TokenClass) -> TokenClass {
    let isWrite = tokenClass == .cacheWrite5m || tokenClass == .cacheWrite1h
    return isWrite && !lines.contains(where: { $0.tokens[.cacheWrite5m] != nil || $0.tokens[.cacheWrite1h] != nil })
      ? .input : tokenClass
  }

  private var beyond: [TokenClass: Int64] {
    let billed = billedTokens
    return TokenClass.allCases.reduce(into: [:]) { differences, tokenClass in
      let difference = (billed[tokenClass] ?? 0) - measured(tokenClass)
      if difference != 0 { differences[tokenClass] = difference }
    }
  }

  /// What the bill charges for each class; `nil` where it does not tell its money by class.
  private var charges: [TokenClass: [ClassComparison.Charge]]? {
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
    _ charges: [TokenClass: [ClassComparison.Charge]], _ row: inout Reconciliation.Row, _ rest: inout Rest
  ) {
    for tokenClass in TokenClass.allCases {
      let own = ClassComparison(
        charges: charges[tokenClass] ?? [], parts: use.parts.filter { named($0.tokenClass) == tokenClass })
      row.causes.price = row.causes.price + own.price
      row.causes.rounding = row.causes.rounding + own.rounding
      rest.beyond = rest.beyond + own.beyond
      rest.lacking = rest.lacking + own.lacking
      row.rates += own.rates.map {
        Reconciliation.RateDifference(
          tokenClass: tokenClass, bill: $0.bill, table: $0.table.map { $0.exact * 1_000_000 })
      }
    }
  }

  /// Rows that charge several classes in one sum, or list tokens without money.
  private func compareWhole(_ row: inout Reconciliation.Row, _ rest: inout Rest) {
    let billed = billedTokens
    // What the bill's tokens cost at the table's rates: at those of the measured ones, else at the day's.
    let expected = TokenClass.allCases.reduce(ExactAmount.zero) { sum, tokenClass in
      guard let tokens = billed[tokenClass], tokens != 0 else { return sum }
      let parts = use.parts.filter { named($0.tokenClass) == tokenClass }
      let own = parts.reduce(ExactAmount.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
      let count = measured(tokenClass)
      if count > 0 { return sum + own.multiplied(by: Int128(tokens), over: Int128(count)) }
      return sum + (rates?.applied(to: tokenClass).rate.exact ?? .zero) * tokens
    }
    guard lines.contains(where: { $0.cost != nil }) else {
      row.isPricedHere = true
      row.billed = expected
      rest.add(expected - row.ledger)
      return
    }
    let limit = max(roundingLimit(lines.count { $0.cost != nil }), ExactAmount(units: 1))
    if row.difference.magnitude <= limit, row.unmeasured == 0 { return }
    if (row.billed - expected).magnitude <= limit {
      row.causes.rounding = row.billed - expected
      rest.add(expected - row.ledger)
      return
    }
    // Another price, which the sum alone does not split over classes: the measured tokens bear their share of it.
    let all = billed.values.reduce(0, +)
    let own = min(use.tokens.values.reduce(0, +), all)
    let price: ExactAmount =
      if expected != .zero {
        (row.billed - expected).multiplied(by: row.ledger.units, over: expected.units)
      } else {
        all > 0 ? row.billed.multiplied(by: Int128(max(0, own)), over: Int128(all)) : .zero
      }
    row.causes.price = price
    rest.add(row.difference - price)
    if all > 0, price != .zero {
      row.rates.append(
        Reconciliation.RateDifference(
          tokenClass: nil, bill: row.billed.multiplied(by: 1_000_000, over: Int128(all)),
          table: expected == .zero ? nil : expected.multiplied(by: 1_000_000, over: Int128(all))))
    }
  }

  /// A bill of money without tokens by class: where it has as many tokens as the ledger in all, another amount is
  /// another price; else only requests may tell what is missing.
  private func compareMoney(_ row: inout Reconciliation.Row, _ rest: inout Rest) {
    guard row.difference.magnitude > roundingLimit(lines.count { $0.cost != nil }) else { return }
    let own = use.tokens.values.reduce(0, +)
    let totals = lines.compactMap(\.total)
    let isSameUse =
      use.unmeasured == 0 && own > 0
      && (totals.isEmpty
        ? row.ledger == .zero && row.billedRequests == Int64(use.answered) : totals.reduce(0, +) == own)
    guard isSameUse else { return rest.add(row.difference) }
    row.causes.price = row.difference
    row.rates.append(
      Reconciliation.RateDifference(
        tokenClass: nil, bill: row.billed.multiplied(by: 1_000_000, over: Int128(own)),
        table: row.ledger == .zero ? nil : row.ledger.multiplied(by: 1_000_000, over: Int128(own))))
  }

  /// Whose the tokens are that one side has and the other has not.
  private func attribute(_ rest: Rest, _ row: inout Reconciliation.Row) {
    let sum = rest.sum
    guard let billed = row.billedRequests else {
      // Without tokens, a bill of less can as well be cheaper.
      let tellsUse = row.beyond != nil || use.answered == 0
      if sum > .zero {
        if use.unmeasured > 0 {
          row.causes.together = sum
        } else if tellsUse {
          row.causes.others = sum
        }
      } else if tellsUse {
        row.causes.missing = sum
      }
      return
    }
    let answered = Int64(use.answered)
    if billed == answered {
      // The same requests on both sides: what is beyond the measured tokens belongs to the others of them, and what
      // the bill lacks of measured ones has no reason.
      if use.unmeasured > 0 { row.causes.unmeasured = rest.beyond }
    } else if sum < .zero {
      row.causes.missing = sum
    } else if billed > answered {
      if use.unmeasured > 0 { row.causes.together = sum } else { row.causes.others = sum }
    } else if use.unmeasured > 0 {
      row.causes.unmeasured = sum
    }
  }
}
