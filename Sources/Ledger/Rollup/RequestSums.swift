import GRDB
import Model

/// Sums over the rows of requests themselves: where a rollup is too coarse.
struct RequestSums {
  private let query: TrafficQuery
  private let database: Database
  /// Most sums need no request, and preparing this takes longer than all else of them.
  private let sql: String

  init(_ database: Database, _ query: TrafficQuery) {
    self.query = query
    self.database = database
    sql = query.sql
  }

  /// Adds the requests of an interval, or of a part of one.
  /// - Parameter model: the only model that counts; `nil` for all.
  func add(in span: Range<Int64>, model: Int64? = nil, to sums: inout TrafficSums) throws {
    let ids = RequestID.range(span)
    let statement = try BoundStatement(database, sql)
    try statement.forEach {
      $0.add(ids.lowerBound)
      $0.add(ids.upperBound)
      $0.add(model)
    } _: { row in
      guard let called = try sums.called(row[0]) else { return }
      var part = try RollupColumns.sums(row, from: 10)
      part.first = row[6]
      part.prompts = try row.knownCount(7).map { $0...$0 }
      let interval = sums.interval(of: row[6])
      guard query.isOfRows else {
        return sums.add(
          part, interval: interval, model: row[0], route: row[1],
          weekClass: query.grain.weeklyClass(of: row[6]))
      }
      let claim: Int128? = row.optional(4).map { Int128($0) * 1_000_000 + Int128(row[5]) }
      var slice = TrafficSlice(
        model: called.model, time: row[6], prompt: row[7], day: sums.day(of: interval),
        route: Codes.word(Int(row[1]), in: Codes.routes, or: .unknown),
        session: query.bySession
          ? try row.optional(2).flatMap { try RequestRows.name(ofSession: $0, database) } : nil,
        source: row.optional(3).map { Codes.word(Int($0), in: Codes.sources, or: .unknown) }, claim: claim,
        counts: part.counts, tokens: part.tokens, caching: sums.isCachingKnown ? part.caching : nil,
        variant: called.variant)
      slice.label = try label(writer: row.optional(8), session: row.optional(2))
      if query.bySession { slice.last = row[9] }
      sums.add(slice)
    }
  }
}

extension RequestSums {
  /// What a request is told apart by, where that is known.
  private func label(writer: Int64?, session: Int64?) throws -> String? {
    if let writer {
      return try String.fetchOne(
        database.cachedStatement(sql: "SELECT source FROM writer WHERE id = ?"), arguments: [writer])
    }
    guard query.bySession || query.label == .project, let session else { return nil }
    return try String.fetchOne(
      database.cachedStatement(sql: "SELECT project FROM session WHERE id = ?"), arguments: [session])
  }
}

extension TrafficQuery {
  private var isBySession: Bool { bySession || label == .project }

  /// One interval at a time, so that each is a walk along a part of the table.
  fileprivate var sql: String {
    let promptClass = PriceGrain.sql(promptLimits: grain.promptLimits, of: RequestColumns.prompt)
    let weekClass = PriceGrain.sql(weeklyCuts: grain.weeklyCuts, of: "started")
    // In two parts, because SQLite refuses sums beyond 64 bits.
    let claim = bySource ? "sum(claim / 1000000), sum(claim % 1000000)" : "NULL, NULL"
    return """
      SELECT model, \(byRoute ? "route" : "0"), \(isBySession ? "session" : "NULL"), \(bySource ? "source" : "NULL"),
        \(claim), min(started), min(\(RequestColumns.prompt)), \(label == .program ? "writer" : "NULL"), max(started),
        \(RollupColumns.named.joined(separator: ", "))
      FROM request WHERE id >= ?1 AND id < ?2 AND (?3 IS NULL OR model = ?3)\(scope.condition)
      GROUP BY model, \(byRoute ? "route, " : "")\(isBySession ? "session, " : "")\
      \(label == .program ? "writer, " : "")\
      \(bySource ? "source, claim IS NULL, " : "")\(promptClass), \(weekClass)
      """
  }
}
