import Audit
import Foundation
import Ledger
import Model
import Pricing
import Report

/// Compares one bill with the ledger.
struct ReconcileJob {
  let ledger: LedgerFile
  let prices: PriceTable
  let bill: Bill
  /// The provider as the pricing table names it.
  let provider: String
  /// Only what went by keys of these names; all where there are none.
  let keys: [String]

  init(ledger: LedgerFile, prices: PriceTable, bill: Bill, provider: String, keys: [String]) {
    self.ledger = ledger
    self.prices = prices
    self.bill = bill
    self.provider = prices.provider(named: provider)
    self.keys = keys
  }

  /// The outcome, and what a record of it keeps.
  struct Outcome {
    var section: ReconcileReport.Section
    var record: RecordedBill
    var uses: [BilledUse]
  }

  /// What became of a bill.
  enum Comparison {
    case compared(Outcome)
    /// Nothing of it can be compared: it is named beside other bills, and alone it is a failure.
    case nothing(ReconcileReport.NotCompared, hint: String)
  }

  /// - Parameters:
  ///   - byKey: whether sums by the names of keys are wanted.
  ///   - beside: the days of other bills of the provider.
  ///   - now: epoch milliseconds.
  func comparison(byKey: Bool, beside: [ClosedRange<CivilDay>], now: Int64) throws(CommandFailure) -> Comparison {
    let rates = try exchange()
    let all = bill.rows.map { $0.converted(at: rates?[$0.day]) }
    let asked = all.filter(isAsked)
    guard !asked.isEmpty else {
      return nothing(
        bill.rows, "no row of it went by a key of the name that --key gives",
        hint: "--by key shows the names of its keys", isLeftOut: true)
    }
    let today = CivilDay(milliseconds: now, in: bill.timeZone)
    let rows = asked.filter { $0.day <= today }
    guard let listed = rows.days else {
      return nothing(
        asked, "every row of it is of a day to come: it is \(today) in \(bill.zoneName)",
        hint: "set the clock right, or name the bill's zone with --bill-timezone")
    }
    let days = listed.clamped(to: listed.lowerBound...today)
    let traffic = try slices(days)
    let isTheirs = isTheirs
    let slices = traffic.filter { isTheirs($0.model) }
    let spans = BillSpans(rows)
    let covered = Set(rows.map { spans.days(of: $0.day) })
    let crossing = try crossing(Self.each(days.lowerBound...days.upperBound.advanced(by: 1)))
    let requests = Dictionary(slices.map { ($0.day, $0.counts.answered + $0.counts.failed) }, uniquingKeysWith: +)
    let used = asBilled(requests, crossing).filter { $0.value > 0 && days.contains($0.key) }.keys
    guard !covered.isDisjoint(with: used.map(spans.days)) else {
      return nothing(
        rows, "the ledger has no request to \(SafeText.terminal(provider)) on its days",
        hint: "name the provider as the ledger does with --provider")
    }
    let fees = Self.fees(rows)
    let charged = rows.filter { $0.fee == nil }
    guard !charged.isEmpty else {
      return nothing(
        rows, "it has no row of tokens or of models, only \(Self.names(fees))",
        hint: "where a column names the model, give it with --columns model=TITLE")
    }
    // What went by other keys may be the ledger's, too, which does not tell them.
    let ofOthers = all.filter { !isAsked($0) && $0.fee == nil && days.contains($0.day) }
    let names = BilledNames(slices.map(\.model), provider: provider, prices: prices)
    let comparison = DayComparison(
      spans: spans, names: names, provider: provider, charged + ofOthers, slices, tellsModes: bill.tellsModes,
      DayComparison.Prices(
        cost: { slices in slices.reduce(into: LedgerUse()) { $0.add($1, prices: prices) }.cost },
        atUsual: atUsual, rounding: ExactAmount.mostRounding(places: bill.roundedPlaces, amounts: 1)))
    var (result, edge) = try compare(charged, ofOthers, fees, slices, days, comparison, crossing)
    var ofOtherKeys = 0
    if !keys.isEmpty {
      let whole = Set(ofOthers.map(comparison.key))
      let left = result.rows.filter { !$0.isBilled && whole.contains($0.key) }
      ofOtherKeys = left.reduce(0) { $0 + $1.answered }
      result.rows.removeAll { row in left.contains { $0.key == row.key } }
    }
    for place in result.rows.indices { settle(&result.rows[place], slices, comparison) }
    var section = ReconcileReport.Section(
      bill: bill.format, provider: provider, since: days.lowerBound, until: days.upperBound,
      zone: bill.zoneName,
      isClaim: bill.isClaim, currency: rates == nil ? nil : bill.currency, result: result,
      keys: byKey ? Self.sums(rows) : [], edge: edge,
      unrecorded: Set(rows.map(\.days)).reduce(into: Set()) { $0.formUnion(Self.each($1.clamped(to: days))) }
        .subtracting(traffic.map(\.day)).subtracting(used).sorted(),
      hasMore: bill.hasMore)
    section.repeats = bill.repeats
    section.ahead = ReconcileReport.Ahead(asked.filter { $0.day > today })
    section.isOfKeys = !keys.isEmpty
    section.ofOtherKeys = ofOtherKeys
    let compared = Set(result.rows.lazy.filter { $0.answered > 0 }.map(\.days))
    section.missingDays = compared.subtracting(covered).map(\.lowerBound).sorted()
    if !fees.contains(where: { $0.name.contains("search") }) {
      section.searches = rows.compactMap(\.searches).reduce(0, +)
    }
    section.outside = try outside(beside + [days], today)
    let hasMoney = charged.contains { $0.cost != nil }
    return .compared(
      Outcome(
        section: section,
        record: RecordedBill(seller: bill.seller, provider: provider, days: days, recorded: now, hasMoney: hasMoney),
        uses: Self.uses(result.rows, until: today)))
  }

