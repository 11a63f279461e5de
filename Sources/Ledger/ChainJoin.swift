import GRDB
import Model
import Reading

/// Makes one request of a call that went through two routers: claude-code-router in front of LiteLLM, free-claude-code
/// or CC Switch. Both records tell of it; it counts once.
///
/// The row of the router nearest the provider stays, with its provider, model and tokens: it takes over the route and
/// the session of the router nearest the client, whose row goes. `chain` remembers both, so that either record can be
/// read again, and in any order.
struct ChainJoin {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// Those that stand in front of others.
  private static let outer: [SourceName] = [.claudeCodeRouter, .claudeCodeRouterStore]
  /// Those that others stand in front of.
  private static let inner: [SourceName] = [.liteLLM, .freeClaudeCode, .ccSwitch]

  /// Whether requests of a source can be those that another router handed on.
  static func isInner(_ source: SourceName) -> Bool { inner.contains(source) }

  /// Whether the ledger holds records of routers that others may stand in front of.
  static func hasInner(_ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM writer WHERE source IN (\(list(inner))))") ?? false
  }

  private static func list(_ sources: [SourceName]) -> String {
    sources.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }

  /// The length of a window that is joined again, milliseconds.
  private static let window: Int64 = 3_600_000

  /// Notes that a request came or changed.
  static func mark(_ started: Int64, in database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO chain_stale VALUES (?)")
      .execute(arguments: [started / window])
  }

  /// A router's request.
  private struct Call {
    var id: Int64
    var writer: Int64
    var number: Int64
    var attempt: Int64
    var started: Int64
    /// `nil` where no end is known.
    var ended: Int64?
    var session: Int64?
    var message: Int64?
    var route: Int64
    var stream: Int64?
    /// The name that was asked for: of the outer router its model, of the inner one what its caller named.
    var name: String?
    var host: String
    var keys: Set<Int64>
  }

  /// Two records that can be of one call; the smaller, the likelier.
  private struct Pair {
    var rank: Int
    var distance: Int64
    var outer: Call
    var inner: Call

    static func precedes(_ left: Pair, _ right: Pair) -> Bool {
      (left.rank, left.distance, left.outer.id, left.inner.id)
        < (right.rank, right.distance, right.outer.id, right.inner.id)
    }
  }

  /// Joins what arrived.
  /// - Parameter rows: gives up what counts twice.
  func run(_ rows: inout RequestRows) throws {
    let stale = try Int64.fetchAll(database, sql: "SELECT hour FROM chain_stale ORDER BY hour")
    guard !stale.isEmpty else { return }
    let hours = try Self.hasInner(database) ? stale : []
    for hour in hours {
      let span = (hour - 1) * Self.window..<(hour + 2) * Self.window
      try forget(span, &rows)
      try renew(span, &rows)
      try join(span, &rows)
    }
    try database.execute(sql: "DELETE FROM chain_stale")
  }

  /// Takes out the rows that were read again of calls that are known to be another's.
  private func forget(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    let ids = RequestID.range(span)
    let again = try Int64.fetchAll(
      database,
      sql: """
        SELECT request.id FROM chain JOIN request ON request.writer = chain.outer_writer
          AND request.number = chain.outer_number AND request.attempt = chain.outer_attempt
        WHERE chain.started >= ?1 AND chain.started < ?2 AND request.id >= ?3 AND request.id < ?4
          AND request.started = chain.started
        """, arguments: [span.lowerBound, span.upperBound, ids.lowerBound, ids.upperBound])
    for id in again { try rows.giveUp(id) }
  }

  /// Gives the rows that were computed anew what the router in front of them knew.
  private func renew(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    let ids = RequestID.range(span)
    let found = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, chain.route, chain.session FROM request JOIN chain ON chain.writer = request.writer
          AND chain.number = request.number AND chain.attempt = request.attempt
        WHERE request.id >= ?1 AND request.id < ?2 AND request.number IS NOT NULL
          AND (request.route <> chain.route OR request.session IS NULL AND chain.session IS NOT NULL)
        """, arguments: [ids.lowerBound, ids.upperBound])
    for row in found { try take(row[1], session: row[2], stream: nil, into: row[0], &rows) }
  }

  private func join(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    let inner = try calls(
      span, of: Self.inner, name: "(SELECT text FROM word WHERE word.id = request.asked)", isFree: true)
    guard !inner.isEmpty else { return }
    let outer = try calls(span, of: Self.outer, name: "model.model", isFree: false)
    var pairs: [Pair] = []
    var first = 0
    // Both in the order of time: what began long before one began before all that follow.
    for one in outer {
      while first < inner.count, inner[first].started < one.started - Self.slack { first += 1 }
      for other in inner[first...] {
        if other.started > one.started + Self.longest { break }
        guard let rank = Self.rank(one, other) else { continue }
        pairs.append(Pair(rank: rank, distance: Self.distance(one, other), outer: one, inner: other))
      }
    }
    var taken: (outer: Set<Int64>, inner: Set<Int64>) = ([], [])
    for pair in pairs.sorted(by: Pair.precedes)
    where !taken.outer.contains(pair.outer.id) && !taken.inner.contains(pair.inner.id) {
      taken.outer.insert(pair.outer.id)
      taken.inner.insert(pair.inner.id)
      try chain(pair, &rows)
    }
  }

  /// How well two records fit: by a key, by the client's answer, by when and as what the inner router was called, or by
  /// when alone.
  private static func rank(_ outer: Call, _ inner: Call) -> Int? {
    if !outer.keys.isDisjoint(with: inner.keys) { return 0 }
    if let message = outer.message, message == inner.message { return 0 }
    if let end = outer.ended, (inner.ended ?? inner.started) > end + slack { return nil }
    let isSameName = inner.name.map { $0.lowercased() == outer.name?.lowercased() }
    guard isSameName ?? true else { return nil }
    if let session = inner.session, let own = outer.session { return session == own ? 1 : nil }
    // Where one of them names no session, it has to be called the same, and elsewhere than the provider is.
    guard outer.host != inner.host || outer.host.isEmpty else { return nil }
    if isSameName == true { return 2 }
    return isAround(outer, inner) ? 3 : nil
  }

  /// How far apart two records are, milliseconds: by their ends where both are known, for what the inner router tried
  /// before has no record.
  private static func distance(_ outer: Call, _ inner: Call) -> Int64 {
    guard let end = outer.ended, let other = inner.ended else { return abs(inner.started - outer.started) }
    return abs(other - end)
  }

  /// Whether a call to a router nearby lasted as long as a call that does not say what it was asked for.
  private static func isAround(_ outer: Call, _ inner: Call) -> Bool {
    guard Endpoint.isNearby(outer.host), abs(inner.started - outer.started) <= slack else { return false }
    guard let end = outer.ended else { return true }
    return inner.ended.map { abs($0 - end) <= slack } ?? false
  }

  /// How far the clocks and the lines of two routers on one machine are apart, milliseconds.
  private static let slack: Int64 = 2000
  /// How long after a call the one that it became can begin.
  private static let longest: Int64 = 600_000

  private func chain(_ pair: Pair, _ rows: inout RequestRows) throws {
    let (outer, inner) = (pair.outer, pair.inner)
    try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO chain (
          writer, number, attempt, outer_writer, outer_number, outer_attempt, started, route, session)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      inner.writer, inner.number, inner.attempt, outer.writer, outer.number, outer.attempt, outer.started, outer.route,
      outer.session,
    ])
    try rows.giveUp(outer.id)
    try take(outer.route, session: outer.session, stream: outer.stream, into: inner.id, &rows)
  }

  private func take(
    _ route: Int64, session: Int64?, stream: Int64?, into request: Int64, _ rows: inout RequestRows
  ) throws {
    try database.cachedStatement(
      sql: """
        UPDATE request SET route = ?1, session = coalesce(session, ?2), stream = coalesce(stream, ?3) WHERE id = ?4
        """
    ).execute(arguments: [route, session, stream, request])
    guard let session else { return }
    try rows.recache(session)
    // An answer that only the outer router's session tells of is the inner one's now.
    try rows.markDirty(session)
  }

  /// The requests of some routers in a span.
  /// - Parameters:
  ///   - name: the SQL of the name that was asked for.
  ///   - isFree: whether those that have a router in front of them already are left out.
  private func calls(_ span: Range<Int64>, of sources: [SourceName], name: String, isFree: Bool) throws -> [Call] {
    let ids = RequestID.range(span)
    let free =
      isFree
      ? """
      AND NOT EXISTS (SELECT 1 FROM chain WHERE chain.writer = request.writer AND chain.number = request.number
        AND chain.attempt = request.attempt)
      """ : ""
    let found = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, request.writer, request.number, request.attempt, request.started, request.duration,
          request.session, request.message, request.route, request.stream, \(name) AS name, variant.host,
          (SELECT group_concat(key) FROM call_key WHERE call_key.request = request.id) AS keys
        FROM request JOIN writer ON writer.id = request.writer JOIN model ON model.id = request.model
          JOIN variant ON variant.id = model.variant
        WHERE request.id >= ?1 AND request.id < ?2 AND request.number IS NOT NULL
          AND writer.source IN (\(Self.list(sources))) \(free)
        ORDER BY request.id
        """, arguments: [ids.lowerBound, ids.upperBound])
    return found.map { row in
      let started: Int64 = row["started"]
      let keys: String? = row["keys"]
      return Call(
        id: row["id"], writer: row["writer"], number: row["number"], attempt: row["attempt"], started: started,
        ended: (row["duration"] as Int64?).map { started + $0 }, session: row["session"], message: row["message"],
        route: row["route"], stream: row["stream"], name: row["name"], host: row["host"],
        keys: Set((keys ?? "").split(separator: ",").compactMap { Int64($0) }))
    }
  }
}
