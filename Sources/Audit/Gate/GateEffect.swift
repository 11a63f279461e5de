package import Pricing
package import Model

/// What another pricing table does to the traffic of a history.
package struct PricingEffect: Sendable {
  /// A model on both sides.
  package struct Row: Hashable, Sendable {
    package var model: ModelID
    /// Its traffic at the old prices; `nil` where nothing is known of it there.
    package var before: Side
    /// Its traffic at the new prices.
    package var after: Side

    /// A model at one table's prices.
    package struct Side: Hashable, Sendable {
      /// What it costs, between both ends where nobody knows what caches served; `nil` without a price. A plan's part of
      /// the fee where a plan pays.
      package var cost: ClosedRange<Money>?
      /// What it would cost at the baseline's rates, likewise.
      package var baselineCost: ClosedRange<Money>?
      /// Cost ÷ baseline cost where paid by the token, likewise.
      package var ratio: ClosedRange<Ratio>?
      /// The answers in a word.
      package var verdict: String
    }

    /// Whether the answer in a word is another one.
    package var crosses: Bool { before.verdict != after.verdict }
    /// How much more it costs; `nil` without a price on both sides.
    package var difference: ClosedRange<Money>? {
      before.cost.flatMap { old in after.cost.map { PricingEffect.difference(old, $0) } }
    }
  }

  /// A day's record that would be repriced: its price was changed after the fact.
  package struct Repriced: Hashable, Sendable {
    package var model: ModelID
    /// The first and the last such day.
    package var days: ClosedRange<CivilDay>
    package var count: Int
    /// What changes in their cost together, between both ends where nobody knows what caches served; `nil` where a price is
    /// missing on one side.
    package var difference: ClosedRange<Money>?
  }

  /// The audit at the old prices.
  package var before: AuditReport
  /// The audit at the new prices.
  package var after: AuditReport
  /// The models whose figures differ: those whose verdict changes first, then by how much.
  package var rows: [Row]
  /// Records of all of the history that would be repriced, by model.
  package var repriced: [Repriced]

  /// How much more the one is than the other, each end against its like.
  package static func difference(_ old: ClosedRange<Money>, _ new: ClosedRange<Money>) -> ClosedRange<Money> {
    let ends = [new.lowerBound - old.lowerBound, new.upperBound - old.upperBound]
    return ends.span ?? ends[0]...ends[0]
  }

  /// Dollars a month, at the window's pace: 365 ÷ 12 days.
  package func monthly(_ money: Money) -> Money {
    let days = after.period.until.number - after.period.since.number + 1
    return money.multiplied(by: 365, over: 12 * Int128(max(1, days)))
  }

  /// Prices a history with two tables.
  /// - Parameters:
  ///   - days: the window, inside the history.
  ///   - now: epoch milliseconds.
  package init(
    of side: GateSide, days: ClosedRange<CivilDay>, baseline: ModelID, now: Int64, from old: some PriceBook,
    to new: some PriceBook
  ) {
    before = side.report(days, baseline: baseline, now: now, prices: old)
    after = side.report(days, baseline: baseline, now: now, prices: new)
    let (olds, news) = (Self.sides(before), Self.sides(after))
    rows = olds.keys.sorted().compactMap { model in
      guard let before = olds[model], let after = news[model], before != after else { return nil }
      return Row(model: model, before: before, after: after)
    }
    .sorted { left, right in
      func order(_ row: Row) -> (Int, Int128, ModelID) {
        (row.crosses ? 0 : 1, -Int128((row.difference?.upperBound ?? .zero).picodollars.magnitude), row.model)
      }
      return order(left) < order(right)
    }
    repriced = Self.repriced(side.records, from: old, to: new)
  }

  private static func sides(_ report: AuditReport) -> [ModelID: Row.Side] {
    Dictionary(grouping: report.models, by: \.key.model).mapValues { rows in
      let measured = rows.filter { $0.counts.measured > 0 }
      func sum(_ money: (AuditRow) -> ClosedRange<Money>?) -> ClosedRange<Money>? {
        measured.reduce(Money.zero...Money.zero as ClosedRange<Money>?) { sum, row in
          sum.flatMap { sum in money(row).map(sum.plus) }
        }
      }
      return Row.Side(
        cost: sum(\.costs), baselineCost: sum(\.baselineCosts),
        ratio: rows.compactMap { $0.ratios(by: .plain) }.first,
        verdict: Set(rows.map(\.verdict.rawValue)).sorted().joined(separator: ", "))
    }
  }

  private static func repriced(
    _ records: [HistoryRecord], from old: some PriceBook, to new: some PriceBook
  ) -> [Repriced] {
    var found: [ModelID: Repriced] = [:]
    let (olds, news) = (records.priced(again: old), records.priced(again: new))
    for ((record, before), (_, after)) in zip(olds, news) where record.counts.measured > 0 {
      let (cost, newCost) = (before.costs(old), after.costs(new))
      guard
        cost != newCost || before.billing != after.billing || before.baselineCosts(old) != after.baselineCosts(new)
      else { continue }
      let difference = cost.flatMap { cost in newCost.map { Self.difference(cost, $0) } }
      guard let known = found[record.model] else {
        found[record.model] = Repriced(
          model: record.model, days: record.day...record.day, count: 1, difference: difference)
        continue
      }
      found[record.model] = Repriced(
        model: record.model, days: known.days.lowerBound...max(known.days.upperBound, record.day),
        count: known.count + 1,
        difference: known.difference.flatMap { sum in difference.map(sum.plus) })
    }
    return found.values.sorted { $0.model < $1.model }
  }
}
