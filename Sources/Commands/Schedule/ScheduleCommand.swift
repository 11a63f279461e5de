package import ArgumentParser

/// `ccr-audit schedule`: the group.
package struct ScheduleCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Have the daily job run by itself: systemd, launchd, cron.",
    subcommands: [ScheduleInstall.self, ScheduleStatus.self, ScheduleUninstall.self, SchedulePrint.self])

  package init() {}
}
