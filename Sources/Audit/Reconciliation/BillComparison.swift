import Model
import Pricing

/// One model on one day: bill against ledger.
struct BillComparison {
  private let key: Reconciliation.Key
  /// The rows that charge something, or list use.
  private let charges: [BillRow]
  /// Of two files, what one of them alone has.
  private let apart: TwoFiles
  /// Those that mend what these charge.
  private let mends: [BillRow]
  private let use: LedgerUse
  private let roundedPlaces: Int?
  private let known: KnownRates
  /// The measured tokens of classes that the bill has among the input.
  private let folded: [TokenClass: Int64]

  /// - Parameters:
  ///   - lines: what the bill has of the model.
  ///   - rates: the table's of these days.
  init(key: Reconciliation.Key, lines: [BillRow], use: LedgerUse, roundedPlaces: Int?, rates: TableRates) {
    self.key = key
    let all = lines.filter { $0.mends == nil }
    mends = lines.filter { $0.mends != nil }
    self.use = use
    let (paid, limit) = (
      all.filter { $0.cost != nil }, ExactAmount.mostRounding(places: roundedPlaces, amounts: lines.count)
    )
    // Nothing of what costs more than that was rounded to nothing: it was given away, or a plan pays it.
    let places = paid.allSatisfy { $0.cost == .zero } && use.cost > limit ? nil : roundedPlaces
    self.roundedPlaces = places
    var apart = TwoFiles(all)
    let inside = Self.inside(all, use)
    folded = use.tokens.filter { inside.contains($0.key) && $0.value != 0 }
    let requests = Self.requests(apart.both)
    var known = KnownRates(use: use, table: rates, isOfSameRequests: requests == Int64(use.answered)) {
      inside.contains($0) ? .input : $0
    }
    apart.separate(rates: known.rates) { ExactAmount.mostRounding(places: places, amounts: $0) }
    (self.apart, charges) = (apart, apart.both)
    shifted = Self.shift(&known, apart.both.tokens)
    self.known = known
  }

  /// Measured writes of caches that the bill has under the other time for which they are kept.
  private let shifted: Reconciliation.Shift?

  /// Where the bill lacks as many writes of caches of one kind as it has more of the other, they are the same ones.
  private static func shift(_ known: inout KnownRates, _ billed: [TokenClass: Int64]) -> Reconciliation.Shift? {
    func beyond(_ tokenClass: TokenClass) -> Int64 {
      (billed[tokenClass] ?? 0) - known.parts(of: tokenClass).reduce(0) { $0 + $1.tokens }
    }
    let (short, long) = (beyond(.cacheWrite5m), beyond(.cacheWrite1h))
    guard short != 0, short == .zero - long, billed[.cacheWrite5m] != nil, billed[.cacheWrite1h] != nil || short > 0
    else { return nil }
    let classes: (from: TokenClass, to: TokenClass) =
      short > 0 ? (.cacheWrite1h, .cacheWrite5m) : (.cacheWrite5m, .cacheWrite1h)
    return known.shift(short.magnitude, from: classes.from, to: classes.to)
  }

  /// The classes that the bill has among the input: one that names no writes of caches has them there, and so it is with
  /// reads, where it has as much input as both together.
  private static func inside(_ charges: [BillRow], _ use: LedgerUse) -> Set<TokenClass> {
    let named = charges.reduce(into: Set(charges.compactMap(\.chargedClass))) { $0.formUnion($1.tokens.keys) }
    var inside: Set<TokenClass> =
      named.isDisjoint(with: [.cacheWrite5m, .cacheWrite1h]) ? [.cacheWrite5m, .cacheWrite1h] : []
    guard !named.contains(.cacheRead) else { return inside }
    let input = charges.reduce(Int64(0)) { $0 + ($1.tokens[.input] ?? 0) }
    let measured = use.tokens.reduce(Int64(0)) { sum, part in
      part.key == .input || part.key == .cacheRead || inside.contains(part.key) ? sum + part.value : sum
    }
    if input >= measured { inside.insert(.cacheRead) }
    return inside
  }