  private func nothing(_ rows: [BillRow], _ why: String, hint: String, isLeftOut: Bool = false) -> Comparison {
    var part = ReconcileReport.NotCompared(
      bill: bill.format, provider: provider, days: rows.days, zone: bill.zoneName, why: why)
    part.isLeftOut = isLeftOut
    return .nothing(part, hint: hint)
  }

  /// What the ledger has of the provider on days that no bill is of, each request on the day on which the bill counts it.
  private func outside(
    _ periods: [ClosedRange<CivilDay>], _ today: CivilDay
  ) throws(CommandFailure) -> ReconcileReport.Outside? {
    // The open ends of a span cost nothing, and no price cuts what is only counted.
    var query = TrafficQuery(span: span(CivilDay(number: 0)...today), grain: PriceGrain(), timeZone: bill.timeZone)
    query.models = isTheirs
    let requests = Dictionary(try traffic(query).map { ($0.day, $0.counts.answered) }, uniquingKeysWith: +)
      .filter { $0.value > 0 }
    let crossing =
      bill.dayRule == .end ? try crossing(requests.keys.map { $0.advanced(by: 1) }) : []
    return ReconcileReport.Outside(
      asBilled(requests, crossing).filter { day, count in count > 0 && !periods.contains { $0.contains(day) } })
  }

  /// What rows leave, one of a model and days whatever the modes.
  private static func uses(_ rows: [Reconciliation.Row], until today: CivilDay) -> [BilledUse] {
    // What the bill has nothing of it does not say cost nothing: it may be on another one.
    rows.filter(\.isBilled).reduce(into: []) { uses, row in
      let use = BilledUse(row, until: today)
      // The modes of a model and day stand one behind another.
      guard row.mode != nil, let last = uses.last, (last.model, last.days) == (use.model, use.days) else {
        return uses.append(use)
      }
      let place = uses.endIndex - 1
      uses[place].cost = last.cost.map { own in use.cost.map { own + $0 } ?? own } ?? use.cost
      uses[place].rounding = last.rounding + use.rounding
      uses[place].measured = last.measured.map { own in use.measured.map { own + $0 } ?? own } ?? use.measured
    }
  }

