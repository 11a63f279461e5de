package import Model

/// A rule of a check that asks for money or for a bill rather than for a model's ratio.
package enum GateDemand: Hashable, Sendable {
  /// That a budget is kept.
  case budget(BudgetState)
  /// That a provider's newest recorded bill is not older than a day; `last` is the bill's last day, `nil` for no bill.
  case reconciled(provider: String, last: CivilDay?, since: CivilDay)

  /// Whether the check fails because of it.
  package var isViolation: Bool {
    switch self {
    case .budget(let state): state.isOver
    case .reconciled(_, let last, let since): last.map { $0 < since } ?? true
    }
  }
}
