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

  /// Tokens of one class that the bill charges at one rate.
  private struct Charge {
    var tokenClass: TokenClass
    var tokens: Int64
    var cost: ExactAmount
  }

  var row: Reconciliation.Row {
    var row = Reconciliation.Row(
      day: key.day, model: key.model, billed: .zero, ledger: use.cost,
      billedRequests: lines.contains { $0.requests != nil } ? lines.reduce(0) { $0 + ($1.requests ?? 0) } : nil,
      answered: use.answered, unmeasured: use.unmeasured)
    guard !lines.isEmpty else {
      row.causes.missing = .zero - row.ledger
      return row
    }
    let hasTokens = lines.contains { !$0.tokens.isEmpty }
    if hasTokens { row.beyond = beyond }
    // What is left when prices are explained: tokens that the ledger has not, or has too many.
    var rest = ExactAmount.zero
    var rounding = ExactAmount.zero
    let single = lines.filter { $0.tokens.values.count { $0 != 0 } <= 1 && !$0.tokens.isEmpty }
    let lumps = lines.filter { $0.tokens.values.count { $0 != 0 } > 1 }
    let bare = lines.filter { $0.tokens.isEmpty && $0.cost != nil }
    if single.allSatisfy({ $0.cost != nil }) && lumps.isEmpty && bare.isEmpty && hasTokens {
      for tokenClass in TokenClass.allCases {
        compare(tokenClass, charges(single, of: tokenClass), &row, &rest, &rounding)
      }
    } else if hasTokens {
      compareWhole(&row, &rest, &rounding)
    } else {
      compareMoney(bare, &row, &rest)
    }
    attribute(rest, hasTokens: hasTokens, &row)
    row.causes.rounding = rounding
    let left = row.difference - row.causes.sum
    let limit = roundingLimit
    let more = min(max(left, .zero - limit), limit)
    row.causes.rounding = row.causes.rounding + more
    row.causes.unexplained = left - more
    return row
  }

  /// The most that rounding makes: half a unit of the last place for each amount of the bill.
  private var roundingLimit: ExactAmount {
    guard let roundedPlaces, roundedPlaces < ExactAmount.places else { return .zero }
    var unit: Int128 = 1
    for _ in roundedPlaces..<ExactAmount.places { unit *= 10 }
    return ExactAmount(units: unit / 2 * Int128(lines.count { $0.cost != nil }))
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

  /// The charges of a class, those of one rate together, cheapest first.
  private func charges(_ lines: [BillRow], of tokenClass: TokenClass) -> [Charge] {
    var byRate: [ExactAmount?: Charge] = [:]
    for line in lines {
      guard let tokens = line.tokens[tokenClass], tokens != 0, let cost = line.cost else { continue }
      var charge = byRate[line.rate] ?? Charge(tokenClass: tokenClass, tokens: 0, cost: .zero)
      charge.tokens += tokens
      charge.cost = charge.cost + cost
      byRate[line.rate] = charge
    }
    return byRate.values.sorted { left, right in
      left.cost.multiplied(by: 1, over: Int128(left.tokens)) < right.cost.multiplied(by: 1, over: Int128(right.tokens))
    }
  }

  /// A class whose tokens the bill charges by themselves.
  private func compare(
    _ tokenClass: TokenClass, _ charges: [Charge], _ row: inout Reconciliation.Row, _ rest: inout ExactAmount,
    _ rounding: inout ExactAmount
  ) {
    let parts = use.parts.filter { $0.tokenClass == tokenClass && $0.tokens != 0 }.sorted {
      ($0.rate?.picodollarsPerToken ?? -1) < ($1.rate?.picodollarsPerToken ?? -1)
    }
    row.billed = charges.reduce(row.billed) { $0 + $1.cost }
    var (freeCharges, freeParts) = (charges, parts)
    var pairs: [(Charge, LedgerUse.Part)] = []
    // The same rate on both sides first.
    for part in parts {
      guard let rate = part.rate,
        let index = freeCharges.firstIndex(where: { isRate(rate.exact, of: $0) })
      else { continue }
      pairs.append((freeCharges.remove(at: index), part))
      freeParts.removeAll { $0 == part }
    }
    for (charge, part) in pairs {
      let own = (part.rate?.exact ?? .zero) * charge.tokens
      rounding = rounding + (charge.cost - own)
      rest = rest + (part.rate?.exact ?? .zero) * (charge.tokens - part.tokens)
    }
    if freeParts.count == freeCharges.count {
      // Cheap with cheap: off-peak is the lower rate on both sides.
      for (charge, part) in zip(freeCharges, freeParts) { reprice(charge, part, &row, &rest) }
    } else if freeParts.isEmpty {
      // Hours in which the ledger has nothing measured.
      rest = freeCharges.reduce(rest) { $0 + $1.cost }
    } else if freeCharges.isEmpty {
      rest = freeParts.reduce(rest) { $0 - ($1.rate?.exact ?? .zero) * $1.tokens }
    } else {
      // The averages are all that can be compared.
      let all = Charge(
        tokenClass: tokenClass, tokens: freeCharges.reduce(0) { $0 + $1.tokens },
        cost: freeCharges.reduce(.zero) { $0 + $1.cost })
      var left = all
      for (index, part) in freeParts.enumerated() {
        let isLast = index == freeParts.count - 1
        let tokens = isLast ? left.tokens : min(part.tokens, left.tokens)
        let cost = isLast ? left.cost : all.cost.multiplied(by: Int128(tokens), over: Int128(all.tokens))
        reprice(Charge(tokenClass: tokenClass, tokens: tokens, cost: cost), part, &row, &rest)
        left.tokens -= tokens
        left.cost = left.cost - cost
      }
    }
  }

  private func reprice(
    _ charge: Charge, _ part: LedgerUse.Part, _ row: inout Reconciliation.Row, _ rest: inout ExactAmount
  ) {
    let own = (part.rate?.exact ?? .zero) * part.tokens
    guard charge.tokens != 0 else {
      rest = rest + charge.cost - own
      return
    }
    let measured = charge.cost.multiplied(by: Int128(part.tokens), over: Int128(charge.tokens))
    row.causes.price = row.causes.price + measured - own
    rest = rest + charge.cost - measured
    note(
      charge.tokenClass, charge.cost.multiplied(by: 1_000_000, over: Int128(charge.tokens)), part.rate, &row)
  }

  private func note(
    _ tokenClass: TokenClass?, _ bill: ExactAmount, _ table: Rate?, _ row: inout Reconciliation.Row
  ) {
    let known = table.map { $0.exact * 1_000_000 }
    let difference = Reconciliation.RateDifference(tokenClass: tokenClass, bill: bill, table: known)
    if known != bill, !row.rates.contains(difference) { row.rates.append(difference) }
  }

  /// Whether a charge is at a rate, as far as its rounding lets tell.
  private func isRate(_ rate: ExactAmount, of charge: Charge) -> Bool {
    let off = (charge.cost - rate * charge.tokens).magnitude
    return off == .zero || off <= roundingLimit
  }

  /// Rows that charge several classes in one sum, or list tokens without money.
  private func compareWhole(
    _ row: inout Reconciliation.Row, _ rest: inout ExactAmount, _ rounding: inout ExactAmount
  ) {
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
    if lines.contains(where: { $0.cost == nil }) {
      row.isPricedHere = true
      row.billed = expected
      rest = expected - row.ledger
      return
    }
    row.billed = lines.reduce(.zero) { $0 + ($1.cost ?? .zero) }
    if (row.billed - expected).magnitude <= max(roundingLimit, ExactAmount(units: 1)) {
      rounding = row.billed - expected
      rest = expected - row.ledger
      return
    }
    // Another price, which the sum alone does not split over classes: the measured tokens bear their share of it.
    let price =
      expected == .zero
      ? ExactAmount.zero : (row.billed - expected).multiplied(by: row.ledger.units, over: expected.units)
    row.causes.price = price
    rest = row.difference - price
    let all = billed.values.reduce(0, +)
    if all > 0, expected != .zero {
      row.rates.append(
        Reconciliation.RateDifference(
          tokenClass: nil, bill: row.billed.multiplied(by: 1_000_000, over: Int128(all)),
          table: expected.multiplied(by: 1_000_000, over: Int128(all))))
    }
  }

  /// A bill of money alone: requests may tell what is missing, prices cannot be seen.
  private func compareMoney(_ bare: [BillRow], _ row: inout Reconciliation.Row, _ rest: inout ExactAmount) {
    row.billed = bare.reduce(.zero) { $0 + ($1.cost ?? .zero) }
    rest = row.difference.magnitude <= roundingLimit ? .zero : row.difference
  }

  /// Whose the tokens are that one side has and the other has not.
  private func attribute(_ rest: ExactAmount, hasTokens: Bool, _ row: inout Reconciliation.Row) {
    guard rest != .zero else { return }
    guard let billed = row.billedRequests else {
      if use.unmeasured == 0 {
        if hasTokens || use.answered == 0 {
          if rest > .zero { row.causes.others = rest } else { row.causes.missing = rest }
        }
      } else if rest > .zero {
        row.causes.together = rest
      } else if hasTokens {
        row.causes.missing = rest
      }
      return
    }
    let answered = Int64(use.answered)
    if billed == answered {
      // The same requests on both sides: what is beyond the measured tokens belongs to the others of them.
      if use.unmeasured > 0, rest > .zero { row.causes.unmeasured = rest }
    } else if billed > answered {
      if use.unmeasured > 0 { row.causes.together = rest } else { row.causes.others = rest }
    } else if rest < .zero {
      row.causes.missing = rest
    } else if use.unmeasured > 0 {
      row.causes.unmeasured = rest
    }
  }
}
