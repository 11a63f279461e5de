import ArgumentParser
import Audit
import Pricing
import Report
import Model

/// `ccr-audit simulate`: the traffic of a period on other models or plans.
struct SimulateCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Price the same traffic on other models or plans.",
    discussion: """
      Replays the tokens of a period elsewhere and changes nothing. A route that is named goes before --all-to. \
      Prompt caching of the other model is not guessed: the tokens keep the classes that were observed.

        ccr-audit simulate --route think=minimax/MiniMax-M2.7
        ccr-audit simulate --last 7d --all-to anthropic/claude-sonnet-5
        ccr-audit simulate --all-to anthropic/claude-sonnet-5 --plan claude-max-5x
        ccr-audit simulate --without-plan ollama-cloud-pro
      """)

  @Option(
    help: "Send a route's traffic to a model: ROUTE=PROVIDER/MODEL. Repeats.", completion: .moves,
    transform: { try RouteMove($0) })
  var route: [RouteMove] = []

  @Option(
    name: .customLong("all-to"), help: "Send all other traffic to a model, PROVIDER/MODEL.",
    completion: .models)
  var allTo: String?

  @Option(help: "Pay for a plan of the pricing table: what if I take it.", completion: .plans)
  var plan: String?

  @Option(
    name: .customLong("without-plan"), help: "No longer pay for a plan: what if I cancel it.",
    completion: .plans)
  var withoutPlan: String?

  @OptionGroup var period: PeriodOptions
  @OptionGroup var scope: ScopeOptions
  @OptionGroup var source: SourceOptions

  @Option(help: "How to print.")
  var format: TextFormat = .table

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if route.isEmpty, allTo == nil, plan == nil, withoutPlan == nil {
      throw ValidationError("Name what to change: --route, --all-to, --plan or --without-plan.")
    }
    if let plan, plan == withoutPlan { throw ValidationError("--plan and --without-plan name the same plan.") }
    if let allTo, ModelID(allTo) == nil { throw ValidationError("--all-to \(allTo) must be PROVIDER/MODEL.") }
    let routes = route.map(\.route)
    if Set(routes).count < routes.count { throw ValidationError("--route names the same route twice.") }
  }

  func run(in context: Context) throws(CommandFailure) {
    let workspace = try Workspace(options, in: context, flags: scope.flags)
    let job = try AuditJob(workspace, source: try workspace.traffic(source))
    let moves =
      route.map { Simulation.Move(route: $0.route, to: $0.model) }
      + (allTo.flatMap { ModelID($0) }.map { [Simulation.Move(route: nil, to: $0)] } ?? [])
    for move in moves where job.prices.resolve(move.model) == nil {
      guard case .unpriced(let nearest) = job.prices.answer(for: move.model, at: context.now(), prompt: 0) else {
        continue
      }
      let near = nearest.isEmpty ? "" : "names like it: \(nearest.map(\.description).joined(separator: ", ")); "
      let offers = job.prices.offers(for: move.model).map(\.name)
      throw CommandFailure(
        "\(move.model) is not in the pricing table", hint: near + Cure.clause(for: move.model, .price, offers: offers))
    }
    let simulation = try workspace.whole(job.source) { () throws(CommandFailure) in try simulate(job, moves) }
    for move in moves
    where !simulation.rows.isEmpty && !simulation.rows.contains(where: { row in move.moves(row.route) }) {
      let taken = Set(simulation.rows.map(\.route.rawValue)).sorted().joined(separator: ", ")
      workspace.notes.warning(
        "no request of the period took the route \(move.route?.rawValue ?? "")"
          + (taken.isEmpty ? "" : "; it has \(taken)"))
    }
    if let withoutPlan, !simulation.fees.contains(where: { $0.plan == withoutPlan }), simulation.scope.shown != .all {
      workspace.notes.warning(
        "nothing of the \(simulation.scope.shown.rawValue) traffic ran on \(withoutPlan), and its fee is not of that: "
          + "`--scope all` says what it saves")
    }
    switch format {
    case .table: context.output.write(SimulationReport.text(simulation, style: workspace.style))
    case .json: context.output.write(SimulationReport.json(simulation))
    }
  }

  private func simulate(_ job: AuditJob, _ moves: [Simulation.Move]) throws(CommandFailure) -> Simulation {
    let days = try job.days(of: period)
    let scope = try job.scope(of: days)
    let traffic = try job.traffic(days, by: .route, scope: scope.shown, pricedAt: moves.map(\.model))
    return Simulation.run(
      traffic, splits: try job.splits(of: traffic, scope: scope.shown), scope: scope,
      baseline: job.workspace.settings.baseline.value, in: job.period(days), moves: moves,
      recorded: try job.recorded(scope.shown), now: job.workspace.context.now(), prices: job.prices,
      then: try changed(job.prices, from: days.lowerBound))
  }
}

extension SimulateCommand {
  /// The table with the plans that would be paid for.
  /// - Parameter day: from when the plan that is taken would be paid.
  private func changed(_ prices: PriceTable, from day: CivilDay) throws(CommandFailure) -> PriceTable {
    var prices = prices
    if let withoutPlan {
      guard prices.plans.contains(where: { $0.name == withoutPlan }) else {
        let paid = prices.plans.map(\.name)
        throw CommandFailure(
          "nobody subscribes to \(withoutPlan)",
          hint: paid.isEmpty
            ? "`subscriptions:` of the configuration says which plans are paid"
            : "paid are \(paid.joined(separator: ", "))")
      }
      prices = prices.cancelling(withoutPlan)
    }
    guard let plan else { return prices }
    guard !prices.plans.contains(where: { $0.name == plan }) else {
      throw CommandFailure("\(plan) is paid for already", hint: "--without-plan \(plan) says what it saves")
    }
    do throws(PricingError) {
      return try prices.subscribing(to: [Subscription(plan: plan, from: day)])
    } catch .invalid(let findings) {
      throw CommandFailure(findings.map(\.message).joined(separator: "; "))
    } catch {
      throw CommandFailure("\(error)")
    }
  }
}

/// `think=minimax/MiniMax-M2.7`.
struct RouteMove {
  var route: Route
  var model: ModelID

  /// The routes that can be named.
  static var routes: [String] { Route.allCases.filter { $0 != .defaultOrWebSearch }.map(\.rawValue) }

  init(_ argument: String) throws(ValidationError) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let model = ModelID(parts[1]) else {
      throw ValidationError("it must be ROUTE=PROVIDER/MODEL, such as think=minimax/MiniMax-M2.7")
    }
    guard let route = Route(rawValue: parts[0]) else {
      let known = Self.routes.joined(separator: ", ")
      throw ValidationError("there is no route \(Display.text(parts[0])); there are \(known)")
    }
    (self.route, self.model) = (route, model)
  }
}

/// For a person or for a program.
enum TextFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
}
