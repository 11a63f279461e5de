import Pricing
import Model

/// Prices traffic and compares it with the baseline. Pure: the same input gives the same report, in whatever order and
/// however finely split the slices come.
package enum Audit {
  /// Audits a period.
  package static func run(_ input: AuditInput, prices book: some PriceBook) -> AuditReport {
    let pricer = Pricer(
      book: book, baseline: input.baseline, otherBaselines: input.otherBaselines, splits: input.splits)
    let priced = pricer.prices(of: input.traffic)
    let plans = PlanAudit.all(input: input, priced: priced, pricer: pricer)
    // Nothing of a period that lies ahead has been seen.
    let start = input.period.since.start(in: input.period.timeZone)
    let span = start..<max(start, input.period.seen(at: input.now))
    let shares = Dictionary(uniqueKeysWithValues: plans.map { ($0.name, $0.feeShare) })
    func rows(by grouping: Grouping) -> [AuditRow] {
      Self.rows(of: priced, by: grouping, life: input.cacheLife, pricer: pricer, feeShares: shares)
    }
    let models = rows(by: .model)
    let rows = input.grouping == .model ? models : rows(by: input.grouping)
    return AuditReport(
      generatedAt: input.now, period: input.period, scope: input.scope, baseline: input.baseline,
      otherBaselines: input.otherBaselines, judgedBy: input.judgedBy, pricingVersion: book.version,
      grouping: input.grouping, rows: rows, models: models, plans: plans,
      coverage: Coverage(
        counts: models.reduce(.zero) { $0 + $1.counts }, unpriced: models.reduce(0) { $0 + $1.unpriced }),
      totals: totals(of: models, plans: plans),
      successors: span.isEmpty
        ? book.successors(of: input.baseline, in: span.lowerBound..<span.lowerBound + 1)
        : book.successors(of: input.baseline, in: span),
      recorded: input.recorded.map { $0.part(of: input.period, now: input.now) })
  }

  private static func rows(
    of priced: [PricedSlice], by grouping: Grouping, life: CacheLife, pricer: Pricer<some PriceBook>,
    feeShares: [String: Money]
  ) -> [AuditRow] {
    var sums: [RowKey: RowSum] = [:]
    for slice in priced {
      let key = RowKey(slice.slice, by: grouping, billing: slice.billing)
      sums[key, default: RowSum()].add(slice, life: life, pricer: pricer)
    }
    var rows = sums.map { key, sum in
      sum.row(key: key, others: pricer.otherBaselines)
    }.sorted { $0.key < $1.key }
    splitFees(feeShares, over: &rows)
    if grouping == .source { ClaimedCost.add(of: priced, to: &rows) }
    return rows
  }

  /// Splits each plan's fee over its rows in proportion to baseline cost. Every row gets the difference of two rounded
  /// running sums, so that the parts add up to the fee exactly.
  private static func splitFees(_ fees: [String: Money], over rows: inout [AuditRow]) {
    for (plan, fee) in fees {
      let members = rows.indices.filter { rows[$0].key.billing.plan == plan && rows[$0].counts.measured > 0 }
      let costs = members.compactMap { rows[$0].baselineCost ?? rows[$0].range?.fresh.baselineCost }
      let whole = costs.reduce(.zero, +)
      guard costs.count == members.count, whole > .zero else { continue }
      var (running, given) = (Money.zero, Money.zero)
      for (index, cost) in zip(members, costs) {
        running += cost
        let upToHere = fee.multiplied(by: running.picodollars, over: whole.picodollars)
        rows[index].cost = upToHere - given
        given = upToHere
      }
    }
  }

  private static func totals(of models: [AuditRow], plans: [PlanAudit]) -> Totals {
    let comparable = models.filter { $0.key.billing != .unpriced && $0.counts.measured > 0 }
    let baselines = comparable.compactMap { $0.baselineCost ?? $0.range?.fresh.baselineCost }
    let range = SplitRange.sum(of: comparable)
    let cached = comparable.compactMap(\.baselineCachedCost)
    // No work costs nothing; work that nobody measured has no known cost.
    let isKnown =
      baselines.count == comparable.count
      && (!comparable.isEmpty || models.allSatisfy { $0.counts.requests == $0.counts.failed })
    return Totals(
      perTokenCost: models.filter { $0.key.billing == .perToken }.compactMap { $0.cost ?? $0.range?.fresh.cost }
        .reduce(.zero, +),
      planFees: plans.map(\.feeShare).reduce(.zero, +),
      baselineCost: isKnown ? baselines.reduce(.zero, +) : nil,
      baselineCachedCost: isKnown && cached.count == comparable.count ? cached.reduce(.zero, +) : nil,
      range: isKnown ? range : nil)
  }
}

