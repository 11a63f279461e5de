import ArgumentParser

/// `ccr-audit schedule print`: the schedule for somebody else to install.
struct SchedulePrint: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Print the schedule: lines for `crontab -e`, or what `install` would do.")

  @Flag(help: "Lines for `crontab -e`.")
  var cron = false

  @OptionGroup var manager: ManagerOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let jobs = try JobSchedule(workspace, manager)
    for warning in jobs.warnings() { workspace.notes.warning(warning) }
    guard cron else {
      return context.output.write(Installer.text(try jobs.installation(system, userID: context.userID)))
    }
    let schedule = try jobs.schedule(system)
    do throws(DeliveryError) {
      context.output.write(try schedule.cronLines().map { $0 + "\n" }.joined())
    } catch {
      throw CommandFailure(error)
    }
  }
}
