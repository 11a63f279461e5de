package import Audit
package import Model
import Pricing

/// Sentences about budgets.
package enum BudgetSummary {
  /// `$12.10 of $50.00 (24%) for openrouter, a month, since 2026-11-01; 3 requests more have no known cost`; of a period
  /// that is over its days.
  package static func line(_ state: BudgetState, quote: (String) -> String = SafeText.terminal) -> String {
    let share = state.share.map { " (\(Figures.percent($0)))" } ?? ""
    let unknown =
      state.unknown == 0
      ? "" : "; \(Figures.count(state.unknown, "request")) more \(state.unknown == 1 ? "has" : "have") no known cost"
    return "\(state.unknown == 0 ? "" : "at least ")\(Figures.money(state.spent)) of "
      + "\(Figures.money(state.budget.amount))\(share) for \(quote(state.budget.name)), "
      + "\(when(state))\(unknown)"
  }

  private static func when(_ state: BudgetState) -> String {
    let (first, last) = (state.days.lowerBound, state.days.upperBound)
    guard state.hasEnded else { return "since \(first)" }
    return first == last ? "on \(first)" : "from \(first) to \(last)"
  }

  /// `the budget of the provider minmax counts nothing: …; did you mean minimax?`
  package static func sentence(_ unknown: UnknownBudget, quote: (String) -> String = SafeText.terminal) -> String {
    let (what, why) =
      switch unknown.budget.subject {
      case .all: ("everything", "")
      case .provider(let name): ("the provider \(quote(name))", Self.unknown)
      case .model(let model): ("the model \(quote(model.description))", Self.unknown)
      case .plan(let name): ("the plan \(quote(name))", Self.unknown)
      case .origin(let name):
        (
          "the origin \(quote(name))",
          "is not judged: neither this ledger nor the history has records of it"
        )
      }
    return "the budget of \(what) \(why)" + (unknown.meant.map { "; did you mean \(quote($0))?" } ?? "")
  }

  private static let unknown = "counts nothing: neither the ledger nor the pricing table knows it"

  package static func json(_ state: BudgetState) -> JSONText {
    .object([
      ("name", .string(state.budget.name)), ("period", .string(state.budget.period.rawValue)),
      ("since", .string(state.days.lowerBound.description)), ("until", .string(state.days.upperBound.description)),
      ("amount_usd", .money(state.budget.amount)), ("spent_usd", .money(state.spent)), ("share", .ratio(state.share)),
      ("requests_without_cost", .count(state.unknown)), ("over", .bool(state.isOver)),
    ])
  }
}
