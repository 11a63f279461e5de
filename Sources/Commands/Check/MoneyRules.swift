import Audit
import Ledger
import Model
import Pricing
import Report

/// The rules of a check that only the ledger can answer: budgets, and bills.
struct MoneyRules {
  let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// Sentences about the rules that are broken.
  func broken(budgets: Bool, reconciledWithin: DayWindow?) throws(CommandFailure) -> [String] {
    guard budgets || reconciledWithin != nil else { return [] }
    let job = try AuditJob(workspace, ledger: try workspace.ledgerToRead())
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    var sentences: [String] = []
    if budgets {
      guard !workspace.settings.budgets.value.isEmpty else {
        throw CommandFailure("--budgets has nothing to check", hint: "give `budgets:` in the configuration")
      }
      for state in try NoticeJob(workspace, job).budgets(on: today) where state.isOver {
        sentences.append("a budget is exceeded: \(BudgetWords.line(state))")
      }
    }
    if let days = reconciledWithin?.days { sentences += try unreconciled(job, today: today, days: days) }
    return sentences
  }

  /// Providers whose bills can be read, that were paid by the token in those days, and of which no bill reaches into them.
  private func unreconciled(_ job: AuditJob, today: CivilDay, days: Int) throws(CommandFailure) -> [String] {
    let since = today.advanced(by: -days)
    let bills = try job.reading { () throws(LedgerError) in try job.ledger.bills() }
    let sellers = Set(BillSeller.allCases.compactMap(\.provider))
    let paid = Set(
      try job.report(since...today, scope: .all).models
        .filter { $0.key.billing == .perToken && $0.counts.requests > $0.counts.failed }
        .map { job.prices.provider(named: $0.key.model.provider) })
    return paid.filter(sellers.contains).sorted().compactMap { provider in
      let last = bills.lastDay(of: provider)
      guard last.map({ $0 < since }) ?? true else { return nil }
      return "\(SafeText.terminal(provider)) was not reconciled since \(since): "
        + (last.map { "its last recorded bill ends on \($0)" } ?? "no bill of it is recorded")
        + "; `ccr-audit reconcile FILE --record` does it"
    }
  }
}
