package import Audit
package import Foundation

/// The rules of `ccr-audit check`. A rule that is `nil` here is the threshold of the same name, which alerts and reports
/// follow too.
package struct PolicySettings: Sendable {
  /// The ratio that a per-token model may have.
  package var maxRatio = Sourced<Decimal?>(nil)
  /// By how much of itself a ratio may grow against the base; `nil` for any.
  package var maxIncrease = Sourced<Ratio?>(nil)
  /// What to compare with: a history file, a pricing folder, or `git:REF`; `nil` for nothing.
  package var base = Sourced<String?>(nil)
  /// The days to judge, back from the newest record.
  package var window = Sourced(DayWindow(days: 7))
  /// How many measured requests a model must have to be judged.
  package var minRequests = Sourced<Int?>(nil)
  /// What a model must cost to be judged, USD.
  package var minCostUSD = Sourced<Decimal?>(nil)
  /// The share of answered requests, 0 to 1, that must be measured and priced.
  package var minCoverage = Sourced<Decimal?>(nil)
  /// Whether a model without a price makes the check impossible.
  package var failsOnUnpriced = Sourced(false)
  /// Whether a model that is above the limit on the base too is only reported.
  package var onlyNew = Sourced(false)
}
