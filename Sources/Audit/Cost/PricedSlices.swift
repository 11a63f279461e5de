import Model
import Pricing

extension Pricer {
  /// Prices slices. What caches can have served is rounded once for all slices that one price holds for, so that it is
  /// the same however finely requests were added up.
  func prices(of slices: [TrafficSlice]) -> [PricedSlice] {
    var priced = slices.map { price($0) }
    let unknown = priced.indices.filter { priced[$0].cachedTokens != nil && priced[$0].slice.served == nil }
    for places in Dictionary(grouping: unknown, by: { SharedSplit(priced[$0]) }).values where places.count > 1 {
      var (input, served): (Int64, Int64) = (0, 0)
      for place in places {
        let slice = priced[place].slice
        input += slice.tokens.input
        let all = splits.served(input, like: slice)
        priced[place].cachedTokens = slice.tokens.served(all - served)
        served = all
      }
    }
    return priced
  }
}

/// What slices have in common whose sums of tokens may be rounded together.
private struct SharedSplit: Hashable {
  var model: ModelID
  var variant: CallVariant
  var route: Route
  var day: CivilDay
  var session: String?
  var label: String?
  var rates: Rates?
  var baselineRates: Rates?

  init(_ priced: PricedSlice) {
    (model, variant, route) = (priced.slice.model, priced.slice.variant, priced.slice.route)
    (day, session, label) = (priced.slice.day, priced.slice.session, priced.slice.label)
    (rates, baselineRates) = (priced.rates, priced.baselineRates)
  }
}
