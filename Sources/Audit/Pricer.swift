import Pricing
import Model

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
  /// Why an unpriced model has no price.
  var lack = PriceLack.price
  /// The plan that pays.
  var plan: Plan?

  /// The tokens had caches served what they can have; `nil` where the split is measured.
  var cachedTokens: TokenUsage?
  /// Whether the observed classes are those of the baseline's own provider, whose cache they then show as it was.
  var isBaselineProviders = false

  /// What the baseline would have cost with what its own prompt cache would have held; `nil` where that was not worked
  /// out or a price is missing.
  func cachedCost(_ life: CacheLife) -> Money? {
    guard let baselineRates else { return nil }
    if isBaselineProviders || tokens == .zero { return baselineRates.cost(of: tokens) }
    return slice.caching.map { baselineRates.cost(of: $0.tokens(of: tokens, life: life)) }
  }

  var cost: Money? { rates?.cost(of: tokens) }
  var baselineCost: Money? { baselineRates?.cost(of: tokens) }
  /// The baseline cost had caches served what they can have.
  var leastBaselineCost: Money? { baselineRates?.cost(of: cachedTokens ?? tokens) }
}

/// Looks up what slices cost, each at its own time and prompt length.
struct Pricer<Book: PriceBook> {
  let book: Book
  let baseline: ModelID
  var otherBaselines: [ModelID] = []
  var splits = MeasuredSplits()

  func price(_ slice: TrafficSlice) -> PricedSlice {
    var priced = PricedSlice(
      slice: slice, billing: .unpriced, tokens: slice.counts.measured > 0 ? slice.tokens : .zero,
      baseline: book.standing(for: baseline, at: slice.time),
      factor: book.factor(of: slice.model, to: baseline, at: slice.time),
      baselineRates: rates(of: baseline, for: slice), otherRates: otherBaselines.map { rates(of: $0, for: slice) },
      nearest: [])
    if slice.variant.isSplitUnknown, slice.counts.measured > 0 { priced.cachedTokens = splits.cached(slice) }
    priced.isBaselineProviders = book.isOfOneProvider(slice.model, baseline)
    switch book.answer(for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt) {
    case .perToken(let price):
      (priced.billing, priced.rates) = (.perToken, price.rates)
      // Whether a plan pays, the client's record does not say.
      if slice.variant.isAssumed { priced.offers = book.offers(for: slice.model, as: slice.variant).map(\.name) }
    case .plan(let plan): (priced.billing, priced.plan) = (.plan(plan.name, plan.kind), plan)
    case .free: priced.billing = .free
    case .unpriced(let nearest):
      priced.nearest = nearest
      priced.offers = book.offers(for: slice.model, as: slice.variant).map(\.name)
      priced.lack = book.lack(of: slice.model, as: slice.variant, at: slice.time)
    }
    return priced
  }

  /// The same work done by another model, which may make more or fewer tokens of it.
  func price(_ slice: TrafficSlice, on target: ModelID) -> PricedSlice {
    let factor = book.factor(of: slice.model, to: target, at: slice.time)
    var moved = slice
    moved.model = target
    moved.variant = .none
    moved.prompt = factor.tokens(slice.prompt)
    var priced = price(moved)
    priced.rates = priced.rates?.scaled(by: factor)
    return priced
  }

  /// `nil` where the table has no per-token price for the baseline at that time.
  func baselineRates(at time: Int64, prompt: Int64) -> Rates? { rates(of: baseline, at: time, prompt: prompt) }

  private func rates(of baseline: ModelID, for slice: TrafficSlice) -> Rates? {
    let factor = book.factor(of: slice.model, to: baseline, at: slice.time)
    return rates(of: baseline, at: slice.time, prompt: factor.tokens(slice.prompt))?.scaled(by: factor)
  }

  private func rates(of model: ModelID, at time: Int64, prompt: Int64) -> Rates? {
    if case .perToken(let price) = book.listPrice(of: model, at: time, prompt: prompt) { price.rates } else { nil }
  }
}
