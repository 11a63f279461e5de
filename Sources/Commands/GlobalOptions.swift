package import ArgumentParser

/// The options that every command takes, but for the history's file: an import has another meaning for `--history`.
package struct CommonOptions: ParsableArguments {
  @Option(help: "The configuration file. (default: ~/.config/ccr-audit/config.yaml)")
  package var config: String?

  @Option(help: "The ledger's file. Commands that only add up take several.")
  package var ledger: [String] = []

  @Option(help: "The pricing table's folder.")
  package var pricing: String?

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
    if Set(ledger).count < ledger.count { throw ValidationError("--ledger names the same file twice.") }
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}

/// The options that every command takes.
package struct GlobalOptions: ParsableArguments {
  @OptionGroup package var common: CommonOptions

  @Option(help: "The history's file.")
  package var history: String?

  package init() {}

  /// Those of a command that takes no history's file.
  init(_ common: CommonOptions) {
    self.common = common
    history = nil
  }

  /// What is in force.
  /// - Parameters:
  ///   - flags: what the command's own flags say.
  ///   - makesConfig: whether a file that is named and not there is about to be written.
  package func settings(
    in context: Context, _ flags: [FlagValue] = [], makesConfig: Bool = false
  ) throws(CommandFailure) -> Settings {
    var all = flags
    if let ledger = common.ledger.first { all.append(FlagValue(\.ledger, "--ledger", [ledger])) }
    if let pricing = common.pricing { all.append(FlagValue(\.pricing, "--pricing", [pricing])) }
    if let history { all.append(FlagValue(\.history, "--history", [history])) }
    if let timezone = common.timezone { all.append(FlagValue(\.timeZone, "--timezone", [timezone])) }
    if common.noColor { all.append(FlagValue(\.color, "--no-color", [ColorChoice.never.rawValue])) }
    do throws(ConfigurationError) {
      return try Settings.load(in: context, config: common.config, flags: all, makesConfig: makesConfig)
    } catch {
      throw error.failure
    }
  }

  /// The same options as another command takes them.
  var arguments: [String] {
    let named = [
      ("config", common.config), ("ledger", common.ledger.first), ("pricing", common.pricing), ("history", history),
      ("timezone", common.timezone),
    ]
    return named.flatMap { name, value in value.map { ["--\(name)=\($0)"] } ?? [] }
      + (common.quiet ? ["--quiet"] : []) + (common.verbose ? ["--verbose"] : [])
      + (common.noColor ? ["--no-color"] : [])
  }

  /// Where the command says what is no data.
  package func notes(in context: Context) -> Notes {
    Notes(verbosity: common.quiet ? .quiet : common.verbose ? .verbose : .normal, output: context.errors)
  }
}
