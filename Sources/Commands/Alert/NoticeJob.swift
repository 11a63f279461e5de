import Audit
import Foundation
import Ledger
import Model
import Pricing
import Report

/// What people are notified about beside models: budgets, plans that end early, records that stay away.
struct NoticeJob {
  private let workspace: Workspace
  private let job: AuditJob

  init(_ workspace: Workspace, _ job: AuditJob) {
    self.workspace = workspace
    self.job = job
  }

  private var today: CivilDay {
    CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
  }

  /// How much of each budget is spent on a day, all traffic counted.
  func budgets(on day: CivilDay) throws(CommandFailure) -> [BudgetState] {
    // Budgets of one period share its audit.
    var reports: [Budget.Period: AuditReport] = [:]
    var states: [BudgetState] = []
    for budget in workspace.settings.budgets.value {
      let days = budget.period.days(of: day)
      if case .origin(let name) = budget.subject, try job.source.origin() != name {
        guard let report = try report(of: name, days.lowerBound...day) else { continue }
        states.append(BudgetState(budget, days: days, report: report))
        continue
      }
      if reports[budget.period] == nil {
        var report = try job.report(days.lowerBound...day, scope: .all)
        report.extras = try job.extras(report)
        reports[budget.period] = report
      }
      if let report = reports[budget.period] { states.append(BudgetState(budget, days: days, report: report)) }
    }
    return states
  }

  /// The audit of another origin's traffic, by the history that it is shared in; `nil` where nothing is known of it.
  private func report(of origin: String, _ days: ClosedRange<CivilDay>) throws(CommandFailure) -> AuditReport? {
    let settings = workspace.settings
    var log = try HistoryStore(workspace).readable().log
    log.records = log.records.filter { $0.origin == origin }
    guard !log.records.isEmpty else {
      workspace.notes.warning(
        "the budget of the origin \(origin) is not judged: neither this ledger nor the history has records of it")
      return nil
    }
    return GateSide(log, scope: .all, now: workspace.context.now()).report(
      days, baseline: settings.baseline.value, now: workspace.context.now(), prices: job.prices)
  }

  /// Puts what is new into a ledger's outbox.
  /// - Returns: how many things it names.
  func judge(in ledger: LedgerFile) throws(CommandFailure) -> Int {
    try tellOfBudgets(in: ledger) + tellOfPlans(in: ledger) + tellOfSilence(in: ledger)
  }

  private func tellOfBudgets(in ledger: LedgerFile) throws(CommandFailure) -> Int {
    var count = 0
    for state in try budgets(on: today) {
      guard let reached = state.reached else { continue }
      let title =
        "ccr-audit \(today): \(Figures.percent(reached)) of a budget \(state.isOver ? "is exceeded" : "is spent")"
      count += try tell(
        .budget, "\(state.budget.name) \(state.budget.amount) \(reached)", on: state.days.lowerBound, in: ledger,
        NoticeMessage(title: title, lines: [BudgetSummary.line(state)]))
    }
    return count
  }

  private func tellOfPlans(in ledger: LedgerFile) throws(CommandFailure) -> Int {
    var count = 0
    let (tellsLosses, plans) = (workspace.settings.tellsPlans.value, job.prices.plans)
    guard tellsLosses || plans.contains(where: { $0.fees.contains { $0.includedTokens != nil } }) else { return 0 }
    let report = try job.report(today...today, scope: .all)
    for plan in report.plans {
      if tellsLosses, plan.beganToLose {
        count += try tell(
          .plan, "\(plan.name) below its fee", on: plan.month.lowerBound, in: ledger,
          NoticeMessage(
            title: "ccr-audit \(today): a plan began to lose money",
            lines: [PlanNotice.line(plan, baseline: report.baseline)]))
      }
      guard let day = plan.usedUp, let included = plan.includedTokens else { continue }
      let line =
        "\(plan.name): \(Figures.count(plan.tokens.total)) of \(Figures.count(included)) included tokens are used; at this pace "
        + "they last to \(day), and the month to \(plan.month.upperBound.advanced(by: -1))"
      count += try tell(
        .plan, plan.name, on: plan.month.lowerBound, in: ledger,
        NoticeMessage(title: "ccr-audit \(today): a plan will be used up before its month ends", lines: [line]))
    }
    return count
  }

  private func tellOfSilence(in ledger: LedgerFile) throws(CommandFailure) -> Int {
    guard let hours = workspace.settings.silentHours.value,
      let last = try job.source.span()?.upperBound
    else { return 0 }
    let silent = (workspace.context.now() - last) / 3_600_000
    guard silent >= Int64(hours) else { return 0 }
    let line =
      "The newest request in the ledger began at \(ISOTime.second(last)), \(silent) hours ago. Either nobody "
      + "worked, or nothing is recorded: `ccr-audit doctor` says what is read"
    return try tell(
      .silent, "records", on: CivilDay(milliseconds: last, in: workspace.settings.timeZone.value), in: ledger,
      NoticeMessage(title: "ccr-audit \(today): no request for \(silent) hours", lines: [line]))
  }

  private func tell(
    _ kind: OutboxRecord.Kind, _ topic: String, on day: CivilDay, in ledger: LedgerFile,
    _ message: NoticeMessage
  ) throws(CommandFailure) -> Int {
    try CommandFailure.ofLedger { () throws(LedgerError) in
      try ledger.tell(kind, of: [topic], on: day, at: workspace.context.now()) { _ in message.json }
    }
  }
}
