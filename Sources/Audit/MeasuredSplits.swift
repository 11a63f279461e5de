package import Model

/// The part of prompts that caches served, as providers measured it. It stands for requests whose split nobody knows.
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

  package init() {}

  /// The splits of slices that are told apart by route and source.
  package init(of slices: [TrafficSlice]) {
    for slice in slices where slice.source == .upstream && !slice.variant.isSplitUnknown {
      sums[Key(model: slice.model, route: slice.route), default: Sum()].add(slice)
    }
  }

  /// The tokens at the end where caches served most: the split of the same model's and route's measured requests, or all.
  func cached(_ slice: TrafficSlice) -> TokenUsage {
    slice.tokens.served(slice.served ?? served(slice.tokens.input, like: slice))
  }

  /// How many of so many prompt tokens caches can have served, rounded down.
  func served(_ input: Int64, like slice: TrafficSlice) -> Int64 {
    let known = sums[Key(model: slice.model, route: slice.route)].flatMap {
      $0.requests >= Self.minimumRequests && $0.prompt > 0 ? $0 : nil
    }
    return known.map { Int64(Int128(input) * Int128($0.cacheRead) / Int128($0.prompt)) } ?? input
  }
}

extension TokenUsage {
  /// The same, had caches served so many of its input tokens.
  func served(_ count: Int64) -> TokenUsage {
    var tokens = self
    tokens.input -= count
    tokens.cacheRead += count
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
