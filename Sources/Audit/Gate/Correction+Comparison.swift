import Model
import Pricing

extension Correction {
  /// What differs between two audits of the same traffic, by model.
  package static func between(_ old: AuditReport, _ new: AuditReport) -> [Correction] {
    func figures(_ report: AuditReport) -> [ModelID: Figure] {
      report.models.filter { $0.counts.measured > 0 }.reduce(into: [:]) { figures, row in
        figures[row.key.model, default: .zero] =
          figures[row.key.model, default: .zero] + Figure(costs: row.costs, baselineCosts: row.baselineCosts)
      }
    }
    return corrections(from: figures(old), to: figures(new))
  }

  /// What a pricing table changes in records that were made with another one.
  /// - Parameter records: one record a key, as `HistoryLog.newest` gives them.
  package static func of(_ records: [HistoryRecord], prices book: some PriceBook) -> [Correction] {
    var (old, new): ([ModelID: Figure], [ModelID: Figure]) = ([:], [:])
    var changes: [ModelID: Correction.Change] = [:]
    let stale = records.filter { $0.pricingVersion != book.version }
    // Of a day on which nobody knows what caches served, a history holds no figure to compare with.
    for (record, again) in stale.priced(again: book, with: records)
    where record.counts.measured > 0 && !record.parts.contains(where: \.variant.isSplitUnknown) {
      let model = record.model
      old[model, default: .zero] = old[model, default: .zero] + Figure(record)
      new[model, default: .zero] = new[model, default: .zero] + Figure(again)
      if (record.billing.plan == nil) != (again.billing.plan == nil) {
        changes[model] = again.billing.plan == nil ? .noPlan : .plan
      }
    }
    return corrections(from: old, to: new, changes)
  }

  private static func corrections(
    from old: [ModelID: Figure], to new: [ModelID: Figure], _ changes: [ModelID: Change] = [:]
  ) -> [Correction] {
    old.keys.sorted().compactMap { model in
      guard let before = old[model], let after = new[model], before != after else { return nil }
      return Correction(model: model, before: before, after: after, billing: changes[model])
    }
  }
}

extension Correction.Figure {
  fileprivate init(_ record: HistoryRecord) {
    self.init(costs: record.cost.map { $0...$0 }, baselineCosts: record.baselineCost.map { $0...$0 })
  }
}
