import GRDB
import Model

/// Joins the requests of routers with what their clients wrote down where both hold the same key: the answer's id, or
/// the header `request-id`. Nothing else has to agree, names least of all: a client calls a local model by the name that
/// it asked for.
///
/// `call_key_stale` holds the keys that arrived since, so that only what changed is looked at.
enum KeyJoin: CallJoin {
  /// Whether keys arrived since.
  static func isStale(_ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM call_key_stale)") ?? false
  }

  static func run(_ state: inout JoinState) throws { try run(&state.rows, in: state.database) }

  /// Joins what arrived.
  /// - Parameter rows: removes what answers of clients had on their own.
  private static func run(_ rows: inout RequestRows, in database: Database) throws {
    guard try isStale(database) else { return }
    let found = try Row.fetchAll(
      database,
      sql: """
        SELECT DISTINCT call_key.request, message.id AS message, message.session, \(AnswerColumns.unfinished("message")) AS unfinished,
          message.telemetry, message.sidechain, message.key, message.time
        FROM call_key_stale AS stale JOIN call_key ON call_key.key = stale.key
          JOIN message ON message.header = stale.key
        UNION
        SELECT DISTINCT call_key.request, message.id, message.session, \(AnswerColumns.unfinished("message")), message.telemetry,
          message.sidechain, message.key, message.time
        FROM call_key_stale AS stale JOIN call_key ON call_key.key = stale.key
          JOIN message ON message.kin = stale.key AND NOT message.weak
        ORDER BY 1, 4, 5, 6, 7
        """)
    var last: Int64?
    for row in found {
      let (request, message, session): (Int64, Int64, Int64) = try (row.value(0), row.value(1), row.value(2))
      try rows.removeAnswer(of: message, endedAt: row.value(7))
      // Of several records of one answer a transcript's own counts, unless that breaks off.
      if last == request { continue }
      last = request
      try attach(message, of: session, to: request, &rows)
      try rows.recache(session)
    }
    try database.execute(sql: "DELETE FROM call_key_stale")
  }

  /// Gives a request its answer, the client's session, and the answer's tokens where nobody else knows them: none that
  /// failed needs any, and what a proxy counted by itself stays an estimate, whatever the client received.
  private static func attach(
    _ message: Int64, of session: Int64, to request: Int64, _ rows: inout RequestRows
  ) throws {
    let database = rows.database
    try takeBackAnother(than: message, from: request, &rows)
    try database.cachedStatement(
      sql: """
        UPDATE request SET message = ?1, session = coalesce(session, ?2),
          web_searches = coalesce(web_searches, (SELECT web_searches FROM message WHERE id = ?1))
        WHERE id = ?3 AND number IS NOT NULL AND (message IS NOT ?1 OR session IS NULL)
        """
    ).execute(arguments: [message, session, request])
    if database.changesCount > 0 { try StaleMarks.mark(chainAt: RequestID.instant(of: request), in: database) }
    try database.cachedStatement(
      sql: """
        UPDATE request SET source = ?1, reasoning = 0,
          (input, cache_read, cache_write_5m, cache_write_1h, output) =
            (SELECT input, cache_read, cache_write_5m, cache_write_1h, output FROM message WHERE id = ?2)
        WHERE id = ?3 AND source = 0 AND NOT \(RequestColumns.failed) AND coalesce(failure, 0) = 0
          AND (SELECT input FROM message WHERE id = ?2 AND NOT aborted) IS NOT NULL
        """
    ).execute(arguments: [Codes.code(UsageSource.client), message, request])
    // A prompt of the same length as the router's tells what of it a cache served.
    try database.cachedStatement(
      sql: """
        UPDATE request SET (input, cache_read, cache_write_5m, cache_write_1h) =
            (SELECT input, cache_read, cache_write_5m, cache_write_1h FROM message WHERE id = ?1)
        WHERE id = ?2 AND source IN (1, 2) AND cache_read = 0 AND cache_write_5m = 0 AND cache_write_1h = 0
          AND EXISTS (
            SELECT 1 FROM message WHERE id = ?1 AND message.output = request.output
              AND message.input + message.cache_read + message.cache_write_5m + message.cache_write_1h = request.input)
        """
    ).execute(arguments: [message, request])
    if database.changesCount > 0 { try settleSplit(of: request, &rows) }
    let told = try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT input, cache_read, cache_write_5m, cache_write_1h, output, variant FROM message
          WHERE id = ? AND input IS NOT NULL
          """), arguments: [message])
    guard let told else { return }
    try JoinedRow.refine(request, by: TokenUsage(told), rows.variant(told.value("variant")), &rows)
  }

  /// Notes that the part of a prompt that a cache served is known.
  private static func settleSplit(of request: Int64, _ rows: inout RequestRows) throws {
    let own = try Int64.fetchOne(
      rows.database.cachedStatement(sql: "SELECT model FROM request WHERE id = ?"), arguments: [request])
    guard let own, let called = try rows.called(own), called.variant.isSplitUnknown else { return }
    var variant = called.variant
    variant.isSplitUnknown = false
    try rows.database.cachedStatement(sql: "UPDATE request SET model = ? WHERE id = ?")
      .execute(arguments: [rows.id(of: called.model, variant), request])
  }

  /// Takes back the answer that a request got without a key, and its tokens: it is another's, or nobody's.
  private static func takeBackAnother(
    than message: Int64, from request: Int64, _ rows: inout RequestRows
  ) throws {
    let held = try BoundStatement(
      rows.database,
      """
      SELECT message.session FROM request LEFT JOIN message ON message.id = request.message
      WHERE request.id = ?1 AND request.message <> ?2
      """)
    let session = try held.first {
      $0.add(request)
      $0.add(message)
    } _: {
      $0.optional(0)
    }
    guard let session else { return }
    try RequestRows.detachAnswer(of: request, rows.database)
    if let session { try rows.markDirty(session) }
  }
}
