package import ArgumentParser

/// `ccr-audit fleet`: the group.
package struct FleetCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "fleet",
    abstract: "Set up and look after the server that many machines push to.",
    subcommands: [FleetSchemaCommand.self, FleetCheckCommand.self, FleetCleanCommand.self])

  package init() {}
}
