package import Pricing
package import Model

/// Something to change, why, and what it saves.
package struct Advice: Hashable, Sendable {
  package enum Action: Hashable, Sendable {
    /// The model is not cheaper than the baseline: send its routes elsewhere.
    case takeOff(ModelID, routes: [Route], to: ModelID)
    /// Another model does a route's work for less.
    case move(Route, from: ModelID, to: ModelID)
    /// Whole months in a row a plan's work was worth less than its fee.
    case dropPlan(String, monthsBelow: Int)
    /// What is paid by the token is more than a plan's fee.
    case takePlan(String, models: [ModelID])
  }

  package var action: Action
  /// What the period's traffic in question cost, or for a plan its month's fee.
  package var cost: Money
  /// What it would cost instead.
  package var instead: Money
  /// The same by the ratio that does not judge, of a baseline with its own prompt cache or without; `nil` unless work
  /// goes to the baseline and the two are apart.
  package var insteadOtherwise: Money?
  /// The measured requests behind both.
  package var requests: Int
  /// The difference over a month of 365 ÷ 12 days, at the pace of the period's recorded time.
  package var monthlySaving: Money
  /// The same with `insteadOtherwise`.
  package var monthlySavingOtherwise: Money?
  /// The same had caches served what they can have of the prompts of which nobody knows what they served; `nil` where
  /// that is known.
  package var served: Served?

  /// The other end of what depends on a split that nobody knows.
  package struct Served: Hashable, Sendable {
    package var cost: Money
    package var instead: Money
    package var monthlySaving: Money
  }

  /// Between what the costs lie.
  package var costs: ClosedRange<Money> { [cost, served?.cost ?? cost].span ?? cost...cost }
  /// Between what those instead lie.
  package var insteads: ClosedRange<Money> {
    [instead, insteadOtherwise ?? instead, served?.instead ?? instead].span ?? instead...instead
  }
  /// Between what the saving lies.
  package var monthlySavings: ClosedRange<Money> {
    [monthlySaving, monthlySavingOtherwise ?? monthlySaving, served?.monthlySaving ?? monthlySaving].span
      ?? monthlySaving...monthlySaving
  }

  /// The least saving that is worth a sentence: a cent a month.
  private static let least = Money(picodollars: 10_000_000_000)
}

extension Advice {
  /// The models that another one is to stand in for.
  private var replaced: [ModelID] {
    switch action {
    case .takeOff(let model, _, _), .move(_, let model, _): [model]
    case .dropPlan, .takePlan: []
    }
  }

  /// The models that a plan is to pay for.
  private var covered: [ModelID] {
    switch action {
    case .takePlan(_, let models): models
    case .takeOff, .move, .dropPlan: []
    }
  }

  /// Whether a plan is proposed for a model that is to be replaced, or that another plan is proposed for, too: then both
  /// savings cannot be had.
  package static func overlap(_ advice: [Advice]) -> Bool {
    let covered = advice.flatMap(\.covered)
    return Set(covered).count < covered.count || !Set(covered).isDisjoint(with: advice.flatMap(\.replaced))
  }