  /// What is charged beside tokens, a sum of each day and name: a bill can list it with each of its requests.
  private static func fees(_ rows: [BillRow]) -> [Reconciliation.Fee] {
    let named = rows.filter { $0.fee != nil && $0.cost != nil }
    return Dictionary(grouping: named, by: \.day).sorted { $0.key < $1.key }.flatMap { day, rows in
      Dictionary(grouping: rows) { $0.fee ?? "" }.sorted { $0.key < $1.key }.map { name, rows in
        Reconciliation.Fee(day: day, name: name, amount: rows.cost)
      }
    }
  }

  private static func names(_ fees: [Reconciliation.Fee]) -> String {
    let names = Set(fees.map(\.name)).sorted()
    return names.isEmpty
      ? "lines without an amount"
      : SafeText.terminal(names.prefix(5).joined(separator: ", ")) + (names.count > 5 ? " and others" : "")
  }

  private var isTheirs: @Sendable (ModelID) -> Bool {
    let (prices, provider) = (prices, provider.lowercased())
    return { prices.provider(named: $0.provider).lowercased() == provider }
  }

  private func span(_ days: ClosedRange<CivilDay>) -> Range<Int64> {
    days.interval(in: bill.timeZone)
  }

  /// All traffic of the days: those without any were not recorded, whoever was asked.
  private func slices(_ days: ClosedRange<CivilDay>) throws(CommandFailure) -> [TrafficSlice] {
    try traffic(
      TrafficQuery(
        span: span(days), grain: prices.grain, timeZone: bill.timeZone,
        hasWindows: { [prices] model, span in prices.hasWindows(model, in: span) }))
  }

  private func traffic(_ query: TrafficQuery) throws(CommandFailure) -> [TrafficSlice] {
    try CommandFailure.ofLedger { [ledger] () throws(LedgerError) in try ledger.traffic(query) }
  }

  /// Every set of rates that the table has for a model on some days, the one of noon of the first day before others.
  /// - Parameters:
  ///   - mode: the way of the use.
  ///   - prompt: the longest prompt that a request can have had, tokens.
  private func rates(_ key: Reconciliation.Key, _ mode: String?, _ prompt: Int64) -> TableRates {
    let span = span(key.days)
    let step = prices.hasWindows(key.model, in: span) ? 900_000 : 12 * 3_600_000
    var instants = [min(span.lowerBound + 12 * 3_600_000, span.upperBound - 1)]
    instants += stride(from: span.lowerBound, to: span.upperBound, by: step)
    instants.append(span.upperBound - 1)
    let variant = mode.map(CallVariant.init(mode:)) ?? .none
    var found = TableRates()
    for instant in instants {
      let answer = prices.answer(for: key.model, as: variant, at: instant, prompt: 0)
      let rates = answer.charged
      if let rates, !found.byHour.contains(rates) { found.byHour.append(rates) }
      found.note(answer)
      for limit in prices.tierLimits(of: key.model, at: instant) where limit < prompt {
        let answer = prices.answer(for: key.model, as: variant, at: instant, prompt: limit + 1)
        if let rates = answer.charged, !found.ofLongPrompts.contains(rates) { found.ofLongPrompts.append(rates) }
        found.note(answer)
      }
    }
    return found
  }

