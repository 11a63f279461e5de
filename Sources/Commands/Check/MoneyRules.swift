import Audit
import Ledger
import Model
import Pricing

/// The rules of a check that only the ledger can answer: budgets, and bills.
struct MoneyRules {
  let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// Adds to a check what is asked for, kept or not.
  func judge(_ gate: inout Gate, budgets: Bool, reconciledWithin: DayWindow?) throws(CommandFailure) {
    (gate.asksForBudgets, gate.reconciledWithin) = (budgets, reconciledWithin?.days)
    guard budgets || reconciledWithin != nil else { return }
    let job = try AuditJob(workspace, source: try workspace.traffic())
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    if budgets {
      guard !workspace.settings.budgets.value.isEmpty else {
        throw CommandFailure("--budgets has nothing to check", hint: "give `budgets:` in the configuration")
      }
      let notices = NoticeJob(workspace, job, warns: false)
      var unknown: Set<Budget> = []
      for doubt in try notices.doubts() {
        guard case .unknown(let doubted) = doubt else {
          workspace.notes.warning(doubt.sentence)
          continue
        }
        // It would always be kept.
        unknown.insert(doubted.budget)
        gate.obstacles.append(.unknownBudget(doubted))
      }
      gate.demands += try notices.newestBudgets().filter { !unknown.contains($0.budget) }.map { .budget($0) }
    }
    if let days = reconciledWithin?.days { gate.demands += try reconciled(job, in: today.advanced(by: -days)...today) }
  }

  /// Providers whose bills can be read and that were paid by the token on days, with the newest bill of each.
  private func reconciled(_ job: AuditJob, in days: ClosedRange<CivilDay>) throws(CommandFailure) -> [GateDemand] {
    let ledger = try workspace.ledgerToRead()
    let bills = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.bills() }
    let sellers = Set(BillSeller.allCases.flatMap(\.providers))
    let paid = Set(
      try job.report(days, scope: .all).models
        .filter { $0.key.billing == .perToken && $0.counts.requests > $0.counts.failed }
        .map { job.prices.provider(named: $0.key.model.provider) })
    return paid.filter(sellers.contains).sorted().map {
      .reconciled(provider: $0, last: bills.lastDay(of: $0), since: days.lowerBound)
    }
  }
}
