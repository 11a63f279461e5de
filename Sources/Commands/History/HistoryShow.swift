package import ArgumentParser
import Audit
import Report

/// `ccr-audit history show`: the ratio of each model over time.
package struct HistoryShow: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show how each model's ratio went over time.",
    discussion: """
      Reads the history file that `ccr-audit run` appends to. A falling ratio is the improvement.

        ccr-audit history
        ccr-audit history --history team/history.jsonl
        ccr-audit history --scope all --by origin
      """)

  @OptionGroup var scope: ScopeOptions

  @Option(help: "What a line is for, beside the model.")
  var by = HistoryGrouping.model

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let path = workspace.settings.history.value
    let records = try HistoryStore(workspace).read().newest
    let shown = records.scope(workspace.settings.scope.value)
    let trends = Trend.all(of: records.of(shown.shown), byOrigin: by == .origin, by: workspace.settings.ratio.value)
    guard !trends.isEmpty else { throw .noHistory(path) }
    let style = Style(
      color: workspace.settings.usesColor(on: context.output, in: context), width: context.output.width ?? 80)
    context.output.write(HistoryReport.text(trends, scope: shown, byOrigin: by == .origin, style: style))
    let side = GateSide(
      HistoryLog(records: records), scope: workspace.settings.scope.value, now: context.now())
    guard let days = side.window(days: nil) else { return }
    do throws(CommandFailure) {
      let settings = workspace.settings
      let report = side.report(
        days, baseline: settings.baseline.value, judgedBy: settings.ratio.value, cacheLife: settings.cacheLife.value,
        now: context.now(), prices: try workspace.prices())
      context.output.write(HistoryReport.plans(report, style: style))
    } catch {
      // The trend above needs no prices.
      workspace.notes.warning("what plans cost is not known: \(error.sentence)")
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
    CommandFailure("there is no history at \(path)", hint: "`ccr-audit run` begins one")
  }
}
