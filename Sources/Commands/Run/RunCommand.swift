package import ArgumentParser
import Audit
import Ledger
import Model

/// `ccr-audit run`: the daily job.
package struct RunCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "The daily job: read the logs, report the day, append the history, send alerts.",
    discussion: """
      Audits yesterday unless a day is named, and the days before it that were missed. Running a day again changes \
      nothing, unless its logs have grown since. What fails in one step does not stop the others; the last line and the \
      exit code say what failed.

        ccr-audit run
        ccr-audit run --date 2026-06-24 ~/.claude-code-router/logs
        ccr-audit run --json --quiet
      """)

  @Argument(help: "Files and folders of any source. (default: the configured places)", completion: .file())
  var paths: [String] = []

  @Option(help: "The day to audit, YYYY-MM-DD. (default: yesterday, and the days that were missed)")
  var date: CivilDay?

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.")
  var baseline: String?

  @Option(help: "How the report is written.")
  var format: ReportFormat = .table

  @OptionGroup var coverage: CoverageOptions

  @Flag(help: "Write a summary of the run as JSON instead of the report.")
  var json = false

  @Flag(help: "Print the alert of the audited day instead of sending anything; nothing is appended or kept.")
  var dryRun = false

  @OptionGroup var scope: ScopeOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var router: RouterOptions
  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let flags =
      router.flags + coverage.flags + scope.flags + (baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? [])
    let workspace = try Workspace(options, in: context, flags: flags)
    let ledger = try workspace.ledger()
    // What is wrong with the prices is known before an hour of reading.
    let job = try RunJob(workspace, ledger: ledger)
    let today = CivilDay(milliseconds: context.now(), in: workspace.settings.timeZone.value)
    if let date, date > today {
      throw CommandFailure("--date \(date) is in the future; by this machine's clock it is \(today)", status: .usage)
    }
    if dryRun { return try printAlert(workspace, ledger) }
    try workspace.locked(ledger) { () throws(CommandFailure) in
      try JobRecord("run", ledger, context).keep { () throws(CommandFailure) in
        job.run(paths, reading, date: date)
        if json {
          context.output.write(RunSummary.text(job))
        } else if let report = job.report {
          let shown = coverage.estimate ? try AuditJob(workspace, ledger: ledger).estimated(report.audit) : report.audit
          context.output.write(format.text(shown, report.notes, workspace))
          if report.audit.coverage.counts.requests == 0 { try sayWhatIsHeld(workspace, ledger, report.audit.period) }
        }
        if let failure = job.failure { throw failure }
      }
    }
    if let retention = Retention(workspace) {
      workspace.notes.note("retention: \(try retention.prune()) requests from before \(retention.firstDay) became sums")
    }
    try job.report?.audit.coverage.demand(workspace.settings.minCoverage.value)
    workspace.notes.note("run: ok")
  }

  private func sayWhatIsHeld(
    _ workspace: Workspace, _ ledger: LedgerFile, _ period: AuditPeriod
  ) throws(CommandFailure) {
    guard let held = try AuditJob(workspace, ledger: ledger).days() else { return }
    workspace.notes.note("no requests on \(period.until); the ledger holds \(held.lowerBound) to \(held.upperBound)")
  }

  private func printAlert(_ workspace: Workspace, _ ledger: LedgerFile) throws(CommandFailure) {
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    let day = date ?? today.advanced(by: -1)
    let job = try AuditJob(workspace, ledger: ledger)
    let history = try HistoryStore(workspace).read().newest
    let report = try job.report(day...day)
    let message = AlertJob(workspace, job).message(of: report, history: history.of(report.scope.shown))
    guard !message.offenders.isEmpty else {
      return workspace.notes.note("no model is above the limit on \(day): there is nothing to send")
    }
    workspace.context.output.write(SlackMessage(message).json + "\n")
  }
}
