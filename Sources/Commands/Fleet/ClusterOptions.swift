import ArgumentParser

/// The cluster that a server belongs to.
struct ClusterOptions: ParsableArguments {
  @Option(help: "The name of the servers' cluster, as their `remote_servers` has it. (default: one server)")
  var cluster: String?
}
