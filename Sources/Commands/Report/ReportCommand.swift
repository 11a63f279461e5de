import ArgumentParser
import Audit
import Pricing
import Report
import Model

/// `ccr-audit report`: the audit of a period.
struct ReportCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show what each model cost, and what Sonnet would have cost.",
    discussion: """
      Covers the last 30 days unless a period is named. What nobody measured is counted and named, never priced.

        ccr-audit report --last 7d
        ccr-audit report --since 2026-06-01 --until 2026-06-30 --by day
        ccr-audit report --baseline anthropic/claude-sonnet-4-6 --baseline anthropic/claude-sonnet-5
        ccr-audit report --last 30d --format html --output report.html
        ccr-audit report --ledger alice.sqlite --ledger bob.sqlite --by origin
        ccr-audit report --all --format json | jq '.models[] | {model, ratio, verdict}'
      """)

  @OptionGroup var period: PeriodOptions

  @Option(help: "What a row is for, beside the model.")
  var by: Grouping = .model

  @Option(help: "What rows are sorted by, the largest or latest first.")
  var sort: RowOrder = .name

  @Option(help: "Show only so many rows; the sums stay those of all.")
  var top: Int?

  @Flag(name: .customLong("full-ids"), help: "Show ids of sessions whole.")
  var fullIDs = false

  @OptionGroup var scope: ScopeOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL. Repeats; the first one decides.")
  var baseline: [String] = []

  @Option(name: .customLong("as-known-on"), help: "Use the prices that were known on a day, YYYY-MM-DD.")
  var asKnownOn: CivilDay?

  @Option(help: "The currency to show, such as EUR; the pricing table must have its rate.")
  var currency: String?

  @Option(help: "How the report is written.")
  var format: ReportFormat = .table

  @OptionGroup var output: OutputOptions
  @OptionGroup var coverage: CoverageOptions

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
    try source.demand(grouping: by, estimate: coverage.estimate)
  }

  func run(in context: Context) throws(CommandFailure) {
    var flags = coverage.flags + scope.flags + baseline.prefix(1).map { FlagValue(\.baseline, "--baseline", [$0]) }
    if baseline.count > 1 {
      flags.append(FlagValue(\.otherBaselines, "--baseline", Array(baseline.dropFirst())))
    }
    if let currency { flags.append(FlagValue(\.currency, "--currency", [currency])) }
    let workspace = try Workspace(options, in: context, flags: flags)
    let job = try AuditJob(workspace, source: try workspace.traffic(source))
    let content = try workspace.whole(job.source) { () throws(CommandFailure) in try read(job, workspace) }
    try output.write(format.text(content, workspace), workspace)
    try content.audit.coverage.demand(workspace.settings.minCoverage.value)
  }

  private func read(_ job: AuditJob, _ workspace: Workspace) throws(CommandFailure) -> ReportContent {
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    let held = try job.days()
    let days = try period.days(today: today, held: held ?? today...today)
    var report = try job.report(days, by: by)
    let priced = asKnownOn.map { job.asKnown(on: $0) } ?? job
    if let asKnownOn {
      var known = try priced.report(days, by: by)
      known.knownOn = asKnownOn
      known.corrections = Correction.between(known, report)
      report = known
    } else if job.source.hasHistory {
      report.corrections = corrections(days, report.scope.shown, prices: job.prices, workspace)
    }
    if coverage.estimate { report = try priced.estimated(report) }
    report.budgets = try NoticeJob(workspace, job).budgets(on: days.upperBound)
    report.extras = try priced.extras(report)
    // A bill's zone can have its days begin before and end after the ledger's.
    let ofBills = period.all ? days.lowerBound.advanced(by: -1)...days.upperBound.advanced(by: 1) : days
    report.billed = try job.source.billedUse(in: ofBills)
    report.billedAcross = try job.source.billedUse(across: ofBills)
    report.unmeasuredOfBilled = try job.unmeasured(of: report.billed)
    if report.coverage.counts.requests == 0 {
      workspace.notes.note(Self.emptyNote(days, held: held, of: job.source))
    }
    var content = ReportContent(report.sorted(by: sort, top: top), try job.notes(report))
    content.audit.missing = job.source.missing
    content.notes.showsWholeNames = fullIDs
    if format == .html {
      content.days = try priced.report(days, by: .day).rows
      content.trends = try job.trends(report.scope.shown)
    }
    return content
  }

  /// What the prices of today change in what the history says of the days.
  private func corrections(
    _ days: ClosedRange<CivilDay>, _ scope: TrafficScope, prices: PriceTable, _ workspace: Workspace
  ) -> [Correction] {
    do throws(CommandFailure) {
      let records = try HistoryStore(workspace).read().newest.of(scope)
      let settings = workspace.settings
      return Correction.of(
        records.filter { days.contains($0.day) && $0.baseline == settings.baseline.value }, prices: prices)
    } catch {
      workspace.notes.warning(error.sentence)
      return []
    }
  }

  /// What says where to look where a period has no request.
  static func emptyNote(
    _ days: ClosedRange<CivilDay>, held: ClosedRange<CivilDay>?, of source: any TrafficSource
  ) -> String {
    guard let held else { return source.emptiness }
    let asked =
      days.lowerBound == days.upperBound ? "on \(days.lowerBound)" : "from \(days.lowerBound) to \(days.upperBound)"
    return "no requests \(asked); \(source.name) holds \(held.lowerBound) to "
      + "\(held.upperBound): --since and --until name those days, --all takes them all"
  }
}

extension Grouping: ExpressibleByArgument {}
extension RowOrder: ExpressibleByArgument {}
