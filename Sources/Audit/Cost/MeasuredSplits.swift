package import Model

/// The part of prompts that caches served, as providers measured it. It stands for requests whose split nobody knows: for
/// those of a day what was measured of the same model and route on that day and the days before it. So a request costs
/// the same in a report of any period, and in a history, whose days are written once.
package struct MeasuredSplits: Hashable, Sendable {
  /// The fewest requests that are believed.
  package static let minimumRequests = 30
  /// On how many days they may have been measured, the request's own day the last.
  package static let days = 30

  private var sums: [Key: [CivilDay: Sum]] = [:]

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

  /// The splits of slices that are told apart by day, route and source.
  package init(of slices: [TrafficSlice]) {
    for slice in slices where slice.source == .upstream && !slice.variant.isSplitUnknown {
      sums[Key(model: slice.model, route: slice.route), default: [:]][slice.day, default: Sum()].add(slice)
    }
  }

  /// The tokens at the end where caches served most: the split of the same model's and route's measured requests, or all.
  func cached(_ slice: TrafficSlice) -> TokenUsage {
    slice.tokens.served(slice.served ?? served(slice.tokens.input, like: slice))
  }

  /// How many of so many prompt tokens caches can have served, rounded down.
  func served(_ input: Int64, like slice: TrafficSlice) -> Int64 {
    guard let ofDays = sums[Key(model: slice.model, route: slice.route)] else { return input }
    let known = (0..<Self.days).reduce(into: Sum()) { sum, back in
      if let ofDay = ofDays[slice.day.advanced(by: -back)] { sum.add(ofDay) }
    }
    guard known.requests >= Self.minimumRequests, known.prompt > 0 else { return input }
    return Int64(Int128(input) * Int128(known.cacheRead) / Int128(known.prompt))
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

  fileprivate mutating func add(_ other: MeasuredSplits.Sum) {
    requests += other.requests
    cacheRead += other.cacheRead
    prompt += other.prompt
  }
}