  var row: Reconciliation.Row {
    var row = charged
    let (charged, rounded) = (mended(.charge), mended(.rounding))
    row.mended = charged.reduce(.zero, +)
    let size = charged.reduce(ExactAmount.zero) { $0 + $1.magnitude }
    if Reconciliation.isAdjustment(size, of: charges.cost) {
      row.causes.adjustment = row.mended
    } else {
      row.causes.unexplained = row.causes.unexplained + row.mended
    }
    row.causes.rounding = rounded.reduce(row.causes.rounding, +)
    row.billed = row.billed.map { (charged + rounded).reduce($0, +) }
    addApart(&row)
    row.settleUnpriced()
    return row
  }

  /// What one of two files has alone has no known price, or no amount.
  private func addApart(_ row: inout Reconciliation.Row) {
    let money = apart.money.cost
    row.withoutTokens = money
    row.withoutMoney = apart.tokens.filter { $0.value != 0 }
    // Sums of all tokens alone tell those of unmeasured requests.
    if !row.withoutMoney.isEmpty { (row.tellsUnmeasured, row.chargedForUnmeasured) = (false, nil) }
    guard !apart.money.isEmpty else { return }
    row.isBilled = true
    row.billed = row.billed.map { $0 + money }
    row.causes.unexplained = row.causes.unexplained + money
  }

  private func mended(_ correction: BillRow.Correction) -> [ExactAmount] {
    mends.filter { $0.mends == correction }.compactMap(\.cost)
  }

  /// By the rows of tokens, before what the provider's own charges differ from these.
  private var charged: Reconciliation.Row {
    let (lines, cost) = (charges, use.cost)
    let billed = lines.cost
    // What requests cost that nobody measured is told by the table's rates alone.
    let lacksPrice = use.lacksPrice || use.unmeasured > 0 && known.isEmpty
    var row = Reconciliation.Row(
      days: key.days, model: key.model, billed: billed, ledger: lacksPrice ? nil : cost,
      unpriced: lacksPrice ? (use.unpriced.isEmpty ? [key.model] : use.unpriced.sorted()) : [],
      billedRequests: Self.requests(lines),
      answered: use.answered, unmeasured: use.unmeasured)
    guard !lines.isEmpty else {
      row.causes.missing = .zero - cost
      row.unknownMissing = use.unmeasured - use.unmeasuredFree
      return row
    }
    row.isBilled = true
    row.mostRounding = roundingLimit(lines.count { $0.cost != nil })
    if let shifted {
      row.shifted = shifted
      row.causes.price = shifted.price
    }
    var sums = BillSums(billed: billed, ledger: cost)
    // A sum of tokens beside tokens by class leaves the classes open.
    let tellsClasses = !lines.contains { $0.total != nil && $0.tokens.isEmpty }
    if tellsClasses, lines.contains(where: { !$0.tokens.isEmpty }) {
      row.beyond = beyond
      row.folded = folded
      if let byClass { compare(byClass, &row, &sums) } else { compareWhole(&row, &sums) }
    } else {
      compareMoney(&row, &sums)
    }
    if known.isEmpty, use.answered == 0, sums.beyond > .zero, !statesPrices {
      // Nothing tells what these requests can have cost.
      (row.isOfUnknownPrice, sums.beyond) = (true, .zero)
    }
    sums.attribute(&row, use, highest: known.highest)
    let left = sums.difference - row.causes.sum
    // More than what was rounded can make is nothing that was rounded, and no part of it is.
    if (row.causes.rounding + left).magnitude <= row.mostRounding {
      row.causes.rounding = row.causes.rounding + left
    } else {
      row.causes.unexplained = left
    }
    return row
  }

  /// Whether the bill names the price of all tokens that it charges.
  private var statesPrices: Bool {
    charges.allSatisfy { $0.cost == nil || $0.cost == .zero || $0.rate != nil && !$0.tokens.isEmpty }
  }

  /// How many requests rows count; `nil` where they count none.
  private static func requests(_ rows: [BillRow]) -> Int64? {
    rows.contains { $0.requests != nil } ? rows.reduce(0) { $0 + ($1.requests ?? 0) } : nil
  }

  private func roundingLimit(_ amounts: Int) -> ExactAmount {
    ExactAmount.mostRounding(places: roundedPlaces, amounts: amounts)
  }

