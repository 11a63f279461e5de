import Pricing
import Model

/// Looks up what slices cost, each at its own time and prompt length.
struct Pricer<Book: PriceBook> {
  let book: Book
  let baseline: ModelID
  var otherBaselines: [ModelID] = []
  var splits = MeasuredSplits()

  func price(_ slice: TrafficSlice) -> PricedSlice {
    let factor = book.factor(of: slice.model, to: baseline, at: slice.time)
    var priced = PricedSlice(
      slice: slice, billing: .unpriced, tokens: slice.counts.measured > 0 ? slice.tokens : .zero,
      baseline: book.standing(for: baseline, at: slice.time), factor: factor,
      baselineRates: rates(of: baseline, for: slice, factor),
      otherRates: otherBaselines.map {
        rates(of: $0, for: slice, book.factor(of: slice.model, to: $0, at: slice.time))
      },
      nearest: [])
    if slice.variant.isSplitUnknown, slice.counts.measured > 0 { priced.cachedTokens = splits.cached(slice) }
    priced.isBaselineProviders = book.isOfOneProvider(slice.model, baseline)
    priced.isBaselines = priced.isBaselineProviders && book.isSame(slice.model, priced.baseline)
    switch book.answer(for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt) {
    case .perToken(let price):
      (priced.billing, priced.rates) = (.perToken, price.rates)
      // Whether a plan pays, the client's record does not say.
      if slice.variant.isAssumed {
        priced.offers = book.offers(for: slice.model, as: slice.variant).map(\.name)
        priced.lack = book.lack(of: slice.model, as: slice.variant, at: slice.time)
      }
    case .plan(let plan): (priced.billing, priced.plan) = (.plan(plan.name, plan.kind), plan)
    case .free: priced.billing = .free
    case .unpriced(let nearest):
      priced.nearest = nearest
      priced.offers = book.offers(for: slice.model, as: slice.variant).map(\.name)
      priced.lack = book.lack(of: slice.model, as: slice.variant, at: slice.time)
    }
    return priced
  }

  /// The same work done by another model, which may make more or fewer tokens of it. It is called in the modes that it
  /// has a price of, and else as usual; work that stays where it is is priced as it was.
  func price(_ slice: TrafficSlice, on target: ModelID) -> PricedSlice {
    guard target != slice.model else { return price(slice) }
    let factor = book.factor(of: slice.model, to: target, at: slice.time)
    var moved = slice
    // What an alias stands for is what a plan covers.
    moved.model = book.standing(for: target, at: slice.time)
    moved.variant = slice.variant.keeping { book.factor(of: $0, for: moved.model, as: .none, at: slice.time) != nil }
    moved.prompt = factor.tokens(slice.prompt)
    var priced = price(moved)
    priced.rates = priced.rates?.scaled(by: factor)
    return priced
  }

  /// `nil` where the table has no per-token price for the baseline at that time.
  func baselineRates(at time: Int64, prompt: Int64) -> Rates? { rates(of: baseline, at: time, prompt: prompt) }

  private func rates(of baseline: ModelID, for slice: TrafficSlice, _ factor: TokenFactor) -> Rates? {
    rates(of: baseline, at: slice.time, prompt: factor.tokens(slice.prompt))?.scaled(by: factor)
  }

  private func rates(of model: ModelID, at time: Int64, prompt: Int64) -> Rates? {
    if case .perToken(let price) = book.listPrice(of: model, at: time, prompt: prompt) { price.rates } else { nil }
  }
}
