package import Foundation
package import Usage

/// Sums requests, with the token classes of a baseline that caches, into slices that one price holds for.
package struct CachedTraffic: Sendable {
  private var caching: CachingBaseline
  private let grain: PriceGrain
  private let timeZone: TimeZone
  private let grouping: Grouping
  private var today: (day: CivilDay, hours: Range<Int64>)?
  private var sums: [Key: TrafficSlice] = [:]

  private struct Key: Hashable {
    var model: ModelID
    var day: CivilDay
    var route: Route?
    var session: String?
    var source: UsageSource?
    var price: [Int]
  }

  /// No requests yet.
  /// - Parameter grain: where prices change.
  package init(
    caching: CachingBaseline, grain: PriceGrain, timeZone: TimeZone, grouping: Grouping = .model
  ) {
    (self.caching, self.grain) = (caching, grain)
    (self.timeZone, self.grouping) = (timeZone, grouping)
  }

  /// Adds the next request in the order of time.
  /// - Parameter isCounted: `false` for one that only fills the cache.
  package mutating func add(_ request: SessionRequest, isCounted: Bool = true) {
    let tokens = caching.tokens(of: request)
    guard isCounted else { return }
    let time = request.started
    let key = Key(
      model: request.model, day: day(of: time), route: grouping == .route ? request.route : nil,
      session: grouping == .session ? request.session : nil,
      source: grouping == .source ? request.source : nil,
      price: [
        grain.cuts.count { $0 <= time }, grain.promptClass(of: request.prompt),
        grain.weeklyCuts.isEmpty ? 0 : grain.weeklyClass(of: time),
      ])
    var slice =
      sums[key]
      ?? TrafficSlice(
        model: key.model, time: time, prompt: request.prompt, day: key.day, route: key.route ?? .unknown,
        session: key.session, source: key.source, counts: .zero, tokens: .zero)
    slice.counts.upstream += 1
    slice.tokens += tokens
    sums[key] = slice
  }

  /// The sums; each request counts as one that the provider reported.
  package var slices: [TrafficSlice] { Array(sums.values) }

  /// Requests come by time, so that most are on the day of the one before.
  private mutating func day(of time: Int64) -> CivilDay {
    if let today, today.hours.contains(time) { return today.day }
    let day = CivilDay(milliseconds: time, in: timeZone)
    today = (day, day.interval(in: timeZone))
    return day
  }
}
