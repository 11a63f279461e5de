import Audit
import Ledger
import Model
import Pricing

/// The rules of a check that only the ledger can answer: budgets, and bills.
struct MoneyRules {
  let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// What is asked for, kept or not.
  func demands(budgets: Bool, reconciledWithin: DayWindow?) throws(CommandFailure) -> [GateDemand] {
    guard budgets || reconciledWithin != nil else { return [] }
    let job = try AuditJob(workspace, source: try workspace.traffic())
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    var demands: [GateDemand] = []
    if budgets {
      guard !workspace.settings.budgets.value.isEmpty else {
        throw CommandFailure("--budgets has nothing to check", hint: "give `budgets:` in the configuration")
      }
      demands = try NoticeJob(workspace, job).budgets(on: today).map { .budget($0) }
    }
    if let days = reconciledWithin?.days { demands += try reconciled(job, in: today.advanced(by: -days)...today) }
    return demands
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
