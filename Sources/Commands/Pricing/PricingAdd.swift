import Audit
import Foundation
import ArgumentParser
import Model
package import Pricing

/// `ccr-audit pricing add`: a price of one's own.
struct PricingAdd: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Write a model's price into your own pricing folder.",
    discussion: """
      The folder is the configured one, else ~/.config/ccr-audit/pricing, which is read without further configuration \
      and goes before the prices within the program, model by model: what they say of the days before stays. Without \
      --from the price starts on the day of the first request in the ledger that has none, else today.

        ccr-audit pricing add relay/my-model --input 0.30 --output 1.20 --source https://relay.example/pricing
        ccr-audit pricing add ollama/qwen2.5-coder:latest --free
        ccr-audit pricing add anthropic/claude-opus-4-1 --mode fast=6
      """)

  @Argument(help: "The model as the router names it, PROVIDER/MODEL.")
  var model: String

  @Option(help: "USD a million prompt tokens.")
  var input: Rate?

  @Option(help: "USD a million answer tokens.")
  var output: Rate?

  @Option(help: "USD a million tokens read from a cache. (default: as --input)")
  var cacheRead: Rate?

  @Option(
    name: .customLong("cache-write-5m"), help: "USD a million tokens written to a 5-minute cache. (default: as --input)"
  )
  var cacheWrite5m: Rate?

  @Option(
    name: .customLong("cache-write-1h"), help: "USD a million tokens written to a 1-hour cache. (default: as 5 minutes)"
  )
  var cacheWrite1h: Rate?

  @Option(help: "The page on which you read it.")
  var source: String?

  @Option(help: "The first day of the price, UTC. (default: the first request without a price, else today)")
  var from: CivilDay?

  @Flag(help: "It costs nothing, as on hardware that is not to be counted.")
  var free = false

  @Option(help: "What multiplies the rates in a mode: fast=2, batch=0.5.")
  var mode: [ModeFactor] = []

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if ModelID(model) == nil { throw ValidationError("\(Display.text(model)) is not written PROVIDER/MODEL.") }
    let rates = [input, output, cacheRead, cacheWrite5m, cacheWrite1h].compactMap(\.self)
    if free {
      guard rates.isEmpty, mode.isEmpty, from == nil else {
        throw ValidationError("--free has no rates, no mode and no first day.")
      }
    } else if !rates.isEmpty || mode.isEmpty {
      guard input != nil, output != nil, let source, !source.isEmpty else {
        throw ValidationError("A price needs --input, --output and --source, the page on which you read it.")
      }
    }
  }

  func run(in context: Context) throws(CommandFailure) {
    guard var model = ModelID(model) else { return }
    let workspace = try Workspace(options, in: context)
    let name = Display.text(model.description)
    let unpriced = try workspace.unpricedModels().filter { $0.model.description == self.model }
    // A provider's own name can hold a slash: the ledger tells where it ends, and the table says that it has none such.
    if let other = unpriced.first?.model, !unpriced.contains(where: { $0.model == model }) { model = other }
    let today = CivilDay(milliseconds: context.now(), in: .gmt)
    let old = try workspace.ownPricingFiles()
    var lines: [String] = []
    var folder = try CommandFailure.ofPricing { () throws(PricingError) in
      try PriceImport(files: old, folder: workspace.ownPricingFolder, over: workspace.catalogue)
    }
    var first = from
    if first == nil { first = unpriced.first { $0.model == model }?.firstDay }
    do throws(ImportFault) {
      if free {
        try folder.add(nil, to: model)
        lines.append("\(name): costs nothing")
      }
      if let input, let output {
        let start = first ?? today
        let rates = Rates(
          input: input, output: output, cacheRead: cacheRead, cacheWrite5m: cacheWrite5m, cacheWrite1h: cacheWrite1h)
        let entry = PriceEntry(
          from: start.start(in: .gmt), rates: rates, recorded: start < today ? today : nil, source: source,
          verified: today)
        try folder.add(entry, to: model)
        lines.append("\(name): price from \(start) on")
      }
      if !mode.isEmpty {
        try folder.add(Dictionary(mode.map { ($0.name, $0.factor) }) { $1 }, to: model)
        lines.append(
          "\(name): "
            + mode.map { "\($0.factor) times the price in mode \(Display.text($0.name))" }.joined(separator: ", "))
      }
    } catch {
      throw CommandFailure("\(name) \(Display.text(error.description))")
    }
    let changes = folder.changes(from: old)
    for change in changes { try workspace.write(change.file) }
    let files = changes.map(\.file.name).joined(separator: ", ")
    for line in lines { context.output.write("\(line), in \(files)\n") }
  }
}

/// `fast=2`.
struct ModeFactor: ExpressibleByArgument, Sendable {
  let name: String
  let factor: TokenFactor

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let factor = TokenFactor(decimal: parts[1]) else { return nil }
    self.name = parts[0]
    self.factor = factor
  }
}

extension Rate: ExpressibleByArgument {
  /// Reads USD a million tokens.
  package init?(argument: String) { self.init(decimalPerMillion: argument) }
}
