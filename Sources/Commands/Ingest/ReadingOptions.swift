import ArgumentParser
import Ledger

/// How the commands that ingest read.
struct ReadingOptions: ParsableArguments {
  @Option(help: "How many files, or parts of one, are read side by side. (default: the processor's cores, at most 4)")
  var jobs: Int?

  @Flag(help: "End with 2 where there is no ledger, as where its disk is not mounted, instead of making one.")
  var existingLedger = false

  func validate() throws {
    if let jobs, !(1...64).contains(jobs) { throw ValidationError("--jobs is a number from 1 to 64") }
  }

  /// The ledger, made where there is none and there may be none.
  func ledger(_ workspace: Workspace) throws(CommandFailure) -> LedgerFile {
    guard existingLedger, try !workspace.hasLedger() else { return try workspace.ledger() }
    throw CommandFailure(
      "there is no ledger at \(workspace.settings.ledger.value), and --existing-ledger makes none",
      hint: "is its disk mounted? `ccr-audit ingest` makes a new one")
  }

  /// As many as asked for.
  func jobs(cores: Int) -> Int { jobs ?? min(max(1, cores), 4) }
}

/// The option of commands that read logs.
struct RouterOptions: ParsableArguments {
  @Option(
    name: .customLong("router-config"),
    help: "The router's config.json, which names providers. (default: the router's own)",
    completion: .file())
  var routerConfig: String?

  var flags: [FlagValue] {
    routerConfig.map { [FlagValue(\.routerConfig, "--router-config", [$0])] } ?? []
  }
}
