package import Audit
import Model

/// The report in GitHub's Markdown, for an issue, a comment or a job's summary. It fits a comment.
package enum MarkdownReport {
  /// What is kept of a comment for what comes behind the table of rows.
  private static let room = 12_000

  /// The text, with a line end after each line.
  package static func text(_ report: AuditReport, notes: ReportNotes = ReportNotes()) -> String {
    var words = ReportSentences(
      report: report, notes: notes, quote: SafeText.markdown, code: SafeText.markdownCode, assumedMark: " (assumed)")
    words.roundedCosts = RoundedCosts(report)
    var text = MarkdownText()
    text.add("## \(words.headline)", "", words.subject)
    for sentence in report.scope.sentences { text.add("", sentence) }
    if !report.rows.isEmpty {
      let columns =
        RowColumn.names(words) + RowColumn.requests(words) + RowColumn.tokens(report) + RowColumn.costs(words)
        + [RowColumn.verdict(words, naming: true)]
      text.addTable(
        titles: columns.map(\.column.title), isNumber: columns.map(\.column.isNumber),
        rows: report.rows.map { audited in columns.map { $0.text(audited) } },
        foot: RowColumn.footAboveTotals(columns, of: report),
        keeping: room,
        of: "`ccr-audit report --format csv`")
      text.add("", words.totals)
      if !words.remarks.isEmpty {
        text.add("")
        text.addList(words.remarks, keeping: room / 2)
      }
    }
    for (title, sentences) in words.asides {
      text.add("", "### \(title)", "")
      text.addList(sentences, keeping: room / 2)
    }
    if !words.plans.isEmpty {
      text.add("", "### Plans", "")
      for plan in words.plans {
        let sentences = words.sentences(on: plan)
        text.addList(Array(sentences.prefix(1)), keeping: room / 4)
        text.addList(Array(sentences.dropFirst()), indent: "  ", keeping: room / 4)
      }
    }
    if words.hasCoverage {
      text.add("", "<details><summary>Coverage</summary>", "", words.coverage)
      if !words.gaps.isEmpty {
        text.addTable(
          titles: ["Requests", "Model", "Why not"], isNumber: [true, false, false],
          rows: words.gaps.map { [Figures.count($0.requests), $0.model, $0.reason] }, keeping: room / 4,
          of: "`ccr-audit doctor`")
      }
      if !words.coverageNotes.isEmpty {
        text.add("")
        text.addList(words.coverageNotes)
      }
      text.add("", "</details>")
    }
    return text.text
  }
}
