package import Model
package import Pricing

/// A model that was called and has no price.
package struct UnpricedModel: Hashable, Sendable {
  /// The model, as the records name it.
  package var model: ModelID
  /// How many measured requests to it have no price: what `Coverage.unpriced` counts.
  package var requests: Int
  /// The day of the first of them; that of its slice, which may be longer than a day.
  package var firstDay: CivilDay
  package var lack: PriceLack
  /// Names of the table that look alike, best first.
  package var nearest: [ModelID]
  /// The names of the plans on the market that cover it.
  package var offers: [String]
}

extension Audit {
  /// The models of traffic that have no price, by name: by the same rule as in a report.
  package static func unpriced(_ traffic: [TrafficSlice], prices book: some PriceBook) -> [UnpricedModel] {
    var found: [ModelID: UnpricedModel] = [:]
    for slice in traffic where slice.counts.measured > 0 {
      guard
        case .unpriced(let nearest) = book.answer(
          for: slice.model, as: slice.variant, at: slice.time, prompt: slice.prompt)
      else { continue }
      let none = UnpricedModel(
        model: slice.model, requests: 0, firstDay: slice.day,
        lack: book.lack(of: slice.model, as: slice.variant, at: slice.time), nearest: nearest,
        offers: book.offers(for: slice.model, as: slice.variant).map(\.name))
      var model = found[slice.model] ?? none
      model.requests += slice.counts.measured
      model.firstDay = min(model.firstDay, slice.day)
      found[slice.model] = model
    }
    return found.values.sorted { $0.model < $1.model }
  }
}