  /// By request where the bill lists single ones, else by model and day.
  private func compare(
    _ charged: [BillRow], _ ofOthers: [BillRow], _ fees: [Reconciliation.Fee], _ slices: [TrafficSlice],
    _ days: ClosedRange<CivilDay>,
    _ comparison: DayComparison, _ crossing: [(day: CivilDay, calls: [LedgerCall])]
  ) throws(CommandFailure) -> (Reconciliation, ReconcileReport.Edge?) {
    let listsRequests = (charged + ofOthers).allSatisfy {
      $0.started != nil && (bill.isClaim || $0.cost != nil) && !$0.tokens.isEmpty && $0.model != nil
    }
    if listsRequests {
      let isTheirs = isTheirs
      // Those of the day before and of the day after are only looked for.
      let (ledger, span) = (ledger, span(days.lowerBound.advanced(by: -1)...days.upperBound.advanced(by: 1)))
      let calls = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.calls(in: span, models: isTheirs)
      }
      let result = Reconciliation.of(
        billed: charged.map { Reconciliation.BilledRequest(key: comparison.key($0), row: $0) }
          + ofOthers.map { Reconciliation.BilledRequest(key: comparison.key($0), row: $0, isAsked: false) },
        calls: calls.map { call in
          var use = LedgerUse()
          use.add(call.slice, prices: prices)
          let instant = bill.dayRule == .end ? call.ended ?? call.started : call.started
          return Reconciliation.LedgerRequest(
            key: comparison.key(call.slice, CivilDay(milliseconds: instant, in: bill.timeZone)),
            started: call.started, ended: call.ended, use: use)
        }, days: days, fees: fees, roundedPlaces: bill.roundedPlaces
      ) { rates($0, $0.mode, $1) }
      return (result, nil)
    }
    var sides = LedgerSides(prices: prices)
    for slice in slices { sides.add(slice, slice.day, comparison) }
    let edge = settleEdges(days, crossing, comparison, &sides)
    let lines = Dictionary(grouping: charged, by: comparison.key)
    let others = Dictionary(grouping: ofOthers, by: comparison.key)
    let whole = lines.filter { key, lines in
      others[key] != nil && !Reconciliation.covers(lines, sides.use[key] ?? LedgerUse())
    }
    let compared = lines.merging(others.filter { whole[$0.key] != nil }, uniquingKeysWith: +)
    let telling = compared.mapValues { DayComparison.telling($0) }
    let modes = sides.inModes.map { key, modes in
      (key, sides.use[key, default: LedgerUse()].inModes(shares(key, modes, telling[key] ?? [])))
    }
    var use = sides.use
    for (key, inModes) in modes { use[key] = inModes }
    var settled = Set(sides.inModes.keys)
    for (key, usual) in sides.asUsual where !settled.contains(key) {
      guard let own = use[key], own.cost != usual.cost, isOfNoMode(compared[key] ?? [], own, usual) else { continue }
      use[key] = usual
      settled.insert(key)
    }
    var result = Reconciliation.of(
      lines: compared, use: use, fees: fees, roundedPlaces: bill.roundedPlaces
    ) { key, prompt in
      let modes = comparison.untoldModes(of: key)
      let usual = modes.isEmpty || (telling[key] ?? []).contains { $0.mode == nil } ? [key.mode] : []
      return (usual + modes).reduce(into: TableRates()) { $0.add(rates(key, $1, prompt)) }
    }
    for place in result.rows.indices {
      let key = result.rows[place].key
      if let lines = whole[key] { result.rows[place].ofKeys = lines.cost }
      if let own = sides.use[key], settled.contains(key) {
        result.rows[place].leaveModes(own)
        result.rows[place].recordedModes = (sides.recorded[key] ?? []).sorted()
      }
    }
    return (result, edge)
  }

  /// Whether a bill has as usual use what the ledger's records name a mode of: it has all of the ledger's use, and says so
  /// or its money is nearer to what that costs. What it lacks may be just what is of the mode.
  private func isOfNoMode(_ lines: [BillRow], _ own: LedgerUse, _ usual: LedgerUse) -> Bool {
    guard !lines.isEmpty else { return false }
    let cost = lines.cost
    let slack = ExactAmount.mostRounding(places: bill.roundedPlaces, amounts: lines.count)
    let tellsUse = lines.contains { $0.requests != nil } || !lines.tokens.isEmpty
    guard tellsUse ? Reconciliation.covers(lines, usual) : cost + slack >= usual.cost else { return false }
    if bill.tellsModes { return true }
    return lines.contains { $0.cost != nil } && (cost - usual.cost).magnitude < (cost - own.cost).magnitude
  }

  /// How much of a use the bill has in each of the modes that only it tells, by class: its tokens, or those that its
  /// money is for at the table's rates.
  private func shares(
    _ key: Reconciliation.Key, _ modes: [String: LedgerUse], _ lines: [BillRow]
  ) -> LedgerUse.Shares {
    func tokens(_ mode: String?) -> [TokenClass: Int64] {
      let lines = lines.filter { $0.mode == mode }
      guard lines.allSatisfy({ $0.tokens.isEmpty }) else { return lines.tokens }
      let rates = rates(key, mode, 0).byHour.first
      return lines.reduce(into: [:]) { tokens, line in
        guard let tokenClass = line.chargedClass, let cost = line.cost,
          let rate = rates?.applied(to: tokenClass).rate.exact, rate > .zero
        else { return }
        tokens[tokenClass, default: 0] += Int64(clamping: (cost.units + rate.units / 2) / rate.units)
      }
    }
    return LedgerUse.Shares(
      usual: lines.contains { $0.mode == nil } ? tokens(nil) : nil,
      modes: modes.sorted { $0.key < $1.key }.map { (use: $0.value, tokens: tokens($0.key)) })
  }

  /// What a row of money would charge in no mode, by the table.
  private func atUsual(_ row: BillRow, _ model: ModelID) -> ExactAmount {
    guard let cost = row.cost else { return .zero }
    let key = Reconciliation.Key(model: model, day: row.day)
    let tokenClass = row.chargedClass ?? .output
    guard row.mode != nil, let usual = rates(key, nil, 0).byHour.first?.applied(to: tokenClass).rate.exact,
      let own = rates(key, row.mode, 0).byHour.first?.applied(to: tokenClass).rate.exact, own > .zero
    else { return cost }
    return cost.multiplied(by: usual.units, over: own.units)
  }

  /// Says what of a row the table and the records do not tell.
  private func settle(_ row: inout Reconciliation.Row, _ slices: [TrafficSlice], _ comparison: DayComparison) {
    row.untoldModes = comparison.untoldModes(of: row.key)
    let modes = row.untoldModes + (row.mode.map { [$0] } ?? [])
    let instant = row.days.lowerBound.start(in: bill.timeZone)
    row.modesWithoutPrice = modes.filter { mode in
      CallVariant(mode: mode).modes.contains { prices.factor(of: $0, for: row.model, as: .none, at: instant) == nil }
    }
    row.cures = (row.isOfUnknownPrice ? [row.model] : row.unpriced).map { model in
      let lacking = slices.first { slice in
        slice.model == model && prices.answer(for: model, as: slice.variant, at: slice.time, prompt: 0).charged == nil
      }
      let variant = lacking?.variant ?? modes.first.map(CallVariant.init(mode:)) ?? .none
      return Cure.clause(
        for: model, prices.lack(of: model, as: variant, at: lacking?.time ?? instant),
        offers: prices.offers(for: model, as: variant).map(\.name))
    }
  }

  private func isAsked(_ row: BillRow) -> Bool { keys.isEmpty || keys.contains(row.keyName ?? "") }

  /// How many requests there are on each day, each on the one on which the bill counts it.
  private func asBilled(
    _ requests: [CivilDay: Int], _ crossing: [(day: CivilDay, calls: [LedgerCall])]
  ) -> [CivilDay: Int] {
    guard bill.dayRule == .end else { return requests }
    return crossing.reduce(into: requests) { requests, edge in
      requests[edge.day.advanced(by: -1), default: 0] -= edge.calls.count
      requests[edge.day, default: 0] += edge.calls.count
    }
  }

  /// The requests that ran across the beginnings of days.
  private func crossing(
    _ days: some Sequence<CivilDay>
  ) throws(CommandFailure) -> [(day: CivilDay, calls: [LedgerCall])] {
    let (ledger, zone, isTheirs) = (ledger, bill.timeZone, isTheirs)
    return try CommandFailure.ofLedger { () throws(LedgerError) in
      var found: [(day: CivilDay, calls: [LedgerCall])] = []
      for day in days { found.append((day, try ledger.calls(across: day.start(in: zone), models: isTheirs))) }
      return found
    }
  }

  /// Names what ran across the beginning of a day. Where the bill counts a request on the day of its end, it is moved
  /// there.
  private func settleEdges(
    _ days: ClosedRange<CivilDay>, _ crossing: [(day: CivilDay, calls: [LedgerCall])], _ comparison: DayComparison,
    _ sides: inout LedgerSides
  ) -> ReconcileReport.Edge? {
    var edge = ReconcileReport.Edge(
      requests: 0, cost: .zero, isMoved: bill.dayRule == .end, isAsBilled: bill.isDayRuleKnown)
    // What the bill sums up together has no edge inside.
    for (day, calls) in crossing where !comparison.spans.days(of: day).contains(day.advanced(by: -1)) {
      for call in calls {
        var own = LedgerUse()
        own.add(call.slice, prices: prices)
        edge.requests += 1
        edge.cost = edge.cost + own.cost
        guard bill.dayRule == .end else { continue }
        if days.contains(day.advanced(by: -1)) {
          sides.add(call.slice, day.advanced(by: -1), comparison, isTakenAway: true)
        }
        if days.contains(day) { sides.add(call.slice, day, comparison) }
      }
    }
    return edge.requests > 0 ? edge : nil
  }

  private static func each(_ days: ClosedRange<CivilDay>) -> [CivilDay] {
    (0...days.upperBound.number - days.lowerBound.number).map { days.lowerBound.advanced(by: $0) }
  }

  /// Requests and money by the names of keys, as far as the bill tells them.
  private static func sums(_ rows: [BillRow]) -> [ReconcileReport.KeySum] {
    let countsRequests = rows.contains { $0.requests != nil }
    let hasMoney = rows.contains { $0.cost != nil }
    let byName = Dictionary(grouping: rows) { $0.keyName ?? "" }
    return byName.keys.sorted().map { name in
      let rows = byName[name] ?? []
      let requests: Int64 = rows.reduce(0) { $0 + ($1.requests ?? 0) }
      return ReconcileReport.KeySum(
        name: name, requests: countsRequests ? requests : nil, cost: hasMoney ? rows.cost : nil)
    }
  }

  /// What one unit of the bill's currency is worth on each of its days; `nil` for US dollars. Days before the table's first
  /// rate are at the one of the bill's last day.
  private func exchange() throws(CommandFailure) -> [CivilDay: ExactAmount]? {
    guard bill.currency != "USD" else { return nil }
    let currency = prices.currencies.first { $0.code == bill.currency }
    func value(_ day: CivilDay) -> ExactAmount? {
      // Of a day on which it changes, the one of noon.
      currency?.rate(at: day.start(in: bill.timeZone) + 12 * 3_600_000).flatMap { ExactAmount("\($0.dollars)") }
    }
    let days = Set(bill.rows.map(\.day))
    guard let last = days.max().flatMap(value) else {
      throw CommandFailure(
        "the bill is in \(bill.currency), and the pricing table has no rate of it",
        hint: "add one under `currencies:` of a file such as fx.yaml in the pricing folder")
    }
    return days.reduce(into: [:]) { $0[$1] = value($1) ?? last }
  }
}

