package import Pricing
package import Model

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

/// Which part of prompts caches served, by what providers measured themselves: what stands for requests whose split
/// nobody knows.
package struct MeasuredSplits: Hashable, Sendable {
  /// The fewest requests that are believed.
  package static let minimumRequests = 30

  private var sums: [Key: Sum] = [:]

  private struct Key: Hashable {
    var model: ModelID
    var route: Route
  }

  fileprivate struct Sum: Hashable {
    var requests = 0
    var cacheRead: Int64 = 0
    var prompt: Int64 = 0
  }

  /// No requests.
  package init() {}

  /// The splits of slices that are told apart by route and source.
  package init(of slices: [TrafficSlice]) {
    for slice in slices where slice.source == .upstream && !slice.variant.isSplitUnknown {
      sums[Key(model: slice.model, route: slice.route), default: Sum()].add(slice)
    }
  }

  /// The tokens at the end where caches served most: the split of the same model's and route's measured requests, or all.
  func cached(_ slice: TrafficSlice) -> TokenUsage {
    var tokens = slice.tokens
    if let served = slice.served {
      tokens.input -= served
      tokens.cacheRead += served
      return tokens
    }
    let known = sums[Key(model: slice.model, route: slice.route)].flatMap {
      $0.requests >= Self.minimumRequests && $0.prompt > 0 ? $0 : nil
    }
    let served = known.map { Int64(Int128(tokens.input) * Int128($0.cacheRead) / Int128($0.prompt)) } ?? tokens.input
    tokens.input -= served
    tokens.cacheRead += served
    return tokens
  }
}

extension MeasuredSplits.Sum {
  fileprivate mutating func add(_ slice: TrafficSlice) {
    requests += slice.counts.measured
    cacheRead += slice.tokens.cacheRead
    prompt += slice.tokens.prompt
  }
}
