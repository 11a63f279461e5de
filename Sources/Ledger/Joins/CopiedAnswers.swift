import GRDB
import Reading

/// Answers that several sessions hold: a fork, and some resumptions, write a session's lines down once more under a new
/// session's id. Each counts once, in the session whose router's request lies nearest, else in the one that
/// telemetry describes.
struct CopiedAnswers {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// Notes the sessions that hold an answer.
  /// - Returns: whether one of them was not known to.
  @discardableResult
  func note(_ message: Int64, heldBy sessions: some Sequence<Int64>) throws -> Bool {
    let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO message_copy VALUES (?, ?)")
    var isNew = false
    for session in sessions {
      try insert.execute(arguments: [message, session])
      isNew = isNew || database.changesCount > 0
    }
    return isNew
  }

  /// An answer with a router's id of which another session holds a copy.
  struct Twin {
    var id: Int64
    var key: Int64
    var session: Int64
  }

  /// The copy of an answer that another session holds, if there is one.
  /// - Parameter key: the answer's own.
  func twin(_ hash: Int64, of key: Int64) throws -> Twin? {
    let select = try database.cachedStatement(
      sql: "SELECT id, key, session FROM message WHERE twin = ? AND key <> ? ORDER BY key LIMIT 1")
    return try Row.fetchOne(select, arguments: [hash, key]).map {
      try Twin(id: $0.value(0), key: $0.value(1), session: $0.value(2))
    }
  }

  /// The sessions that hold an answer; none where it is its own session's alone.
  func sessions(of message: Int64) throws -> [Int64] {
    try Int64.fetchAll(
      database.cachedStatement(sql: "SELECT session FROM message_copy WHERE message = ?"), arguments: [message])
  }

  /// Lets one row stand for two that turned out to be copies.
  func fold(_ message: Int64, into other: Int64) throws {
    let borrowers = try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT request.id, message.time FROM request JOIN message ON message.id = request.message
          WHERE request.message = ? AND request.session IS NULL
          """), arguments: [message])
    for row in borrowers {
      try RequestRows.detachAnswer(of: row.value(0), database)
      try StaleMarks.mark(half: row.value(1, as: Int64.self) / StaleMarks.half, in: database)
    }
    try note(other, heldBy: sessions(of: message))
    for sql in ["DELETE FROM message_copy WHERE message = ?", "DELETE FROM message WHERE id = ?"] {
      try database.cachedStatement(sql: sql).execute(arguments: [message])
    }
  }

  /// Puts the answers of sessions that changed where they belong. Both sessions of one that moves change.
  func place() throws {
    let found = try Row.fetchAll(
      database,
      sql: """
        SELECT DISTINCT message.id, message.session, message.time
        FROM session JOIN message_copy ON message_copy.session = session.id
          JOIN message ON message.id = message_copy.message
        WHERE session.dirty ORDER BY 1
        """)
    guard !found.isEmpty else { return }
    let home = try database.cachedStatement(
      sql: """
        SELECT session.id FROM message_copy JOIN session ON session.id = message_copy.session
        WHERE message_copy.message = ?1
        ORDER BY
          coalesce(
            (SELECT min(abs(started + coalesce(duration, 0) - ?2)) FROM request
              WHERE request.session = session.id AND number IS NOT NULL AND request.id >= ?3 AND request.id < ?4),
            \(Self.reach)),
          NOT EXISTS (SELECT 1 FROM request WHERE request.session = session.id AND number IS NOT NULL),
          NOT session.telemetry, session.name
        LIMIT 1
        """)
    let move = try database.cachedStatement(sql: "UPDATE message SET session = ? WHERE id = ?")
    let mark = try database.cachedStatement(sql: "UPDATE session SET dirty = 1 WHERE id IN (?, ?)")
    for row in found {
      let (message, session, time): (Int64, Int64, Int64) = try (row.value(0), row.value(1), row.value(2))
      let near = RequestID.range(time - Self.reach..<time + Self.reach)
      let nearest = try Int64.fetchOne(home, arguments: [message, time, near.lowerBound, near.upperBound])
      guard let nearest, nearest != session else { continue }
      try mark.execute(arguments: [session, nearest])
      try move.execute(arguments: [nearest, message])
    }
  }

  /// How far from an answer a router's request counts as near, milliseconds.
  private static let reach: Int64 = 86_400_000
}

/// The keys that a run that reads files again has replaced so far: each record is replaced once.
final class ReplacedKeys {
  private var keys: Set<Int64> = []

  /// Whether a record of that key is the run's first.
  func isFirst(_ key: Int64) -> Bool { keys.insert(key).inserted }
}
