import GRDB
import Model

/// The rows of calls that went through two routers.
///
/// `chain` holds, by the request of the router nearest the provider, whose call that is of the router nearest the client,
/// and what its own record said before it took over what that one knew. The row of the router nearest the client lies in
/// `chained_request`, so that it can be put back; a chain of an older ledger has none, and stays as it is.
struct ChainRows {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// Where the row of the router nearest the client lies aside.
  private static let aside = """
    FROM chained_request AS aside WHERE aside.writer = chain.outer_writer
      AND aside.number = chain.outer_number AND aside.attempt = chain.outer_attempt
      AND aside.request >> 15 = chain.started
    """

  private static let asideOfChain = """
    chained_request AS aside ON aside.writer = chain.outer_writer AND aside.number = chain.outer_number
      AND aside.attempt = chain.outer_attempt AND aside.request >> 15 = chain.started
    """

  /// Whether the row of the router nearest the client is there to be put back.
  static let isAside = "EXISTS (SELECT 1 \(aside))"

  /// The chains of calls of a span: by the outer call, the inner one; the start of an inner one whose row is gone is 0.
  func all(
    _ span: Range<Int64>, of layer: RouterOrder.Layer
  ) throws -> [ChainCallID: ChainCallID] {
    try Row.fetchAll(
      database,
      sql: """
        SELECT chain.started, outer_number, outer_attempt, outer_writer,
          coalesce((SELECT max(started) FROM request WHERE request.writer = chain.writer
            AND request.number = chain.number AND request.attempt = chain.attempt),
          (SELECT max(request >> 15) FROM chained_request AS row WHERE row.writer = chain.writer
            AND row.number = chain.number AND row.attempt = chain.attempt), 0), number, attempt, writer
        FROM chain WHERE chain.started >= ?1 AND chain.started < ?2 AND \(Self.isAside)
          AND outer_writer IN (SELECT id FROM writer WHERE source IN (\(RouterOrder.list(layer.outer))))
          AND writer IN (SELECT id FROM writer WHERE source IN (\(RouterOrder.list(layer.inner))))
        """, arguments: [span.lowerBound, span.upperBound]
    ).reduce(into: [:]) { chains, row in
      try chains[
        ChainCallID(started: row.value(0), number: row.value(1), attempt: row.value(2), writer: row.value(3))] =
        ChainCallID(started: row.value(4), number: row.value(5), attempt: row.value(6), writer: row.value(7))
    }
  }

