import ArgumentParser
import Audit
import Report
import Foundation
import Ledger
import Model

/// `ccr-audit run`: the daily job.
struct RunCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "The daily job: read the logs, report the day, append the history, send alerts.",
    discussion: """
      Audits yesterday unless a day is named, and the days before it that were missed. Running a day again changes \
      nothing, unless its logs have grown since. What fails in one step does not stop the others; the last line and the \
      exit code say what failed.

        ccr-audit run
        ccr-audit run --date 2026-06-24 ~/.claude-code-router/logs
        ccr-audit run --json --quiet
        ccr-audit run --html /var/www/llm-costs.html
      """)

  @Argument(help: "Files and folders of any source. (default: the configured places)", completion: .file())
  var paths: [String] = []

  @Option(help: "The day to audit, YYYY-MM-DD. (default: yesterday, and the days that were missed)")
  var date: CivilDay?

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.", completion: .models)
  var baseline: String?

  @Option(help: "How the report is written.")
  var format: ReportFormat = .table

  @Option(
    help: ArgumentHelp(
      "Write a page of the day into this file, and one of the last 30 days beside it.", valueName: "file"),
    completion: .file())
  var html: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var coverage: CoverageOptions

  @Flag(help: "Write a summary of the run as JSON instead of the report.")
  var json = false

  @Flag(help: "Read into a copy of the ledger and print the alert of the day; nothing is sent, appended or kept.")
  var dryRun = false

  @OptionGroup var scope: ScopeOptions
  @OptionGroup var reading: ReadingOptions
  @OptionGroup var router: RouterOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let flags =
      router.flags + coverage.flags + scope.flags + (baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? [])
      + (html.map { [FlagValue(\.html, "--html", [$0])] } ?? [])
    let workspace = try Workspace(options, in: context, flags: flags)
    let today = CivilDay(milliseconds: context.now(), in: workspace.settings.timeZone.value)
    if let date, date > today {
      throw CommandFailure("--date \(date) is in the future; today is \(today)", status: .usage)
    }
    try IngestJob(workspace, reading).requirePlaces(paths)
    // Before the work: a report in a log's place would take what was not read yet.
    let inputs = paths.map { ("the log", IngestJob.absolute($0, in: context)) }
    _ = try output.file(workspace, inputs: inputs)
    if html != nil, let path = workspace.settings.html.value {
      for name in PageNames(path).all { _ = try OutputFile(name, workspace, inputs: inputs) }
    }
    if dryRun { return try printAlert(workspace, on: date ?? today.advanced(by: -1)) }
    let ledger = try reading.ledger(workspace)
    let job: RunJob
    do throws(CommandFailure) {
      job = try RunJob(workspace, ledger: ledger)
    } catch {
      // What is wrong with the prices is said before an hour of reading; a router deletes its logs all the same.
      workspace.notes.warning("\(error.sentence); the logs are read, and no day is audited")
      try workspace.locked(ledger) { () throws(CommandFailure) in
        try JobRecord("run", ledger, context).keep { () throws(CommandFailure) in
          do throws(CommandFailure) {
            _ = try IngestJob(workspace, reading).runPart(paths, into: ledger)
          } catch {
            workspace.notes.warning("ingest failed: \(error.sentence)")
          }
          throw error
        }
      }
      throw error
    }
    try workspace.locked(ledger) { () throws(CommandFailure) in
      try JobRecord("run", ledger, context).keep { () throws(CommandFailure) in
        job.run(paths, reading, date: date)
        if json {
          try output.write(RunSummary.text(job), workspace)
        } else if let report = job.report {
          let audit = try AuditJob(workspace, ledger: ledger)
          var content = ReportContent(report.audit, report.notes)
          if coverage.estimate { content.audit = try audit.estimated(report.audit) }
          if format == .html { content.trends = try audit.trends(report.audit.scope.shown) }
          try output.write(format.text(content, workspace), workspace)
          if report.audit.coverage.counts.requests == 0 { try sayWhatIsHeld(workspace, ledger, report.audit.period) }
        }
        if let failure = job.failure { throw failure }
      }
    }
    if let retention = Retention(workspace) {
      let count = Figures.count(try retention.prune(), "request")
      workspace.notes.note("retention: \(count) from before \(retention.firstDay) became sums")
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

  /// What would be told of budgets and plans.
  private func notices(
    _ workspace: Workspace, _ job: AuditJob, on day: CivilDay, in copy: LedgerFile
  ) throws(CommandFailure) -> [String] {
    let before = try CommandFailure.ofLedger { () throws(LedgerError) in try copy.messages().map(\.id) }
    let notices = NoticeJob(workspace, job)
    _ = try notices.judge(notices.ended(with: day, of: [day]), in: copy)
    _ = try notices.judge(in: copy)
    let all = try CommandFailure.ofLedger { () throws(LedgerError) in try copy.messages() }
    return all.filter { !before.contains($0.id) }.map(\.payload)
  }

  /// Does all of the work on a copy of the ledger, and throws the copy away.
  private func printAlert(_ workspace: Workspace, on day: CivilDay) throws(CommandFailure) {
    let folder = try DryRunFolder()
    defer { folder.remove() }
    let copy = "\(folder.path)/ledger.sqlite"
    if try workspace.hasLedger() {
      let ledger = try workspace.existingLedger()
      try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.backup(to: copy, replacing: false) }
    }
    let ledger = try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile(path: copy) }
    do throws(CommandFailure) {
      if let failure = IngestJob.failure(of: try IngestJob(workspace, reading).run(paths, into: ledger)) {
        workspace.notes.warning(failure.sentence)
      }
    } catch {
      // What the ledger holds already can still be judged.
      guard paths.isEmpty, try AuditJob(workspace, ledger: ledger).days() != nil else { throw error }
      workspace.notes.warning(error.sentence)
    }
    let job = try AuditJob(workspace, ledger: ledger)
    let history = try HistoryStore(workspace).readable().log.newest
    let report = try job.report(day...day)
    let message = AlertJob(workspace, job).message(of: report, history: history.of(report.scope.shown))
    let notices = try notices(workspace, job, on: day, in: ledger)
    defer { for payload in notices { workspace.context.output.write(payload + "\n") } }
    guard !message.offenders.isEmpty else {
      guard notices.isEmpty else { return }
      let count = Figures.count(report.coverage.counts.requests, "request")
      guard report.coverage.covered > 0 || report.coverage.answered == 0 else {
        return workspace.notes.note(
          "nothing can be judged on \(day): of \(count) none has measured tokens and a price; there is nothing to send")
      }
      return workspace.notes.note("no model is above the limit on \(day) (\(count)): there is nothing to send")
    }
    workspace.context.output.write(SlackMessage(message).json + "\n")
  }
}
