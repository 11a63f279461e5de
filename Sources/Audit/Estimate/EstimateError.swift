/// How far estimates were from what was measured, each measured request being estimated from all others.
package struct EstimateError: Hashable, Sendable {
  /// The median of |estimate − measured| ÷ measured.
  package var median: Ratio
  /// The 90th percentile of the same (nearest rank).
  package var p90: Ratio
}
