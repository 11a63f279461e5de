import Audit
import Pricing

/// A simulation's amounts as people see them: rounded so that the rows of a column add up to the sum below them, and what
/// stays as it is the same in both columns. No amount is more than a cent from what it is.
struct RoundedSimulation {
  let rows: [Simulation.Row]
  let now: Money
  let then: Money

  /// - Returns: `nil` where amounts are ranges, which are shown as they are.
  init?(_ simulation: Simulation) {
    guard simulation.ifServed == nil else { return nil }
    var rows = simulation.rows
    let counted = rows.indices.filter { rows[$0].now != nil && rows[$0].then != nil }
    let stays = counted.filter { rows[$0].target == rows[$0].model && rows[$0].now == rows[$0].then }
    now = Self.round(counted, \.now, to: simulation.now, beside: simulation.fees.map(\.now), in: &rows)
    let kept = stays.compactMap { rows[$0].now }
    for index in stays { rows[index].then = rows[index].now }
    let moved = counted.filter { !stays.contains($0) }
    then = Self.round(moved, \.then, to: simulation.then, beside: simulation.fees.map(\.then) + kept, in: &rows)
    for index in rows.indices { (rows[index].nowServed, rows[index].thenServed) = (rows[index].now, rows[index].then) }
    self.rows = rows
  }

  /// Rounds a column.
  /// - Parameter others: what else its sum holds, each as it is shown.
  /// - Returns: The sum as it is shown: what the column adds up to where that is a cent from it, and no row can give way.
  private static func round(
    _ indices: [Int], _ amount: WritableKeyPath<Simulation.Row, Money?>, to exact: Money, beside others: [Money],
    in rows: inout [Simulation.Row]
  ) -> Money {
    let (sum, rest) = (Figures.shown(exact), others.map(Figures.shown).reduce(.zero, +))
    let amounts = RoundedCosts.amounts(indices.map { rows[$0][keyPath: amount] ?? .zero }, sum: sum - rest)
    for (index, shown) in zip(indices, amounts) { rows[index][keyPath: amount] = shown }
    let found = amounts.reduce(rest, +)
    return (found - sum).magnitude < .cent ? sum : found
  }
}