  /// The rules, dearest finding first.
  /// - Parameters:
  ///   - report: the audit of the period.
  ///   - traffic: the period's traffic by day and route.
  ///   - splits: what providers measured of caches.
  ///   - offers: the plans on the market.
  ///   - life: how long the baseline's own cache keeps what nobody reads.
  package static func all(
    of report: AuditReport, traffic: [TrafficSlice], splits: MeasuredSplits = MeasuredSplits(), offers: [Plan],
    cacheLife life: CacheLife = .fiveMinutes, prices book: some PriceBook
  ) -> [Advice] {
    let pace = Pace(report: report)
    let pricer = Pricer(book: book, baseline: report.baseline, splits: splits)
    let priced = paidByToken(traffic, in: report, pricer)
    let candidates = Set(priced.map(\.slice.model)).union([report.baseline]).sorted()
    let groups = Dictionary(grouping: priced) { Group(route: $0.slice.route, model: $0.slice.model) }
    let dearer = models([.dearer, .equal], in: report, among: priced, book)

    var advice = dearer.sorted().compactMap { model -> Advice? in
      let slices = priced.filter { $0.slice.model == model }
      var best = cheapest(candidates.filter { !dearer.contains($0) }, for: slices, pricer)
      let cached = slices.cachedCost(life)
      if report.judgedBy == .cached, let cached, best.map({ cached < $0.cost }) ?? true {
        best = Target(model: report.baseline, cost: cached, served: cached)
      }
      guard let best else { return nil }
      let other = best.model == report.baseline ? (report.judgedBy == .cached ? slices.plainBaselineCost : cached) : nil
      return Advice(
        action: .takeOff(
          model, routes: Set(slices.map(\.slice.route)).sorted { $0.rawValue < $1.rawValue }, to: best.model),
        slices, instead: best, or: other, pace)
    }
    for (group, slices) in groups where !dearer.contains(group.model) {
      guard let best = cheapest(candidates.filter { $0 != group.model }, for: slices, pricer),
        best.cost < slices.cost
      else { continue }
      let cached = best.model == report.baseline ? slices.cachedCost(life) : nil
      advice.append(
        Advice(
          action: .move(group.route, from: group.model, to: best.model), slices, instead: best, or: cached, pace))
    }
    for plan in report.plans where plan.advisesChange {
      guard let fee = plan.fee, let worth = plan.projected ?? (plan.status == .noUsage ? .zero : nil) else {
        continue
      }
      advice.append(
        Advice(
          action: .dropPlan(plan.name, monthsBelow: plan.monthsBelow), cost: fee, instead: worth,
          requests: plan.counts.measured, monthlySaving: fee - worth))
    }
    let paid = Set(book.plans.filter { $0.fee(on: report.period.until) != nil }.map(\.name))
    // Of plans for the same models the cheapest: whether a larger one is needed is a question of limits.
    var taken: [[ModelID]: Advice] = [:]
    for offer in offers where !paid.contains(offer.name) {
      let slices = priced.filter {
        offer.covers(book.resolve($0.slice.model) ?? $0.slice.model) && offer.pays(for: $0.slice.variant.modes)
      }
      guard let fee = offer.fee(on: report.period.until)?.monthly, case let cost = pace.month(slices.cost), cost > fee
      else { continue }
      let models = Set(slices.map(\.slice.model)).sorted()
      var found = Advice(
        action: .takePlan(offer.name, models: models), cost: slices.cost, instead: fee, requests: slices.requests,
        monthlySaving: cost - fee)
      if slices.isSplitUnknown {
        let least = slices.leastCost
        found.served = Served(cost: least, instead: fee, monthlySaving: pace.month(least) - fee)
      }
      if taken[models].map({ $0.monthlySaving < found.monthlySaving }) ?? true { taken[models] = found }
    }
    advice += taken.values
    // Advice is only given where both ends of what nobody knows agree.
    return advice.filter { min($0.monthlySaving, $0.served?.monthlySaving ?? $0.monthlySaving) >= least }.sorted {
      ($1.monthlySaving, "\($0.action)") < ($0.monthlySaving, "\($1.action)")
    }
  }

  /// The models that are dearer than the baseline and that no advice has a place for: no model that is paid by the token is
  /// known to do their work for less.
  package static func unanswered(
    by advice: [Advice], of report: AuditReport, traffic: [TrafficSlice], prices book: some PriceBook
  ) -> [ModelID] {
    let priced = paidByToken(traffic, in: report, Pricer(book: book, baseline: report.baseline))
    return models([.dearer], in: report, among: priced, book).subtracting(advice.flatMap(\.replaced)).sorted()
  }

  /// Measured traffic that is paid by the token. What a plan pays for by now no longer is.
  private static func paidByToken(
    _ traffic: [TrafficSlice], in report: AuditReport, _ pricer: Pricer<some PriceBook>
  ) -> [PricedSlice] {
    let last = report.period.seen(at: report.generatedAt) - 1
    func isOnPlan(_ slice: TrafficSlice) -> Bool {
      if case .plan = pricer.book.answer(for: slice.model, as: slice.variant, at: last, prompt: slice.prompt) {
        true
      } else {
        false
      }
    }
    return traffic.filter { $0.counts.measured > 0 }.map(pricer.price)
      .filter { $0.billing == .perToken && !isOnPlan($0.slice) }
  }

