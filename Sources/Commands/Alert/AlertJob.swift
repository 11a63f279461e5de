import Audit
import Foundation
import Ledger
import Pricing
import Report
import Model

/// Which models a day's audit alerts on, and what the message says.
struct AlertJob {
  private let workspace: Workspace
  private let job: AuditJob

  init(_ workspace: Workspace, _ job: AuditJob) {
    self.workspace = workspace
    self.job = job
  }

  /// Judges a day, and puts what people have to be told into the outbox with the verdict.
  /// - Parameters:
  ///   - ledger: holds the outbox.
  ///   - history: the newest records, for the week's trend.
  ///   - isComplete: whether all else of the day is done.
  /// - Returns: how many models the new message names.
  func judge(
    _ report: AuditReport, in ledger: LedgerFile, history: [HistoryRecord], isComplete: Bool
  ) throws(CommandFailure) -> Int {
    let (day, kind, rules) = (report.period.until, workspace.settings.ratio.value, self.rules)
    let offenders = report.models.filter(isOffender)
    let before = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.alerted(before: day) }
    let recovered =
      workspace.settings.tellsRecovered.value
      ? report.models.filter { before.contains($0.key.model) && rules.isWithin($0, by: kind) } : []
    let verdict = DayVerdict(
      day: day, offenders: offenders.map(\.key.model), recovered: recovered.map(\.key.model), isComplete: isComplete)
    return try CommandFailure.ofLedger { () throws(LedgerError) in
      try ledger.record(verdict, at: workspace.context.now()) { newOffenders, newRecovered in
        SlackMessage(
          message(
            day, offenders: offenders.filter { newOffenders.contains($0.key.model) },
            recovered: recovered.filter { newRecovered.contains($0.key.model) }, of: report.scope.shown,
            history: history)
        ).json
      }
    }
  }

  /// The message of a day, whether or not it was sent before.
  func message(of report: AuditReport, history: [HistoryRecord]) -> AlertMessage {
    message(
      report.period.until, offenders: report.models.filter(isOffender), recovered: [], of: report.scope.shown,
      history: history)
  }

  /// The same rules as those of a check.
  private var rules: GateRules {
    let settings = workspace.settings
    return GateRules(
      maxRatio: Money(decimal: "\(settings.maxRatio.value)")?.picodollars ?? 1_000_000_000_000,
      minRequests: settings.minRequests.value, minCost: Money(decimal: "\(settings.minCostUSD.value)") ?? .zero)
  }

  private func isOffender(_ row: AuditRow) -> Bool {
    rules.judges(row) && rules.isAbove(row, by: workspace.settings.ratio.value)
  }

  private func message(
    _ day: CivilDay, offenders: [AuditRow], recovered: [AuditRow], of scope: TrafficScope, history: [HistoryRecord]
  ) -> AlertMessage {
    let baseline = workspace.settings.baseline.value
    var since = "unknown"
    if case .perToken(let price) = job.prices.answer(
      for: baseline, at: day.start(in: workspace.settings.timeZone.value), prompt: 0)
    {
      since = CivilDay(milliseconds: price.from, in: .gmt).description
    }
    let week = history.filter { $0.day > day.advanced(by: -7) && $0.day <= day }
    let trends = Dictionary(
      uniqueKeysWithValues: Trend.all(of: week, by: workspace.settings.ratio.value).map { ($0.model, $0) })
    func entry(_ row: AuditRow, _ action: String) -> AlertMessage.Entry {
      // The end at which the model looks better, so that nobody is told too much.
      let ends = row.ends(by: workspace.settings.ratio.value).min { ($0.ratio ?? .one) < ($1.ratio ?? .one) }
      return AlertMessage.Entry(
        model: row.key.model,
        ratio: Figures.ratio(ends?.ratio ?? row.ratio), cost: ends?.cost ?? .zero,
        baselineCost: ends?.baselineCost ?? .zero,
        requests: row.counts.requests,
        covered: row.counts.measured,
        weekTrend: Self.words(trends[row.key.model]), action: action,
        otherBaselineCost: (workspace.settings.ratio.value == .plain ? row.baselineCachedCost : row.baselineCost)
          .flatMap { other in (ends?.baselineCost).flatMap { $0.isApart(from: other) ? other : nil } },
        isAssumed: row.assumed > 0)
    }
    let stood = job.prices.successors(of: baseline, in: day.interval(in: workspace.settings.timeZone.value))
    var message = AlertMessage(
      day: day.description, baselineName: ModelTitle.short(stood.first?.model ?? baseline), baselineDate: since,
      limit: "\(workspace.settings.maxRatio.value)",
      offenders: offenders.sorted { ratio(of: $0) > ratio(of: $1) }
        .map { entry($0, Self.action($0, scope)) },
      recovered: recovered.map { entry($0, "") })
    message.origin = workspace.settings.origin.value
    message.reportURL = workspace.settings.reportURL.value
    return message
  }

  /// What to do about a model that is dear.
  private static func action(_ row: AuditRow, _ scope: TrafficScope) -> String {
    // A plan that is not declared may pay for a client's own traffic.
    let mayBePaid = row.assumed > 0 && !row.offers.isEmpty
    return switch scope {
    case .routed: "Take it off the routing, or move its routes to a cheaper model."
    case .direct where mayBePaid: "Use a cheaper model for such work, or declare the plan that pays for it."
    case .direct: "Use a cheaper model for such work."
    case .all where mayBePaid:
      "Take it off the routing, use a cheaper model for such work, or declare the plan that pays for it."
    case .all: "Take it off the routing, or use a cheaper model for such work."
    }
  }

  private func ratio(of row: AuditRow) -> Ratio {
    row.ratios(by: workspace.settings.ratio.value)?.lowerBound ?? Ratio(millionths: 0)
  }

  private static func words(_ trend: Trend?) -> String {
    guard let trend, trend.points.count > 1, let first = trend.first, let latest = trend.latest else { return "" }
    return "\(first) to \(latest), \(trend.words)"
  }
}