extension SplitRange {
  /// The sums of rows that have prices, where the split of some is not known.
  fileprivate static func sum(of rows: [AuditRow]) -> SplitRange? {
    guard rows.contains(where: { $0.range != nil }) else { return nil }
    func sum(_ ends: KeyPath<SplitRange, Ends>) -> Ends {
      rows.reduce(Ends(cost: .zero, baselineCost: .zero)) { sum, row in
        // A plan's fee is no matter of splits.
        let cost = row.key.billing == .perToken ? row.cost ?? row.range?[keyPath: ends].cost ?? .zero : .zero
        let baseline = row.baselineCost ?? row.range?[keyPath: ends].baselineCost
        return Ends(
          cost: sum.cost.map { $0 + cost }, baselineCost: sum.baselineCost.flatMap { sum in baseline.map { sum + $0 } })
      }
    }
    return SplitRange(fresh: sum(\.fresh), cached: sum(\.cached))
  }
}

/// A row while it is summed.
private struct RowSum {
  var counts = RequestCounts.zero
  var tokens = TokenUsage.zero
  var cost = Money.zero
  var baselineCost = Money.zero
  var baselineUnpriced = 0
  var cachedCost = Money.zero
  var cachedRequests = 0
  /// Requests to what the baseline stood for.
  var baselineRequests = 0
  /// The sum at each other baseline; `nil` where a price is missing.
  var others: [Money?] = []
  var fallbacks: [RateFallback: Int64] = [:]
  var nearest: Set<[ModelID]> = []
  /// Requests whose split is not known, and what all cost had caches served what they can have.
  var splitUnknown = 0
  var lowest = (cost: Money.zero, baselineCost: Money.zero)
  /// Requests whose provider is inferred.
  var assumed = 0
  /// The plans on the market that cover a model without a price.
  var offers: [String] = []
  /// Why requests without a price have none.
  var lacks: [PriceLack: Int] = [:]
  var firstDay: CivilDay?
  var times: ClosedRange<Int64>?
  var project: String?
  /// The factor of the latest slice: a dated baseline may have changed.
  var factor: (time: Int64, factor: TokenFactor) = (.min, .one)

  mutating func add(_ priced: PricedSlice, life: CacheLife, pricer: Pricer<some PriceBook>) {
    if others.isEmpty { others = priced.otherRates.map { _ in .zero } }
    if priced.slice.counts.measured > 0 {
      others = zip(others, priced.otherRates).map { sum, rates in
        sum.flatMap { sum in rates.map { sum + $0.cost(of: priced.tokens) } }
      }
    }
    counts += priced.slice.counts
    tokens += priced.tokens
    if let cost = priced.cost { self.cost += cost }
    if let cost = priced.baselineCost { baselineCost += cost } else { baselineUnpriced += priced.slice.counts.measured }
    if let cost = priced.cachedCost(life) {
      cachedCost += cost
      cachedRequests += priced.slice.counts.measured
    }
    // The same in any order of the slices.
    if (priced.offers.count, priced.offers.description) > (offers.count, offers.description) { offers = priced.offers }
    if priced.billing == .unpriced || priced.slice.variant.isAssumed {
      lacks[priced.lack, default: 0] += priced.slice.counts.requests
    }
    if let last = priced.slice.last {
      let first = priced.slice.time
      project = project ?? priced.slice.label
      times = min(times?.lowerBound ?? first, first)...max(times?.upperBound ?? last, last, first)
    }
    firstDay = min(firstDay ?? priced.slice.day, priced.slice.day)
    if priced.slice.time > factor.time { factor = (priced.slice.time, priced.factor) }
    lowest.cost += priced.leastCost ?? .zero
    lowest.baselineCost += priced.leastBaselineCost ?? .zero
    if priced.isBaselines { baselineRequests += priced.slice.counts.measured }
    if priced.cachedTokens != nil { splitUnknown += priced.slice.counts.measured }
    if priced.slice.variant.isAssumed { assumed += priced.slice.counts.requests }
    if !priced.nearest.isEmpty { nearest.insert(priced.nearest) }
    note(priced.rates, of: priced.slice.model, tokens: priced.tokens)
    if priced.slice.model != priced.baseline { note(priced.baselineRates, of: priced.baseline, tokens: priced.tokens) }
  }

