package import Foundation
package import Model

extension TrafficScope {
  /// The condition on rows of `request`, or of a rollup named so.
  var condition: String {
    let direct = Codes.code(Route.direct)
    return switch self {
    case .all: ""
    case .routed: " AND request.route <> \(direct)"
    case .direct: " AND request.route = \(direct)"
    }
  }
}

/// What the ledger holds, summed as finely as prices need and as coarsely as they allow.
package struct TrafficQuery: Sendable {
  /// The instants to sum over, epoch milliseconds.
  package var span: Range<Int64>
  /// Where prices change.
  package var grain: PriceGrain
  /// Whose days are the slices' days.
  package var timeZone: TimeZone
  /// Which days are told apart.
  package var days: Days
  /// Whether slices are split by route.
  package var byRoute: Bool
  /// Whether slices are split by session.
  package var bySession: Bool
  /// Whether slices are split by where their tokens come from, and by whether the router claimed a cost.
  package var bySource: Bool
  /// What else slices are split by.
  package var label: Label?
  /// Which traffic.
  package var scope: TrafficScope
  /// Which models count; `nil` for all.
  package var models: (@Sendable (ModelID) -> Bool)?
  /// Whether the cuts of the week matter to a model's traffic in an interval: whether its price, or what it is
  /// compared with, has hours of the day there.
  package var hasWindows: @Sendable (ModelID, Range<Int64>) -> Bool
  /// Which cuts of the grain matter to a model called in a certain way, where not all of them do and no day is told
  /// apart: sums of that model may straddle the others. `nil`, and a result that is `nil`, for all of them.
  package var changes: (@Sendable (ModelID, CallVariant) -> Set<Int64>?)?

  /// The days at which sums are cut. A slice's day is the one that its part begins with.
  package enum Days: Sendable {
    /// Each day of the span.
    case each
    /// The beginnings of these.
    case at([CivilDay])
  }

  /// What requests can be told apart by beside prices.
  package enum Label: Sendable {
    /// The program that wrote the record.
    case program
    /// The project of the session.
    case project
    /// Whose ledger it is in; a ledger does not tell it apart.
    case origin
    /// The team of that ledger's machine, likewise.
    case team
  }

  package init(
    span: Range<Int64>, grain: PriceGrain, timeZone: TimeZone, days: Days = .each, byRoute: Bool = false,
    bySession: Bool = false, bySource: Bool = false, scope: TrafficScope = .all,
    hasWindows: @escaping @Sendable (ModelID, Range<Int64>) -> Bool = { _, _ in true }
  ) {
    self.span = span
    self.grain = grain
    self.timeZone = timeZone
    self.days = days
    self.byRoute = byRoute
    self.bySession = bySession
    self.bySource = bySource
    self.scope = scope
    self.hasWindows = hasWindows
  }

  /// The label of a row of `request`.
  var labelSQL: String {
    switch label {
    case .program: "(SELECT source FROM writer WHERE id = request.writer)"
    case .project: "(SELECT project FROM session WHERE id = request.session)"
    case .origin, .team, nil: "NULL"
    }
  }

  /// Whether rollups are too coarse for it.
  package var isOfRows: Bool { bySession || bySource || label != nil }

  /// The intervals of the span in which no day begins that counts, and no price changes.
  package func intervals() -> [Range<Int64>] {
    guard !span.isEmpty else { return [] }
    var edges: Set<Int64> = [span.lowerBound, span.upperBound]
    edges.formUnion(grain.cuts.filter(span.contains))
    switch days {
    case .each:
      var day = CivilDay(milliseconds: span.lowerBound, in: timeZone)
      while true {
        day = day.advanced(by: 1)
        let start = day.start(in: timeZone)
        guard start < span.upperBound else { break }
        edges.insert(start)
      }
    case .at(let days): edges.formUnion(days.map { $0.start(in: timeZone) }.filter(span.contains))
    }
    let sorted = edges.sorted()
    return zip(sorted, sorted.dropFirst()).map { $0..<$1 }
  }
}
