package import Foundation
import GRDB
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

  /// A query.
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
  var isOfRows: Bool { bySession || bySource || label != nil }

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

extension LedgerFile {
  /// The first and the last instant at which a request began, epoch milliseconds; `nil` for an empty ledger. Where the
  /// last one is archived, its quarter of an hour is known.
  /// - Throws: `LedgerError`.
  package func span() throws(LedgerError) -> ClosedRange<Int64>? { try read { try span(in: $0) } }

  private func span(in database: Database) throws -> ClosedRange<Int64>? {
    guard let first = try Int64.fetchOne(database, sql: "SELECT started FROM request ORDER BY id LIMIT 1"),
      let last = try Int64.fetchOne(database, sql: "SELECT started FROM request ORDER BY id DESC LIMIT 1")
    else { return try Archive.span(database) }
    return min(first, try Archive.span(database)?.lowerBound ?? first)...last
  }

  /// Every model that a request was ever sent to.
  /// - Throws: `LedgerError`.
  package func models() throws(LedgerError) -> [ModelID] {
    try read { database in Set(try modelNames(database).values.map(\.model)).sorted() }
  }

  /// The models by their id in the ledger.
  func modelNames(_ database: Database) throws -> [Int64: CalledModel] { try CalledModels.all(database) }

  /// Sums of requests.
  /// - Throws: `LedgerError`.
  package func traffic(_ query: TrafficQuery) throws(LedgerError) -> [TrafficSlice] {
    try read { database in
      var query = query
      query.span = try query.span.clamped(to: heldDays(database))
      try leaveOutEmptyDays(of: &query, database)
      var sums = try TrafficSums(
        query, models: modelNames(database).filter { [models = query.models] in models?($0.value.model) ?? true },
        isCachingKnown: !SessionRecaching.isPending(in: database))
      if query.isOfRows {
        let rows = try RequestSums(database, query)
        for interval in query.intervals() { try rows.add(in: interval, to: &sums) }
      } else {
        try RollupWalk(database, query).add(to: &sums)
      }
      try sums.addArchive(database)
      return sums.slices
    }
  }

  /// A span of more days than a ledger ever tells of is cut only where requests began: one instant that is millennia away
  /// must not make a part of each day between.
  private func leaveOutEmptyDays(of query: inout TrafficQuery, _ database: Database) throws {
    guard case .each = query.days, query.span.count / Int(Rollups.day) > Self.mostDays else { return }
    let held = try ForeignValue.buckets(
      Int64.fetchSet(database, sql: "SELECT bucket FROM day_rollup UNION SELECT quarter / 96 FROM archive"),
      of: Rollups.day, "bucket")
    var days: Set<CivilDay> = []
    for bucket in held {
      let start = bucket * Rollups.day
      guard query.span.overlaps(start..<start + Rollups.day) else { continue }
      let first = CivilDay(milliseconds: start, in: query.timeZone)
      days.formUnion((0...2).map(first.advanced(by:)))
    }
    query.days = .at(Array(days))
  }

  private static let mostDays = 4000

  /// The days of UTC in which requests began: the open ends of a span cost nothing.
  func heldDays(_ database: Database) throws -> Range<Int64> {
    guard let span = try span(in: database) else { return 0..<0 }
    let day = Rollups.day
    return span.lowerBound / day * day..<(span.upperBound / day + 1) * day
  }
}
