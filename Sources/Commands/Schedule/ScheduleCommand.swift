import ArgumentParser

/// `ccr-audit schedule`: the group.
struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule",
    abstract: "Have the daily job run by itself: systemd, launchd, cron.",
    subcommands: [ScheduleInstall.self, ScheduleStatus.self, ScheduleUninstall.self, SchedulePrint.self])
}
