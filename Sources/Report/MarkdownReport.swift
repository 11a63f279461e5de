package import Audit
import Model

/// The report in GitHub's Markdown, for an issue or a job's summary.
package enum MarkdownReport {
  /// The text, with a line end after each line.
  package static func text(_ report: AuditReport, notes: ReportNotes = ReportNotes()) -> String {
    let words = Words(
      report: report, notes: notes, quote: SafeText.markdown, code: SafeText.markdownCode, assumedMark: " (assumed)")
    var lines = ["## \(words.headline)", "", words.subject]
    lines += report.scope.sentences.flatMap { ["", $0] }
    if !report.rows.isEmpty {
      let columns =
        RowColumn.names(words) + RowColumn.requests + RowColumn.tokens(report) + RowColumn.costs(words)
        + [RowColumn.verdict(words, naming: true)]
      lines += ["", row(columns.map(\.column.title)), row(columns.map { $0.column.isNumber ? "---:" : "---" })]
      lines += report.rows.map { audited in row(columns.map { $0.text(audited) }) }
      lines += ["", words.totals]
      if !words.remarks.isEmpty { lines += [""] + words.remarks.map { "- " + $0 } }
    }
    for (title, sentences) in words.asides { lines += ["", "### \(title)", ""] + sentences.map { "- " + $0 } }
    if !words.plans.isEmpty {
      lines += ["", "### Plans", ""]
      for plan in words.plans {
        let sentences = words.sentences(on: plan)
        lines += sentences.prefix(1).map { "- " + $0 } + sentences.dropFirst().map { "  - " + $0 }
      }
    }
    if words.hasCoverage {
      lines += ["", "### Coverage", "", words.coverage]
      if !words.gaps.isEmpty {
        lines += ["", row(["Requests", "Model", "Why not"]), row(["---:", "---", "---"])]
        lines += words.gaps.map { row([Figures.count($0.requests), $0.model, $0.reason]) }
      }
      if !words.coverageNotes.isEmpty { lines += [""] + words.coverageNotes.map { "- " + $0 } }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
