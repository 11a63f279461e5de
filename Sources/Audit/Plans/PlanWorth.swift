package import Pricing
import Model

/// What a plan's work would have cost at the baseline's rates, either with the token classes as they were observed or
/// with what the baseline's own prompt cache would have held.
package struct PlanWorth: Hashable, Sendable {
  /// What the measured work of the plan's month so far costs at the baseline's rates; `nil` where nothing is measured, a
  /// price is missing, or nobody worked out the cache.
  package var baselineCost: Money?
  /// The same of the period.
  package var periodCost: Money?
  /// `baselineCost ÷ days elapsed × days of the month`, over recorded time: elapsed begins with the first record, and
  /// today counts by the part of it that has passed. `nil` before three recorded days.
  package var projected: Money?
  /// Between what the projection can be expected to lie: two standard deviations of what the whole days so far say of
  /// the days to come. `nil` where nothing is projected.
  package var projectedRange: ClosedRange<Money>?
  /// `projected ÷ fee` of a whole month.
  package var utilisation: Ratio?
  /// The same ÷ all that the month costs at that pace: the fee and the tokens that are paid beyond it. From 1 on the plan
  /// pays.
  package var coverage: Ratio?
  /// `fee ÷ baseline cost of a token of the month's real mix`, tokens a month, rounded up.
  package var breakEvenActualMix: Int128?
  /// The fee's share of the period's recorded days ÷ `periodCost`: below 1 the plan pays.
  package var ratio: Ratio?
}
