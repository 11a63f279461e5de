import ArgumentParser

/// `ccr-audit history`: the group; the trend where no subcommand is named.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show how each model's ratio went over time; verify and prune the history.",
    subcommands: [HistoryShow.self, HistoryVerify.self, HistoryPrune.self],
    defaultSubcommand: HistoryShow.self)
}
