package import Model
package import Pricing

/// The estimated requests of a row. No measured figure holds any of it.
package struct EstimatedSum: Hashable, Sendable {
  /// Those estimated here, from bytes.
  package var bytes = EstimatedPart()
  /// Those that a proxy counted by itself: nobody knows how well.
  package var proxy = EstimatedPart()
  /// How far the estimate of a single request from bytes is off, at worst; `nil` where there are none.
  package var error: EstimateError?
  /// How many of them the report counted as estimated before: the proxy's own record says so.
  package var counted = 0

  package var requests: Int { bytes.requests + proxy.requests }
  /// Their tokens.
  package var tokens: TokenUsage { bytes.tokens + proxy.tokens }
  /// What they cost by the token; `nil` where a plan pays or there is no price.
  package var cost: Money? { bytes.cost.flatMap { cost in proxy.cost.map { cost + $0 } } }
  /// What they cost at the baseline's rates.
  package var baselineCost: Money? { bytes.baselineCost.flatMap { cost in proxy.baselineCost.map { cost + $0 } } }
  /// How the tokens were come by: a word of the JSON contract.
  package var method: String {
    if proxy.requests == 0 { return "bytes" }
    return bytes.requests == 0 ? "proxy" : "bytes_and_proxy"
  }
}

/// Estimated requests of one origin.
package struct EstimatedPart: Hashable, Sendable {
  package var requests = 0
  /// Their tokens.
  package var tokens = TokenUsage.zero
  /// What they cost by the token; `nil` where a plan pays or there is no price.
  package var cost: Money? = .zero
  /// What they cost at the baseline's rates; `nil` where it has none for some of them.
  package var baselineCost: Money? = .zero

  mutating func add(_ priced: PricedSlice) {
    requests += 1
    tokens += priced.tokens
    let cost = priced.billing == .free ? .zero : priced.cost
    self.cost = self.cost.flatMap { sum in cost.map { sum + $0 } }
    baselineCost = baselineCost.flatMap { sum in priced.baselineCost.map { sum + $0 } }
  }
}

/// What was estimated of the requests without measured tokens, and what was not.
package struct EstimateSummary: Hashable, Sendable {
  /// Every model that has such requests, sorted.
  package var models: [ModelEstimate]
  /// Between what the cost of all that was estimated from bytes lies with a probability of 90 %: of per-token models;
  /// `nil` where there is none.
  package var cost: ClosedRange<Money>?
  /// The same at the baseline's rates, of all models that have a price.
  package var baselineCost: ClosedRange<Money>?
}

/// What was estimated of a model's requests without measured tokens. Each of them counts in exactly one of the fields
/// `estimated`, `proxy`, `refused`, `outOfRange`, `notWhole` and `withoutBytes`.
package struct ModelEstimate: Hashable, Sendable {
  package var model: ModelID
  /// Estimated here, from bytes.
  package var estimated = 0
  /// Those of them for which the model as a whole stands, because too few requests of their route are measured.
  package var byModel = 0
  /// Counted by a proxy.
  package var proxy = 0
  /// Both bytes are known, but the measured requests do not allow an estimate.
  package var refused = 0
  /// Shorter or longer than any measured request that they could be estimated by.
  package var outOfRange = 0
  /// The answer was cut or was an error, so that its bytes say nothing of its tokens.
  package var notWhole = 0
  /// The bytes of the prompt or of the answer are not recorded.
  package var withoutBytes = 0
  /// What the estimates of most requests rest on; `nil` where none was needed or there is a refusal.
  package var calibration: Calibration?
  /// Why there is none, and for how many requests.
  package var refusals: [CalibrationRefusal: Int] = [:]

  /// The refusals, those of most requests first.
  package var refusalsByCount: [(refusal: CalibrationRefusal, requests: Int)] {
    refusals.map { (refusal: $0.key, requests: $0.value) }.sorted {
      ($1.requests, "\($0.refusal)") < ($0.requests, "\($1.refusal)")
    }
  }
}
