import Model

/// What sums of requests may share a price of: slices cut in unlike ways have the same sums by these. What is not
/// measured has no prompt, and no price looks at it.
struct SlicePart: Hashable {
  var day: CivilDay
  var model: ModelID
  var route: Route
  var price: [Int]

  struct Sum: Equatable {
    var counts = RequestCounts.zero
    var tokens = TokenUsage.zero
    var caching: PromptCaching? = .zero

    static func += (left: inout Sum, right: Sum) {
      left.counts += right.counts
      left.tokens += right.tokens
      left.caching = left.caching.flatMap { left in right.caching.map { left + $0 } }
    }
  }

  static func sums(_ slices: [TrafficSlice], _ grain: PriceGrain) -> [SlicePart: Sum] {
    slices.reduce(into: [:]) { sums, slice in
      var part = SlicePart(
        day: slice.day, model: slice.model, route: slice.route,
        price: [
          grain.promptClass(of: slice.prompt), grain.weeklyClass(of: slice.time),
          grain.cuts.count { slice.time >= $0 },
        ])
      var (measured, others) = (slice.counts, slice.counts)
      (measured.estimated, measured.unknown, measured.failed) = (0, 0, 0)
      (others.upstream, others.router, others.client) = (0, 0, 0)
      if measured.requests > 0 {
        sums[part, default: Sum()] += Sum(counts: measured, tokens: slice.tokens, caching: slice.caching)
      }
      part.price[0] = -1
      if others.requests > 0 { sums[part, default: Sum()] += Sum(counts: others) }
    }
  }
}
