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
      """)

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    workspace.sayRatioIsPlain()
    let path = workspace.settings.history.value
    let trends = Trend.all(of: try HistoryFile(path: path).read().newest)
    guard !trends.isEmpty else { throw .noHistory(path) }
    let style = Style(
      color: workspace.settings.usesColor(on: context.output, in: context), width: context.output.width ?? 120)
    context.output.write(HistoryReport.text(trends, style: style))
  }
}

extension CommandFailure {
  static func noHistory(_ path: String) -> CommandFailure {
    CommandFailure("there is no history at \(path)", hint: "`ccr-audit run` begins one")
  }
}
