package import Model
import Pricing

extension BudgetState {
  /// - Parameter report: the audit of all traffic of the budget's days through today, for one of an origin of its
  ///   traffic alone; with its extras, which cost something, too.
  /// - Parameter prices: which names stand for one provider, and for one model.
  package init(_ budget: Budget, days: ClosedRange<CivilDay>, report: AuditReport, prices: some PriceBook) {
    self.budget = budget
    self.days = days
    self.hasEnded = report.hasEnded && report.period.until >= days.upperBound
    func sum(_ rows: [AuditRow]) -> (Money, Int) {
      rows.reduce((.zero, 0)) { sums, row in
        let cost = row.key.billing == .perToken ? row.range?.cost?.lowerBound ?? row.cost ?? .zero : .zero
        let isPaidByTheToken = row.key.billing == .perToken || row.key.billing == .unpriced
        let unknown = row.counts.unknown + row.counts.estimated + row.unpriced
        return (sums.0 + cost, sums.1 + (isPaidByTheToken ? unknown : 0))
      }
    }
    /// What some models' tokens and searches cost.
    func spend(_ counts: (ModelID) -> Bool) -> (Money, Int) {
      let (cost, unknown) = sum(report.models.filter { counts($0.key.model) })
      return (report.extras.filter { counts($0.model) }.compactMap(\.fee).reduce(cost, +), unknown)
    }
    switch budget.subject {
    case .all:
      (spent, unknown) = spend { _ in true }
      spent = spent + report.totals.planFees
    case .provider(let name):
      let provider = prices.provider(named: name).lowercased()
      (spent, unknown) = spend { prices.provider(named: $0.provider).lowercased() == provider }
    case .origin: (spent, unknown) = spend { _ in true }
    case .model(let model): (spent, unknown) = spend { prices.isSame($0, model) }
    case .plan(let name):
      spent = report.plans.filter { $0.name == name }.reduce(.zero) { $0 + $1.feeShare }
      unknown = 0
    }
  }
}
