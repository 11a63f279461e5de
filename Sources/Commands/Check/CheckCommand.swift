import ArgumentParser
import Audit
import Foundation
import Pricing
import Report
import Model

/// `ccr-audit check`: the gate for CI.
struct CheckCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Fail where a model is dearer than the baseline, or became dearer.",
    discussion: """
      Computes every ratio again from a history file and a pricing table; it needs no logs, keys or ledger. Plans are \
      reported and never fail. Where an option is not given, `policy:` of the configuration holds, else `thresholds:`.

        ccr-audit check --history history.jsonl --pricing pricing
        ccr-audit check --base git:origin/main --max-increase 10% --only-new --format github
        ccr-audit check --from fleet --window 7d
        ccr-audit check --base last-month.jsonl --max-increase 10% --window 7d

      A base is a history file (the same prices on both sides), a pricing folder (the same history on both sides), or \
      git:REF, which takes both as they are at that revision.

      Exit codes: 0 no rule is violated; 1 one is; 2 it could not be judged.
      """)

  @Option(help: "The ratio that a per-token model may have. (default: policy.max_ratio, else thresholds.max_ratio, 1)")
  var maxRatio: String?

  @Option(help: "By how much a ratio may grow against the base: 10% or 0.1.")
  var maxIncrease: String?

  @Option(help: ArgumentHelp("What to compare with.", valueName: "FILE|FOLDER|git:REF"), completion: .file())
  var base: String?

  @Option(help: "The days to judge, back from the newest record: 7d, 4w, all. (default: policy.window, else 7d)")
  var window: String?

  @Option(help: "How many measured requests a model must have to be judged.")
  var minRequests: String?

  @Option(name: .customLong("min-cost-usd"), help: "What a model must cost to be judged, USD.")
  var minCostUSD: String?

  @Option(help: "The share of requests that must be measured and priced: 95% or 0.95.")
  var minCoverage: String?

  @Flag(inversion: .prefixedNo, help: "End with 2 where a model has no price; else that is a warning.")
  var failOnUnpriced: Bool?

  @Flag(inversion: .prefixedNo, help: "Only report a model that is above the limit on the base too.")
  var onlyNew: Bool?

  @Flag(help: "Fail where a budget of the configuration is exceeded; needs the ledger.")
  var budgets = false

  @Option(
    help:
      "Fail where the newest recorded bill of a provider that is paid by the token is older, such as 35d; needs the ledger."
  )
  var reconciledWithin: DayWindow?

  @Option(help: "Where the requests come from.")
  var from = CheckSource.history

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.", completion: .models)
  var baseline: String?

  @Flag(name: .customLong("allow-partial"), help: "Of a fleet, judge what there is where servers do not answer.")
  var allowPartial = false

  @OptionGroup var scope: ScopeOptions

  @Option(help: "How to print.")
  var format = Format.table

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let reconciledWithin, reconciledWithin.days == nil {
      throw ValidationError("--reconciled-within needs a number of days, such as 35d.")
    }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: flags)
    try demandBase(workspace.settings.policy)
    let job = CheckJob(workspace, source: from, allowsPartial: allowPartial)
    var gate = try job.gate(rules: try GateRules(workspace.settings))
    try MoneyRules(workspace).judge(&gate, budgets: budgets, reconciledWithin: reconciledWithin)
    context.output.write(text(gate, workspace))
    if format == .github { try appendSummary(gate, workspace) }
    switch gate.outcome {
    case .passed: return
    case .failed: throw CommandFailure("the check failed", status: .policy)
    case .unjudged: throw CommandFailure("the check could not be made")
    }
  }

  private var flags: [FlagValue] {
    var flags = scope.flags
    func add(_ property: any PartialKeyPath<Settings> & Sendable, _ flag: String, _ text: String?) {
      if let text { flags.append(FlagValue(property, flag, [text])) }
    }
    func add(_ property: any PartialKeyPath<Settings> & Sendable, _ flag: String, _ value: Bool?) {
      add(property, value == false ? "--no-\(flag)" : "--\(flag)", value.map(\.description))
    }
    add(\.policy.maxRatio, "--max-ratio", maxRatio)
    add(\.policy.maxIncrease, "--max-increase", maxIncrease)
    add(\.policy.base, "--base", base)
    add(\.policy.window, "--window", window)
    add(\.policy.minRequests, "--min-requests", minRequests)
    add(\.policy.minCostUSD, "--min-cost-usd", minCostUSD)
    add(\.policy.minCoverage, "--min-coverage", minCoverage)
    add(\.policy.failsOnUnpriced, "fail-on-unpriced", failOnUnpriced)
    add(\.policy.onlyNew, "only-new", onlyNew)
    add(\.baseline, "--baseline", baseline)
    return flags
  }

  /// A rule about a base without a base would let everything pass.
  private func demandBase(_ policy: PolicySettings) throws(CommandFailure) {
    guard policy.base.value == nil else { return }
    let rules = [
      ("policy.max_increase", policy.maxIncrease.value != nil, policy.maxIncrease.origin),
      ("policy.only_new", policy.onlyNew.value, policy.onlyNew.origin),
    ]
    guard let (key, _, origin) = rules.first(where: \.1) else { return }
    var (name, status) = ("\(origin): \(key)", CommandFailure.Status.couldNot)
    if case .flag(let flag) = origin { (name, status) = (flag, .usage) }
    throw CommandFailure(
      "\(name) needs a base to compare with", hint: "give --base, or policy.base in the configuration", status: status)
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

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
    case junit
    case github
    case markdown
  }
}

extension DayWindow: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }

  package var defaultValueDescription: String { description }
}

extension GateRules {
  /// The rules in force: those of `policy:`, else of `thresholds:`.
  init(_ settings: Settings) throws(CommandFailure) {
    func exact(_ setting: Sourced<Decimal>) throws(CommandFailure) -> Money {
      guard let money = Money(decimal: "\(setting.value)") else {
        throw CommandFailure("\(setting.value) (\(setting.origin)) is too large a number", status: .usage)
      }
      return money
    }
    let coverage = try exact(settings.rule(\.minCoverage, else: \.minCoverage)).picodollars
    self.init(
      maxRatio: try exact(settings.rule(\.maxRatio, else: \.maxRatio)).picodollars,
      maxIncrease: settings.policy.maxIncrease.value,
      minRequests: settings.rule(\.minRequests, else: \.minRequests).value,
      minCost: try exact(settings.rule(\.minCostUSD, else: \.minCostUSD)),
      minCoverage: coverage > 0 ? Ratio(millionths: coverage / 1_000_000) : nil,
      failsOnUnpriced: settings.policy.failsOnUnpriced.value, onlyNew: settings.policy.onlyNew.value)
  }
}
