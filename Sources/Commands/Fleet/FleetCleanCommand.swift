package import ArgumentParser
import Fleet
import Model
import Report

/// `ccr-audit fleet clean`: rows that count for nothing go.
package struct FleetCleanCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Remove rows of versions that were superseded or never committed, and are older than a day.",
    discussion: "Reports stay what they are. The user needs the right to ALTER the table.")

  @OptionGroup var cluster: ClusterOptions

  @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    let server = try FleetServer(workspace)
    // The statements run on their own time: what they remove stays visible here for a while, so each is named once.
    var named: Set<[String]> = []
    var rows: Int64 = 0
    while true {
      let found = try CommandFailure.ofFleet { () throws(FleetError) in
        try server.ask(server.sql.superseded(before: context.now() - 86_400_000), consistent: true)
      }
      let new = found.filter { $0.count == 4 && !named.contains(Array($0.prefix(3))) }
      guard !new.isEmpty else { break }
      rows += new.reduce(0) { $0 + (Int64($1[3]) ?? 0) }
      named.formUnion(new.map { Array($0.prefix(3)) })
      if dryRun { break }
      try CommandFailure.ofFleet { () throws(FleetError) in
        try server.order(FleetSchema.removal(of: new, database: server.database, cluster: cluster.cluster))
      }
      if found.count < 1000 { break }
      context.wait(2000)
    }
    workspace.notes.note(
      "\(dryRun ? "would remove" : "removed") \(Figures.count(Int(rows), "row")) of "
        + "\(Figures.count(named.count, "old version"))")
  }
}
