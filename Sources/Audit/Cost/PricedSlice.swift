import Model
import Pricing

/// A slice with its prices.
struct PricedSlice {
  var slice: TrafficSlice
  var billing: Billing
  /// The tokens of the measured requests.
  var tokens: TokenUsage
  /// What the baseline is at the slice's time: a dated alias stands for one model after another.
  var baseline: ModelID
  /// The baseline's tokens for a text ÷ the slice's model's.
  var factor: TokenFactor = .one
  /// The rates of a per-token model.
  var rates: Rates?
  /// The baseline's rates at the slice's time, for the tokens as the slice's model counts them.
  var baselineRates: Rates?
  /// The same of each other baseline.
  var otherRates: [Rates?] = []
  /// Names like the unpriced model's.
  var nearest: [ModelID]
  /// The names of the plans on the market that cover an unpriced model, or one whose provider is inferred.
  var offers: [String] = []
  /// Why an unpriced model has no price, or one whose provider is inferred no plan that pays.
  var lack = PriceLack.price
  /// The plan that pays.
  var plan: Plan?

  /// The tokens had caches served what they can have; `nil` where the split is measured.
  var cachedTokens: TokenUsage?
  /// Whether the observed classes are those of the baseline's own provider, whose cache they then show as it was.
  var isBaselineProviders = false
  /// Whether it is the work of what the baseline stood for itself.
  var isBaselines = false

  /// What the baseline would have cost with what its own prompt cache would have held; `nil` where that was not worked
  /// out or a price is missing.
  func cachedCost(_ life: CacheLife) -> Money? {
    guard let baselineRates else { return nil }
    if isBaselineProviders || tokens == .zero { return baselineRates.cost(of: tokens) }
    return slice.caching.map { baselineRates.cost(of: $0.tokens(of: tokens, life: life)) }
  }

  var cost: Money? { rates?.cost(of: tokens) }
  var baselineCost: Money? { baselineRates?.cost(of: tokens) }
  /// The cost had caches served what they can have.
  var leastCost: Money? { rates?.cost(of: cachedTokens ?? tokens) }
  /// The baseline cost, likewise.
  var leastBaselineCost: Money? { baselineRates?.cost(of: cachedTokens ?? tokens) }
}
