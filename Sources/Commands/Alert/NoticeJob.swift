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
  /// Whether it says which budgets are of something unknown.
  private let warns: Bool

  init(_ workspace: Workspace, _ job: AuditJob, warns: Bool = true) {
    self.workspace = workspace
    self.job = job
    self.warns = warns
  }

  private var today: CivilDay {
    CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
  }

  /// The first days of the periods of which `budgets` wants an audit of all traffic.
  func firstDays(on day: CivilDay) throws(CommandFailure) -> Set<CivilDay> {
    var days: Set<CivilDay> = []
    for budget in workspace.settings.budgets.value where try otherOrigin(budget) == nil {
      days.insert(budget.period.days(of: day).lowerBound)
    }
    return days
  }

  /// How much of each budget is spent on a day, all traffic counted.
  func budgets(on day: CivilDay) throws(CommandFailure) -> [BudgetState] {
    try budgets(on: day, try job.reports(since: firstDays(on: day), until: day, scope: .all))
  }

  /// The same where the audits are made already.
  func budgets(on day: CivilDay, _ reports: [CivilDay: AuditReport]) throws(CommandFailure) -> [BudgetState] {
    var reports = reports
    for (first, report) in reports { reports[first]?.extras = try job.extras(report) }
    let history = try sharedHistory()
    var states: [BudgetState] = []
    for budget in workspace.settings.budgets.value {
      if warns, let doubt = try doubt(about: budget, history) { workspace.notes.warning(doubt.sentence) }
      let days = budget.period.days(of: day)
      let report =
        if let name = try otherOrigin(budget) { audit(name, in: history, days.lowerBound...day) } else {
          reports[days.lowerBound]
        }
      if let report { states.append(BudgetState(budget, days: days, report: report, prices: job.prices)) }
    }
    return states
  }

  /// The origin that a budget is of, where that is not the ledger's own.
  private func otherOrigin(_ budget: Budget) throws(CommandFailure) -> String? {
    guard case .origin(let name) = budget.subject, try job.source.origin() != name else { return nil }
    return name
  }

  /// The history, where some budget is of another origin.
  private func sharedHistory() throws(CommandFailure) -> HistoryLog? {
    for budget in workspace.settings.budgets.value where try otherOrigin(budget) != nil {
      return try HistoryStore(workspace).readable().log
    }
    return nil
  }

  /// The audit of another origin; `nil` where nothing is known of it.
  private func audit(_ origin: String, in history: HistoryLog?, _ days: ClosedRange<CivilDay>) -> AuditReport? {
    guard var log = history else { return nil }
    log.records.removeAll { $0.origin != origin }
    guard !log.records.isEmpty else { return nil }
    return GateSide(log, scope: .all, now: workspace.context.now()).report(
      days, baseline: workspace.settings.baseline.value, now: workspace.context.now(), prices: job.prices)
  }

  /// Why a budget counts nothing.
  enum Doubt {
    case unknown(UnknownBudget)
    /// It is of a plan that nobody pays.
    case unpaid(plan: String)

    var sentence: String {
      switch self {
      case .unknown(let budget): BudgetSummary.sentence(budget)
      case .unpaid(let plan):
        "the budget of the plan \(plan) counts nothing, as nobody says that it is paid: \(Cure.subscribing(to: plan))"
      }
    }
  }

  /// The doubts about budgets.
  func doubts() throws(CommandFailure) -> [Doubt] {
    let history = try sharedHistory()
    var doubts: [Doubt] = []
    for budget in workspace.settings.budgets.value {
      if let doubt = try doubt(about: budget, history) { doubts.append(doubt) }
    }
    return doubts
  }

  private func doubt(about budget: Budget, _ history: HistoryLog?) throws(CommandFailure) -> Doubt? {
    let prices = job.prices
    let (name, known): (String, [String])
    switch budget.subject {
    case .all: return nil
    case .origin(let origin):
      guard try otherOrigin(budget) != nil else { return nil }
      (name, known) = (origin, Array(Set(history?.records.compactMap(\.origin) ?? [])))
      if known.contains(origin) { return nil }
    case .plan(let plan):
      if prices.plans.contains(where: { $0.name == plan }) { return nil }
      guard !prices.offers.contains(where: { $0.name == plan }) else { return .unpaid(plan: plan) }
      (name, known) = (plan, prices.offers.map(\.name))
    case .provider(let provider):
      if prices.hasProvider(provider) { return nil }
      let called = try job.source.models().map(\.provider)
      if called.contains(where: { $0.lowercased() == provider.lowercased() }) { return nil }
      (name, known) = (provider, called + prices.providerNames)
    case .model(let model):
      if prices.resolve(model) != nil { return nil }
      let called = try job.source.models()
      if called.contains(model) { return nil }
      var alike = called.map(\.description)
      if case .unpriced(let names) = prices.answer(for: model, at: workspace.context.now(), prompt: 0) {
        alike += names.map(\.description)
      }
      (name, known) = (model.description, alike)
    }
    return .unknown(UnknownBudget(budget, meant: nearest(to: name, in: known).first))
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
      // A threshold above all of it tells of more than that it is exceeded.
      let share = "\(Figures.percent(reached)) of a budget is spent"
      let title = "ccr-audit \(today): \(state.isOver && reached <= .one ? "a budget is exceeded" : share)"
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
      "The newest request in the ledger began at \(ISOTime.second(last)), \(Figures.count(silent, "hour")) ago. Either nobody "
      + "worked, or nothing is recorded: `ccr-audit doctor` says what is read"
    return try tell(
      .silent, "records", on: CivilDay(milliseconds: last, in: workspace.settings.timeZone.value), in: ledger,
      NoticeMessage(title: "ccr-audit \(today): no request for \(Figures.count(silent, "hour"))", lines: [line]))
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
