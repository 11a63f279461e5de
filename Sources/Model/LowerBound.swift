/// What is known of the tokens of a model's requests that are not measured: at least these went into them.
package struct LowerBound: Hashable, Sendable {
  package var model: ModelID
  /// The requests of which something is known.
  package var requests: Int
  /// What is known of them, in sum.
  package var tokens: TokenUsage

  package init(model: ModelID, requests: Int, tokens: TokenUsage) {
    self.model = model
    self.requests = requests
    self.tokens = tokens
  }

  /// Bounds of several ledgers as those of one: each model once, in their order.
  package static func sums(_ bounds: [LowerBound]) -> [LowerBound] {
    var sums: [ModelID: LowerBound] = [:]
    for bound in bounds {
      var sum = sums[bound.model] ?? LowerBound(model: bound.model, requests: 0, tokens: .zero)
      sum.requests += bound.requests
      sum.tokens += bound.tokens
      sums[bound.model] = sum
    }
    return sums.values.sorted { $0.model < $1.model }
  }
}
