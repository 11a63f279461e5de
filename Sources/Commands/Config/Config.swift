package import ArgumentParser

/// `ccr-audit config`: the group.
package struct Config: ParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Shows the configuration.", subcommands: [ConfigShow.self])

  package init() {}
}
