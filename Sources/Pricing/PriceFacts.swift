import Model

/// Where prices of models change, and what the models' tokenizers make of a limit.
struct PriceFacts: Hashable, Sendable {
  var cuts: Set<Int64> = []
  var limits: Set<Int64> = []
  var weeklyCuts: Set<Int> = []
  var factors: Set<TokenFactor> = [.one]

  init(_ models: [PricedModel] = []) {
    for entry in models.lazy.flatMap(\.prices) {
      cuts.insert(entry.from)
      limits.formUnion(entry.tiers.map(\.aboveInputTokens))
      weeklyCuts.formUnion(entry.windows.flatMap(\.minutes).flatMap { [$0.lowerBound, $0.upperBound % (7 * 1440)] })
    }
    factors.formUnion(models.compactMap(\.tokenFactor))
    cuts.formUnion(models.flatMap(\.succession).map(\.from))
  }

  mutating func add(_ other: PriceFacts) {
    cuts.formUnion(other.cuts)
    limits.formUnion(other.limits)
    weeklyCuts.formUnion(other.weeklyCuts)
    factors.formUnion(other.factors)
  }

  /// What a sum must not straddle.
  /// - Parameter others: further instants at which something changes.
  func grain(with others: [Int64]) -> PriceGrain {
    // A tier's limit counts the baseline's tokens; for a model of another tokenizer it lies elsewhere.
    let factors = Set(factors.flatMap { factor in self.factors.map { factor.over($0) } })
    return PriceGrain(
      cuts: cuts.union(others).sorted(),
      promptLimits: Set(limits.flatMap { limit in factors.map { $0.limit(limit) } }).sorted(),
      weeklyCuts: weeklyCuts.sorted())
  }
}
