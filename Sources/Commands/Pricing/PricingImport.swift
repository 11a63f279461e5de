import Audit
import ArgumentParser
import Foundation
import Ledger
import Pricing
import Model

/// `ccr-audit pricing import`: prices from other projects' lists.
struct PricingImport: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Write prices from another project's list into the pricing files.",
    discussion: """
      A list is a file that somebody fetched before: LiteLLM's model_prices_and_context_window.json, models.dev's \
      api.json, OpenRouter's answer to /api/v1/models, llm-prices' current-v1.json or historical-v1.json, genai-prices' \
      data.json. A price becomes a new entry with its date and source; what is there is never changed. For a model \
      without a price it starts on the day of the first request that lacks one. Several lists that disagree about a \
      model are shown side by side, and nothing is written for it.

        ccr-audit pricing import --from litellm prices.json --dry-run
        ccr-audit pricing import --from litellm prices.json --from openrouter models.json --prefer openrouter
        ccr-audit pricing import --from openrouter models.json --model minimax/MiniMax-M2.7=minimax/minimax-m2.7

      Exit codes: 0 done; 2 a model that was named has no price to take over, or lists disagree.
      """)

  @Option(help: "Whose list the next FILE is.")
  var from: [PriceSource]

  @Argument(help: "The lists, one for each --from; - is standard input.", completion: .file())
  var files: [String]

  @Option(help: "A model, PROVIDER/MODEL or PROVIDER/MODEL=NAME-IN-THE-LIST. (default: all in the ledger)")
  var model: [WantedModel] = []

  @Option(help: "The list to believe where several disagree.")
  var prefer: PriceSource?

  @Option(help: "The first day of the prices, UTC. (default: the first request without a price, the list's day, today)")
  var effective: CivilDay?

  @Flag(help: "Take over what the lists say of the past, too.")
  var history = false

  @Flag(help: "Write nothing; show the change as a diff.")
  var dryRun = false

  @OptionGroup var options: ImportOptions

  func validate() throws {
    guard from.count == files.count else {
      throw ValidationError("Each list needs both, as in --from litellm prices.json.")
    }
    guard files.count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("Only one list can come from standard input.")
    }
    if history, effective != nil { throw ValidationError("--history has days of its own; leave --effective out.") }
    if let prefer, !from.contains(prefer) {
      throw ValidationError("--prefer \(prefer.rawValue) needs a list of \(prefer.rawValue).")
    }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options.global, in: context)
    var job = try ImportJob(workspace, today: CivilDay(milliseconds: context.now(), in: .gmt))
    job.effective = effective
    job.prefer = prefer
    job.takesHistory = history
    for model in try workspace.unpricedModels() { job.needed[model.model] = model.firstDay }
    let wanted = try model.isEmpty ? ledgerModels(workspace) : model
    for (source, file) in zip(from, files) { try job.read(file, of: source) }
    for model in wanted { job.add(model, isNamed: !self.model.isEmpty) }
    try job.finish(dryRun: dryRun)
  }

  private func ledgerModels(_ workspace: Workspace) throws(CommandFailure) -> [WantedModel] {
    let hint = "name models with --model PROVIDER/MODEL, or fill the ledger with `ccr-audit ingest`"
    let path = workspace.settings.ledger.value
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandFailure("no model is named, and there is no ledger at \(path) to take them from", hint: hint)
    }
    let models = try workspace.ledgerModels()
    guard !models.isEmpty else { throw CommandFailure("no model is named, and the ledger holds none", hint: hint) }
    return models.map { WantedModel($0) }
  }
}

extension PriceSource: ExpressibleByArgument {}

extension WantedModel: ExpressibleByArgument {
  /// Reads `PROVIDER/MODEL` or `PROVIDER/MODEL=NAME`.
  package init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let id = ModelID(parts[0]), parts.count == 1 || !parts[1].isEmpty else { return nil }
    self.init(id, key: parts.count == 2 ? parts[1] : nil)
  }
}
