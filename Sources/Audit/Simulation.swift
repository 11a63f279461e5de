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

    /// Whether it moves traffic of a route, where none goes before it.
    package func moves(_ other: Route) -> Bool {
      route == nil || route == other || (route == .default && other == .defaultOrWebSearch)
    }
  }

  /// What moves, and where to.
  package struct Row: Hashable, Sendable {
    package var route: Route
    package var model: ModelID
    /// Who would be.
    package var target: ModelID
    /// The plan that pays now.
    package var plan: String?
    package var counts: RequestCounts
    /// Whether the provider of some is only inferred from the model's name.
    package var isAssumed = false
    /// The measured tokens.
    package var tokens: TokenUsage
    /// What they cost by the token, nothing where a plan pays or they are free; `nil` without a price or measured tokens.
    package var now: Money?
    /// What they would cost so.
    package var then: Money?
    /// Both had caches served what they can have of the prompts of which nobody knows what they served.
    package var nowServed: Money?
    package var thenServed: Money?
    /// Why measured requests have no price now, or no plan that pays though only a client tells of them, and the plans on
    /// the market that cover them, the cheapest first.
    package var lack = PriceLack.price
    package var offers: [String] = []
    /// The first day of the requests.
    package var firstDay: CivilDay?
    /// Measured requests in modes that the target has no price of, by mode: there they are priced as usual.
    package var lostModes: [String: Int] = [:]
  }

  /// A plan's fee for the period.
  package struct Fee: Hashable, Sendable {
    package var plan: String
    /// What the period bears of it.
    package var now: Money
    /// What it would bear.
    package var then: Money
    /// The period's requests that would run on it.
    package var requests: Int
    /// Their measured tokens.
    package var tokens: Int64
    /// Whether it would be paid for.
    package var isKept: Bool
    /// What a month of it costs.
    package var monthly: Money?
    /// The tokens that a month's fee includes; `nil` where the table does not know its limits.
    package var includedTokens: Int64?

    /// Whether any of the traffic would run on it.
    package var isUsed: Bool { requests > 0 }
  }

  package var period: AuditPeriod
  /// Which traffic of them.
  package var scope = AuditScope(.routed)
  /// By route and model.
  package var rows: [Row]
  /// Measured requests of which nobody knows what caches served; the sums are as if that were nothing.
  package var splitUnknown = 0
  /// The sums had caches served what they can have of those; `nil` where there are none of them.
  package var ifServed: Sums? {
    guard splitUnknown > 0 else { return nil }
    return Sums(now: sum(\.nowServed, \.now), then: sum(\.thenServed, \.then))
  }
  /// The plans that are paid for in the period, and the one that would be.
  package var fees: [Fee]

  /// What all of it costs now and then.
  package struct Sums: Hashable, Sendable {
    package var now: Money
    package var then: Money
  }

  /// What all of it cost; rows without a price on either side count on neither.
  package var now: Money { sum(\.now, \.now) }
  /// What all of it would cost.
  package var then: Money { sum(\.then, \.then) }
  /// Whether any row has a price on both sides, or a fee is paid on one.
  package var isPriced: Bool { !priced.isEmpty || !fees.isEmpty }

  private var priced: [Row] { rows.filter { $0.now != nil && $0.then != nil } }

  private func sum(_ amount: KeyPath<Row, Money?>, _ fee: KeyPath<Fee, Money>) -> Money {
    priced.reduce(.zero) { $0 + ($1[keyPath: amount] ?? .zero) } + fees.reduce(.zero) { $0 + $1[keyPath: fee] }
  }

  /// Replays traffic.
  /// - Parameters:
  ///   - traffic: the period's, by day and route.
  ///   - splits: what providers measured of caches.
  ///   - scope: which traffic of the period that is.
  ///   - baseline: whose provider's plans are for direct traffic.
  ///   - recorded: the time that records cover; only in it are fees charged.
  ///   - now: epoch milliseconds.
  ///   - book: what is paid now.
  ///   - other: what would be paid: the same table with one subscription more or fewer. What a plan covers costs nothing
  ///     beside its fee, as far as the table knows its limits.
  package static func run(
    _ traffic: [TrafficSlice], splits: MeasuredSplits = MeasuredSplits(), scope: AuditScope = AuditScope(.routed),
    baseline: ModelID = ModelID(provider: "", model: ""), in period: AuditPeriod, moves: [Move],
    recorded: RecordedTime?, now: Int64,
    prices book: some PriceBook, then other: some PriceBook
  ) -> Simulation {
    let pricer = Pricer(book: book, baseline: baseline)
    let changed = Pricer(book: other, baseline: baseline)
    var rows: [Row.Key: Row] = [:]
    var carried: [String: (requests: Int, tokens: Int64)] = [:]
    var used: Set<String> = []
    for slice in traffic {
      let move =
        moves.first { $0.route == slice.route }
        ?? (slice.route == .defaultOrWebSearch ? moves.first { $0.route == .default } : nil)
        ?? moves.first { $0.route == nil }
      let target = move?.model ?? slice.model
      let (before, after) = (pricer.price(slice), changed.price(slice, on: target))
      let key = Row.Key(route: slice.route, model: slice.model, target: target, plan: before.plan?.name)
      var row =
        rows[key]
        ?? Row(
          route: slice.route, model: slice.model, target: target, plan: key.plan, counts: .zero, tokens: .zero,
          now: .zero, then: .zero, nowServed: .zero, thenServed: .zero)
      row.counts += slice.counts
      row.isAssumed = row.isAssumed || slice.variant.isAssumed
      row.firstDay = min(row.firstDay ?? slice.day, slice.day)
      row.tokens += before.tokens
      if slice.counts.measured > 0 {
        let served = slice.served(splits)
        row.add(before, to: \.now)
        row.add(after, to: \.then)
        row.add(served.map(pricer.price) ?? before, to: \.nowServed)
        row.add(served.map { changed.price($0, on: target) } ?? after, to: \.thenServed)
        if before.billing == .unpriced || slice.variant.isAssumed {
          (row.lack, row.offers) = (before.lack, before.offers)
        }
        if after.billing == .perToken {
          for mode in slice.variant.modes where target != slice.model && !after.slice.variant.modes.contains(mode) {
            row.lostModes[mode, default: 0] += slice.counts.measured
          }
        }
      }
      rows[key] = row
      if let plan = before.plan { used.insert(plan.name) }
      if let plan = after.plan {
        let known = carried[plan.name] ?? (0, 0)
        carried[plan.name] = (
          known.requests + slice.counts.requests - slice.counts.failed, known.tokens + before.tokens.total
        )
      }
    }
    func share(_ plan: Plan?) -> Money { plan?.fee(of: period, recorded: recorded, now: now) ?? .zero }
    let fees = Set((book.plans + other.plans).map(\.name)).sorted().compactMap { name -> Fee? in
      let (before, after) = (book.plans.first { $0.name == name }, other.plans.first { $0.name == name })
      let (old, new) = (share(before), share(after))
      guard old > .zero || new > .zero else { return nil }
      // As in a report: a plan that is paid is of the other scope where nothing of this one runs on it.
      if let before, carried[name] == nil, !used.contains(name), !before.belongs(to: scope, pricer) {
        return nil
      }
      let last = min(period.until, CivilDay(milliseconds: now, in: period.timeZone))
      // Of one that ended, what it cost last.
      let terms = (period.since.number...max(period.since.number, last.number)).reversed().lazy
        .compactMap { after?.fee(on: CivilDay(number: $0)) }.first
      return Fee(
        plan: name, now: old, then: new, requests: carried[name]?.requests ?? 0, tokens: carried[name]?.tokens ?? 0,
        isKept: after != nil,
        monthly: terms?.monthly, includedTokens: terms?.includedTokens)
    }
    return Simulation(
      period: period, scope: scope, rows: rows.sorted { $0.key < $1.key }.map(\.value.measured),
      splitUnknown: traffic.reduce(0) { $0 + ($1.variant.isSplitUnknown ? $1.counts.measured : 0) }, fees: fees)
  }
}

