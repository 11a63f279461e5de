import ArgumentParser

/// `ccr-audit config`: the group.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Shows the configuration.", subcommands: [ConfigShow.self])
}
