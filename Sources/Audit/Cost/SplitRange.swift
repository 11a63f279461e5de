package import Pricing

/// What work costs whose prompts' totals are measured, and whose cache split is not: between two ends.
package struct SplitRange: Hashable, Sendable {
  /// As if no cache had served anything.
  package var fresh = Ends()
  /// As if caches had served what they did for like requests, or all of it where nobody measured enough of those.
  package var cached = Ends()

  /// A cost and its baseline cost, both of the same split.
  package struct Ends: Hashable, Sendable {
    /// What it cost; `nil` unless paid by the token.
    package var cost: Money?
    /// What the same tokens cost at the baseline's rates; `nil` without a price.
    package var baselineCost: Money?

    /// Cost ÷ baseline cost.
    package var ratio: Ratio? { cost.flatMap { cost in baselineCost.flatMap { Ratio(cost, over: $0) } } }

    /// The answer in a word, by the exact amounts; `nil` where one of both is not known.
    package var verdict: Verdict? {
      guard let cost, let baselineCost else { return nil }
      return cost == baselineCost ? .equal : cost < baselineCost ? .cheaper : .dearer
    }
  }

  private func range<Value: Comparable>(_ value: KeyPath<Ends, Value?>) -> ClosedRange<Value>? {
    guard let one = fresh[keyPath: value], let other = cached[keyPath: value] else { return nil }
    return [one, other].span
  }

  /// The costs at both ends.
  package var cost: ClosedRange<Money>? { range(\.cost) }
  /// The baseline costs at both ends.
  package var baselineCost: ClosedRange<Money>? { range(\.baselineCost) }
  /// The ratios at both ends.
  package var ratio: ClosedRange<Ratio>? { range(\.ratio) }
}

extension Sequence where Element: Comparable {
  /// From the least to the greatest; `nil` of nothing.
  package var span: ClosedRange<Element>? { self.min().flatMap { low in self.max().map { low...$0 } } }
}

extension ClosedRange<Money> {
  /// From the sum of both low ends to that of both high ends.
  func plus(_ other: ClosedRange<Money>) -> ClosedRange<Money> {
    lowerBound + other.lowerBound...upperBound + other.upperBound
  }
}
