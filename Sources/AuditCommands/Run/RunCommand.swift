package import ArgumentParser
import Audit
import Ledger
import Report
import Usage

/// `ccr-audit run`: the daily job.
package struct RunCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "The daily job: read the logs, report the day, append the history.",
    discussion: """
      Audits yesterday unless a day is named. Running a day again changes nothing, unless its logs have grown since.

        ccr-audit run
        ccr-audit run --date 2026-06-24 ~/.claude-code-router/logs
      """)

  @Argument(help: "Files and folders of logs. (default: the configured places)", completion: .file())
  var paths: [String] = []

  @Option(help: "The day to audit, YYYY-MM-DD. (default: yesterday)")
  var date: CivilDay?

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.")
  var baseline: String?

  @Option(help: "How the report is written.")
  var format: ReportFormat = .table

  @OptionGroup var coverage: CoverageOptions
  @OptionGroup var router: RouterOptions
  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let flags = router.flags + coverage.flags + (baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? [])
    let workspace = try Workspace(options, in: context, flags: flags)
    let today = CivilDay(milliseconds: context.now(), in: workspace.settings.timeZone.value)
    let day = date ?? today.advanced(by: -1)

    // What is wrong with the prices is known before an hour of reading.
    let job = try AuditJob(workspace, ledger: try workspace.ledger())
    let ingested = try IngestJob(workspace).run(paths)

    let report = try job.report(day...day, estimating: coverage.estimate)
    let notes = try job.notes(day...day, skippedLines: ingested.skippedCount)
    context.output.write(format.text(report, notes, workspace))
    if report.coverage.counts.requests == 0, let held = try job.days() {
      workspace.notes.note("no requests on \(day); the ledger holds \(held.lowerBound) to \(held.upperBound)")
    }

    let records = HistoryRecord.records(
      of: try job.traffic(day...day, by: .model, scope: .routed), baseline: workspace.settings.baseline.value,
      timeZone: workspace.settings.timeZone.value, now: context.now(), prices: job.prices)
    let history = HistoryFile(path: workspace.settings.history.value)
    let appended = try history.append(records)
    workspace.notes.note(
      appended == 0
        ? "the history \(history.path) holds \(day) already" : "appended \(appended) records to \(history.path)")
    if let failure = IngestJob.failure(of: ingested) { throw failure }
    try report.coverage.demand(workspace.settings.minCoverage.value)
  }
}
