package import ArgumentParser

/// The options that every command takes.
///
/// A group in a group would spare `pricing import`, which has another `--history`, its copy of seven options. But a
/// debug build of ArgumentParser checks a group four times as often with every level that it is deeper.
package struct GlobalOptions: ParsableArguments {
  @Option(help: "The configuration file. (default: ~/.config/ccr-audit/config.yaml)", completion: .file())
  package var config: String?

  @Option(help: "The ledger's file. Commands that only add up take several.", completion: .file())
  package var ledger: [String] = []

  @Option(help: "The pricing table's folder.", completion: .directory)
  package var pricing: String?

  @Option(help: "The time zone that days are counted in, such as Asia/Seoul.", completion: .timeZones)
  package var timezone: String?

  @Flag(name: .shortAndLong, help: "Say nothing on standard error but errors.")
  package var quiet = false

  @Flag(name: .shortAndLong, help: "Say more on standard error.")
  package var verbose = false

  @Flag(name: .customLong("no-color"), help: "Do not colour the output. NO_COLOR does the same.")
  package var noColor = false

  @Option(help: "The history's file.", completion: .file())
  package var history: String?

  package init() {}

  package func validate() throws {
    if Set(ledger).count < ledger.count { throw ValidationError("--ledger names the same file twice.") }
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }

  /// What is in force.
  /// - Parameters:
  ///   - flags: what the command's own flags say.
  ///   - makesConfig: whether a file that is named and not there is about to be written.
  package func settings(
    in context: Context, _ flags: [FlagValue] = [], makesConfig: Bool = false
  ) throws(CommandFailure) -> Settings {
    var all = flags
    if let ledger = ledger.first { all.append(FlagValue(\.ledger, "--ledger", [ledger])) }
    if let pricing = pricing { all.append(FlagValue(\.pricing, "--pricing", [pricing])) }
    if let history { all.append(FlagValue(\.history, "--history", [history])) }
    if let timezone = timezone { all.append(FlagValue(\.timeZone, "--timezone", [timezone])) }
    if noColor { all.append(FlagValue(\.color, "--no-color", [ColorChoice.never.rawValue])) }
    do throws(ConfigurationError) {
      return try Settings.load(in: context, config: config, flags: all, makesConfig: makesConfig)
    } catch {
      throw error.failure
    }
  }

  /// What a configuration and the variables say, without any flag.
  static func settings(ofFile config: String, in context: Context) throws(CommandFailure) -> Settings {
    do throws(ConfigurationError) {
      return try Settings.load(in: context, config: config)
    } catch {
      throw error.failure
    }
  }

  /// The same options as another command takes them.
  var arguments: [String] {
    let named = [
      ("config", config), ("ledger", ledger.first), ("pricing", pricing), ("history", history),
      ("timezone", timezone),
    ]
    return named.flatMap { name, value in value.map { ["--\(name)=\($0)"] } ?? [] }
      + (quiet ? ["--quiet"] : []) + (verbose ? ["--verbose"] : [])
      + (noColor ? ["--no-color"] : [])
  }

  /// Where the command says what is no data.
  package func notes(in context: Context) -> Notes {
    Notes(verbosity: quiet ? .quiet : verbose ? .verbose : .normal, output: context.errors)
  }
}