extension TrafficSlice {
  /// The same had caches served what they can have of the prompts of which nobody knows it; `nil` where that is known.
  func served(_ splits: MeasuredSplits) -> TrafficSlice? {
    guard variant.isSplitUnknown else { return nil }
    var slice = self
    slice.tokens = splits.cached(self)
    slice.variant.isSplitUnknown = false
    return slice
  }
}

extension Simulation.Row {
  /// Requests that nobody measured cost what nobody knows, not nothing.
  fileprivate var measured: Simulation.Row {
    guard counts.measured == 0 else { return self }
    var row = self
    (row.now, row.then, row.nowServed, row.thenServed) = (nil, nil, nil, nil)
    return row
  }

  fileprivate mutating func add(_ priced: PricedSlice, to sum: WritableKeyPath<Simulation.Row, Money?>) {
    self[keyPath: sum] = self[keyPath: sum].flatMap { sum in priced.marginalCost.map { sum + $0 } }
  }

  fileprivate struct Key: Hashable, Comparable {
    var route: Route
    var model: ModelID
    var target: ModelID
    var plan: String?

    static func < (left: Key, right: Key) -> Bool {
      (left.route.rawValue, left.model, left.target, left.plan ?? "")
        < (right.route.rawValue, right.model, right.target, right.plan ?? "")
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
