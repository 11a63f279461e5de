import GRDB

/// Recomputes what sessions would have read from a prompt cache, inside one transaction.
enum SessionRecaching {
  /// Notes that a session has to be recomputed.
  static func mark(_ session: Int64, in database: Database) throws {
    try database.cachedStatement(sql: "UPDATE session SET recache = 1 WHERE id = ?").execute(arguments: [session])
  }

  /// Whether some session has to be recomputed, so that no sum of its requests is known.
  static func isPending(in database: Database) throws -> Bool {
    let select = try database.cachedStatement(sql: "SELECT recache FROM session WHERE recache LIMIT 1")
    return try Row.fetchOne(select)?.value("recache", as: Int64.self) != nil
  }

  /// Works out all sessions that are marked.
  static func run(in database: Database) throws {
    let select = try BoundStatement(
      database,
      """
      SELECT id, started, duration, \(RequestColumns.prompt), output, cached_5m, cached_1h
      FROM request WHERE session = ? AND \(RequestColumns.measured)
      ORDER BY started, coalesce(number, (SELECT key FROM message WHERE id = request.message)), attempt
      """)
    let update = try BoundStatement(database, "UPDATE request SET cached_5m = ?, cached_1h = ? WHERE id = ?")
    for session in try Int64.fetchAll(database, sql: "SELECT id FROM session WHERE recache") {
      var cache = SessionCache()
      var changes: [(id: Int64, reads: CacheReads?)] = []
      try select.forEach {
        $0.add(session)
      } _: { row in
        let started = row[1]
        let reads = try cache.read(
          CachedRequest(
            started: started, ended: RequestID.end(of: started, after: row.optional(2)), prompt: row.count(3),
            output: row.count(4))
        )
        if reads?.within5m != row.optional(5) || reads?.within1h != row.optional(6) { changes.append((row[0], reads)) }
      }
      for change in changes {
        try update.run {
          $0.add(change.reads?.within5m)
          $0.add(change.reads?.within1h)
          $0.add(change.id)
        }
      }
    }
    try database.execute(sql: "UPDATE session SET recache = 0 WHERE recache")
  }
}
