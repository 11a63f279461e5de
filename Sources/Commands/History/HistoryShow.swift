import ArgumentParser
import Audit
import Model
import Report

/// `ccr-audit history show`: the ratio of each model over time.
struct HistoryShow: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show how each model's ratio went over time.",
    discussion: """
      Reads the history file that `ccr-audit run` appends to. A falling ratio is the improvement.

        ccr-audit history
        ccr-audit history --history team/history.jsonl
        ccr-audit history --scope all --by origin
        ccr-audit history --from fleet --by origin
        ccr-audit history --format html --output trend.html
      """)

  @OptionGroup var scope: ScopeOptions

  @Option(help: "Where the days come from: the history, or computed from the ledger or the fleet's server.")
  var from = CheckSource.history

  @Flag(name: .customLong("allow-partial"), help: "Of a fleet, show what there is where servers do not answer.")
  var allowPartial = false

  @Option(help: "What a line is for, beside the model.")
  var by = HistoryGrouping.model

  @Option(help: "How the history is written.")
  var format: ReportFormat = .table

  @OptionGroup var output: OutputOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let path = workspace.settings.history.value
    let (records, emptiness) = try read(workspace)
    let shown = records.scope(workspace.settings.scope.value)
    let trends = Trend.all(of: records.of(shown.shown), byOrigin: by == .origin, by: workspace.settings.ratio.value)
    guard !trends.isEmpty else {
      guard let emptiness else { throw .noHistory(path) }
      throw CommandFailure(records.isEmpty ? emptiness : "no requests of the scope \(shown.shown.rawValue)")
    }
    let side = GateSide(
      HistoryLog(records: records.of(shown.shown)), scope: workspace.settings.scope.value, now: context.now())
    var report: AuditReport?
    if let days = side.window(days: nil) {
      do throws(CommandFailure) {
        let settings = workspace.settings
        report = side.report(
          days, baseline: settings.baseline.value, judgedBy: settings.ratio.value,
          by: format == .json || format == .csv ? .day : .model, cacheLife: settings.cacheLife.value,
          now: context.now(), prices: try workspace.prices())
      } catch {
        // The trend needs no prices; a page does.
        if format == .html { throw error }
        workspace.notes.warning("what plans cost is not known: \(error.sentence)")
      }
    }
    let document = HistoryDocument(
      trends, scope: shown, byOrigin: by == .origin, report: report, generatedAt: context.now())
    try output.write(text(document, workspace), workspace)
  }

  /// The records, and what is said where there are none but of a history.
  private func read(
    _ workspace: Workspace
  ) throws(CommandFailure) -> (records: [HistoryRecord], emptiness: String?) {
    let source: any TrafficSource
    switch from {
    case .history: return (try HistoryStore(workspace).read().newest, nil)
    case .ledger: source = try workspace.traffic()
    case .fleet: source = try FleetTraffic(workspace, allowsPartial: allowPartial)
    }
    let job = try AuditJob(workspace, source: source)
    let records = try workspace.whole(source) { () throws(CommandFailure) in try job.records(byOrigin: by == .origin) }
    return (records, source.emptiness)
  }

  private func text(_ document: HistoryDocument, _ workspace: Workspace) throws(CommandFailure) -> String {
    switch format {
    case .table:
      return HistoryReport.text(
        document.trends, scope: document.scope, byOrigin: document.byOrigin, style: workspace.style)
        + (document.report.map { HistoryReport.plans($0, style: workspace.style) } ?? "")
    case .json: return document.json
    case .csv: return document.csv
    case .markdown: return document.markdown
    case .html:
      guard let report = document.report else { throw CommandFailure("there are no days to show") }
      var content = ReportContent(report, ReportNotes())
      content.trends = document.trends
      return content.page.text
    }
  }
}

/// What the lines of a history are for, beside the model.
enum HistoryGrouping: String, CaseIterable, ExpressibleByArgument {
  /// Nothing else: origins add up.
  case model
  /// Each origin.
  case origin
}

extension CommandFailure {
  static func noHistory(_ path: String) -> CommandFailure {
    CommandFailure(
      "there is no history at \(path)",
      hint: "`ccr-audit run` begins one; on a new machine `ccr-audit init` sets everything up")
  }
}
