import Pricing
import Usage

/// A slice with its prices.
struct PricedSlice {
  var slice: TrafficSlice
  var billing: Billing
  /// The tokens of the measured requests.
  var tokens: TokenUsage
  /// The rates of a per-token model.
  var rates: Rates?
  /// The baseline's rates at the slice's time.
  var baselineRates: Rates?
  /// Names like the unpriced model's.
  var nearest: [ModelID]
  /// The plan that pays.
  var plan: Plan?

  var cost: Money? { rates?.cost(of: tokens) }
  var baselineCost: Money? { baselineRates?.cost(of: tokens) }
}

/// Looks up what slices cost, each at its own time and prompt length.
struct Pricer<Book: PriceBook> {
  let book: Book
  let baseline: ModelID

  func price(_ slice: TrafficSlice) -> PricedSlice {
    var priced = PricedSlice(
      slice: slice, billing: .unpriced, tokens: slice.counts.measured > 0 ? slice.tokens : .zero,
      baselineRates: baselineRates(at: slice.time, prompt: slice.prompt), nearest: [])
    switch book.answer(for: slice.model, at: slice.time, prompt: slice.prompt) {
    case .perToken(let price): (priced.billing, priced.rates) = (.perToken, price.rates)
    case .plan(let plan): (priced.billing, priced.plan) = (.plan(plan.name, plan.kind), plan)
    case .free: priced.billing = .free
    case .unpriced(let nearest): priced.nearest = nearest
    }
    return priced
  }

  /// `nil` where the table has no per-token price for the baseline at that time.
  func baselineRates(at time: Int64, prompt: Int64) -> Rates? {
    if case .perToken(let price) = book.answer(for: baseline, at: time, prompt: prompt) { price.rates } else { nil }
  }
}