  private var beyond: [TokenClass: Int64] {
    let billed = charges.tokens
    return TokenClass.allCases.reduce(into: [:]) { differences, tokenClass in
      let difference = (billed[tokenClass] ?? 0) - known.parts(of: tokenClass).reduce(0) { $0 + $1.tokens }
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
          var charge =
            byRate[line.rate] ?? ClassComparison.Charge(tokens: 0, cost: .zero, isStated: line.rate != nil)
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
    let use = lines.filter { !$0.tokens.isEmpty }
    // Each mode has prices of its own, where both files tell them.
    let modes = Set(use.map(\.mode))
    let tellsModes = modes == Set(paid.map(\.mode))
    let parts = tellsModes ? modes.sorted { ($0 ?? "") < ($1 ?? "") } : [nil]
    return TokenClass.allCases.reduce(into: [:]) { charges, tokenClass in
      charges[tokenClass] = parts.compactMap { mode in
        func isOfMode(_ line: BillRow) -> Bool { !tellsModes || line.mode == mode }
        guard let tokens = use.filter(isOfMode).tokens[tokenClass], tokens != 0 else { return nil }
        let costs = paid.filter { isOfMode($0) && $0.chargedClass == tokenClass }.compactMap(\.cost)
        return ClassComparison.Charge(
          tokens: tokens, cost: costs.reduce(.zero, +), rounding: roundingLimit(max(1, costs.count)))
      }
    }
  }

  /// By class, at the rates of both sides.
  private func compare(
    _ charges: [TokenClass: [ClassComparison.Charge]], _ row: inout Reconciliation.Row, _ sums: inout BillSums
  ) {
    var listed = ExactAmount.zero
    for tokenClass in TokenClass.allCases {
      let own = ClassComparison(
        charges: charges[tokenClass] ?? [], parts: known.parts(of: tokenClass), known: known.rates(of: tokenClass))
      row.causes.price = row.causes.price + own.price
      row.causes.rounding = row.causes.rounding + own.rounding
      sums.beyond = sums.beyond + own.beyond
      listed = listed + own.listedBeyond
      sums.lacking = sums.lacking + own.lacking
      row.rates += own.rates.map {
        Reconciliation.RateDifference(
          tokenClass: tokenClass, bill: $0.bill, table: $0.table.map { $0.exact * 1_000_000 },
          since: $0.table.flatMap { known.since($0, of: tokenClass) }, isStated: $0.isStated,
          isInTable: known.has($0.bill, of: tokenClass))
      }
    }
    if listed != sums.beyond { row.repriced = Reconciliation.Repriced(billed: sums.beyond, listed: listed) }
  }

  /// Rows that charge several classes in one sum, or list tokens without money.
  private func compareWhole(_ row: inout Reconciliation.Row, _ sums: inout BillSums) {
    let billed = charges.tokens
    let own = WholeComparison(billed: billed, parts: known.parts(of:), known: known.rates(of:))
    guard charges.contains(where: { $0.cost != nil }) else {
      row.isPricedHere = true
      row.billed = nil
      let isPriced = own.isPriced && row.ledger != nil
      if !isPriced, row.unpriced.isEmpty { row.unpriced = [key.model] }
      row.tableCost = isPriced ? own.measured + own.usual : nil
      sums.billed = own.measured + own.usual
      (sums.beyond, sums.lacking) = (own.usual, own.lacking)
      return
    }
    let all = billed.values.reduce(0, +)
    guard own.isPriced, row.ledger != nil else {
      sums.add(sums.difference)
      if row.ledger == nil, all > 0 { row.rates.append(together(sums.billed, nil, tokens: all)) }
      return
    }
    let explained = own.explained(sums.billed)
    (sums.beyond, sums.lacking) = (explained - own.measured, own.lacking)
    let more = sums.billed - explained
    guard more.magnitude > max(row.mostRounding, ExactAmount(units: 1)) else {
      row.causes.rounding = more
      return
    }
    // Another price, which the sum alone does not split over classes: all tokens are dearer or cheaper by one factor.
    let listed = sums.beyond
    var price = ExactAmount.zero
    if explained != .zero {
      price = more.multiplied(by: own.measured.units, over: explained.units)
    } else if all > 0 {
      let unmeasured = (row.beyond ?? [:]).values.reduce(0) { $0 + max(0, $1) }
      price = more.multiplied(by: Int128(all - unmeasured), over: Int128(all))
    }
    row.causes.price = row.causes.price + price
    sums.beyond = sums.billed - own.measured - price
    if Reconciliation.isNoPrice(sums.beyond, of: own.high) { sums.beyond = listed }
    if listed != sums.beyond { row.repriced = Reconciliation.Repriced(billed: sums.beyond, listed: listed) }
    if all > 0 { row.rates.append(together(sums.billed, explained, tokens: all)) }
  }

  /// The rates of all classes together, dollars for a million tokens.
  private func together(_ billed: ExactAmount, _ own: ExactAmount?, tokens: Int64) -> Reconciliation.RateDifference {
    Reconciliation.RateDifference(
      tokenClass: nil, bill: billed.multiplied(by: 1_000_000, over: Int128(tokens)),
      table: own?.multiplied(by: 1_000_000, over: Int128(tokens)), since: own == nil ? nil : known.since)
  }

  /// A bill of money without tokens by class: where it has as many tokens as the ledger in all, another amount is
  /// another price; else only requests may tell what is missing.
  private func compareMoney(_ row: inout Reconciliation.Row, _ sums: inout BillSums) {
    row.openByClass = openByClass
    let own = use.tokens.values.reduce(0, +)
    let total = total
    let rounding = row.mostRounding
    let isRounding = sums.difference.magnitude <= rounding
    sums.tellsTotal = total != nil
    let isSameUse =
      total.map { $0 == own }
      ?? (use.unmeasured == 0 && sums.ledger == .zero && row.billedRequests == Int64(use.answered))
    if own > 0, isSameUse {
      // No token is left for requests that were not measured.
      guard !isRounding else { return }
      row.causes.price = sums.difference
      row.rates.append(together(sums.billed, row.ledger == nil ? nil : sums.ledger, tokens: own))
      return
    }
    // What costs nothing explains nothing.
    if isRounding, known.highest == Rate(picodollarsPerToken: 0) { return }
    sums.add(sums.difference)
    guard let total else { return }
    // Tokens that only one side has cost what they can at most; what is charged beside that has another cause.
    guard let highest = known.highest, let lowest = known.lowest else {
      if total <= own { sums.beyond = .zero }
      return
    }
    row.totals = Reconciliation.Totals(billed: total, measured: own, rate: highest)
    let (more, less) = (max(0, total - own), max(0, own - total))
    sums.beyond = min(sums.beyond, highest.exact * more)
    sums.lacking = min(sums.lacking, highest.exact * less)
    guard isRounding else { return }
    // They cost something, too, as far as what was rounded leaves room for it.
    sums.beyond = max(sums.beyond, min(lowest.exact * more, sums.difference + rounding))
    sums.lacking = max(sums.lacking, min(lowest.exact * less, rounding - sums.difference))
  }

  /// Of money for each class without tokens, what each class has beside the ledger's that nothing explains: tokens beyond
  /// the measured ones cost more, and never less. Classes can make up for each other in the sum.
  private var openByClass: [TokenClass: ExactAmount] {
    guard use.answered > use.unmeasured, charges.allSatisfy({ $0.chargedClass != nil && $0.allTokens == nil }) else {
      return [:]
    }
    return TokenClass.allCases.reduce(into: [:]) { open, tokenClass in
      let own = charges.filter { $0.chargedClass == tokenClass }
      let cost = known.parts(of: tokenClass).reduce(ExactAmount.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
      let difference = own.cost - cost
      guard difference.magnitude > roundingLimit(max(1, own.count)), use.unmeasured == 0 || difference < .zero
      else { return }
      open[tokenClass] = difference
    }
  }

  /// All tokens that the bill charges, where it has a sum or the classes of each charge; else `nil`.
  private var total: Int64? {
    let paid = charges.filter { $0.cost != nil }
    let sums = paid.compactMap(\.allTokens)
    return paid.isEmpty || sums.count < paid.count ? nil : sums.reduce(0, +)
  }
}
