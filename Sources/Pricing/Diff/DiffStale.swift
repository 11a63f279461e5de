package import Model

/// A figure in force that nobody compared with its source for long.
package struct StaleFigure: Hashable, Sendable {
  /// The model, plan or currency.
  package var name: String
  /// Where it was read.
  package var source: String?
  /// When it was last compared; `nil` for never.
  package var verified: CivilDay?
}

extension PriceTable {
  /// The figures in force at an instant, or later, that were last compared with their sources before a day; the oldest
  /// first.
  /// - Parameters:
  ///   - milliseconds: epoch milliseconds.
  ///   - used: models beside those of the own folder, such as the ledger's; of plans, those that are paid for. `nil` for
  ///     everything that the table holds.
  package func stale(at milliseconds: Int64, verifiedBefore limit: CivilDay, used: [ModelID]?) -> [StaleFigure] {
    var figures: [StaleFigure] = []
    func note(_ name: String, _ source: String?, _ verified: CivilDay?) {
      if verified.map({ $0 < limit }) ?? true {
        figures.append(StaleFigure(name: name, source: source, verified: verified))
      }
    }
    let beside = used.map { Set($0.compactMap { pricedModel($0) }).subtracting(own) }
    for model in beside.map({ own + $0 }) ?? models where !model.isFree {
      let current = [model.price(at: milliseconds)].compactMap(\.self)
      for entry in current + model.prices.filter({ $0.from > milliseconds && $0.rates != nil }) {
        note(model.id.description, entry.source, entry.verified)
      }
    }
    for plan in used == nil ? offers : plans {
      if let fee = plan.fee(at: milliseconds) { note("plan \(plan.name)", fee.source, fee.verified) }
    }
    for currency in currencies {
      if let rate = currency.rate(at: milliseconds) { note("currency \(currency.code)", rate.source, rate.verified) }
    }
    return figures.sorted { ($0.verified?.number ?? .min, $0.name) < ($1.verified?.number ?? .min, $1.name) }
  }
}
