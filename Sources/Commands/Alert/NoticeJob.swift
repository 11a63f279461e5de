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

  private var allBudgets: [Budget] { workspace.settings.budgets.value }

  /// The first days of the periods of which `budgets` wants an audit of all traffic.
  func firstDays(on day: CivilDay, of budgets: [Budget]? = nil) throws(CommandFailure) -> Set<CivilDay> {
    var days: Set<CivilDay> = []
    for budget in budgets ?? allBudgets where try otherOrigin(budget) == nil {
      days.insert(budget.period.days(of: day).lowerBound)
    }
    return days
  }

  /// How much of each budget is spent on a day, all traffic counted.
  func budgets(on day: CivilDay, of budgets: [Budget]? = nil) throws(CommandFailure) -> [BudgetState] {
    let days = try firstDays(on: day, of: budgets)
    return try self.budgets(on: day, of: budgets, try job.reports(since: days, until: day, scope: .all))
  }

  /// The same of the periods that today and yesterday lie in: a check after midnight knows what the day before cost.
  func newestBudgets() throws(CommandFailure) -> [BudgetState] {
    let yesterday = today.advanced(by: -1)
    let ended = allBudgets.filter { $0.period.days(of: yesterday).upperBound == yesterday }
    return try (ended.isEmpty ? [] : budgets(on: yesterday, of: ended)) + budgets(on: today)
  }

  /// The same where the audits are made already.
  func budgets(
    on day: CivilDay, of budgets: [Budget]? = nil, _ reports: [CivilDay: AuditReport]
  ) throws(CommandFailure) -> [BudgetState] {
    var reports = reports
    for (first, report) in reports { reports[first]?.extras = try job.extras(report) }
    let history = try sharedHistory()
    var states: [BudgetState] = []
    for budget in budgets ?? allBudgets {
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
    for budget in allBudgets where try otherOrigin(budget) != nil {
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
        "the budget of the plan \(plan) counts nothing, as nobody says that it is paid: `\(Cure.subscribing(to: plan))`"
      }
    }
  }

  /// The doubts about budgets.
  func doubts() throws(CommandFailure) -> [Doubt] {
    let history = try sharedHistory()
    var doubts: [Doubt] = []
    for budget in allBudgets {
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

  /// Puts what is new today into a ledger's outbox.
  /// - Returns: how many things it names.
  func judge(in ledger: LedgerFile) throws(CommandFailure) -> Int {
    try tellOfBudgets(allBudgets, on: today, in: ledger) + tellOfPlans(job.prices.plans, on: today, in: ledger)
      + tellOfSilence(in: ledger)
  }

  /// Whether a period that an audited day lies in is over, and has no later one among the audited days: it is judged
  /// once, on its last day.
  private func isOver(_ period: ClosedRange<CivilDay>, with day: CivilDay, of audited: [CivilDay]) -> Bool {
    period.upperBound < today && !audited.contains { $0 > day && $0 <= period.upperBound }
  }

  /// What is to be judged once more with an audited day: budgets and plans, by the last day of their period, which is over.
  func ended(with day: CivilDay, of audited: [CivilDay]) -> EndedPeriods {
    var ended = EndedPeriods()
    for budget in allBudgets {
      let period = budget.period.days(of: day)
      if isOver(period, with: day, of: audited) { ended.budgets[period.upperBound, default: []].append(budget) }
    }
    for plan in job.prices.plans {
      let month = plan.month(of: day)
      let last = month.upperBound.advanced(by: -1)
      if tellsAnything(of: plan), isOver(month.lowerBound...last, with: day, of: audited) {
        ended.plans[last, default: []].append(plan)
      }
    }
    return ended
  }

  /// Puts what is new of periods that are over into a ledger's outbox.
  func judge(_ ended: EndedPeriods, in ledger: LedgerFile) throws(CommandFailure) -> Int {
    var count = 0
    for (day, budgets) in ended.budgets.sorted(by: { $0.key < $1.key }) {
      count += try tellOfBudgets(budgets, on: day, in: ledger)
    }
    for (day, plans) in ended.plans.sorted(by: { $0.key < $1.key }) {
      count += try tellOfPlans(plans, on: day, in: ledger)
    }
    return count
  }

  /// Budgets and plans by the last day of their period.
  struct EndedPeriods {
    var budgets: [CivilDay: [Budget]] = [:]
    var plans: [CivilDay: [Plan]] = [:]

    var isEmpty: Bool { budgets.isEmpty && plans.isEmpty }
  }

  private func tellOfBudgets(
    _ budgets: [Budget], on day: CivilDay, in ledger: LedgerFile
  ) throws(CommandFailure) -> Int {
    var count = 0
    for state in try self.budgets(on: day, of: budgets) {
      guard let reached = state.reached else { continue }
      // A threshold above all of it tells of more than that it is exceeded.
      let share = "\(Figures.percent(reached)) of a budget is spent"
      let title = "ccr-audit \(day): \(state.isOver && reached <= .one ? "a budget is exceeded" : share)"
      count += try tell(
        .budget, "\(state.budget.name) \(state.budget.amount) \(reached)", on: state.days.lowerBound, in: ledger,
        NoticeMessage(title: title, lines: [BudgetSummary.line(state)]))
    }
    return count
  }

  /// Whether a plan can be told of at all.
  private func tellsAnything(of plan: Plan) -> Bool {
    workspace.settings.tellsPlans.value || plan.fees.contains { $0.includedTokens != nil }
  }

  private func tellOfPlans(_ plans: [Plan], on day: CivilDay, in ledger: LedgerFile) throws(CommandFailure) -> Int {
    guard plans.contains(where: tellsAnything) else { return 0 }
    var count = 0
    let (names, report) = (Set(plans.map(\.name)), try job.report(day...day, scope: .all))
    for plan in report.plans where names.contains(plan.name) {
      func tell(_ topic: String, _ event: String, _ line: String) throws(CommandFailure) -> Int {
        try self.tell(
          .plan, topic, on: plan.month.lowerBound, in: ledger,
          NoticeMessage(title: "ccr-audit \(day): \(event)", lines: [line]))
      }
      if workspace.settings.tellsPlans.value, plan.beganToLose {
        count += try tell(
          "\(plan.name) below its fee", "a plan began to lose money",
          PlanNotice.line(plan, baseline: report.baseline))
      }
      if plan.isUsedUp {
        count += try tell("\(plan.name) used up", "a plan is used up", PlanNotice.usedUp(plan))
      } else if let day = plan.willBeUsedUp {
        count += try tell(
          plan.name, "a plan will be used up before its month ends", PlanNotice.willBeUsedUp(plan, on: day))
      }
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
