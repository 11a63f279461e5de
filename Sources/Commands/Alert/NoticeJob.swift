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

  private func warn(_ sentence: String) { if warns { workspace.notes.warning(sentence) } }

  private var today: CivilDay {
    CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
  }

  /// How much of each budget is spent on a day, all traffic counted.
  func budgets(on day: CivilDay) throws(CommandFailure) -> [BudgetState] {
    let budgets = workspace.settings.budgets.value
    guard !budgets.isEmpty else { return [] }
    if warns { try sayWhatIsUnknown(budgets) }
    let origins = try budgets.map(otherOrigin)
    var others: [String: HistoryLog] = [:]
    for name in Set(origins.compactMap(\.self)) { others[name] = try history(of: name) }
    let own = Set(
      zip(budgets, origins).compactMap { budget, other in
        other == nil ? budget.period.days(of: day).lowerBound : nil
      })
    var reports = try job.reports(since: own, until: day, scope: .all)
    for (first, report) in reports { reports[first]?.extras = try job.extras(report) }
    var states: [BudgetState] = []
    for (budget, other) in zip(budgets, origins) {
      let days = budget.period.days(of: day)
      let report =
        if let name = other { others[name].map { audit($0, days.lowerBound...day) } } else {
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

  /// The shared history of another origin; `nil` where nothing is known of it.
  private func history(of origin: String) throws(CommandFailure) -> HistoryLog? {
    var log = try HistoryStore(workspace).readable().log
    let known = Set(log.records.compactMap(\.origin))
    log.records.removeAll { $0.origin != origin }
    guard !log.records.isEmpty else {
      warn(
        "the budget of the origin \(origin) is not judged: neither this ledger nor the history has records of it"
          + Self.meant(origin, known))
      return nil
    }
    return log
  }

  private func audit(_ log: HistoryLog, _ days: ClosedRange<CivilDay>) -> AuditReport {
    GateSide(log, scope: .all, now: workspace.context.now()).report(
      days, baseline: workspace.settings.baseline.value, now: workspace.context.now(), prices: job.prices)
  }

  /// Names the budgets of what nothing can ever be spent on: a name that neither the ledger nor the table has, a plan
  /// that nobody pays.
  private func sayWhatIsUnknown(_ budgets: [Budget]) throws(CommandFailure) {
    let prices = job.prices
    for budget in budgets {
      let (name, known): (String, [String])
      switch budget.subject {
      case .all, .origin: continue
      case .plan(let plan):
        if prices.plans.contains(where: { $0.name == plan }) { continue }
        guard !prices.offers.contains(where: { $0.name == plan }) else {
          warn(
            "the budget of the plan \(plan) counts nothing, as nobody says that it is paid: "
              + Cure.subscribing(to: plan))
          continue
        }
        (name, known) = ("plan \(plan)", prices.offers.map(\.name))
      case .provider(let provider):
        if prices.hasProvider(provider) { continue }
        let called = try job.source.models().map(\.provider)
        if called.contains(where: { $0.lowercased() == provider.lowercased() }) { continue }
        (name, known) = ("provider \(provider)", called + prices.providerNames)
      case .model(let model):
        if prices.resolve(model) != nil { continue }
        let called = try job.source.models()
        if called.contains(model) { continue }
        var alike = called.map(\.description)
        if case .unpriced(let names) = prices.answer(for: model, at: workspace.context.now(), prompt: 0) {
          alike += names.map(\.description)
        }
        (name, known) = ("model \(model)", alike)
      }
      let word = name.drop { $0 != " " }.dropFirst()
      warn(
        "the budget of the \(name) counts nothing: neither the ledger nor the pricing table knows it"
          + Self.meant(String(word), known))
    }
  }

  private static func meant(_ word: String, _ known: some Sequence<String>) -> String {
    nearest(to: word, in: known).first.map { "; did you mean \($0)?" } ?? ""
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
