import ArgumentParser
import Audit
import Report

/// A report with what its readers should know beside it.
struct ReportContent {
  var audit: AuditReport
  var notes: ReportNotes
  /// The period's rows by day; only a page draws them.
  var days: [AuditRow] = []
  /// How ratios went over the history; only a page draws it.
  var trends: [Trend] = []

  init(_ audit: AuditReport, _ notes: ReportNotes) { (self.audit, self.notes) = (audit, notes) }

  /// The page for a browser.
  var page: ReportPage {
    ReportPage(audit, notes: notes, days: days, trends: trends, program: "ccr-audit \(ProgramVersion.current)")
  }
}

/// How a report is written.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case markdown
  case csv
  case html

  func text(_ content: ReportContent, _ workspace: Workspace) -> String {
    switch self {
    case .table: TableReport.text(content.audit, notes: content.notes, style: workspace.style)
    case .json: JSONReport.text(content.audit, notes: content.notes)
    case .markdown: MarkdownReport.text(content.audit, notes: content.notes)
    case .csv: CSVReport.text(content.audit)
    case .html: content.page.text
    }
  }
}
