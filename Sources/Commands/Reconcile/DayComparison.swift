import Audit
import Foundation
import Model

/// What is compared with what: a model by a day, by the days that the bill sums up together, or, where the bill does
/// not tell the models of a day, all of the provider's.
struct DayComparison {
  let spans: BillSpans
  private let names: BilledNames
  /// All models of the provider.
  private let all: ModelID
  /// The days with rows of tokens that name no model.
  private let together: Set<ClosedRange<CivilDay>>
  /// The ways of use with prices of their own that the bill tells apart.
  private let modes: Set<String>
  /// The models by the bill's names, which repeat in every row.
  private let billed: [String: ModelID]
  /// Of usual use: where the records did not name the modes that the bill tells apart, so that these are compared as one.
  private var untold: [Reconciliation.Key: Set<String>] = [:]
  /// Of usual use: where the bill has less than the ledger, so that what the records name a mode of stands apart.
  private var apart: Set<Reconciliation.Key> = []

  /// What tells how much money is for, at the table's usual prices.
  struct Prices {
    /// What the measured tokens of the ledger cost.
    var cost: ([TrafficSlice]) -> ExactAmount
    /// What a row of the bill would charge for the same tokens in no mode.
    var atUsual: (BillRow, ModelID) -> ExactAmount
    /// The most that the bill rounds of one amount.
    var rounding: ExactAmount
  }

  /// - Parameters:
  ///   - charged: the bill's rows of tokens.
  ///   - slices: the ledger's side.
  ///   - tellsModes: whether the bill says of each row which mode it is of, or that it is of none.
  init(
    spans: BillSpans, names: BilledNames, provider: String, _ charged: [BillRow], _ slices: [TrafficSlice],
    tellsModes: Bool, _ prices: Prices
  ) {
    self.spans = spans
    self.names = names
    all = ModelID(provider: provider, model: BilledUse.allModels)
    together = Set(charged.lazy.filter { $0.model == nil }.map { spans.days(of: $0.day) })
    let told = Set(charged.lazy.compactMap(\.mode))
    // Money and the tokens that it is for have to name the same ones.
    modes = Self.telling(charged).count == charged.count ? told : []
    billed = Set(charged.lazy.compactMap(\.model)).reduce(into: [:]) { $0[$1] = names.model($1) }
    let lines = Dictionary(grouping: charged) { key($0) }
    let answered = Dictionary(grouping: slices.filter { $0.counts.answered > 0 }) { key($0, $0.day) }
    if tellsModes {
      apart = Set(
        answered.filter { own, use in
          own.mode == nil && use.contains { $0.variant.mode != nil } && Self.lacks(lines[own] ?? [], use)
        }.keys)
    }
    guard !told.isEmpty else { return }
    guard !modes.isEmpty else {
      // The money names modes and the tokens do not, or the other way round.
      for (usual, lines) in lines {
        guard let use = answered[usual] else { continue }
        let known = Set(use.compactMap { $0.variant.mode(among: told) })
        untold[usual] = Set(lines.compactMap(\.mode)).subtracting(known)
      }
      return
    }
    let apart = lines.keys.filter { own in
      own.mode != nil && (answered[own] == nil || lines[Self.usual(own)] == nil)
    }
    for (usual, keys) in Dictionary(grouping: apart, by: Self.usual) {
      guard let use = answered[usual] else { continue }
      let own = lines[usual] ?? []
      // A bill without usual use leaves no other that is the ledger's.
      guard own.isEmpty || Self.holds(use, keys.reduce(own) { $0 + (lines[$1] ?? []) }, usual.model, prices) else {
        continue
      }
      untold[usual] = Set(keys.compactMap(\.mode))
    }
  }

  private static func usual(_ key: Reconciliation.Key) -> Reconciliation.Key {
    Reconciliation.Key(model: key.model, days: key.days)
  }

  /// Whether lines of a bill tell less use than the ledger has.
  private static func lacks(_ lines: [BillRow], _ use: [TrafficSlice]) -> Bool {
    if lines.contains(where: { $0.requests != nil }) {
      return lines.reduce(0) { $0 + ($1.requests ?? 0) } < use.reduce(0) { $0 + Int64($1.counts.answered) }
    }
    let tokens = lines.tokens
    return !tokens.isEmpty
      && TokenClass.allCases.contains { own in tokens[own, default: 0] < use.reduce(0) { $0 + $1.tokens[own] } }
  }

