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

  /// - Parameters:
  ///   - byKey: whether sums by the names of keys are wanted.
  ///   - now: epoch milliseconds.
  func outcome(byKey: Bool, now: Int64) throws(CommandFailure) -> Outcome {
    let rate = try exchange()
    let rows = bill.rows.filter { keys.isEmpty || keys.contains($0.keyName ?? "") }.map { $0.converted(at: rate) }
    guard let first = rows.map(\.day).min(), let last = rows.map(\.day).max() else {
      throw CommandFailure(
        "no row of the bill went by a key of the name that --key gives",
        hint: "--by key shows the names of its keys")
    }
    let all = try slices(first...last)
    let isTheirs = isTheirs
    let slices = all.filter { isTheirs($0.model) }
    guard !Set(rows.map(\.day)).isDisjoint(with: slices.map(\.day)) else {
      throw CommandFailure(
        "the ledger has no request to \(SafeText.terminal(provider)) on the days of the bill, \(first) to \(last) "
          + "(\(bill.timeZone.ianaName))", hint: "name the provider as the ledger does with --provider")
    }
    let fees = rows.compactMap { row in
      row.fee == nil && row.model != nil
        ? nil : row.cost.map { Reconciliation.Fee(day: row.day, name: row.fee ?? "without a model", amount: $0) }
    }
    let charged = rows.filter { $0.fee == nil && $0.model != nil }
    let names = BilledNames(slices.map(\.model), provider: provider, prices: prices)
    let (result, edge) = try compare(charged, fees, slices, first...last, names)
    let section = ReconcileReport.Section(
      bill: bill.format, provider: provider, since: first, until: last, zone: bill.timeZone.ianaName,
      isClaim: bill.isClaim, currency: rate == nil ? nil : bill.currency, result: result,
      keys: byKey ? Self.sums(rows) : [], edge: edge,
      unrecorded: Set(rows.map(\.day)).subtracting(all.map(\.day)).sorted(), hasMore: bill.hasMore)
    return Outcome(
      section: section,
      record: RecordedBill(seller: bill.seller, provider: provider, days: first...last, recorded: now),
      uses: result.rows.map(BilledUse.init))
  }

  private var isTheirs: @Sendable (ModelID) -> Bool {
    let (prices, provider) = (prices, provider.lowercased())
    return { prices.provider(named: $0.provider).lowercased() == provider }
  }

  private func span(_ days: ClosedRange<CivilDay>) -> Range<Int64> {
    days.lowerBound.start(in: bill.timeZone)..<days.upperBound.advanced(by: 1).start(in: bill.timeZone)
  }

  /// All traffic of the days: those without any were not recorded, whoever was asked.
  private func slices(_ days: ClosedRange<CivilDay>) throws(CommandFailure) -> [TrafficSlice] {
    let query = TrafficQuery(
      span: span(days), grain: prices.grain, timeZone: bill.timeZone, scope: .all,
      hasWindows: { [prices] model, span in prices.hasWindows(model, in: span) })
    return try CommandFailure.ofLedger { [ledger] () throws(LedgerError) in try ledger.traffic(query) }
  }

  private func price(_ model: ModelID, _ day: CivilDay) -> Rates? {
    let noon = day.start(in: bill.timeZone) + 12 * 3_600_000
    if case .perToken(let price) = prices.answer(for: model, at: noon, prompt: 0) { return price.rates }
    return nil
  }

  /// By request where the bill lists single ones, else by model and day.
  private func compare(
    _ charged: [BillRow], _ fees: [Reconciliation.Fee], _ slices: [TrafficSlice], _ days: ClosedRange<CivilDay>,
    _ names: BilledNames
  ) throws(CommandFailure) -> (Reconciliation, ReconcileReport.Edge?) {
    if !charged.isEmpty, charged.allSatisfy({ $0.started != nil && $0.cost != nil && !$0.tokens.isEmpty }) {
      let isTheirs = isTheirs
      // Those of the day before and of the day after are only looked for.
      let (ledger, span) = (ledger, span(days.lowerBound.advanced(by: -1)...days.upperBound.advanced(by: 1)))
      let calls = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.calls(in: span, models: isTheirs)
      }
      let result = Reconciliation.of(
        billed: charged.map {
          Reconciliation.BilledRequest(key: .init(model: names.model($0.model ?? ""), day: $0.day), row: $0)
        },
        calls: calls.map { call in
          var use = LedgerUse()
          use.add(call.slice, prices: prices)
          return Reconciliation.LedgerRequest(
            key: .init(
              model: names.own(call.slice.model),
              day: CivilDay(
                milliseconds: bill.dayRule == .end ? call.ended ?? call.started : call.started, in: bill.timeZone)),
            started: call.started, ended: call.ended, use: use)
        }, days: days, fees: fees, roundedPlaces: bill.roundedPlaces, price: price)
      return (result, nil)
    }
    var use: [Reconciliation.Key: LedgerUse] = [:]
    for slice in slices {
      use[.init(model: names.own(slice.model), day: slice.day), default: LedgerUse()].add(slice, prices: prices)
    }
    let edge = try settleEdges(days, names, &use)
    let lines = Dictionary(grouping: charged) {
      Reconciliation.Key(model: names.model($0.model ?? ""), day: $0.day)
    }
    let result = Reconciliation.of(
      lines: lines, use: use, fees: fees, roundedPlaces: bill.roundedPlaces, price: price)
    return (result, edge)
  }

  /// Requests that ran across the beginning of a day. Where the bill counts a request on the day of its end, they are
  /// moved there.
  private func settleEdges(
    _ days: ClosedRange<CivilDay>, _ names: BilledNames, _ use: inout [Reconciliation.Key: LedgerUse]
  ) throws(CommandFailure) -> ReconcileReport.Edge? {
    var edge = ReconcileReport.Edge(requests: 0, cost: .zero, isMoved: bill.dayRule == .end)
    let isTheirs = isTheirs
    for day in sequence(first: days.lowerBound, next: { $0.advanced(by: 1) })
      .prefix(while: { $0 <= days.upperBound.advanced(by: 1) })
    {
      let (ledger, instant) = (ledger, day.start(in: bill.timeZone))
      let crossing = try CommandFailure.ofLedger { () throws(LedgerError) in
        try ledger.calls(across: instant, models: isTheirs)
      }
      for call in crossing {
        var own = LedgerUse()
        own.add(call.slice, prices: prices)
        edge.requests += 1
        edge.cost = edge.cost + own.cost
        guard bill.dayRule == .end else { continue }
        let model = names.own(call.slice.model)
        if days.contains(day.advanced(by: -1)) {
          use[.init(model: model, day: day.advanced(by: -1)), default: LedgerUse()]
            .add(call.slice, prices: prices, isTakenAway: true)
        }
        if days.contains(day) {
          use[.init(model: model, day: day), default: LedgerUse()].add(call.slice, prices: prices)
        }
      }
    }
    return edge.requests > 0 ? edge : nil
  }

  /// Requests and money by the names of keys.
  private static func sums(_ rows: [BillRow]) -> [ReconcileReport.KeySum] {
    var sums: [String: ReconcileReport.KeySum] = [:]
    for row in rows {
      let name = row.keyName ?? ""
      var sum = sums[name] ?? ReconcileReport.KeySum(name: name, requests: 0, cost: .zero)
      sum.requests += row.requests ?? 0
      sum.cost = sum.cost + (row.cost ?? .zero)
      sums[name] = sum
    }
    return sums.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What one unit of the bill's currency is worth; `nil` for US dollars.
  private func exchange() throws(CommandFailure) -> ExactAmount? {
    guard bill.currency != "USD" else { return nil }
    let instant = bill.rows.map(\.day).max()?.start(in: bill.timeZone) ?? 0
    guard let rate = prices.currencies.first(where: { $0.code == bill.currency })?.rate(at: instant),
      let value = ExactAmount("\(rate.dollars)")
    else {
      throw CommandFailure(
        "the bill is in \(bill.currency), and the pricing table has no rate of it",
        hint: "add one under `currencies:` of a file such as fx.yaml in the pricing folder")
    }
    return value
  }
}