  /// The models of some traffic that a report gives one of some verdicts; never the baseline.
  private static func models(
    _ verdicts: Set<Verdict>, in report: AuditReport, among priced: [PricedSlice], _ book: some PriceBook
  ) -> Set<ModelID> {
    Set(
      report.models.filter {
        $0.key.billing == .perToken && verdicts.contains($0.verdict(by: report.judgedBy))
          && !book.isSame($0.key.model, report.baseline) && !$0.isBaseline
      }.map(\.key.model)
    ).intersection(priced.map(\.slice.model))
  }

  /// - Parameter other: what it would cost had the baseline's cache served more, or less.
  private init(action: Action, _ slices: [PricedSlice], instead: Target, or other: Money?, _ pace: Pace) {
    self.init(
      action: action, cost: slices.cost, instead: instead.cost, requests: slices.requests,
      monthlySaving: pace.month(slices.cost - instead.cost))
    if slices.isSplitUnknown {
      let least = slices.leastCost
      served = Served(cost: least, instead: instead.served, monthlySaving: pace.month(least - instead.served))
    }
    guard let other, other.isApart(from: instead.cost) else { return }
    insteadOtherwise = other
    monthlySavingOtherwise = pace.month(slices.cost - other)
  }

  private struct Group: Hashable {
    var route: Route
    var model: ModelID
  }

  /// Where work could go, and what it would cost there: as it was measured, and had caches served what they can have.
  private struct Target {
    var model: ModelID
    var cost: Money
    var served: Money
  }

  /// The cheapest of some models for the tokens of some requests, of those that have a price for all.
  private static func cheapest(
    _ models: [ModelID], for slices: [PricedSlice], _ pricer: Pricer<some PriceBook>
  ) -> Target? {
    func cost(of slice: TrafficSlice, on model: ModelID) -> Money? {
      let moved = pricer.price(slice, on: model)
      return moved.billing == .perToken ? moved.cost : nil
    }
    var best: Target?
    for model in models {
      var sum = Target(model: model, cost: .zero, served: .zero)
      let isPriced = slices.allSatisfy { priced in
        guard let own = cost(of: priced.slice, on: model) else { return false }
        var least = own
        if let served = priced.slice.served(pricer.splits) {
          guard let cost = cost(of: served, on: model) else { return false }
          least = cost
        }
        sum.cost += own
        sum.served += least
        return true
      }
      if isPriced, best.map({ sum.cost < $0.cost }) ?? true { best = sum }
    }
    return best
  }

  /// How much of a month the recorded part of a period is.
  private struct Pace {
    /// The recorded time in which the period's work was done, milliseconds; of today the part that has passed, but in all
    /// no less than a day.
    var time: Int64

    init(report: AuditReport) {
      let period = report.period
      let first = max(period.since, report.recorded?.from ?? period.since).start(in: period.timeZone)
      time = max(period.seen(at: report.generatedAt) - first, EpochTime.day)
    }

    func month(_ cost: Money) -> Money {
      cost.multiplied(by: 365 * Int128(EpochTime.day), over: 12 * Int128(time))
    }
  }
}

extension [PricedSlice] {
  fileprivate var cost: Money { reduce(.zero) { $0 + ($1.cost ?? .zero) } }
  /// The same had caches served what they can have.
  fileprivate var leastCost: Money { reduce(.zero) { $0 + ($1.leastCost ?? .zero) } }
  /// Whether nobody knows what caches served of some.
  fileprivate var isSplitUnknown: Bool { contains { $0.cachedTokens != nil } }
  fileprivate var requests: Int { reduce(0) { $0 + $1.slice.counts.measured } }

  /// What they would cost on the baseline, had no other tokens been cached than those observed.
  fileprivate var plainBaselineCost: Money? {
    reduce(Money.zero as Money?) { sum, slice in sum.flatMap { sum in slice.baselineCost.map { sum + $0 } } }
  }

  /// What they would cost on a baseline that caches prompts.
  fileprivate func cachedCost(_ life: CacheLife) -> Money? {
    reduce(Money.zero as Money?) { sum, slice in sum.flatMap { sum in slice.cachedCost(life).map { sum + $0 } } }
  }
}
