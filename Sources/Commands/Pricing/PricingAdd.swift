package import ArgumentParser
import Foundation
import Ledger
package import Pricing
import Model

/// `ccr-audit pricing add`: a price of one's own.
package struct PricingAdd: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Write a model's price into your own pricing folder.",
    discussion: """
      The folder is the configured one, else ~/.config/ccr-audit/pricing, which is read without further configuration \
      and goes before the prices within the program. Without --from the price starts on the day of the model's first \
      request in the ledger.

        ccr-audit pricing add relay/my-model --input 0.30 --output 1.20 --source https://relay.example/pricing
      """)

  @Argument(help: "The model as the router names it, PROVIDER/MODEL.")
  var model: String

  @Option(help: "USD a million prompt tokens.")
  var input: Rate

  @Option(help: "USD a million answer tokens.")
  var output: Rate

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
  var source: String

  @Option(help: "The first day of the price, UTC. (default: the model's first request, else today)")
  var from: CivilDay?

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func validate() throws {
    if ModelID(model) == nil { throw ValidationError("\(Shown.text(model)) is not written PROVIDER/MODEL.") }
    if source.isEmpty { throw ValidationError("--source is empty.") }
  }

  package func run(in context: Context) throws(CommandFailure) {
    guard let model = ModelID(model) else { return }
    let workspace = try Workspace(options, in: context)
    let folder = workspace.ownPricingFolder
    let today = CivilDay(milliseconds: context.now(), in: .gmt)
    var start = from
    if start == nil { start = try firstRequest(of: model, workspace) }
    let file: PricingFile
    do throws(PricingError) {
      let files = FileManager.default.fileExists(atPath: folder) ? try PriceTable.files(ofFolder: folder) : []
      file = try Self.added(
        files, folder, workspace.catalogue,
        Rates(
          input: input, output: output, cacheRead: cacheRead, cacheWrite5m: cacheWrite5m, cacheWrite1h: cacheWrite1h),
        model, start ?? today, source, today)
    } catch {
      throw CommandFailure("\(error)")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure("cannot make the folder \(folder): \(error.localizedDescription)")
    }
    do throws(SystemError) {
      try AtomicFile.write(Array(file.text.utf8), to: file.name, mode: 0o644)
    } catch {
      throw CommandFailure("cannot write \(file.name): \(error)")
    }
    context.output.write("\(Shown.text(model.description)): price from \(start ?? today) on, in \(file.name)\n")
  }

  private static func added(
    _ files: [PricingFile], _ folder: String, _ catalogue: Catalogue?, _ rates: Rates, _ model: ModelID,
    _ start: CivilDay, _ source: String, _ today: CivilDay
  ) throws(PricingError) -> PricingFile {
    do throws(ImportFault) {
      return try PriceAddition.file(
        in: files, folder: folder, over: catalogue, adding: rates, to: model, from: start, source: source,
        today: today)
    } catch {
      throw .unreadable(path: model.description, reason: error.description)
    }
  }

  private func firstRequest(of model: ModelID, _ workspace: Workspace) throws(CommandFailure) -> CivilDay? {
    guard FileManager.default.fileExists(atPath: workspace.settings.ledger.value) else { return nil }
    let ledger = try workspace.existingLedger()
    let query = TrafficQuery(
      span: 0..<(workspace.context.now() + 1), grain: PriceGrain(), timeZone: .gmt)
    let slices = try CommandFailure.ofLedger { () throws(LedgerError) in try ledger.traffic(query) }
    let first = slices.filter { $0.model == model }.map(\.time).min()
    return first.map { CivilDay(milliseconds: $0, in: .gmt) }
  }
}

extension Rate: ExpressibleByArgument {
  /// Reads USD a million tokens.
  package init?(argument: String) { self.init(decimalPerMillion: argument) }
}