/// The models that a bill and the ledger name in different ways.
struct BilledNames {
  private let provider: String
  private let prices: PriceTable
  private var byFolded: [String: ModelID] = [:]

  /// - Parameter models: those that the ledger has.
  init(_ models: [ModelID], provider: String, prices: PriceTable) {
    self.provider = provider
    self.prices = prices
    for model in models {
      let resolved = prices.resolve(model) ?? model
      byFolded[Self.folded(model.model)] = resolved
      byFolded[Self.folded(resolved.model)] = resolved
    }
  }

  /// A model of the ledger.
  func own(_ model: ModelID) -> ModelID { prices.resolve(model) ?? model }

  /// A model of the bill.
  func model(_ name: String) -> ModelID {
    let asked = ModelID(provider: provider, model: name)
    return byFolded[Self.folded(name)] ?? prices.resolve(asked) ?? asked
  }

  /// A model's name without its maker and the case of its letters.
  private static func folded(_ name: String) -> String {
    name.split(separator: "/").last.map { $0.lowercased().replacing(".", with: "-") } ?? name
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
  /// What a comparison's row leaves: the unmeasured requests' tokens only where the bill tells them apart.
  fileprivate init(_ row: Reconciliation.Row) {
    let isTold = row.tellsUnmeasured
    let beyond = isTold ? row.beyond ?? [:] : [:]
    self.init(
      model: row.model, day: row.day, cost: row.billed,
      measuredByBill: isTold ? row.matched?.unmeasured ?? row.unmeasured : 0,
      tokens: TokenUsage(
        input: beyond[.input] ?? 0, cacheRead: beyond[.cacheRead] ?? 0, cacheWrite5m: beyond[.cacheWrite5m] ?? 0,
        cacheWrite1h: beyond[.cacheWrite1h] ?? 0, output: beyond[.output] ?? 0),
      measuredCost: isTold ? row.causes.unmeasured : .zero)
  }
}
