import GRDB
package import Usage

/// What the records show of requests whose tokens nobody wrote down.
package struct Unmeasured: Hashable, Sendable {
  /// Who was called.
  package var model: ModelID
  /// Why the router chose the model.
  package var route: Route
  /// How much of the answer the record holds.
  package var trace: Trace
  /// How many requests.
  package var requests: Int

  /// How much of an answer a record holds.
  package enum Trace: Hashable, Sendable {
    /// Nothing: the answer was passed through unread, or the log level hides it.
    case nothing
    /// The text of a stream, without usage.
    case streamWithoutUsage
    /// The answer was cut, or the log ends before it.
    case cut
  }
}

extension LedgerFile {
  /// The requests of a span without tokens that are not failed, by what their record shows.
  /// - Throws: `LedgerError`.
  package func unmeasured(in span: Range<Int64>) throws(LedgerError) -> [Unmeasured] {
    let interrupted = Codes.code(FailureKind.interrupted, in: Codes.failures)
    return try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT provider, model.model AS name, route,
            CASE WHEN duration IS NULL OR coalesce(failure, 0) = \(interrupted) THEN 2
              WHEN first_token IS NULL THEN 0 ELSE 1 END AS trace, count(*) AS requests
          FROM request JOIN model ON model.id = request.model
          WHERE started >= ? AND started < ? AND source = 0 AND coalesce(failure, 0) NOT IN (1, 2)
          GROUP BY request.model, route, trace
          """, arguments: [span.lowerBound, span.upperBound]
      ).map { row in
        Unmeasured(
          model: ModelID(provider: row["provider"], model: row["name"]),
          route: Codes.word(row["route"], in: Codes.routes, or: .unknown),
          trace: [.nothing, .streamWithoutUsage, .cut][row["trace"] as Int], requests: row["requests"])
      }
    }
  }
}
