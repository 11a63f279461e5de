import Model

/// What the manager knows of a job.
package struct JobStatus: Hashable, Sendable {
  package var job: Schedule.Job
  /// Whether the manager has it, and will start it.
  package var isActive: Bool
  /// Whether it runs right now.
  package var isRunning = false
  /// When it last ended or, where only that is known, began; epoch milliseconds.
  package var lastRun: Int64?
  /// Its last exit code.
  package var exitCode: Int?
  /// How it last ended: `success`, or the manager's own word (`exit-code`, `timeout`, `signal`).
  package var result: String?
  /// When it runs next, epoch milliseconds; launchd does not say.
  package var nextRun: Int64?

  package init(job: Schedule.Job, isActive: Bool) {
    self.job = job
    self.isActive = isActive
  }

  /// A warning where the last good daily run is over 26 hours ago: a day, and time for a slow one.
  /// - Parameters:
  ///   - lastSuccess: epoch milliseconds; `nil` where there was none.
  ///   - now: epoch milliseconds.
  package static func warning(lastSuccess: Int64?, now: Int64) -> String? {
    guard let lastSuccess else { return "the daily run has never ended well" }
    let hours = (now - lastSuccess) / 3_600_000
    return hours >= 26 ? "the daily run last ended well \(hours) hours ago" : nil
  }
}

/// systemd.
extension JobStatus {
  /// The command whose output `systemd(_:)` reads.
  package static func systemdCommand(_ manager: Schedule.Manager) -> [String] {
    ["systemctl"] + (manager == .systemdUser ? ["--user"] : [])
      + [
        "show", "--timestamp=unix",
        "--property=Id,ActiveState,Result,ExecMainStatus,ExecMainExitTimestamp,LastTriggerUSec,NextElapseUSecRealtime",
      ] + Schedule.Job.allCases.flatMap { ["ccr-audit-\($0.rawValue).service", "ccr-audit-\($0.rawValue).timer"] }
  }

  /// The environment in which that command prints times that can be read, whatever the version does with `--timestamp`.
  package static let systemdEnvironment = ["LC_ALL": "C", "TZ": "UTC"]

  /// Reads `systemctl show`: a block of `key=value` a unit, with empty lines between them.
  package static func systemd(_ output: String) -> [JobStatus] {
    var units: [String: [String: String]] = [:]
    var unit: [String: String] = [:]
    for line in "\(output)\n\n".split(separator: "\n", omittingEmptySubsequences: false) {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 {
        unit[String(parts[0])] = String(parts[1])
      } else if let id = unit["Id"] {
        units[id] = unit
        unit = [:]
      }
    }
    return Schedule.Job.allCases.map { job in
      let service = units["ccr-audit-\(job.rawValue).service"] ?? [:]
      let timer = units["ccr-audit-\(job.rawValue).timer"] ?? [:]
      var status = JobStatus(job: job, isActive: timer["ActiveState"] == "active")
      status.isRunning = service["ActiveState"] == "activating"
      status.nextRun = timer["NextElapseUSecRealtime"].flatMap(time)
      if let ended = service["ExecMainExitTimestamp"].flatMap(time) {
        status.lastRun = ended
        status.exitCode = service["ExecMainStatus"].flatMap { Int($0) }
        status.result = service["Result"]
      } else {
        // After a start of the machine, only the timer's own stamp is left.
        status.lastRun = timer["LastTriggerUSec"].flatMap(time)
      }
      return status
    }
  }

  /// `@1790000000`, or `Tue 2026-10-06 04:00:00 UTC` as older versions print some of them; epoch milliseconds.
  private static func time(_ text: String) -> Int64? {
    if text.hasPrefix("@") {
      return Int64(text.dropFirst()).flatMap { $0 > 0 && $0 < 1 << 40 ? $0 * 1000 : nil }
    }
    let words = text.split(separator: " ")
    guard words.count == 4, words[3] == "UTC" else { return nil }
    return ISOTime.read("\(words[1])T\(words[2])Z")
  }
}

/// launchd.
extension JobStatus {
  /// The command whose output `launchd(_:job:)` reads; it fails where launchd does not have the job.
  package static func launchdCommand(_ job: Schedule.Job, userID: UInt32) -> [String] {
    ["launchctl", "print", "gui/\(userID)/ccr-audit.\(job.rawValue)"]
  }

  /// Reads `launchctl print`. launchd keeps no times: neither of the last run nor of the next.
  package static func launchd(_ output: String, job: Schedule.Job) -> JobStatus {
    var fields: [Substring: Substring] = [:]
    for line in output.split(separator: "\n") {
      // The job's own fields stand behind one tab; deeper ones belong to something within it.
      guard line.hasPrefix("\t"), !line.hasPrefix("\t\t"), let mark = line.firstRange(of: " = ") else { continue }
      fields[line[..<mark.lowerBound].dropFirst()] = line[mark.upperBound...]
    }
    var status = JobStatus(job: job, isActive: fields["state"] != nil)
    status.isRunning = fields["state"] == "running"
    // `0`, `78: EX_CONFIG`, `(never exited)`.
    if let code = fields["last exit code"]?.prefix(while: { $0 != ":" }), let code = Int(code) {
      status.exitCode = code
      status.result = code == 0 ? "success" : "exit-code"
    } else if let signal = fields["last terminating signal"] {
      status.result = "signal \(signal)"
    }
    return status
  }
}
