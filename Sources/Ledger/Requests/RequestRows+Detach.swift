import GRDB
import Model

/// Taking answers back, which joins then give out again.
extension RequestRows {
  /// Takes an answer, and the tokens that it gave, from a request.
  static func detachAnswer(of request: Int64, _ database: Database) throws {
    try detachAnswers("id = ?", request, database)
  }

  /// Whether an answer is a request's by a key (`KeyJoin`).
  static let isKeyed = """
    (EXISTS (SELECT 1 FROM call_key JOIN message ON message.header = call_key.key WHERE call_key.request = request.id)
      OR EXISTS (SELECT 1 FROM call_key JOIN message ON message.kin = call_key.key WHERE call_key.request = request.id))
    """

  /// Takes the answers from a session's requests that cannot stay while the session is joined again: those that a key
  /// gives out again, of requests that failed since, and of other sessions.
  static func detachAnswers(ofSession session: Int64, _ database: Database) throws {
    try detachAnswers(
      """
      session = ? AND number IS NOT NULL AND message IS NOT NULL AND (coalesce(failure, 0) IN (1, 2) OR \(isKeyed)
        OR NOT EXISTS (SELECT 1 FROM message WHERE message.id = request.message AND message.session = request.session))
      """, session, database)
  }

  private static func detachAnswers(_ which: String, _ argument: Int64, _ database: Database) throws {
    // What the answer told beside the router's counts (`JoinedRow.refine`).
    try database.cachedStatement(
      sql: """
        UPDATE request SET model = own_model, own_model = NULL, cache_write_5m = cache_write_5m + cache_write_1h,
          cache_write_1h = 0
        WHERE \(which) AND own_model IS NOT NULL AND source <> \(Codes.code(UsageSource.client))
        """
    ).execute(arguments: [argument])
    try database.cachedStatement(
      sql: """
        UPDATE request SET source = 0, model = coalesce(own_model, model), own_model = NULL, input = NULL, cache_read = NULL, cache_write_5m = NULL, cache_write_1h = NULL,
          output = NULL, reasoning = NULL, cached_5m = NULL, cached_1h = NULL
        WHERE \(which) AND source = \(Codes.code(UsageSource.client))
        """
    ).execute(arguments: [argument])
    try database.cachedStatement(
      sql: "UPDATE request SET message = NULL, web_searches = NULL WHERE \(which) AND message IS NOT NULL"
    )
    .execute(arguments: [argument])
  }
}
