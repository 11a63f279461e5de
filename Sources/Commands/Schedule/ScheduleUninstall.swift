import ArgumentParser
import Report

/// `ccr-audit schedule uninstall`: stops the jobs and removes their units.
struct ScheduleUninstall: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Stop the jobs and remove what `schedule install` wrote; ledger and history stay.")

  @Flag(name: .customLong("print"), help: "Show what would be removed and run, and do nothing.")
  var printOnly = false

  @OptionGroup var manager: ManagerOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let jobs = try JobSchedule(workspace, manager)
    let installer = Installer(context)
    var plan = InstallPlan.uninstall(jobs.manager, unitFolder: jobs.unitFolder, userID: context.userID)
    for path in plan.removals where installer.isForeign(path) {
      workspace.notes.warning("\(path) was not written by `schedule install`; it stays")
    }
    plan.removals = plan.removals.filter(installer.isOurs)
    if printOnly { return context.output.write(Installer.text(plan)) }
    guard !plan.removals.isEmpty else {
      workspace.notes.note("nothing is installed in \(jobs.unitFolder)")
      return workspace.sayHowToBegin()
    }
    try installer.carryOut(plan)
    workspace.notes.note("removed \(Figures.count(plan.removals.count, "file")) from \(jobs.unitFolder)")
  }
}