/// The ledger's side of each row, and what it would be in the modes that only the bill tells.
private struct LedgerSides {
  let prices: PriceTable
  var use: [Reconciliation.Key: LedgerUse] = [:]
  var inModes: [Reconciliation.Key: [String: LedgerUse]] = [:]
  /// What use would be in no mode of which the records name one, and these modes.
  var asUsual: [Reconciliation.Key: LedgerUse] = [:]
  var recorded: [Reconciliation.Key: Set<String>] = [:]

  init(prices: PriceTable) { self.prices = prices }

  mutating func add(_ slice: TrafficSlice, _ day: CivilDay, _ comparison: DayComparison, isTakenAway: Bool = false) {
    let key = comparison.key(slice, day)
    let recordedModes = comparison.recordedModes(of: slice, in: key)
    if !recordedModes.isEmpty, recorded[key] == nil { asUsual[key] = use[key] ?? LedgerUse() }
    if !recordedModes.isEmpty { recorded[key, default: []].formUnion(recordedModes) }
    if recorded[key] != nil {
      var slice = slice
      slice.variant = slice.variant.withoutModes
      asUsual[key, default: LedgerUse()].add(slice, prices: prices, isTakenAway: isTakenAway)
    }
    use[key, default: LedgerUse()].add(slice, prices: prices, isTakenAway: isTakenAway)
    for mode in comparison.untoldModes(of: key) {
      var slice = slice
      slice.variant = slice.variant.filled(by: CallVariant(mode: mode))
      inModes[key, default: [:]][mode, default: LedgerUse()].add(slice, prices: prices, isTakenAway: isTakenAway)
    }
  }
}

