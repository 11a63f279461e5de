package import Pricing
package import Model

/// The same traffic on other models or plans. Nothing is written; what a model would have answered is not known, so the
/// tokens are those that were observed.
package struct Simulation: Hashable, Sendable {
  /// Traffic that goes elsewhere.
  package struct Move: Hashable, Sendable {
    /// The route that moves; `nil` for all.
    package var route: Route?
    /// Where to.
    package var model: ModelID

    /// A move; one of a route goes before one of all.
    package init(route: Route?, to model: ModelID) {
      self.route = route
      self.model = model
    }
  }

  /// What moves, and where to.
  package struct Row: Hashable, Sendable {
    /// The route.
    package var route: Route
    /// Who was called.
    package var model: ModelID
    /// Who would be.
    package var target: ModelID
    /// The requests.
    package var counts: RequestCounts
    /// The measured tokens.
    package var tokens: TokenUsage
    /// What they cost by the token, nothing where a plan pays or they are free; `nil` without a price or measured tokens.
    package var now: Money?
    /// What they would cost so.
    package var then: Money?
  }

  /// A plan's fee for the period.
  package struct Fee: Hashable, Sendable {
    /// The plan.
    package var plan: String
    /// What the period bears of it.
    package var now: Money
    /// What it would bear.
    package var then: Money
    /// Whether any of the traffic would run on it.
    package var isUsed: Bool
  }

  /// The days.
  package var period: AuditPeriod
  /// Which traffic of them.
  package var scope = AuditScope(.routed)
  /// By route and model.
  package var rows: [Row]
  /// The plans that are paid for in the period, and the one that would be.
  package var fees: [Fee]

  /// What all of it cost; rows without a price on either side count on neither.
  package var now: Money { priced.reduce(.zero) { $0 + ($1.now ?? .zero) } + fees.reduce(.zero) { $0 + $1.now } }
  /// What all of it would cost.
  package var then: Money { priced.reduce(.zero) { $0 + ($1.then ?? .zero) } + fees.reduce(.zero) { $0 + $1.then } }

  private var priced: [Row] { rows.filter { $0.now != nil && $0.then != nil } }

  /// Replays traffic.
  /// - Parameters:
  ///   - traffic: the period's, by route.
  ///   - taken: a plan that would be paid for; traffic on the models that it covers costs nothing more. It is charged
  ///     for all days of the period up to the present.
  ///   - now: epoch milliseconds.
  package static func run(
    _ traffic: [TrafficSlice], in period: AuditPeriod, moves: [Move], taking taken: Plan? = nil, now: Int64,
    prices book: some PriceBook
  ) -> Simulation {
    let pricer = Pricer(book: book, baseline: ModelID(provider: "", model: ""))
    var rows: [Row.Key: Row] = [:]
    var used: Set<String> = []
    for slice in traffic {
      let move = moves.first { $0.route == slice.route } ?? moves.first { $0.route == nil }
      let target = move?.model ?? slice.model
      let key = Row.Key(route: slice.route, model: slice.model, target: target)
      var row =
        rows[key]
        ?? Row(
          route: slice.route, model: slice.model, target: target, counts: .zero, tokens: .zero, now: .zero,
          then: .zero)
      let (before, after) = (pricer.price(slice), pricer.price(slice, on: target))
      row.counts += slice.counts
      row.tokens += before.tokens
      let isTaken = taken?.covers(book.resolve(target) ?? target) ?? false
      if slice.counts.measured > 0 {
        row.now = row.now.flatMap { sum in before.marginalCost.map { sum + $0 } }
        row.then = row.then.flatMap { sum in (isTaken ? .zero : after.marginalCost).map { sum + $0 } }
      }
      rows[key] = row
      if let plan = isTaken ? taken : after.plan { used.insert(plan.name) }
    }
    let days = min(period.until, CivilDay(milliseconds: now, in: period.timeZone))
    var fees = book.plans.compactMap { plan -> Fee? in
      let share = plan.fee(of: period, now: now)
      guard share > .zero else { return nil }
      return Fee(plan: plan.name, now: share, then: share, isUsed: used.contains(plan.name))
    }
    if let taken, !fees.contains(where: { $0.plan == taken.name }), days >= period.since {
      let fee = taken.fee(over: period.since..<days.advanced(by: 1))
      fees.append(Fee(plan: taken.name, now: .zero, then: fee, isUsed: used.contains(taken.name)))
    }
    return Simulation(
      period: period, rows: rows.sorted { $0.key < $1.key }.map(\.value.measured),
      fees: fees.sorted { $0.plan < $1.plan })
  }
}

extension Simulation.Row {
  /// Requests that nobody measured cost what nobody knows, not nothing.
  fileprivate var measured: Simulation.Row {
    guard counts.measured == 0 else { return self }
    var row = self
    (row.now, row.then) = (nil, nil)
    return row
  }

  fileprivate struct Key: Hashable, Comparable {
    var route: Route
    var model: ModelID
    var target: ModelID

    static func < (left: Key, right: Key) -> Bool {
      (left.route.rawValue, left.model, left.target) < (right.route.rawValue, right.model, right.target)
    }
  }
}

extension PricedSlice {
  /// What the slice costs beside flat fees; `nil` without a price.
  var marginalCost: Money? {
    switch billing {
    case .perToken: cost
    case .plan, .free: .zero
    case .unpriced: nil
    }
  }
}