  /// Whether the ledger has as much of a use as lines of the bill, as far as these tell it.
  private static func holds(
    _ use: [TrafficSlice], _ lines: [BillRow], _ model: ModelID, _ prices: Prices
  ) -> Bool {
    if lines.contains(where: { $0.requests != nil }) {
      return use.reduce(0) { $0 + Int64($1.counts.answered) } >= lines.reduce(0) { $0 + ($1.requests ?? 0) }
    }
    if use.contains(where: { $0.counts.unknown + $0.counts.estimated > 0 }) { return true }
    if lines.allSatisfy({ $0.allTokens == nil }) {
      let slack = lines.reduce(ExactAmount.zero) { sum, _ in sum + prices.rounding }
      return lines.reduce(.zero) { $0 + prices.atUsual($1, model) } <= prices.cost(use) + slack
    }
    return lines.tokens.allSatisfy { tokenClass, count in
      count == 0 || use.reduce(0) { $0 + $1.tokens[tokenClass] } >= count
    }
  }

  /// The modes that only the bill tells apart of usual use.
  func untoldModes(of key: Reconciliation.Key) -> [String] { key.mode == nil ? (untold[key] ?? []).sorted() : [] }

  /// The modes of a call that its row does not stand apart for.
  func recordedModes(of slice: TrafficSlice, in key: Reconciliation.Key) -> [String] {
    guard key.mode == nil, key.model != all, slice.counts.answered > 0 else { return [] }
    return slice.variant.mode.map { [$0] } ?? []
  }

  private func key(_ model: ModelID, _ days: ClosedRange<CivilDay>, _ mode: String?) -> Reconciliation.Key {
    let usual = Reconciliation.Key(model: model, days: days)
    guard let mode, modes.contains(mode), untold[usual] == nil else { return usual }
    return Reconciliation.Key(model: model, days: days, mode: mode)
  }

  /// Of a row of the bill.
  func key(_ row: BillRow) -> Reconciliation.Key {
    let days = spans.days(of: row.day)
    guard let name = row.model, !together.contains(days) else { return Reconciliation.Key(model: all, days: days) }
    return key(billed[name] ?? names.model(name), days, row.mode)
  }

  /// The lines that tell modes: of tokens and the money for them, both or one of them.
  static func telling(_ lines: [BillRow]) -> [BillRow] {
    let (paid, use) = (lines.filter { $0.cost != nil }, lines.filter { $0.cost == nil && !$0.tokens.isEmpty })
    let (ofMoney, ofUse) = (Set(paid.map(\.mode)), Set(use.map(\.mode)))
    guard !paid.isEmpty, !use.isEmpty, ofMoney != ofUse else { return lines }
    return ofMoney.contains { $0 != nil } ? paid : use
  }

  /// Of the ledger's requests to a model.
  func key(_ slice: TrafficSlice, _ day: CivilDay) -> Reconciliation.Key {
    let days = spans.days(of: day)
    guard !together.contains(days) else { return Reconciliation.Key(model: all, days: days) }
    let own = key(names.own(slice.model), days, slice.variant.mode(among: modes))
    guard own.mode == nil, let mode = slice.variant.mode, apart.contains(own) else { return own }
    return Reconciliation.Key(model: own.model, days: own.days, mode: mode)
  }
}

extension CallVariant {
  /// What a bill calls the way of such a call, as far as it tells such ways; `nil` for the usual one.
  fileprivate func mode(among told: Set<String>) -> String? {
    guard !told.isEmpty, !modes.isEmpty else { return nil }
    let words = Set(told.flatMap { $0.components(separatedBy: BillRow.modeSeparator) })
    let known = mode?.components(separatedBy: BillRow.modeSeparator).filter(words.contains) ?? []
    return known.isEmpty ? nil : known.joined(separator: BillRow.modeSeparator)
  }

  /// As a bill writes it; `nil` for the usual one.
  fileprivate var mode: String? { BillRow.mode(speed: speed, tier: isBatch ? "batch" : tier, geo: geo) }

  /// A call of such a way.
  init(mode: String) {
    self.init()
    for word in mode.components(separatedBy: BillRow.modeSeparator) {
      if word.hasPrefix(BillRow.geoMark) {
        geo = String(word.dropFirst(BillRow.geoMark.count))
      } else if word == "fast" {
        speed = word
      } else if word == "batch" {
        isBatch = true
      } else {
        tier = word
      }
    }
  }
}
