/// What installing or removing a schedule does, in order, for `--print` to show and for the command to do.
package struct InstallPlan: Hashable, Sendable {
  /// A command line.
  package struct Command: Hashable, Sendable {
    /// The program and its arguments.
    package var words: [String]
    /// Whether the rest goes on when it fails.
    package var mayFail: Bool
  }

  package struct File: Hashable, Sendable {
    /// Where, absolute.
    package var path: String
    package var text: String
  }

  /// Folders to make where they are missing, with mode 0700, before all else.
  package var folders: [String] = []
  /// Commands before the files change.
  package var before: [Command] = []
  /// Files to write, mode 0644: they hold no secret.
  package var files: [File] = []
  /// Files to remove, absolute.
  package var removals: [String] = []
  /// Commands after the files have changed.
  package var after: [Command] = []
  /// What the user should know.
  package var notes: [String] = []

  /// Writes the units and starts them.
  /// - Parameters:
  ///   - schedule: what and how.
  ///   - unitFolder: where the manager looks for units, absolute.
  ///   - userID: the user's number, for launchd.
  /// - Throws: `DeliveryError.unfitPath`.
  package static func install(
    _ schedule: Schedule, unitFolder: String, userID: UInt32
  ) throws(DeliveryError) -> InstallPlan {
    let units = try schedule.units()
    var plan = InstallPlan()
    plan.files = units.map { File(path: "\(unitFolder)/\($0.name)", text: $0.text) }
    switch schedule.manager {
    case .systemdUser, .systemdSystem:
      if schedule.manager == .systemdUser {
        plan.folders = [unitFolder] + schedule.writable
        plan.notes = [
          "A user's timers rest while nobody is logged in; `loginctl enable-linger` keeps them going."
        ]
      }
      plan.after = [
        systemctl(schedule.manager, ["daemon-reload"]), systemctl(schedule.manager, ["enable", "--now"] + timers),
      ]
    case .launchd:
      plan.folders = [unitFolder, schedule.logFolder] + schedule.writable
      plan.before = bootouts(userID: userID)
      plan.after = plan.files.map {
        Command(words: ["launchctl", "bootstrap", "gui/\(userID)", $0.path], mayFail: false)
      }
    }
    return plan
  }

  /// Stops the jobs and removes their units. What they recorded stays.
  package static func uninstall(_ manager: Schedule.Manager, unitFolder: String, userID: UInt32) -> InstallPlan {
    var plan = InstallPlan()
    switch manager {
    case .systemdUser, .systemdSystem:
      plan.before = [systemctl(manager, ["disable", "--now"] + timers, mayFail: true)]
      plan.removals = Schedule.Job.allCases.flatMap { job in
        ["service", "timer"].map { "\(unitFolder)/ccr-audit-\(job.rawValue).\($0)" }
      }
      plan.after = [systemctl(manager, ["daemon-reload"], mayFail: true)]
    case .launchd:
      plan.before = bootouts(userID: userID)
      plan.removals = Schedule.Job.allCases.map { "\(unitFolder)/ccr-audit.\($0.rawValue).plist" }
    }
    return plan
  }

  private static let timers = Schedule.Job.allCases.map { "ccr-audit-\($0.rawValue).timer" }

  private static func systemctl(_ manager: Schedule.Manager, _ words: [String], mayFail: Bool = false) -> Command {
    Command(words: ["systemctl"] + (manager == .systemdUser ? ["--user"] : []) + words, mayFail: mayFail)
  }

  /// launchd refuses a job that it has already, and to remove one that it has not.
  private static func bootouts(userID: UInt32) -> [Command] {
    Schedule.Job.allCases.map {
      Command(words: ["launchctl", "bootout", "gui/\(userID)/ccr-audit.\($0.rawValue)"], mayFail: true)
    }
  }
}
