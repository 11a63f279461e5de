import Audit
import Pricing

/// What rows cost as people see it: rounded so that the rows of a report add up to the sums above and below them. No
/// amount is more than a cent from what it is.
struct ShownCosts {
  private var rows: [RowKey: Money] = [:]
  private var unused: [String: Money] = [:]
  /// What was paid by the token.
  private(set) var perToken = Money.zero
  /// What was paid of plan fees.
  private(set) var fees = Money.zero

  /// - Returns: `nil` where amounts are shown as they are: in another currency, or as ranges.
  init?(_ report: AuditReport) {
    let (models, plans) = (report.models, report.plans)
    guard report.currency == nil, models.allSatisfy({ $0.range?.cost == nil || $0.key.billing != .perToken }) else {
      return nil
    }
    // A fee that no row bears is an amount of its own.
    let borne = Set(models.filter { $0.cost != nil }.compactMap(\.key.billing.plan))
    let idle = plans.filter { !borne.contains($0.name) }
    let paid = models.filter { $0.cost != nil }
    let amounts = Self.amounts(
      paid.map { $0.cost ?? .zero } + idle.map(\.feeShare), sum: Figures.shown(report.totals.cost))
    for (row, amount) in zip(paid, amounts) { rows[row.key] = amount }
    for (plan, amount) in zip(idle, amounts.dropFirst(paid.count)) { unused[plan.name] = amount }
    fees = plans.reduce(.zero) { $0 + (fee(of: $1.name) ?? .zero) }
    let rest = Figures.shown(report.totals.cost) - fees
    // What is left of the sum, but for the parts of a cent that a sum does not show.
    perToken = report.totals.perTokenCost.isShownInCents ? rest : report.totals.perTokenCost
    guard report.grouping != .model else { return }
    group(report.rows + report.rowsLeftOut, plans: plans.map(\.name))
  }

  /// What is shown of a plan's fee.
  func fee(of plan: String) -> Money? {
    unused[plan] ?? rows.filter { $0.key.billing.plan == plan }.values.reduce(.zero, +)
  }

  /// What is shown of a row's cost.
  subscript(row: AuditRow) -> Money? { rows[row.key] }

  /// The same sums over other rows.
  private mutating func group(_ all: [AuditRow], plans: [String]) {
    var shown: [RowKey: Money] = [:]
    func add(_ members: [AuditRow], sum: Money) {
      let paid = members.filter { $0.cost != nil }
      for (row, amount) in zip(paid, Self.amounts(paid.map { $0.cost ?? .zero }, sum: sum)) { shown[row.key] = amount }
    }
    let byPlan = Dictionary(grouping: all, by: \.key.billing.plan)
    for plan in plans { add(byPlan[plan] ?? [], sum: fee(of: plan) ?? .zero) }
    add(byPlan[nil] ?? [], sum: perToken)
    rows = shown
  }

  /// Amounts as they are shown, those of a cent and more moved by a cent, where that is nearest, until they add up.
  private static func amounts(_ exact: [Money], sum: Money) -> [Money] {
    var shown = exact.map(Figures.shown)
    let missing = (sum - shown.reduce(.zero, +)).picodollars / Money.cent.picodollars
    let movable = exact.indices.filter { exact[$0].isShownInCents && exact[$0] > .zero }
    guard missing != 0, missing.magnitude <= movable.count else { return shown }
    let errors = exact.indices.map { exact[$0] - shown[$0] }
    let order = movable.sorted { left, right in
      if errors[left] == errors[right] { return left < right }
      return missing > 0 ? errors[right] < errors[left] : errors[left] < errors[right]
    }
    let step = missing > 0 ? Money.cent : Money.zero - Money.cent
    for index in order.prefix(Int(missing.magnitude)) { shown[index] = shown[index] + step }
    return shown
  }
}

extension Money {
  fileprivate static let cent = Money(picodollars: 10_000_000_000)

  /// Whether an amount is shown in whole cents, and not in parts of one.
  fileprivate var isShownInCents: Bool { self == .zero || magnitude.picodollars >= 110_000_000_000 }
}
