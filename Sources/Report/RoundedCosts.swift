import Audit
import Pricing

/// What rows cost as people see it: rounded so that the rows of a report add up to the sums above and below them. No
/// amount is more than a cent from what it is.
struct RoundedCosts {
  private var rows: [RowKey: Money] = [:]
  private let feesByPlan: [String: Money]
  /// What was paid by the token: what is left of the sum beside fees, which are said of each plan, too.
  let perToken: Money
  /// What was paid of plan fees.
  let fees: Money

  /// - Returns: `nil` where amounts are shown as they are: in another currency, or as ranges.
  init?(_ report: AuditReport) {
    guard report.currency == nil,
      report.models.allSatisfy({ $0.range?.cost == nil || $0.key.billing != .perToken })
    else { return nil }
    let (plans, totals) = (report.plans, report.totals)
    // Where nothing is paid by the token, fees are all that can give way.
    let shares =
      totals.perTokenCost == .zero
      ? Self.amounts(plans.map(\.feeShare), sum: Figures.shown(totals.cost)) : plans.map { Figures.shown($0.feeShare) }
    feesByPlan = Dictionary(zip(plans.map(\.name), shares)) { first, _ in first }
    fees = feesByPlan.values.reduce(.zero, +)
    // Parts of a cent are no part of a sum that does not show any.
    perToken =
      totals.perTokenCost.isShownInCents ? Figures.shown(totals.cost) - fees : Figures.shown(totals.perTokenCost)
    for (plan, members) in Dictionary(grouping: report.rows + report.rowsLeftOut, by: \.key.billing.plan) {
      let paid = members.filter { $0.cost != nil }
      let sum = plan.map { feesByPlan[$0] ?? .zero } ?? perToken
      for (row, amount) in zip(paid, Self.amounts(paid.map { $0.cost ?? .zero }, sum: sum)) { rows[row.key] = amount }
    }
  }

  /// What is shown of a plan's fee.
  func fee(of plan: String) -> Money? { feesByPlan[plan] }

  /// What is shown of a row's cost.
  subscript(row: AuditRow) -> Money? { rows[row.key] }

  /// Amounts as they are shown, those of a cent and more moved by a cent, where that is nearest, until they add up.
  static func amounts(_ exact: [Money], sum: Money) -> [Money] {
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
  static let cent = Money(picodollars: 10_000_000_000)

  /// Whether an amount is shown in whole cents, and not in parts of one.
  fileprivate var isShownInCents: Bool { self == .zero || magnitude.picodollars >= 110_000_000_000 }
}
