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
      let meaning = mode == "fast" ? "no price in the table" : "no factor in the table, so priced as usual"
      return PriceExtra(model: extras.model, what: what, meaning: meaning)
    }
    if extras.webSearches > 0 {
      let what = extras.webSearches == 1 ? "1 web search by" : "\(extras.webSearches) web searches by"
      let each = known.webSearch.map { "billed by the call at $\($0) each" } ?? "billed by the call"
      found.append(PriceExtra(model: extras.model, what: what, meaning: "\(each), which no cost here holds"))
    }
    return found
  }
}