extension TableRates {
  /// Adds those of another mode.
  fileprivate mutating func add(_ other: TableRates) {
    byHour += other.byHour.filter { !byHour.contains($0) }
    ofLongPrompts += other.ofLongPrompts.filter { !ofLongPrompts.contains($0) }
    since.merge(other.since) { first, _ in first }
  }

  /// Keeps the beginning of an entry.
  fileprivate mutating func note(_ answer: PriceAnswer) {
    guard case .perToken(let price) = answer else { return }
    since[price.rates] = CivilDay(utc: price.from)
  }
}

extension BillRow {
  /// The row in US dollars.
  /// - Parameter rate: dollars for one unit of its currency; `nil` where it is in dollars.
  fileprivate func converted(at rate: ExactAmount?) -> BillRow {
    guard let rate else { return self }
    var row = self
    row.cost = cost?.multiplied(by: rate.units, over: ExactAmount.one.units)
    row.rate = self.rate?.multiplied(by: rate.units, over: ExactAmount.one.units)
    return row
  }
}

extension BilledUse {
  /// What a comparison's row leaves: charges where the bill has money, and the unmeasured requests' tokens where it
  /// tells them apart.
  fileprivate init(_ row: Reconciliation.Row, until today: CivilDay) {
    let first = row.days.lowerBound
    var measured: Measured?
    if let beyond = row.beyond, row.tellsUnmeasured || row.unmeasured == 0 {
      let told = row.tellsUnmeasured ? beyond : [:]
      measured = Measured(
        requests: row.tellsUnmeasured ? row.matched == nil ? row.unmeasured : row.toldRequests : 0,
        tokens: TokenUsage(
          input: told[.input] ?? 0, cacheRead: told[.cacheRead] ?? 0, cacheWrite5m: told[.cacheWrite5m] ?? 0,
          cacheWrite1h: told[.cacheWrite1h] ?? 0, output: told[.output] ?? 0),
        cost: row.isPricedHere || row.ledger == nil ? nil : row.chargedForUnmeasured ?? .zero)
    } else if row.unmeasured == 0 || row.beyond != nil || row.matched != nil
      || row.billedRequests.map({ $0 != Int64(row.answered) }) ?? false
    {
      // None are left, or it leaves open which tokens are theirs.
      measured = Measured(requests: 0, tokens: .zero, cost: nil)
    }
    self.init(
      model: row.model, days: first...max(first, min(row.days.upperBound, today)),
      cost: row.billed, measured: measured)
    rounding = row.mostRounding
  }
}
