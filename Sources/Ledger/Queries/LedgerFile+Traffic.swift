import GRDB
package import Model

extension LedgerFile {
  /// The first and the last instant at which a request began, epoch milliseconds; `nil` for an empty ledger. Where the
  /// last one is archived, its quarter of an hour is known.
  package func span() throws(LedgerError) -> ClosedRange<Int64>? { try read { try span(in: $0) } }

  private func span(in database: Database) throws -> ClosedRange<Int64>? {
    func started(_ order: String) throws -> Int64? {
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT started FROM request ORDER BY id\(order) LIMIT 1"))
    }
    guard let first = try started(""), let last = try started(" DESC") else { return try Archive.span(database) }
    return min(first, try Archive.span(database)?.lowerBound ?? first)...last
  }

  /// Every model that a request was ever sent to.
  package func models() throws(LedgerError) -> [ModelID] {
    try read { database in Set(try modelNames(database).values.map(\.model)).sorted() }
  }

  /// The models by their id in the ledger.
  func modelNames(_ database: Database) throws -> [Int64: CalledModel] { try CalledModels.all(database) }

  /// Sums of requests.
  package func traffic(_ query: TrafficQuery) throws(LedgerError) -> [TrafficSlice] {
    try read { database in
      var query = query
      query.span = try query.span.clamped(to: heldDays(database))
      try leaveOutEmptyDays(of: &query, database)
      // Sums of the archive keep their intervals, which say for how long nobody knows of caches.
      if try Archive.span(database) != nil { query.changes = nil }
      var sums = try TrafficSums(
        query, models: modelNames(database), isCachingKnown: !SessionRecaching.isPending(in: database))
      if query.isOfRows {
        let rows = RequestSums(database, query)
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
    guard case .each = query.days, query.span.count / Int(EpochTime.day) > Self.mostDays else { return }
    let held = try ForeignValue.buckets(
      Int64.fetchSet(database, sql: "SELECT bucket FROM day_rollup UNION SELECT quarter / 96 FROM archive"),
      of: EpochTime.day, "bucket")
    var days: Set<CivilDay> = []
    for bucket in held {
      let start = bucket * EpochTime.day
      guard query.span.overlaps(start..<start + EpochTime.day) else { continue }
      let first = CivilDay(milliseconds: start, in: query.timeZone)
      days.formUnion((0...2).map(first.advanced(by:)))
    }
    query.days = .at(Array(days))
  }

  private static let mostDays = 4000

  /// The days of UTC in which requests began: the open ends of a span cost nothing.
  func heldDays(_ database: Database) throws -> Range<Int64> {
    guard let span = try span(in: database) else { return 0..<0 }
    let day = EpochTime.day
    return span.lowerBound / day * day..<(span.upperBound / day + 1) * day
  }
}
