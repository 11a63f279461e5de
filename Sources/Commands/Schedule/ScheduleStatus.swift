import ArgumentParser
import Foundation
import Ledger
import Model
import Report

/// `ccr-audit schedule status`: how the jobs go.
struct ScheduleStatus: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show when each job last ran, how it ended, and when it runs next.",
    discussion: "Warns when the daily run last ended well over 26 hours ago.")

  @OptionGroup var manager: ManagerOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let jobs = try JobSchedule(workspace, manager)
    let runs = try jobs.runs()
    var lines = [["job", "state", "last run", "ended", "last success", "next run"]]
    let statuses = jobs.statuses()
    if statuses == nil { workspace.notes.warning("systemd does not answer; what it would say is left out") }
    for job in Schedule.Job.allCases {
      lines.append(jobs.cells(job, statuses?.first { $0.job == job }, runs.first { $0.name == job.rawValue }))
    }
    let table = Self.table(lines)
    let width = workspace.style.width
    context.output.write(
      table.split(separator: "\n").allSatisfy { $0.count <= width } ? table : Self.stacked(lines, width: width))
    let ofManager = statuses?.first { $0.job == .run }?.lastRun
    guard ofManager != nil || runs.contains(where: { $0.name == Schedule.Job.run.rawValue }) else {
      workspace.notes.warning("the daily run has not run yet: `ccr-audit run`, or `ccr-audit schedule install`")
      return workspace.sayHowToBegin()
    }
    let lastSuccess = runs.first { $0.name == Schedule.Job.run.rawValue }?.succeeded
    if let warning = JobStatus.warning(lastSuccess: lastSuccess, now: context.now()) {
      workspace.notes.warning(warning)
    }
  }

  /// The same with each fact on a line of its own.
  private static func stacked(_ rows: [[String]], width: Int) -> String {
    rows.dropFirst().map { row in
      zip(rows[0], row).flatMap { title, text in
        let head = title + String(repeating: " ", count: max(0, 14 - title.count))
        return SafeText.visible(text).wrapped(
          to: max(34, width), indent: head, hanging: String(repeating: " ", count: 14))
      }.map { $0 + "\n" }.joined()
    }.joined(separator: "\n")
  }

  private static func table(_ rows: [[String]]) -> String {
    let widths = rows.reduce([Int](repeating: 0, count: 6)) { widths, row in zip(widths, row).map { max($0, $1.count) }
    }
    return rows.map { row in
      let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      return line.withoutTrailingSpaces + "\n"
    }.joined()
  }
}

extension JobSchedule {
  /// What the ledger knows of the jobs; nothing where there is none yet.
  func runs() throws(CommandFailure) -> [JobRun] {
    let path = ledgerPath
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try CommandFailure.ofLedger { () throws(LedgerError) in try LedgerFile(reading: path).jobs() }
  }

  /// What the manager knows of them; `nil` where it does not answer.
  func statuses() -> [JobStatus]? {
    let context = workspace.context
    switch manager {
    case .systemdUser, .systemdSystem:
      let result = context.processes.run(JobStatus.systemdCommand(manager), JobStatus.systemdEnvironment)
      return result.status == 0 ? JobStatus.systemd(result.output) : nil
    case .launchd:
      return Schedule.Job.allCases.map { job in
        let result = context.processes.run(JobStatus.launchdCommand(job, userID: context.userID), [:])
        var status = JobStatus.launchd(result.output, job: job)
        if status.isActive, job == .run {
          status.nextRun = Schedule.nextDailyRun(after: context.now(), in: context.timeZone)
        }
        return status
      }
    }
  }

  /// A line of the table. The ledger says more than the manager, unless the program never got as far as the ledger.
  func cells(_ job: Schedule.Job, _ known: JobStatus?, _ run: JobRun?) -> [String] {
    let status = known ?? JobStatus(job: job, isActive: false)
    let state =
      status.isRunning ? "running" : status.isActive ? "scheduled" : known == nil ? "unknown" : "not installed"
    let own = run.map { $0.outcome ?? (status.isRunning ? "-" : "was cut off") }
    var managers = status.result
    if let result = managers, result != "success", let code = status.exitCode {
      managers = "\(result) (exit code \(code))"
    }
    let isNewer = (status.lastRun ?? 0) > (run?.ended ?? run?.started ?? 0) + 60_000
    let ended = isNewer ? managers ?? own : own ?? managers
    return [
      job.rawValue, state, time(isNewer ? status.lastRun : run?.started ?? status.lastRun), ended ?? "-",
      time(run?.succeeded), time(status.nextRun),
    ]
  }

  /// Local time to the minute.
  private func time(_ milliseconds: Int64?) -> String {
    milliseconds.map { Figures.minute($0, in: workspace.settings.timeZone.value) } ?? "-"
  }
}
