package import Model
package import Pricing

/// What sets the price of a model's requests beside their tokens.
package struct PriceExtra: Hashable, Sendable {
  /// What it is, and what the pricing table knows of it.
  package enum Kind: Hashable, Sendable {
    /// A mode of the call (`fast`, `us`, `priority`, `batch`), and what multiplies the rates; `nil` where nobody knows.
    /// `besides` is the plan that pays for the model, though not for these calls of it.
    case mode(String, factor: TokenFactor?, besides: String? = nil)
    /// A mode of calls that a plan pays for.
    case modeOnPlan(String, plan: String)
    /// Searches of the web that the seller made, and what each costs; `nil` where nobody knows.
    case webSearch(fee: Money?)
    /// Searches of the web within what a plan pays for.
    case webSearchOnPlan(String)
  }

  package var model: ModelID
  package var kind: Kind
  /// How many requests of the mode, or how many searches.
  package var count: Int64

  package init(model: ModelID, kind: Kind, count: Int64) {
    (self.model, self.kind, self.count) = (model, kind, count)
  }

  /// What the searches cost, which no figure of tokens holds; `nil` for a mode, and where the fee is not known.
  package var fee: Money? {
    if case .webSearch(let fee?) = kind { fee.multiplied(by: Int128(count)) } else { nil }
  }

  /// What a pricing table knows of requests of one endpoint and modes, and of their searches of the web.
  /// - Parameters:
  ///   - variant: the endpoint and the modes, which decide together whether a plan pays.
  ///   - requests: how many were made in those modes.
  ///   - time: whose plans and factors apply, epoch milliseconds.
  package static func all(
    of model: ModelID, as variant: CallVariant, requests: Int, webSearches: Int64, at time: Int64,
    prices: some PriceBook
  ) -> [PriceExtra] {
    func plan(as variant: CallVariant) -> Plan? {
      if case .plan(let plan) = prices.answer(for: model, as: variant, at: time, prompt: 0) { plan } else { nil }
    }
    let paying = plan(as: variant)
    let usual = paying ?? plan(as: CallVariant(host: variant.host))
    var extras = variant.modes.map { mode in
      let kind: Kind =
        if let paying {
          .modeOnPlan(mode, plan: paying.name)
        } else {
          .mode(mode, factor: prices.factor(of: mode, for: model, as: variant, at: time), besides: usual?.name)
        }
      return PriceExtra(model: model, kind: kind, count: Int64(requests))
    }
    if webSearches > 0 {
      let kind =
        (paying?.name).map(Kind.webSearchOnPlan) ?? .webSearch(fee: prices.webSearchFee(of: model, as: variant))
      extras.append(PriceExtra(model: model, kind: kind, count: webSearches))
    }
    return extras
  }

  /// In order, with one for each model and kind: endpoints of one price are told together.
  package static func merged(_ extras: [PriceExtra]) -> [PriceExtra] {
    var counts: [PriceExtra: Int64] = [:]
    for extra in extras {
      var key = extra
      key.count = 0
      counts[key, default: 0] += extra.count
    }
    return counts.map { PriceExtra(model: $0.model, kind: $0.kind, count: $1) }.sorted { $0.order < $1.order }
  }

  private var order: (ModelID, String, Int64, Int64) {
    switch kind {
    case .mode(let name, let factor, let plan): (model, "\(name) \(plan ?? "")", factor?.millionths ?? 0, count)
    case .modeOnPlan(let name, let plan): (model, "\(name) \(plan)", 0, count)
    case .webSearch(let fee): (model, "~", fee == nil ? 0 : 1, count)
    case .webSearchOnPlan(let plan): (model, "~\(plan)", 2, count)
    }
  }
}
