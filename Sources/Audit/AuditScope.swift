package import Model

/// Which traffic a report is about, and what it leaves out.
package struct AuditScope: Hashable, Sendable {
  /// The traffic shown.
  package var shown: TrafficScope
  /// Whether nobody asked for it, and direct traffic is shown because nothing was routed.
  package var standsIn: Bool
  /// How much traffic of the period is left out; `nil` for none.
  package var leftOut: TrafficSize?

  /// Decides by what there is.
  /// - Parameters:
  ///   - asked: the scope that somebody named; `nil` for routed traffic, or else direct.
  ///   - routed: the period's routed traffic.
  ///   - direct: the period's direct traffic.
  package init(asked: TrafficScope?, routed: TrafficSize, direct: TrafficSize) {
    standsIn = asked == nil && routed.counts.requests == 0 && direct.counts.requests > 0
    shown = asked ?? (standsIn ? .direct : .routed)
    let rest: TrafficSize? =
      switch shown {
      case .routed: direct
      case .direct: routed
      case .all: nil
      }
    leftOut = rest.flatMap { $0.counts.requests > 0 ? $0 : nil }
  }

  /// Traffic of a scope, of which nothing is left out.
  package init(_ shown: TrafficScope) { (self.shown, standsIn, leftOut) = (shown, false, nil) }
}

/// How much traffic there is.
package struct TrafficSize: Hashable, Sendable {
  /// The requests by what is known of them.
  package var counts: RequestCounts
  /// The tokens of the measured ones.
  package var tokens: Int64

  package init(counts: RequestCounts, tokens: Int64) {
    self.counts = counts
    self.tokens = tokens
  }

  /// The size of slices.
  package init(_ slices: [TrafficSlice]) {
    self = slices.reduce(.zero) { $0 + TrafficSize(counts: $1.counts, tokens: $1.tokens.total) }
  }

  package static let zero = TrafficSize(counts: .zero, tokens: 0)

  package static func + (left: TrafficSize, right: TrafficSize) -> TrafficSize {
    TrafficSize(counts: left.counts + right.counts, tokens: left.tokens + right.tokens)
  }
}
