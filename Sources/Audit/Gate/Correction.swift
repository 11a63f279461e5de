package import Pricing
package import Model

/// What newer knowledge of prices changes in a model's figures of the past.
package struct Correction: Hashable, Sendable {
  package var model: ModelID
  /// The figures as they were known.
  package var before: Figure
  /// The figures by the newest knowledge.
  package var after: Figure
  /// Whether a plan pays for it now, or did before, and not both: then no price was corrected.
  package var billing: Change?

  /// How what pays for a model was declared since.
  package enum Change: Hashable, Sendable {
    /// A plan pays now for what was paid by the token.
    case plan
    /// No plan pays any more.
    case noPlan
  }

  /// What traffic cost, and would have cost: between both ends where nobody knows what caches served.
  package struct Figure: Hashable, Sendable {
    /// What it cost; `nil` without a price.
    package var costs: ClosedRange<Money>?
    /// What it would have cost at the baseline's rates; `nil` without a price.
    package var baselineCosts: ClosedRange<Money>?

    /// What it cost; `nil` where that is a range.
    package var cost: Money? { costs?.only }
    /// What it would have cost at the baseline's rates, likewise.
    package var baselineCost: Money? { baselineCosts?.only }
    /// Cost ÷ baseline cost, likewise.
    package var ratio: Ratio? { cost.flatMap { cost in baselineCost.flatMap { Ratio(cost, over: $0) } } }

    static let zero = Figure(costs: Money.zero...Money.zero, baselineCosts: Money.zero...Money.zero)

    /// The sum; unknown where one of both is.
    static func + (left: Figure, right: Figure) -> Figure {
      func sum(_ left: ClosedRange<Money>?, _ right: ClosedRange<Money>?) -> ClosedRange<Money>? {
        left.flatMap { one in right.map(one.plus) }
      }
      return Figure(
        costs: sum(left.costs, right.costs), baselineCosts: sum(left.baselineCosts, right.baselineCosts))
    }
  }
}

extension ClosedRange {
  /// Its value, where it is one.
  fileprivate var only: Bound? { lowerBound == upperBound ? lowerBound : nil }
}
