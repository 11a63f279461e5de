import Model
package import Foundation

/// What runs unattended, and under whose care.
package struct Schedule: Hashable, Sendable {
  /// The two jobs. Raw values are the program's commands.
  package enum Job: String, CaseIterable, Sendable {
    /// Every 15 minutes, and once just before midnight.
    case ingest
    /// At five past midnight, local time.
    case run
  }

  /// Who starts the jobs.
  package enum Manager: String, CaseIterable, Sendable {
    /// The user's own systemd.
    case systemdUser
    /// The machine's systemd, under a user of its own.
    case systemdSystem
    /// The launchd of the user's session.
    case launchd
  }

  /// Who starts the jobs.
  package var manager: Manager
  /// The program, absolute.
  package var program: String
  /// What follows the command, such as `--config PATH`.
  package var options: [String]
  /// The folders that the jobs write to, absolute: those of the ledger, the history, the metrics.
  package var writable: [String]
  /// systemd, machine-wide: a group that may read the router's logs.
  package var group: String?
  /// systemd, machine-wide: the file with the webhook's URL.
  package var credential: String?
  /// launchd: the folder of the jobs' own logs, absolute.
  package var logFolder: String

  package init(
    manager: Manager, program: String, options: [String] = [], writable: [String] = [], group: String? = nil,
    credential: String? = nil, logFolder: String = "/tmp"
  ) {
    self.manager = manager
    self.program = program
    self.options = options
    self.writable = writable
    self.group = group
    self.credential = credential
    self.logFolder = logFolder
  }

  /// Where the machine-wide jobs keep ledger and history: the unit's `StateDirectory=`.
  package static let systemStateFolder = "/var/lib/ccr-audit"

  /// Where a manager looks for units.
  /// - Parameters:
  ///   - home: the user's home folder, absolute.
  ///   - configHome: `XDG_CONFIG_HOME`, where it is set.
  package static func unitFolder(of manager: Manager, home: String, configHome: String?) -> String {
    switch manager {
    case .systemdUser: (configHome ?? "\(home)/.config") + "/systemd/user"
    case .systemdSystem: "/etc/systemd/system"
    case .launchd: "\(home)/Library/LaunchAgents"
    }
  }

  /// When the daily run is due next.
  /// - Parameters:
  ///   - now: epoch milliseconds.
  ///   - timeZone: the system's own, which the manager goes by.
  /// - Returns: epoch milliseconds.
  package static func nextDailyRun(after now: Int64, in timeZone: TimeZone) -> Int64 {
    let today = CivilDay(milliseconds: now, in: timeZone)
    let candidates = [today, today.advanced(by: 1)].map { $0.start(in: timeZone) + 300_000 }
    return candidates.first { $0 > now } ?? candidates[1]
  }
}
