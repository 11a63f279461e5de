import GRDB
import Model

/// Keeps what is known of requests whose tokens are not: beside their rows, so that no sum can take it for measured.
enum LowerBounds {
  /// `lower_bound` holds what a router's or a proxy's record knows, by request; `answer_bound` what a client's does, by
  /// `message`. The index leads from an answer to its request as long as that is unknown.
  static let tables = """
    CREATE TABLE lower_bound (
      request INTEGER PRIMARY KEY, input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
      cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL);
    CREATE TABLE answer_bound (
      message INTEGER PRIMARY KEY, input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
      cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL);
    CREATE INDEX request_unknown_message ON request (message) WHERE message IS NOT NULL AND source = 0;
    CREATE TRIGGER request_bound AFTER DELETE ON request BEGIN
      DELETE FROM lower_bound WHERE request = OLD.id;
    END;
    CREATE TRIGGER message_bound AFTER DELETE ON message BEGIN
      DELETE FROM answer_bound WHERE message = OLD.id;
    END;
    """

  /// `archive_bound` holds what was known of requests that were archived, by quarters of an hour.
  static let archiveTable = """
    CREATE TABLE archive_bound (
      time INTEGER NOT NULL, model INTEGER NOT NULL REFERENCES model, route INTEGER NOT NULL, requests INTEGER NOT NULL,
      input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
      cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL);
    CREATE INDEX archive_bound_time ON archive_bound (time);
    """

  private static let classes = RequestColumns.classes

  /// The sums of a table's classes.
  static func sums(of table: String) -> String {
    classes.map { "sum(\(table).\($0)) AS \($0)" }.joined(separator: ", ")
  }

  /// The table `most`: what is known of each request, of several records the most.
  /// - Parameter ids: the condition on the column that holds a request's id.
  static func most(of ids: (String) -> String) -> String {
    let columns = classes.joined(separator: ", ")
    return """
      WITH known AS (
        SELECT request AS id, \(columns) FROM lower_bound WHERE \(ids("request"))
        UNION ALL
        SELECT request.id, \(classes.map { "bound.\($0)" }.joined(separator: ", "))
        FROM answer_bound AS bound CROSS JOIN request ON request.message = bound.message AND request.source = 0
        WHERE \(ids("request.id"))),
      most AS (
        SELECT id, \(classes.map { "max(\($0)) AS \($0)" }.joined(separator: ", ")) FROM known GROUP BY id)
      """
  }

  /// What is known of a request would be passed over where its source or answer, or an archived time or route, is no number.
  /// Who changes a source leaves its hour marked; what is no number lies before or after all numbers of an index.
  static func demandNumbers(_ database: Database) throws {
    let found = try String.fetchOne(
      database,
      sql: """
        SELECT 'request.message' FROM request
          WHERE source = 0 AND message IS NOT NULL AND (message < \(Int64.min) OR message > \(Int64.max))
        UNION ALL
        SELECT 'request.source' FROM rollup_stale CROSS JOIN request
          ON request.id >= hour * \(RequestID.first(at: EpochTime.hour))
          AND request.id < (hour + 1) * \(RequestID.first(at: EpochTime.hour))
          WHERE typeof(source) <> 'integer'
        UNION ALL
        SELECT 'archive_bound.time' FROM archive_bound WHERE time < \(Int64.min) OR time > \(Int64.max)
        UNION ALL
        SELECT 'archive_bound.route' FROM archive_bound WHERE typeof(route) <> 'integer'
        LIMIT 1
        """)
    if let found { throw ForeignValue(column: found) }
  }

  /// Adds up what is known of requests that are about to be archived: those before an id.
  /// - Parameter step: how long the times are that sums are kept of, milliseconds.
  static func archive(before id: Int64, by step: Int64, _ database: Database) throws {
    let known = most { "\($0) < ?1" }
    try database.execute(
      sql: """
        INSERT INTO archive_bound (time, model, route, requests, \(classes.joined(separator: ", ")))
        \(known)
        SELECT min(request.started), request.model, request.route, count(*), \(sums(of: "most"))
        FROM most CROSS JOIN request ON request.id = most.id
        WHERE request.source = 0 GROUP BY request.started / \(step), request.model, request.route
        """, arguments: [id])
  }

  /// Notes what a record knows of a request.
  /// - Parameter isUpdate: whether an earlier record may have known something else.
  static func note(_ request: RoutedRequest, _ id: Int64, isUpdate: Bool, _ database: Database) throws {
    if isUpdate {
      try database.cachedStatement(sql: "DELETE FROM lower_bound WHERE request = ?").execute(arguments: [id])
    }
    guard let known = request.known, known != .zero, request.usage == nil || request.usage == known, !request.isFailed
    else { return }
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO lower_bound VALUES (?, ?, ?, ?, ?, ?)")
      .execute(arguments: arguments(id, known))
  }

  /// Notes what a client knows of an answer; of several lines the most.
  static func note(_ known: TokenUsage, ofAnswer message: Int64, _ database: Database) throws {
    guard known != .zero else { return }
    try database.cachedStatement(
      sql: """
        INSERT INTO answer_bound VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (message) DO UPDATE SET
          \(classes.map { "\($0) = max(\($0), excluded.\($0))" }.joined(separator: ", "))
        """
    ).execute(arguments: arguments(message, known))
  }

  private static func arguments(_ id: Int64, _ known: TokenUsage) -> StatementArguments {
    [id, known.input, known.cacheRead, known.cacheWrite5m, known.cacheWrite1h, known.output]
  }
}
