import Ledger
import Model
import Pricing
import Report

extension PriceExtra {
  /// What a model's modes and searches mean for the figures, as far as the pricing table knows them.
  static func all(_ extras: CallExtras, _ prices: PriceTable) -> [PriceExtra] {
    let known = prices.modifiers(of: extras.model)
    var found = extras.modes.sorted { $0.key < $1.key }.map { mode, requests in
      let what = "\(requests == 1 ? "1 request" : "\(requests) requests") in mode \(mode) to"
      if let factor = known.factors[mode] {
        return PriceExtra(model: extras.model, what: what, meaning: "priced at \(factor) times the rates")
      }
      // `fast` without a factor has no price at all, which the table says.
      let meaning =
        mode == "fast"
        ? "no price in the table"
        : "no factor in the table, so priced as usual; to say it: "
          + Cure.command(for: extras.model, .mode(mode), offers: [])
      return PriceExtra(model: extras.model, what: what, meaning: meaning)
    }
    if extras.webSearches > 0 {
      let what = extras.webSearches == 1 ? "1 web search by" : "\(extras.webSearches) web searches by"
      let cost = known.webSearch.map {
        "$\($0.multiplied(by: Int128(extras.webSearches))) at $\($0) each"
      }
      let meaning = cost.map { "\($0), which no other figure holds" } ?? "at a fee that the table does not know"
      found.append(PriceExtra(model: extras.model, what: what, meaning: "billed by the call: \(meaning)"))
    }
    return found
  }
}
