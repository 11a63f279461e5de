package import Foundation
import GRDB
package import Usage

/// Which of a ledger's requests count.
package enum TrafficScope: Sendable {
  /// All of them.
  case all
  /// Those that went through a router.
  case routed
  /// Those that went straight to their provider.
  case direct

  var condition: String {
    let direct = Codes.code(Route.direct, in: Codes.routes)
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
  /// Whether slices are split by route.
  package var byRoute: Bool
  /// Whether slices are split by session.
  package var bySession: Bool
  /// Whether slices are split by where their tokens come from, and by whether the router claimed a cost.
  package var bySource: Bool
  /// Which traffic.
  package var scope: TrafficScope

  /// A query.
  package init(
    span: Range<Int64>, grain: PriceGrain, timeZone: TimeZone, byRoute: Bool = false, bySession: Bool = false,
    bySource: Bool = false, scope: TrafficScope = .all
  ) {
    self.span = span
    self.grain = grain
    self.timeZone = timeZone
    self.byRoute = byRoute
    self.bySession = bySession
    self.bySource = bySource
    self.scope = scope
  }

  /// The stretches of the span in which no day begins and no price changes.
  func stretches() -> [Range<Int64>] {
    guard !span.isEmpty else { return [] }
    var edges: Set<Int64> = [span.lowerBound, span.upperBound]
    edges.formUnion(grain.cuts.filter(span.contains))
    var day = CivilDay(milliseconds: span.lowerBound, in: timeZone)
    while true {
      day = day.advanced(by: 1)
      let start = day.start(in: timeZone)
      guard start < span.upperBound else { break }
      edges.insert(start)
    }
    let sorted = edges.sorted()
    return zip(sorted, sorted.dropFirst()).map { $0..<$1 }
  }
}

extension LedgerFile {
  /// The first and the last instant at which a request began, epoch milliseconds; `nil` for an empty ledger. Where the
  /// last one is archived, its quarter of an hour is known.
  /// - Throws: `LedgerError`.
  package func span() throws(LedgerError) -> ClosedRange<Int64>? {
    try read { database in
      // Two look-ups at the ends of an index; both in one SELECT would walk all of it.
      guard let first = try Int64.fetchOne(database, sql: "SELECT min(started) FROM request"),
        let last = try Int64.fetchOne(database, sql: "SELECT max(started) FROM request")
      else { return try Archive.span(database) }
      return min(first, try Archive.span(database)?.lowerBound ?? first)...last
    }
  }

  /// Every model that a request was ever sent to.
  /// - Throws: `LedgerError`.
  package func models() throws(LedgerError) -> [ModelID] {
    try read { database in try modelNames(database).values.sorted() }
  }

  /// The models by their id in the ledger.
  func modelNames(_ database: Database) throws -> [Int64: ModelID] {
    try Row.fetchAll(database, sql: "SELECT id, provider, model FROM model").reduce(into: [:]) {
      $0[$1["id"]] = ModelID(provider: $1["provider"], model: $1["model"])
    }
  }

  /// Sums of requests.
  /// - Throws: `LedgerError`.
  package func traffic(_ query: TrafficQuery) throws(LedgerError) -> [TrafficSlice] {
    try read { database in
      let models = try modelNames(database)
      let statements = try [query.sql, query.archiveSQL].map(database.makeStatement)
      return try query.stretches().flatMap { stretch in
        let day = CivilDay(milliseconds: stretch.lowerBound, in: query.timeZone)
        return try statements.flatMap { try Row.fetchAll($0, arguments: [stretch.lowerBound, stretch.upperBound]) }
          .compactMap { row -> TrafficSlice? in
            guard let model = models[row["model"]] else { return nil }
            return query.slice(row, model, day)
          }
      }
    }
  }
}

extension TrafficQuery {
  /// One stretch at a time, so that each is a walk along a part of the index on `started`.
  fileprivate var sql: String {
    let prompt = "(input + cache_read + cache_write_5m + cache_write_1h)"
    let promptClass = PriceGrain.sql(promptLimits: grain.promptLimits, of: prompt)
    let weekClass = PriceGrain.sql(weeklyCuts: grain.weeklyCuts, of: "started")
    let failed = "(source = 0 AND coalesce(failure, 0) IN (1, 2))"
    let counts = ["upstream", "router", "client", "estimated"].enumerated()
      .map { "sum(source = \($0.offset + 1)) AS n_\($0.element)" }.joined(separator: ", ")
    let measured = "source IN (1, 2, 3)"
    let sums = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"]
      .map { "coalesce(sum(\($0)) FILTER (WHERE \(measured)), 0) AS \($0)" }.joined(separator: ", ")
    return """
      SELECT model, \(byRoute ? "route" : "0") AS route,
        \(bySession ? "(SELECT name FROM session WHERE id = request.session)" : "NULL") AS session,
        \(bySource ? "source" : "NULL") AS usage_source,
        \(bySource ? Self.claim : "NULL AS claim_high, NULL AS claim_low"),
        \(promptClass) AS prompt_class, \(weekClass) AS week_class,
        min(started) AS time, coalesce(min(\(prompt)), 0) AS prompt,
        \(counts), sum(\(failed)) AS n_failed, sum(source = 0 AND NOT \(failed)) AS n_unknown, \(sums)
      FROM request WHERE started >= ? AND started < ?\(scope.condition)
      GROUP BY model, \(byRoute ? "request.route, " : "")\(bySession ? "request.session, " : "")\
      \(bySource ? "request.source, claim IS NULL, " : "")prompt_class, week_class
      """
  }

  /// In two parts, because SQLite refuses sums beyond 64 bits.
  private static let claim = "sum(claim / 1000000) AS claim_high, sum(claim % 1000000) AS claim_low"

  fileprivate func slice(_ row: Row, _ model: ModelID, _ day: CivilDay) -> TrafficSlice {
    let source: Int? = row["usage_source"]
    let claim: (high: Int64?, low: Int64?) = (row["claim_high"], row["claim_low"])
    return TrafficSlice(
      model: model, time: row["time"], prompt: row["prompt"], day: day,
      route: Codes.word(row["route"], in: Codes.routes, or: .unknown), session: row["session"],
      source: source.map { Codes.word($0, in: Codes.sources, or: .unknown) },
      claim: claim.high.map { Int128($0) * 1_000_000 + Int128(claim.low ?? 0) },
      counts: RequestCounts(
        upstream: row["n_upstream"], router: row["n_router"], client: row["n_client"],
        estimated: row["n_estimated"], unknown: row["n_unknown"], failed: row["n_failed"]),
      tokens: TokenUsage(
        input: row["input"], cacheRead: row["cache_read"], cacheWrite5m: row["cache_write_5m"],
        cacheWrite1h: row["cache_write_1h"], output: row["output"], reasoning: row["reasoning"]))
  }
}
