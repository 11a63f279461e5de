/// What is known of the tokens of a model's requests of which nobody wrote down all: at least these went into them.
package struct LowerBound: Hashable, Sendable {
  package var model: ModelID
  /// The requests of which something is known.
  package var requests: Int
  /// What is known of them, in sum.
  package var tokens: TokenUsage
  /// Whether figures hold them: the router took what had been told until then for the whole.
  package var isCounted: Bool

  package init(model: ModelID, requests: Int, tokens: TokenUsage, isCounted: Bool = false) {
    self.model = model
    self.requests = requests
    self.tokens = tokens
    self.isCounted = isCounted
  }

  /// Bounds of several ledgers as those of one: each model once, in their order, or once of either kind.
  package static func sums(_ bounds: [LowerBound]) -> [LowerBound] {
    [false, true].flatMap { isCounted in
      Dictionary(grouping: bounds.filter { $0.isCounted == isCounted }, by: \.model).map { model, bounds in
        LowerBound(
          model: model, requests: bounds.reduce(0) { $0 + $1.requests },
          tokens: bounds.reduce(.zero) { $0 + $1.tokens }, isCounted: isCounted)
      }.sorted { $0.model < $1.model }
    }
  }
}
