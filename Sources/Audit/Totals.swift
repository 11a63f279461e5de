package import Model
package import Pricing

extension Money {
  /// Whether two figures are more than 5 % apart, so that both are said.
  package func isApart(from other: Money) -> Bool {
    let (low, high) = (min(self, other), max(self, other))
    return (high - low).multiplied(by: 20) > high
  }
}

/// How much of the traffic the figures cover.
package struct Coverage: Hashable, Sendable {
  /// All requests by what is known of them.
  package var counts: RequestCounts
  /// Measured requests that have no price: a part of `counts.measured`.
  package var unpriced: Int

  /// Requests that need tokens: all but the failed ones.
  package var answered: Int { counts.requests - counts.failed }
  /// Requests with measured tokens and a price.
  package var covered: Int { counts.measured - unpriced }
  /// `covered ÷ answered`; `nil` where nothing was answered.
  package var share: Ratio? { Ratio(Money(picodollars: Int128(covered)), over: Money(picodollars: Int128(answered))) }
}

/// The sums over a period.
package struct Totals: Hashable, Sendable {
  /// What the measured requests of per-token models cost.
  package var perTokenCost: Money
  /// The plans' fees for the days of the period, up to today: each day bears its month's fee ÷ the month's days.
  package var planFees: Money
  /// What the measured requests that have a price, plans and free models included, cost at the baseline's rates;
  /// `nil` where the baseline has no price for some of them, or where there was work and none of it is measured.
  package var baselineCost: Money?
  /// The same with prompt caching; `nil` also where that was not worked out.
  package var baselineCachedCost: Money?
  /// Between what per-token cost and baseline cost lie where the split of some requests is not known; the figures above
  /// are then those without any cache.
  package var range: SplitRange?

  /// Everything paid: per-token costs and plan fees. Fees are paid for unmeasured requests too, so that with them
  /// `saved` is rather too low than too high.
  package var cost: Money { perTokenCost + planFees }
  /// `baselineCost − cost`; negative where the baseline would have been cheaper.
  package var saved: Money? { baselineCost.map { $0 - cost } }
  /// The same against a baseline with its own prompt cache.
  package var savedCached: Money? { baselineCachedCost.map { $0 - cost } }

  /// What is said of the money, the same in every sentence.
  package struct Claim: Hashable, Sendable {
    /// Everything paid.
    package var cost: ClosedRange<Money>
    /// What the baseline would have cost.
    package var baselineCost: ClosedRange<Money>
    /// The difference; below zero where the baseline would have been cheaper.
    package var saved: ClosedRange<Money>
    /// Whether the baseline with its own prompt cache stands at the lower end of what was saved; `nil` where it is not
    /// told from the one without.
    package var isCachedCautious: Bool?
  }

  /// Everything paid against the baseline without and with its own prompt cache, where these are more than 5 % apart, and
  /// at both ends of what caches can have served, where nobody knows; else against the one that decides.
  package func claim(by kind: RatioKind) -> Claim? {
    guard let baselineCost else { return nil }
    let splits =
      range.map { [$0.fresh, $0.cached] } ?? [SplitRange.Ends(cost: perTokenCost, baselineCost: baselineCost)]
    var pairs = splits.compactMap { ends in
      ends.cost.flatMap { cost in ends.baselineCost.map { (cost: cost + planFees, baseline: $0) } }
    }
    var isCachedCautious: Bool?
    if let cached = baselineCachedCost {
      let own = pairs.map { (cost: $0.cost, baseline: cached) }
      if pairs.contains(where: { $0.baseline.isApart(from: cached) }) {
        isCachedCautious = pairs.allSatisfy { cached < $0.baseline }
        pairs += own
      } else if kind == .cached {
        pairs = own
      }
    }
    guard let cost = pairs.map(\.cost).span, let baseline = pairs.map(\.baseline).span,
      let saved = pairs.map({ $0.baseline - $0.cost }).span
    else { return nil }
    return Claim(cost: cost, baselineCost: baseline, saved: saved, isCachedCautious: isCachedCautious)
  }

  /// Everything paid, at both ends where some split is not known.
  package var costs: ClosedRange<Money> {
    range?.cost.map { $0.lowerBound + planFees...$0.upperBound + planFees } ?? cost...cost
  }
  /// The baseline cost at both ends.
  package var baselineCosts: ClosedRange<Money>? { range?.baselineCost ?? baselineCost.map { $0...$0 } }
  /// What was saved at both ends, each with a cost and a baseline cost of the same split.
  package var savings: ClosedRange<Money>? {
    guard let range else { return saved.map { $0...$0 } }
    func difference(_ ends: SplitRange.Ends) -> Money? {
      ends.cost.flatMap { cost in ends.baselineCost.map { $0 - cost - planFees } }
    }
    guard let one = difference(range.fresh), let other = difference(range.cached) else { return nil }
    return min(one, other)...max(one, other)
  }
}
