import ArgumentParser

/// `ccr-audit fleet`: the group.
struct FleetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet",
    abstract: "Set up and look after the server that many machines push to.",
    subcommands: [FleetSchemaCommand.self, FleetCheckCommand.self, FleetCleanCommand.self])
}
