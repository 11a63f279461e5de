package import ArgumentParser
import Audit
import Ledger
import Pricing
import Report
import Model

/// `ccr-audit simulate`: the traffic of a period on other models or plans.
package struct SimulateCommand: AuditCommand {
  package static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Price the same traffic on other models or plans.",
    discussion: """
      Replays the tokens of a period elsewhere and changes nothing. A route that is named goes before --all-to. \
      Prompt caching of the other model is not guessed: the tokens keep the classes that were observed.

        ccr-audit simulate --route think=minimax/MiniMax-M2.7
        ccr-audit simulate --last 7d --all-to anthropic/claude-sonnet-5
        ccr-audit simulate --all-to anthropic/claude-sonnet-5 --plan claude-max-5x
      """)

  @Option(help: "Send a route's traffic to a model: ROUTE=PROVIDER/MODEL. Repeats.")
  var route: [RouteMove] = []

  @Option(name: .customLong("all-to"), help: "Send all other traffic to a model, PROVIDER/MODEL.")
  var allTo: String?

  @Option(help: "Pay for a plan of the pricing table; what it covers costs nothing more.")
  var plan: String?

  @OptionGroup var period: PeriodOptions
  @OptionGroup var scope: ScopeOptions

  @Option(help: "How to print.")
  var format: TextFormat = .table

  @OptionGroup var options: GlobalOptions

  package init() {}

  package func validate() throws {
    if route.isEmpty, allTo == nil, plan == nil {
      throw ValidationError("Name what to change: --route, --all-to or --plan.")
    }
    if let allTo, ModelID(allTo) == nil { throw ValidationError("--all-to \(allTo) must be PROVIDER/MODEL.") }
    let routes = route.map(\.route)
    if Set(routes).count < routes.count { throw ValidationError("--route names the same route twice.") }
  }

  package func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let job = try AuditJob(workspace, ledger: try workspace.ledgerToRead())
    let moves =
      route.map { Simulation.Move(route: $0.route, to: $0.model) }
      + (allTo.flatMap { ModelID($0) }.map { [Simulation.Move(route: nil, to: $0)] } ?? [])
    for move in moves where job.prices.resolve(move.model) == nil {
      guard case .unpriced(let nearest) = job.prices.answer(for: move.model, at: context.now(), prompt: 0) else {
        continue
      }
      throw CommandFailure(
        "\(move.model) is not in the pricing table",
        hint: nearest.isEmpty ? nil : "names like it: \(nearest.map(\.description).joined(separator: ", "))")
    }
    let taken = try plan.map { (name) throws(CommandFailure) in
      let known = job.prices.offers
      guard let plan = known.first(where: { $0.name == name }) else {
        throw CommandFailure(
          "there is no plan \(name) in the pricing table",
          hint: known.isEmpty ? nil : "there are \(known.map(\.name).sorted().joined(separator: ", "))")
      }
      return plan
    }
    let days = try job.days(of: period)
    let scope = try job.scope(of: days)
    var simulation = Simulation.run(
      try job.traffic(days, by: .route, scope: scope.shown), in: job.period(days), moves: moves, taking: taken,
      now: context.now(),
      prices: job.prices)
    simulation.scope = scope
    switch format {
    case .table: context.output.write(SimulationReport.text(simulation, style: workspace.style))
    case .json: context.output.write(SimulationReport.json(simulation))
    }
  }
}

/// `think=minimax/MiniMax-M2.7`.
struct RouteMove: ExpressibleByArgument {
  var route: Route
  var model: ModelID

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let route = Route(rawValue: String(parts[0])), let model = ModelID(String(parts[1])) else {
      return nil
    }
    self.route = route
    self.model = model
  }
}

/// For a person or for a program.
enum TextFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
}
