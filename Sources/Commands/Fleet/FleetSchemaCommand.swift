import ArgumentParser
import Fleet

/// `ccr-audit fleet schema`: the tables, as DDL.
struct FleetSchemaCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the tables of the fleet's server as DDL; run it yourself.",
    discussion: """
      On a cluster the rows are spread over its shards, and what machines have committed lies on every server. Every \
      server needs the macros {shard} and {replica}.

        ccr-audit fleet schema --cluster fleet --replicas 2 | clickhouse-client --multiquery
      """)

  @OptionGroup var cluster: ClusterOptions

  @Option(help: "How many replicas each shard has; where more than one, a push waits until two have its rows.")
  var replicas = 1

  @Option(help: "The database. (default: that of fleet.url, else ccr_audit)")
  var database: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if !(1...100).contains(replicas) { throw ValidationError("--replicas must be from 1 to 100.") }
    if replicas > 1, cluster.cluster == nil { throw ValidationError("--replicas needs --cluster.") }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context)
    context.output.write(
      FleetSchema.ddl(
        database: database ?? workspace.settings.fleet.database, cluster: cluster.cluster, quorum: min(replicas, 2)))
  }
}
