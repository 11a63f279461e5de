import Pricing
import Usage

/// Prices traffic and compares it with the baseline. Pure: the same input gives the same report, in whatever order and
/// however finely split the slices come.
package enum Audit {
  /// Audits a period.
  package static func run(_ input: AuditInput, prices book: some PriceBook) -> AuditReport {
    let pricer = Pricer(book: book, baseline: input.baseline)
    let priced = input.traffic.map(pricer.price)
    let plans = PlanAudit.all(input: input, pricer: pricer)
    let shares = Dictionary(uniqueKeysWithValues: plans.map { ($0.name, $0.feeShare) })
    let models = rows(of: priced, by: .model, baseline: input.baseline, feeShares: shares)
    let rows =
      input.grouping == .model
      ? models : rows(of: priced, by: input.grouping, baseline: input.baseline, feeShares: shares)
    return AuditReport(
      generatedAt: input.now, period: input.period, baseline: input.baseline, pricingVersion: book.version,
      grouping: input.grouping, rows: rows, models: models, plans: plans,
      coverage: Coverage(
        counts: models.reduce(.zero) { $0 + $1.counts }, unpriced: models.reduce(0) { $0 + $1.unpriced }),
      totals: totals(of: models, plans: plans))
  }

  private static func rows(
    of slices: [PricedSlice], by grouping: Grouping, baseline: ModelID, feeShares: [String: Money]
  ) -> [AuditRow] {
    var sums: [RowKey: RowSum] = [:]
    for priced in slices {
      let slice = priced.slice
      let key = RowKey(slice, by: grouping, billing: priced.billing)
      sums[key, default: RowSum()].add(priced, baseline: baseline)
    }
    var rows = sums.map { $1.row(key: $0) }.sorted { $0.key < $1.key }
    splitFees(feeShares, over: &rows)
    if grouping == .source { ClaimedCost.add(of: slices, to: &rows) }
    return rows
  }

  /// Splits each plan's fee over its rows in proportion to baseline cost. Every row gets the difference of two rounded
  /// running sums, so that the parts add up to the fee exactly.
  private static func splitFees(_ fees: [String: Money], over rows: inout [AuditRow]) {
    for (plan, fee) in fees {
      let members = rows.indices.filter { rows[$0].key.billing.plan == plan && rows[$0].counts.measured > 0 }
      let costs = members.compactMap { rows[$0].baselineCost }
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
    let baselines = comparable.compactMap(\.baselineCost)
    // No work costs nothing; work that nobody measured has no known cost.
    let isKnown =
      baselines.count == comparable.count
      && (!comparable.isEmpty || models.allSatisfy { $0.counts.requests == $0.counts.failed })
    return Totals(
      perTokenCost: models.filter { $0.key.billing == .perToken }.compactMap(\.cost).reduce(.zero, +),
      planFees: plans.map(\.feeShare).reduce(.zero, +),
      baselineCost: isKnown ? baselines.reduce(.zero, +) : nil)
  }
}

/// A row while it is summed.
private struct RowSum {
  var counts = RequestCounts.zero
  var tokens = TokenUsage.zero
  var cost = Money.zero
  var baselineCost = Money.zero
  var baselineUnpriced = 0
  var fallbacks: [RateFallback: Int64] = [:]
  var nearest: Set<[ModelID]> = []

  mutating func add(_ priced: PricedSlice, baseline: ModelID) {
    counts += priced.slice.counts
    tokens += priced.tokens
    if let cost = priced.cost { self.cost += cost }
    if let cost = priced.baselineCost { baselineCost += cost } else { baselineUnpriced += priced.slice.counts.measured }
    if !priced.nearest.isEmpty { nearest.insert(priced.nearest) }
    note(priced.rates, of: priced.slice.model, tokens: priced.tokens)
    if priced.slice.model != baseline { note(priced.baselineRates, of: baseline, tokens: priced.tokens) }
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

  func row(key: RowKey) -> AuditRow {
    let measured = counts.measured
    let baselineCost = measured > 0 && baselineUnpriced == 0 ? self.baselineCost : nil
    let cost: Money? =
      switch key.billing {
      case .perToken: measured > 0 ? self.cost : nil
      case .free: .zero
      case .plan, .unpriced: nil
      }
    let ratio = key.billing == .perToken ? baselineCost.flatMap { Ratio(self.cost, over: $0) } : nil
    return AuditRow(
      key: key, counts: counts, unpriced: key.billing == .unpriced ? measured : 0, baselineUnpriced: baselineUnpriced,
      tokens: tokens, cost: cost, baselineCost: baselineCost, ratio: ratio,
      verdict: verdict(billing: key.billing, baselineCost: baselineCost),
      fallbacks: fallbacks.map { fallback, tokens in
        RateFallback(model: fallback.model, tokenClass: fallback.tokenClass, from: fallback.from, tokens: tokens)
      }.sorted {
        ($0.model, $0.tokenClass.rawValue, $0.from.rawValue) < ($1.model, $1.tokenClass.rawValue, $1.from.rawValue)
      },
      nearest: nearest.min { $0.description < $1.description } ?? [])
  }

  /// Compares the exact amounts, not the rounded ratio.
  private func verdict(billing: Billing, baselineCost: Money?) -> Verdict {
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
