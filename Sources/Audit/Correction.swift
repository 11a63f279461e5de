package import Pricing
package import Model

/// What newer knowledge of prices changes in a model's figures of the past.
package struct Correction: Hashable, Sendable {
  package var model: ModelID
  /// The figures as they were known.
  package var before: Figure
  /// The figures by the newest knowledge.
  package var after: Figure
  /// Whether a plan pays for it now, or did before, and not both: then no price was corrected.
  package var billing: Change?

  /// How what pays for a model was declared since.
  package enum Change: Hashable, Sendable {
    /// A plan pays now for what was paid by the token.
    case plan
    /// No plan pays any more.
    case noPlan
  }

  /// What traffic cost, and would have cost: between both ends where nobody knows what caches served.
  package struct Figure: Hashable, Sendable {
    /// What it cost; `nil` without a price.
    package var costs: ClosedRange<Money>?
    /// What it would have cost at the baseline's rates; `nil` without a price.
    package var baselineCosts: ClosedRange<Money>?

    /// What it cost; `nil` where that is a range.
    package var cost: Money? { costs?.only }
    /// What it would have cost at the baseline's rates, likewise.
    package var baselineCost: Money? { baselineCosts?.only }
    /// Cost ÷ baseline cost, likewise.
    package var ratio: Ratio? { cost.flatMap { cost in baselineCost.flatMap { Ratio(cost, over: $0) } } }

    static let zero = Figure(costs: Money.zero...Money.zero, baselineCosts: Money.zero...Money.zero)

    /// The sum; unknown where one of both is.
    static func + (left: Figure, right: Figure) -> Figure {
      func sum(_ left: ClosedRange<Money>?, _ right: ClosedRange<Money>?) -> ClosedRange<Money>? {
        left.flatMap { one in right.map(one.plus) }
      }
      return Figure(
        costs: sum(left.costs, right.costs), baselineCosts: sum(left.baselineCosts, right.baselineCosts))
    }
  }

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

extension ClosedRange {
  /// Its value, where it is one.
  fileprivate var only: Bound? { lowerBound == upperBound ? lowerBound : nil }
}