  /// Brings chains up to date with rows that were read again since.
  func refresh(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    let ids = RequestID.range(span)
    let again = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, (SELECT aside.id \(Self.aside)), request.route, request.session, request.stream,
          chain.writer, chain.number, chain.attempt
        FROM chain JOIN request ON request.writer = chain.outer_writer
          AND request.number = chain.outer_number AND request.attempt = chain.outer_attempt
        WHERE chain.started >= ?1 AND chain.started < ?2 AND request.id >= ?3 AND request.id < ?4
          AND request.started = chain.started
        """, arguments: [span.lowerBound, span.upperBound, ids.lowerBound, ids.upperBound])
    for row in again {
      guard let aside: Int64 = try row.value(1) else {
        try rows.giveUp(row.value(0))
        continue
      }
      // What is read later can say more.
      try rows.discard(aside)
      try setAside(row.value(0), &rows)
      try database.cachedStatement(
        sql: """
          UPDATE chain SET route = iif(?1 = 0, route, ?1), session = coalesce(?2, session), stream = ?3
          WHERE writer = ?4 AND number = ?5 AND attempt = ?6
          """
      ).execute(arguments: [
        row.value(2, as: Int64.self), row.value(3, as: Int64?.self), row.value(4, as: Int64?.self),
        row.value(5, as: Int64.self), row.value(6, as: Int64.self), row.value(7, as: Int64.self),
      ])
    }
    // Recomputed rows know nothing of the router in front of them.
    let renewed = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, chain.route, chain.session, chain.stream FROM request JOIN chain ON chain.writer = request.writer
          AND chain.number = request.number AND chain.attempt = request.attempt
        WHERE request.id >= ?1 AND request.id < ?2 AND request.number IS NOT NULL
          AND (request.route <> chain.route OR request.session IS NULL AND chain.session IS NOT NULL
            OR request.stream IS NULL AND chain.stream IS NOT NULL)
        """, arguments: [ids.lowerBound, ids.upperBound])
    for row in renewed {
      try take(row.value(1), session: row.value(2), stream: row.value(3), into: row.value(0), &rows)
    }
  }

  /// Makes one call of two.
  func make(_ outer: ChainCall, _ inner: ChainCall, _ rows: inout RequestRows) throws {
    try undo(inner.id, &rows)
    try database.cachedStatement(
      sql: """
        INSERT INTO chain (
          writer, number, attempt, outer_writer, outer_number, outer_attempt, started, route, session, stream,
          own_route, own_session, own_stream)
        SELECT writer, number, attempt, ?2, ?3, ?4, ?5, iif(?6 = 0, route, ?6), ?7, ?8, route, session, stream
        FROM \(inner.isAside ? "chained_request" : "request") WHERE id = ?1
        """
    ).execute(arguments: [
      inner.row, outer.id.writer, outer.id.number, outer.id.attempt, outer.started, outer.route, outer.session,
      outer.stream,
    ])
    if !outer.isAside { try setAside(outer.row, &rows) }
    if inner.isAside { return }
    try take(outer.route, session: outer.session, stream: outer.stream, into: inner.row, &rows)
  }

  /// Gives calls the tokens that only the router in front knows: claude-code-router logs none of what it passes through,
  /// free-claude-code none at INFO; what that told its caller is not the provider's word. What is given stands in place of
  /// a client's copy of it, so that the order of reading does not matter.
  func lend(_ span: Range<Int64>, _ rows: inout RequestRows) throws {
    try lendKeys(span)
    let hidden = Codes.code(.proxyLog(.logLevel)).map { "\($0)" } ?? "-1"
    let found = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, aside.id, request.session, request.reason IS \(hidden)
        FROM chain JOIN \(Self.asideOfChain) JOIN request ON request.writer = chain.writer AND request.number = chain.number
          AND request.attempt = chain.attempt
        WHERE chain.started >= ?1 AND chain.started < ?2 AND aside.source IN (1, 2)
          AND chain.outer_writer IN (SELECT id FROM writer WHERE source IN (\(RouterOrder.list(RouterOrder.front))))
          AND (request.reason IS \(hidden)
            OR chain.writer IN (SELECT id FROM writer WHERE source IN (\(RouterOrder.list(RouterOrder.outer)))))
          AND (request.source IN (0, 3) AND NOT \(RequestColumns.failed)
            OR chain.lent AND (request.input, request.cache_read, request.cache_write_5m + request.cache_write_1h,
              request.output) IS NOT (aside.input, aside.cache_read, aside.cache_write_5m, aside.output))
        """, arguments: [span.lowerBound, span.upperBound])
    for row in found {
      let (id, aside, session): (Int64, Int64, Int64?) = try (row.value(0), row.value(1), row.value(2))
      let isHidden: Bool = try row.value(3)
      try RequestRows.detachAnswer(of: id, database)
      try database.cachedStatement(
        sql: """
          UPDATE request SET (source, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning) =
            (SELECT iif(?3, \(Codes.code(UsageSource.router)), source), input, cache_read, cache_write_5m, cache_write_1h,
                output, reasoning FROM chained_request WHERE id = ?2)
          WHERE id = ?1
          """
      ).execute(arguments: [id, aside, isHidden])
      try database.cachedStatement(
        sql: """
          UPDATE chain SET lent = 1 WHERE (writer, number, attempt) =
            (SELECT writer, number, attempt FROM request WHERE id = ?)
          """
      ).execute(arguments: [id])
      try StaleMarks.mark(keysOfRequest: id, in: database)
      guard let session else { continue }
      try rows.recache(session)
      try rows.markDirty(session)
    }
  }

  /// Gives calls the keys by which a client knows them only as the calls of the router in front.
  private func lendKeys(_ span: Range<Int64>) throws {
    let new = try Int64.fetchAll(
      database,
      sql: """
        INSERT OR IGNORE INTO call_key (request, key, lent)
        SELECT request.id, chained_key.key, 1
        FROM chain JOIN \(Self.asideOfChain) JOIN chained_key ON chained_key.request = aside.id
          JOIN request ON request.writer = chain.writer AND request.number = chain.number
            AND request.attempt = chain.attempt
        WHERE chain.started >= ?1 AND chain.started < ?2
        RETURNING key
        """, arguments: [span.lowerBound, span.upperBound])
    try StaleMarks.mark(keys: new, in: database)
  }

  /// Takes from an inner call what the outer one's record says of it, whose row stays aside.
  func undo(_ inner: ChainCallID, _ rows: inout RequestRows) throws {
    let key: StatementArguments = [inner.writer, inner.number, inner.attempt]
    let own = try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT own_route, own_session, own_stream, lent FROM chain WHERE writer = ? AND number = ? AND attempt = ?
          """), arguments: key)
    try database.cachedStatement(sql: "DELETE FROM chain WHERE writer = ? AND number = ? AND attempt = ?")
      .execute(arguments: key)
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: "SELECT id, session FROM request WHERE writer = ? AND number = ? AND attempt = ? ORDER BY id DESC"),
      arguments: key)
    guard let own, let row else { return }
    let (id, session, ownSession): (Int64, Int64?, Int64?) = try (row.value(0), row.value(1), own.value(1))
    if try own.value(3, as: Bool.self) { try takeBackTokens(of: id) }
    try database.cachedStatement(sql: "DELETE FROM call_key WHERE request = ? AND lent").execute(arguments: [id])
    let hadKeys = database.changesCount > 0
    if try session != ownSession || hadKeys || own.value(3, as: Bool.self) {
      // Its answer may be another's.
      try RequestRows.detachAnswer(of: id, database)
      for session in [session, ownSession].compactMap(\.self) {
        try rows.recache(session)
        try rows.markDirty(session)
      }
      try StaleMarks.mark(keysOfRequest: id, in: database)
    }
    try database.cachedStatement(sql: "UPDATE request SET route = ?, session = ?, stream = ? WHERE id = ?")
      .execute(arguments: [own.value(0, as: Int64?.self) ?? 0, ownSession, own.value(2, as: Int64?.self), id])
  }

  /// Sets a row aside as its own record says it.
  private func setAside(_ id: Int64, _ rows: inout RequestRows) throws {
    try database.cachedStatement(
      sql: """
        UPDATE chain SET lent = 0 WHERE lent AND (writer, number, attempt) =
          (SELECT writer, number, attempt FROM request WHERE id = ?)
        """
    ).execute(arguments: [id])
    if database.changesCount > 0 { try takeBackTokens(of: id) }
    try rows.setAside(id)
  }

  private func takeBackTokens(of request: Int64) throws {
    try database.cachedStatement(
      sql: """
        UPDATE request SET source = 0, model = coalesce(own_model, model), own_model = NULL, input = NULL,
          cache_read = NULL, cache_write_5m = NULL, cache_write_1h = NULL, output = NULL, reasoning = NULL,
          cached_5m = NULL, cached_1h = NULL
        WHERE id = ? AND source IN (1, 2)
        """
    ).execute(arguments: [request])
  }

  private func take(
    _ route: Int64, session: Int64?, stream: Int64?, into request: Int64, _ rows: inout RequestRows
  ) throws {
    let lent = try Int64.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT message.session FROM request JOIN message ON message.id = request.message
          WHERE request.id = ? AND request.session IS NULL
          """), arguments: [request])
    try database.cachedStatement(
      sql: """
        UPDATE request SET route = iif(?1 = 0, route, ?1), session = coalesce(session, ?2), stream = coalesce(stream, ?3)
        WHERE id = ?4
        """
    ).execute(arguments: [route, session, stream, request])
    // An answer that only the outer router's session describes is the inner one's now.
    for session in [session, lent].compactMap(\.self) {
      try rows.recache(session)
      try rows.markDirty(session)
    }
  }
}
