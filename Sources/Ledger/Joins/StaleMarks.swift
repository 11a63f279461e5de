import GRDB

/// What joins have to look at again: whoever changes a row marks it here, and each join takes its own marks.
enum StaleMarks {
  /// Half of a window of `SessionlessJoin`, milliseconds.
  static let half: Int64 = 3_600_000

  /// Marks a half in which a request without a session, or an answer that is left over, changed.
  static func mark(half: Int64, in database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO sessionless_stale VALUES (?)").execute(arguments: [half])
  }

  /// The length of a window of `ChainJoin`, milliseconds.
  static let chainWindow: Int64 = 3_600_000

  /// Marks the window of a request that came or changed.
  static func mark(chainAt started: Int64, in database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO chain_stale VALUES (?)")
      .execute(arguments: [started / chainWindow])
  }

  /// Marks keys that arrived.
  static func mark(keys: some Sequence<Int64>, in database: Database) throws {
    let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO call_key_stale VALUES (?)")
    for key in keys { try insert.execute(arguments: [key]) }
  }

  /// Marks the keys of a session's requests, whose answers were taken back.
  static func mark(keysOfSession session: Int64, in database: Database) throws {
    try database.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO call_key_stale
          SELECT key FROM request JOIN call_key ON call_key.request = request.id
          WHERE request.session = ? AND number IS NOT NULL
        """
    ).execute(arguments: [session])
  }

  /// Marks the keys of a request whose answer was taken back.
  static func mark(keysOfRequest request: Int64, in database: Database) throws {
    try database.cachedStatement(
      sql: "INSERT OR IGNORE INTO call_key_stale SELECT key FROM call_key WHERE request = ?"
    ).execute(arguments: [request])
  }
}