  private mutating func note(_ rates: Rates?, of model: ModelID, tokens: TokenUsage) {
    guard let rates else { return }
    for tokenClass in TokenClass.allCases where tokens[tokenClass] > 0 {
      let from = rates.applied(to: tokenClass).from
      guard from != tokenClass else { continue }
      let fallback = RateFallback(model: model, tokenClass: tokenClass, from: from, tokens: 0)
      fallbacks[fallback, default: 0] += tokens[tokenClass]
    }
  }

  func row(key: RowKey, others baselines: [ModelID]) -> AuditRow {
    let measured = counts.measured
    let baselineCost = measured > 0 && baselineUnpriced == 0 ? self.baselineCost : nil
    let cost: Money? =
      switch key.billing {
      case .perToken: measured > 0 ? self.cost : nil
      case .free: .zero
      case .plan, .unpriced: nil
      }
    let ratio = key.billing == .perToken ? baselineCost.flatMap { Ratio(self.cost, over: $0) } : nil
    let range = range(billing: key.billing, baselineCost: baselineCost)
    let isOpen = range.map { $0.fresh != $0.cached } ?? false
    return AuditRow(
      key: key, counts: counts, unpriced: key.billing == .unpriced ? measured : 0, baselineUnpriced: baselineUnpriced,
      splitUnknown: splitUnknown, assumed: assumed, tokens: tokens,
      cost: isOpen && key.billing == .perToken ? nil : cost, baselineCost: isOpen ? nil : baselineCost,
      ratio: isOpen ? nil : ratio, range: isOpen ? range : nil,
      verdict: verdict(billing: key.billing, baselineCost: baselineCost, range: isOpen ? range : nil),
      others: zip(baselines, others).map { baseline, sum in
        let sum = measured > 0 && !isOpen ? sum : nil
        let ratio = key.billing == .perToken ? sum.flatMap { Ratio(self.cost, over: $0) } : nil
        return Comparison(baseline: baseline, cost: sum, ratio: ratio)
      },
      // Where some of it was not worked out there is no such figure.
      baselineCachedCost: measured > 0 && cachedRequests == measured && baselineUnpriced == 0
        ? cachedCost : nil,
      tokenFactor: factor.factor,
      fallbacks: fallbacks.map { fallback, tokens in
        RateFallback(model: fallback.model, tokenClass: fallback.tokenClass, from: fallback.from, tokens: tokens)
      }.sorted {
        ($0.model, $0.tokenClass.rawValue, $0.from.rawValue) < ($1.model, $1.tokenClass.rawValue, $1.from.rawValue)
      },
      nearest: nearest.min { $0.description < $1.description } ?? [],
      offers: key.billing == .unpriced || assumed > 0 ? offers : [],
      lack: lacks.max { ($0.value, "\($1.key)") < ($1.value, "\($0.key)") }?.key ?? .price, firstDay: firstDay,
      times: times, project: project, isOfBaseline: measured > 0 && baselineRequests == measured)
  }

  /// Both ends, where the split of some requests is not known.
  private func range(billing: Billing, baselineCost: Money?) -> SplitRange? {
    guard splitUnknown > 0, baselineCost != nil else { return nil }
    let isPaid = billing == .perToken
    return SplitRange(
      fresh: SplitRange.Ends(cost: isPaid ? cost : nil, baselineCost: baselineCost),
      cached: SplitRange.Ends(cost: isPaid ? lowest.cost : nil, baselineCost: lowest.baselineCost))
  }

  /// Compares the exact amounts, not the rounded ratio. Where the split is not known, both ends have to agree.
  private func verdict(billing: Billing, baselineCost: Money?, range: SplitRange?) -> Verdict {
    guard billing == .perToken, let range else { return verdict(billing: billing, cost, baselineCost) }
    let (fresh, cached) = (
      verdict(billing: billing, cost, baselineCost), verdict(billing: billing, lowest.cost, range.cached.baselineCost)
    )
    return fresh == cached ? fresh : .uncertain
  }

  private func verdict(billing: Billing, _ cost: Money, _ baselineCost: Money?) -> Verdict {
    switch billing {
    case .free: return .free
    case .unpriced: return .unpriced
    case .plan: return tokens.total > 0 ? .plan : .noUsage
    case .perToken:
      guard tokens.total > 0 else { return .noUsage }
      guard let baselineCost else { return .unpriced }
      if cost == baselineCost { return .equal }
      return cost < baselineCost ? .cheaper : .dearer
    }
  }
}
