package import ArgumentParser
import Audit
import Foundation
import Pricing
import Report
import Usage

/// `ccr-audit check`: the gate for CI.
package struct CheckCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Fail where a model is dearer than the baseline, or became dearer.",
    discussion: """
      Computes every ratio again from a history file and a pricing table; it needs no logs, keys or ledger. Plans are \
      reported and never fail. `thresholds:` of the configuration hold where an option is not given.

        ccr-audit check --history history.jsonl --pricing pricing
        ccr-audit check --base git:origin/main --max-increase 10% --only-new --format github
        ccr-audit check --base last-month.jsonl --max-increase 10% --window 7d

      A base is a history file (the same prices on both sides), a pricing folder (the same history on both sides), or \
      git:REF, which takes both as they are at that revision.

      Exit codes: 0 no rule is violated; 1 one is; 2 it could not be judged.
      """)

  @Option(help: "The ratio that a per-token model may have. (default: thresholds.max_ratio, else 1)")
  var maxRatio: String?

  @Option(help: "By how much a ratio may grow against --base: 10% or 0.1.")
  var maxIncrease: Share?

  @Option(help: ArgumentHelp("What to compare with.", valueName: "FILE|FOLDER|git:REF"))
  var base: String?

  @Option(help: "The days to judge, back from the newest record: 7d, 4w, all.")
  var window = Window(days: 7)

  @Option(help: "How many measured requests a model must have to be judged.")
  var minRequests: String?

  @Option(help: "The share of requests that must be measured and priced: 95% or 0.95.")
  var minCoverage: String?

  @Flag(help: "End with 2 where a model has no price; else that is a warning.")
  var failOnUnpriced = false

  @Flag(help: "Only report a model that is above the limit on the base too.")
  var onlyNew = false

  @Option(help: "Where the requests come from.")
  var from = Source.history

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.")
  var baseline: String?

  @Option(help: "How to print.")
  var format = Format.table

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func validate() throws {
    if base == nil, maxIncrease != nil || onlyNew {
      throw ValidationError("--max-increase and --only-new need a --base to compare with.")
    }
  }

  package func run(in context: Context) throws(CommandFailure) {
    var flags: [FlagValue] = []
    if let maxRatio { flags.append(FlagValue(\.maxRatio, "--max-ratio", [maxRatio])) }
    if let minRequests { flags.append(FlagValue(\.minRequests, "--min-requests", [minRequests])) }
    if let minCoverage { flags.append(FlagValue(\.minCoverage, "--min-coverage", [minCoverage])) }
    if let baseline { flags.append(FlagValue(\.baseline, "--baseline", [baseline])) }
    let workspace = try Workspace(options, in: context, flags: flags)
    let gate = try CheckJob(workspace, window: window.days, source: from).gate(base: base, rules: try rules(workspace))
    context.output.write(text(gate, workspace))
    if format == .github { try appendSummary(gate, workspace) }
    switch gate.outcome {
    case .passed: return
    case .failed: throw CommandFailure("the check failed", status: .policy)
    case .unjudged: throw CommandFailure("the check could not be made")
    }
  }

  private func rules(_ workspace: Workspace) throws(CommandFailure) -> GateRules {
    let settings = workspace.settings
    func exact(_ setting: Sourced<Decimal>) throws(CommandFailure) -> Money {
      guard let money = Money(decimal: "\(setting.value)") else {
        throw CommandFailure("\(setting.value) (\(setting.origin)) is too large a number", status: .usage)
      }
      return money
    }
    let coverage = try exact(settings.minCoverage).picodollars
    return GateRules(
      maxRatio: try exact(settings.maxRatio).picodollars,
      maxIncrease: maxIncrease?.ratio, minRequests: settings.minRequests.value,
      minCost: try exact(settings.minCostUSD),
      minCoverage: coverage > 0 ? Ratio(millionths: coverage / 1_000_000) : nil, failsOnUnpriced: failOnUnpriced,
      onlyNew: onlyNew)
  }

  private func text(_ gate: Gate, _ workspace: Workspace) -> String {
    switch format {
    case .table: GateReport.table(gate, style: workspace.style)
    case .json: GateReport.json(gate)
    case .junit: GateJUnit.text(gate)
    case .github: GateAnnotations.text(gate)
    case .markdown: GateReport.markdown(gate)
    }
  }

  /// The page that GitHub shows for the step.
  private func appendSummary(_ gate: Gate, _ workspace: Workspace) throws(CommandFailure) {
    guard let path = workspace.context.variable("GITHUB_STEP_SUMMARY") else { return }
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandFailure("cannot write the summary \(path): \(SystemError(code: errno))")
    }
    defer { close(descriptor) }
    do throws(SystemError) {
      try Descriptor.write(Array(GateReport.markdown(gate).utf8), to: descriptor)
    } catch {
      throw CommandFailure("cannot write the summary \(path): \(error)")
    }
  }

  enum Source: String, CaseIterable, ExpressibleByArgument {
    case history
    case ledger
  }

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
    case junit
    case github
    case markdown
  }

  /// `7d`, `4w`, `all`.
  struct Window: ExpressibleByArgument {
    /// `nil` for all.
    var days: Int?

    init(days: Int?) { self.days = days }

    init?(argument: String) {
      if argument == "all" {
        days = nil
      } else if let count = DayCount(argument: argument) {
        days = count.days
      } else {
        return nil
      }
    }

    var defaultValueDescription: String { days.map { "\($0)d" } ?? "all" }
  }

  /// `10%`, `0.1`; may be above 1.
  struct Share: ExpressibleByArgument {
    var ratio: Ratio

    init?(argument: String) {
      let isPercent = argument.hasSuffix("%")
      guard argument.utf8.count <= 9, let number = Ratio(decimal: isPercent ? String(argument.dropLast()) : argument),
        !isPercent || number.millionths % 100 == 0
      else { return nil }
      ratio = isPercent ? Ratio(millionths: number.millionths / 100) : number
    }
  }
}
