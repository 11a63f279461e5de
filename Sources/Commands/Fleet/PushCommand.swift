import ArgumentParser
import Ledger

/// `ccr-audit push`: what the ledger holds goes to the fleet's server.
struct PushCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Send what the fleet's server does not have yet.",
    discussion: """
      Sends numbers, times, and the names of providers and models; sessions and requests only as hashes with the team's \
      salt, and no prompt, path, host, user or project. Hours that changed since the last push go as a whole, under a new \
      version that replaces the old one. `run` does it each day where `fleet.url` is configured.

        ccr-audit push --dry-run
        ccr-audit push
        ccr-audit push --verify
      """)

  @Flag(name: .customLong("dry-run"), help: "Print exactly what would be sent, and send nothing.")
  var dryRun = false

  @Flag(help: "Send everything again.")
  var all = false

  @Flag(help: "Compare what the server holds with what was sent first, and send again what differs.")
  var verify = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if dryRun, verify { throw ValidationError("--dry-run asks no server, which --verify does.") }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    if dryRun { return try PushJob(dry: workspace).dryRun(all: all) }
    let job = try PushJob(workspace, ledger: try workspace.existingLedger())
    workspace.notes.note("push: \(try job.run(all: all, verify: verify).words)")
  }
}
