import ArgumentParser

/// `GlobalOptions` without the history's file, for an import means something else by `--history`.
struct ImportOptions: ParsableArguments {
  @Option(help: "The configuration file. (default: ~/.config/ccr-audit/config.yaml)", completion: .file())
  var config: String?

  @Option(help: "The ledger's file. Commands that only add up take several.", completion: .file())
  var ledger: [String] = []

  @Option(help: "The pricing table's folder.", completion: .directory)
  var pricing: String?

  @Option(help: "The time zone that days are counted in, such as Asia/Seoul.", completion: .timeZones)
  var timezone: String?

  @Flag(name: .shortAndLong, help: "Say nothing on standard error but errors.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more on standard error.")
  var verbose = false

  @Flag(name: .customLong("no-color"), help: "Do not colour the output. NO_COLOR does the same.")
  var noColor = false

  func validate() throws { try global.validate() }

  var global: GlobalOptions {
    var all = GlobalOptions()
    all.config = config
    all.ledger = ledger
    all.pricing = pricing
    all.timezone = timezone
    all.quiet = quiet
    all.verbose = verbose
    all.noColor = noColor
    all.history = nil
    return all
  }
}
