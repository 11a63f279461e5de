package import ArgumentParser

/// The options that every command takes.
package struct GlobalOptions: ParsableArguments {
  @Option(help: "The configuration file. (default: ~/.config/ccr-audit/config.yaml)")
  package var config: String?

  @Option(help: "The ledger's file.")
  package var ledger: String?

  @Option(help: "The pricing table's folder.")
  package var pricing: String?

  @Option(help: "The history's file.")
  package var history: String?

  @Option(help: "The time zone that days are counted in, such as Asia/Seoul.")
  package var timezone: String?

  @Flag(name: .shortAndLong, help: "Say nothing on standard error but errors.")
  package var quiet = false

  @Flag(name: .shortAndLong, help: "Say more on standard error.")
  package var verbose = false

  @Flag(name: .customLong("no-color"), help: "Do not colour the output. NO_COLOR does the same.")
  package var noColor = false

  package init() {}

  package func validate() throws {
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }

  /// What is in force.
  /// - Parameter flags: what the command's own flags say.
  package func settings(in context: Context, _ flags: [FlagValue] = []) throws(CommandFailure) -> Settings {
    var all = flags
    if let ledger { all.append(FlagValue(\.ledger, "--ledger", [ledger])) }
    if let pricing { all.append(FlagValue(\.pricing, "--pricing", [pricing])) }
    if let history { all.append(FlagValue(\.history, "--history", [history])) }
    if let timezone { all.append(FlagValue(\.timeZone, "--timezone", [timezone])) }
    if noColor { all.append(FlagValue(\.color, "--no-color", [ColorChoice.never.rawValue])) }
    do throws(ConfigurationError) {
      return try Settings.load(in: context, config: config, flags: all)
    } catch {
      throw error.failure
    }
  }

  /// The same options as another command takes them.
  var arguments: [String] {
    let named = [
      ("config", config), ("ledger", ledger), ("pricing", pricing), ("history", history), ("timezone", timezone),
    ]
    return named.flatMap { name, value in value.map { ["--\(name)=\($0)"] } ?? [] }
      + (quiet ? ["--quiet"] : []) + (verbose ? ["--verbose"] : []) + (noColor ? ["--no-color"] : [])
  }

  /// Where the command says what is no data.
  package func notes(in context: Context) -> Notes {
    Notes(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, output: context.errors)
  }
}
