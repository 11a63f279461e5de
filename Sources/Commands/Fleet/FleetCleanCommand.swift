import ArgumentParser
import Fleet
import Model
import Report

/// `ccr-audit fleet clean`: rows that count for nothing go.
struct FleetCleanCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Remove rows of versions that were superseded or never committed, and are older than a day.",
    discussion: "Reports stay what they are. The user needs the right to ALTER the table.")

  @OptionGroup var cluster: ClusterOptions

  @Flag(name: .customLong("dry-run"), help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    var server = try FleetServer(workspace)
    try CommandFailure.ofFleet { () throws(FleetError) in
      try server.greet()
      // To one that lacks commits, rows that count are rows of nobody.
      try server.demandCurrent()
    }
    let instant = server.clock - 86_400_000
    var (versions, rows, last): (Int, Int64, [UInt64]?) = (0, 0, nil)
    while true {
      let found = try CommandFailure.ofFleet { () throws(FleetError) in
        try server.ask(server.sql.superseded(before: instant, after: last), consistent: true)
      }
      for row in found {
        let place = row.prefix(3).compactMap { UInt64($0) }
        guard row.count == 4, place.count == 3, let count = Int64(row[3]), (0...1 << 40).contains(count),
          last.map({ $0.lexicographicallyPrecedes(place) }) ?? true
        else { throw CommandFailure(FleetError.uncountable) }
        last = place
        versions += 1
        rows += count
      }
      guard !found.isEmpty else { break }
      if !dryRun {
        try CommandFailure.ofFleet { () throws(FleetError) in
          try server.order(FleetSchema.removal(of: found, database: server.database, cluster: cluster.cluster))
        }
      }
      if found.count < FleetSQL.versionsAtOnce { break }
    }
    workspace.notes.note(
      "\(dryRun ? "would remove" : "removed") \(Figures.count(Int(rows), "row")) of "
        + "\(Figures.count(versions, "old version"))")
  }
}
