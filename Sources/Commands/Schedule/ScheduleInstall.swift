import ArgumentParser

/// `ccr-audit schedule install`: writes the units and starts them.
struct ScheduleInstall: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Have the jobs run by themselves: ingest every 15 minutes, the daily run after midnight.",
    discussion: """
      Writes a systemd timer and service for each job, or a launchd agent, with the paths in force now. Doing it again \
      brings them up to date.

        ccr-audit schedule install --print
        sudo ccr-audit schedule install --system --config /etc/ccr-audit/config.yaml --group adm
      """)

  @Flag(name: .customLong("print"), help: "Show what would be written and run, and do nothing.")
  var printOnly = false

  @OptionGroup var manager: ManagerOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let jobs = try JobSchedule(workspace, manager)
    let installer = Installer(context)
    let plan = try jobs.installation(system, userID: context.userID)
    for warning in jobs.warnings() { workspace.notes.warning(warning) }
    if printOnly { return context.output.write(Installer.text(plan)) }
    try installer.carryOut(plan)
    for file in plan.files { workspace.notes.detail("wrote \(file.path)") }
    workspace.notes.note("the jobs run by themselves now; `ccr-audit schedule status` says how they go")
    for note in plan.notes { workspace.notes.note(note) }
  }
}

extension JobSchedule {
  /// What installing does.
  func installation(_ system: SystemOptions, userID: UInt32) throws(CommandFailure) -> InstallPlan {
    let schedule = try schedule(system)
    do throws(DeliveryError) {
      var plan = try InstallPlan.install(schedule, unitFolder: unitFolder, userID: userID)
      for index in plan.files.indices { plan.files[index].text = UnitMark.marked(plan.files[index].text) }
      return plan
    } catch {
      throw CommandFailure(error)
    }
  }
}
