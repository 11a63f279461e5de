import Foundation
package import Pricing
package import Model

/// What newer knowledge of prices changes in a model's figures of the past.
package struct Correction: Hashable, Sendable {
  /// The model.
  package var model: ModelID
  /// The figures as they were known.
  package var before: Figure
  /// The figures by the newest knowledge.
  package var after: Figure

  /// What traffic cost, and would have cost.
  package struct Figure: Hashable, Sendable {
    /// What it cost; `nil` without a price.
    package var cost: Money?
    /// What it would have cost at the baseline's rates; `nil` without a price.
    package var baselineCost: Money?

    /// Cost ÷ baseline cost.
    package var ratio: Ratio? { cost.flatMap { cost in baselineCost.flatMap { Ratio(cost, over: $0) } } }

    static let zero = Figure(cost: .zero, baselineCost: .zero)

    /// The sum; unknown where one of both is.
    static func + (left: Figure, right: Figure) -> Figure {
      Figure(
        cost: left.cost.flatMap { cost in right.cost.map { cost + $0 } },
        baselineCost: left.baselineCost.flatMap { cost in right.baselineCost.map { cost + $0 } })
    }
  }

  /// What differs between two audits of the same traffic, by model.
  package static func between(_ old: AuditReport, _ new: AuditReport) -> [Correction] {
    func figures(_ report: AuditReport) -> [ModelID: Figure] {
      report.models.filter { $0.counts.measured > 0 }.reduce(into: [:]) { figures, row in
        figures[row.key.model, default: .zero] =
          figures[row.key.model, default: .zero] + Figure(cost: row.cost, baselineCost: row.baselineCost)
      }
    }
    return corrections(from: figures(old), to: figures(new))
  }

  /// What a pricing table changes in records that were made with another one.
  /// - Parameter records: one record a key, as `HistoryLog.newest` gives them.
  package static func of(_ records: [HistoryRecord], prices book: some PriceBook) -> [Correction] {
    var (old, new): ([ModelID: Figure], [ModelID: Figure]) = ([:], [:])
    for record in records where record.pricingVersion != book.version && record.counts.measured > 0 {
      guard let again = record.priced(again: book) else { continue }
      let model = record.model
      old[model, default: .zero] =
        old[model, default: .zero] + Figure(cost: record.cost, baselineCost: record.baselineCost)
      new[model, default: .zero] =
        new[model, default: .zero] + Figure(cost: again.cost, baselineCost: again.baselineCost)
    }
    return corrections(from: old, to: new)
  }

  private static func corrections(from old: [ModelID: Figure], to new: [ModelID: Figure]) -> [Correction] {
    old.keys.sorted().compactMap { model in
      guard let before = old[model], let after = new[model], before != after else { return nil }
      return Correction(model: model, before: before, after: after)
    }
  }
}

extension HistoryRecord {
  /// The record as another pricing table makes it; `nil` for a time zone that this system does not know.
  func priced(again book: some PriceBook) -> HistoryRecord? {
    guard let zone = TimeZone(identifier: timeZone) else { return nil }
    return HistoryRecord.records(of: slices, baseline: baseline, timeZone: zone, now: recordedAt, prices: book).first
  }
}
