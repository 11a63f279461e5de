package import Audit
import Model
import Pricing

/// How things stand, short enough for a shell's prompt.
package struct StatusReport {
  /// The audit of today.
  package var today: AuditReport
  /// The audit of this month, up to today.
  package var month: AuditReport
  /// The audit of all of the month's traffic: a plan pays for what it covers, by whatever way it went.
  package var all: AuditReport
  /// Messages that wait, or that failed for good.
  package var alertsPending: Int
  package var alertsFailed: Int
  /// When everything was last read, epoch milliseconds; `nil` for never.
  package var lastIngest: Int64?
  /// Whether reading was begun at all.
  package var hasIngested: Bool
  /// How much of each budget is spent.
  package var budgets: [BudgetState]
  /// Whether there is where messages go. Without, they call for no action in a prompt.
  package var hasWebhook: Bool

  package init(
    today: AuditReport, month: AuditReport, all: AuditReport? = nil, alertsPending: Int, alertsFailed: Int,
    lastIngest: Int64?, hasIngested: Bool = false, budgets: [BudgetState] = [], hasWebhook: Bool = true
  ) {
    self.today = today
    self.month = month
    self.all = all ?? month
    self.alertsPending = alertsPending
    self.alertsFailed = alertsFailed
    self.lastIngest = lastIngest
    self.hasIngested = hasIngested
    self.budgets = budgets
    self.hasWebhook = hasWebhook
  }

  /// One line: `budget 104% | today 0.29×, $1.20 of $4.10 | month 0.35×, $31.00 of $88.00 | coverage 97% | read 4 min
  /// ago`. What calls for action comes first. What 80 columns do not hold is left out: first what the baseline would have
  /// cost, which the ratio tells; then facts, for `…`; what was paid only where that alone has no room.
  package var line: String {
    let urgent = self.urgent
    var facts: [String] = []
    if let share = month.coverage.share { facts.append("coverage \(Figures.percent(share))") }
    let unread = hasIngested ? "not all read" : "never read"
    facts.append(lastIngest.map { "read \(age($0, isShort: true)) ago" } ?? unread)
    facts += plans.map { "\($0.name) \($0.state)" }
    let (ofToday, ofMonth) = (Self.amounts(today), Self.amounts(month))
    func line(_ head: (Amounts) -> String) -> (text: String, shown: Int) {
      Self.line(urgent + ["today \(head(ofToday))", "month \(head(ofMonth))"] + facts)
    }
    let whole = line(\.whole)
    if whole.shown == urgent.count + 2 + facts.count { return whole.text + "\n" }
    let paid = line(\.paid)
    return (paid.shown >= urgent.count + 2 ? paid : line(\.ratio)).text + "\n"
  }

  /// What calls for action: budgets of which a threshold is reached, the most spent ones first, and messages that did
  /// not arrive. A prompt has no room for what is far from its end.
  private var urgent: [String] {
    var urgent: [String] = []
    let shares = budgets.filter { $0.reached != nil }.compactMap(\.share).sorted(by: >)
    if !shares.isEmpty {
      let most = 3
      let others = shares.count > most ? " and \(shares.count - most) more" : ""
      urgent.append(
        "budget\(shares.count == 1 ? "" : "s") "
          + shares.prefix(most).map(Figures.percent).joined(separator: ", ") + others)
    }
    if waiting != nil, hasWebhook || alertsFailed > 0 {
      urgent.append("\(Figures.count(alertsPending + alertsFailed, "alert")) unsent")
    }
    return urgent
  }

  /// As many parts as a line holds, and how many these are.
  private static func line(_ parts: [String]) -> (text: String, shown: Int) {
    let (columns, others) = (80, " | …")
    var line = ""
    for (index, part) in parts.enumerated() {
      let longer = index == 0 ? part : "\(line) | \(part)"
      let isLast = index == parts.count - 1
      guard index == 0 || longer.count + (isLast ? 0 : others.count) <= columns else { return (line + others, index) }
      line = longer
    }
    return (line, parts.count)
  }

  /// The same, a line a fact.
  /// - Parameter columns: how wide a line may be.
  package func text(width columns: Int = 80) -> String {
    var rows = [("today", Self.amounts(today).sentence), ("this month", Self.amounts(month).sentence)]
    let counts = month.coverage
    rows.append(
      (
        "measured",
        counts.share.map {
          "\(Figures.percent($0)): \(Figures.count(counts.covered)) of \(Figures.count(counts.answered, "request")) "
            + "this month \(counts.haveMeasuredTokens)"
        } ?? (counts.counts.failed > 0 ? "no request of this month was answered" : "no requests this month")
      ))
    let words = ReportSentences(report: month, quote: SafeText.terminal, assumedMark: "")
    if let part = month.scope.part { rows.append(("traffic", part)) }
    if let assumption = words.assumption { rows.append(("provider", assumption)) }
    if let undeclared = words.undeclaredPlan { rows.append(("plans", undeclared)) }
    for row in month.models where row.unpriced > 0 {
      rows.append(
        (
          "no price",
          "\(Figures.count(row.unpriced, "request")) to \(SafeText.terminal(row.key.model.description)); "
            + Cure.clause(for: row.key.model, row.lack, offers: row.offers)
        ))
    }
    for (plan, stands) in zip(all.plans, plans) {
      let included = plan.includedTokens.map {
        ", \(Figures.count(plan.tokens.total)) of \(Figures.count($0)) included tokens used"
      }
      rows.append((stands.name, stands.state + (included ?? "")))
    }
    rows += budgets.map { ("budget", BudgetSummary.line($0)) }
    rows.append(("alerts", (waiting ?? "none waiting") + (hasWebhook ? "" : "; no webhook is configured")))
    rows.append(
      (
        "last read",
        lastIngest.map { "\(age($0)) ago" }
          ?? (hasIngested
            ? "no reading ended without an error yet; `ccr-audit ingest` reads"
            : "never; `ccr-audit ingest` reads")
      ))
    let width = rows.map(\.0.count).max() ?? 0
    let indent = String(repeating: " ", count: width + 2)
    return rows.map { title, text in
      let head = title + String(repeating: " ", count: width - title.count + 2)
      // What is wrapped has no more than one space in a row.
      let lines = text.wrapped(to: max(20, columns - indent.count))
      return head + lines.joined(separator: "\n" + indent) + "\n"
    }.joined()
  }

  package var json: String {
    JSONText.object([
      ("schema_version", .count(1)), ("generated_at", .string(ISOTime.second(today.generatedAt))),
      ("today", Self.figures(today)), ("month", Self.figures(month)),
      (
        "plans",
        .array(
          all.plans.map {
            .object([
              ("plan", .string($0.name)), ("status", .string($0.status.rawValue)),
              ("utilisation", .ratio($0.utilisation)),
            ])
          })
      ),
      ("budgets", .array(budgets.map(BudgetSummary.json))), ("alerts_pending", .count(alertsPending)),
      ("alerts_failed", .count(alertsFailed)),
      ("last_ingest", .text(lastIngest.map { ISOTime.second($0) })),
    ]).pretty + "\n"
  }

  private var plans: [(name: String, state: String)] {
    let words = ReportSentences(report: all, quote: SafeText.terminal)
    return all.plans.map { plan in
      let state =
        plan.status.rawValue.replacing("_", with: " ").replacing("under break even", with: "under break-even")
        + (plan.mayPay ? " by what is measured" : "") + (plan.hasEnded ? ", ended" : "")
      return (plan.name, plan.utilisation == nil ? state : "\(state) (\(words.share(of: plan)) of its fee)")
    }
  }

  /// Messages that did not arrive yet; `nil` where all did.
  private var waiting: String? {
    let words = [
      alertsPending > 0 ? "\(alertsPending) waiting" : nil, alertsFailed > 0 ? "\(alertsFailed) failed" : nil,
    ]
    .compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// What was paid, what the baseline would have cost, and the one over the other, in as much room as there is.
  private struct Amounts {
    var sentence: String
    var whole: String
    /// Without what the baseline would have cost.
    var paid: String
    var ratio: String
  }

  /// Without measured work there is nothing to compare.
  private static func amounts(_ report: AuditReport) -> Amounts {
    func only(_ text: String) -> Amounts { Amounts(sentence: text, whole: text, paid: text, ratio: text) }
    let counts = report.coverage.counts
    guard counts.requests > 0 else {
      guard report.totals.planFees > .zero else { return only("no requests") }
      let fees = Figures.money(report.totals.planFees)
      return Amounts(
        sentence: "no requests, \(fees) of fees", whole: "no requests, \(fees)", paid: "no requests, \(fees)",
        ratio: "no requests")
    }
    let requests = Figures.count(counts.requests, "request")
    guard !counts.isOnlyFailures else {
      return only(counts.requests == 1 ? "1 request, failed" : "\(requests), all failed")
    }
    guard counts.measured > 0 else { return only("\(requests), none measured") }
    guard report.coverage.covered > 0 else { return only("\(requests), none with a price") }
    guard let claim = report.totals.claim(by: report.judgedBy) else {
      return only("\(requests), the baseline has no price")
    }
    let words = ReportSentences(report: report, quote: SafeText.terminal)
    let ratios = ratioEnds(claim.cost, over: claim.baselineCost)
    let (cost, work) = (words.money(nil, claim.cost), words.money(nil, claim.baselineCost))
    let (ratio, briefRatio) = (words.ratio(ratios), words.brief(words.ratio(ratios)))
    return Amounts(
      sentence: "\(cost) paid\(words.ifByToken) for work of \(work) at \(words.baseline) prices: \(ratio)",
      whole: "\(briefRatio), \(words.brief(cost)) of \(words.brief(work))",
      paid: "\(briefRatio), \(words.brief(cost))", ratio: briefRatio)
  }

  /// The ratio at both of its ends.
  private static func ratioEnds(_ cost: ClosedRange<Money>, over baseline: ClosedRange<Money>) -> ClosedRange<Ratio>? {
    Ratio(cost.lowerBound, over: baseline.upperBound).flatMap { low in
      Ratio(cost.upperBound, over: baseline.lowerBound).map { low...max(low, $0) }
    }
  }

  private static func figures(_ report: AuditReport) -> JSONText {
    let (counts, totals) = (report.coverage.counts, report.totals)
    let ratios = totals.baselineCosts.flatMap { ratioEnds(totals.costs, over: $0) }
    return .object(
      [
        ("since", .string(report.period.since.description)), ("until", .string(report.period.until.description)),
        ("requests", .count(counts.requests)),
      ] + JSONText.ends("cost_usd", totals.costs, JSONText.money)
        + JSONText.ends("baseline_cost_usd", totals.baselineCosts, JSONText.money)
        + JSONText.ends("saved_usd", totals.savings, JSONText.money)
        + JSONText.ends("ratio", ratios, JSONText.ratio) + [("measured_share", .ratio(report.coverage.share))])
  }

  private func age(_ instant: Int64, isShort: Bool = false) -> String {
    let minutes = max(0, today.generatedAt - instant) / 60_000
    if minutes < 120 { return isShort ? "\(minutes) min" : Figures.count(minutes, "minute") }
    if minutes < 2880 { return isShort ? "\(minutes / 60) h" : Figures.count(minutes / 60, "hour") }
    return Figures.count(minutes / 1440, "day")
  }
}
