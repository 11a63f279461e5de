import Foundation
import GRDB
import Model
import Reading

/// Writes rows of `request` and of the names that they refer to, inside one transaction. `finish` ends it.
struct RequestRows {
  let database: Database
  private var writers: [Writer: Int64] = [:]
  private var models: CalledModels
  private var sessions: [String: Int64] = [:]
  private var dirty: Set<Int64> = []
  private var recached: Set<Int64> = []
  private var rollups: Rollups
  private let caches: SessionCaches
  private let hasMessages: Bool
  /// Whether there are requests of routers that others may stand in front of.
  private let hasInnerRouters: Bool
  /// The writers that are such routers.
  private var innerRouters: Set<Int64> = []
  private let find: BoundStatement
  private let insertion: BoundStatement
  private let keyInsertion: BoundStatement
  private var client: Int64?
  private var latest = Int64.min
  private var staleHalves: Set<Int64> = []
  /// The highest number of each writer's rows.
  private var highest: [Int64: Int64] = [:]
  private var lastSession: (name: String, id: Int64)?
  /// How many rows were written beyond those removed.
  private(set) var added = 0
  /// Requests that began before this instant, epoch milliseconds, have been archived and are not written again.
  let keptFrom: Int64

  /// What a row holds beside the request.
  struct Extras {
    var claim: Int64?
    var estimate: TokenUsage?
    var message: Int64?
    var asked: Int64?
  }

  private struct Writer: Hashable {
    var source: SourceName
    var host: String
    var pid: Int64
  }

  /// - Parameter caches: what the run knows of sessions.
  init(_ database: Database, caches: SessionCaches = SessionCaches()) throws {
    self.database = database
    self.caches = caches
    rollups = try Rollups(database)
    models = CalledModels(database)
    hasMessages = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message)") ?? false
    hasInnerRouters = try RouterOrder.hasInner(database)
    keptFrom = try Archive.keptFrom(database) ?? .min
    find = try BoundStatement(
      database,
      "SELECT id, session FROM request WHERE writer = ? AND number = ? AND id >= ? AND id < ? AND attempt = ?")
    keyInsertion = try BoundStatement(
      database, "INSERT INTO call_key (request, key) VALUES (?, ?) ON CONFLICT DO UPDATE SET lent = 0 WHERE lent")
    insertion = try BoundStatement(
      database,
      """
      INSERT INTO request (id, writer, number, attempt, \(Self.columns.joined(separator: ", ")))
      VALUES (?, ?, ?, ?\(String(repeating: ", ?", count: Self.columns.count))) ON CONFLICT (id) DO NOTHING
      """)
  }

  /// Writes a row, unless it is older than what the ledger keeps.
  /// - Parameter replacing: whether a row of the same key is replaced; else it stays.
  /// - Throws: `LedgerError.crowded`.
  mutating func insert(
    _ request: RoutedRequest, writer: Int64, number: Int64, replacing: Bool, extras: Extras = Extras()
  ) throws {
    guard request.started >= keptFrom else { return }
    let ids = RequestID.range(request.started..<request.started + 1)
    let known = try known(writer, number, Int64(request.attempt), ids)
    if known != nil, !replacing { return }
    let row = RowValues(
      writer: writer, number: number, model: try id(of: request.model, request.variant),
      session: try request.session.map { try id(ofSession: $0) }, extras: extras)
    let place: Int64
    if let known {
      place = known.id
      try releaseAnswer(of: place)
      try update(place, request, row)
      for session in Set([known.session, row.session].compactMap(\.self)) { try recache(session) }
    } else {
      place = try add(request, row, ids)
    }
    try LowerBounds.note(request, place, isUpdate: known != nil, database)
    let keys = request.keys.exact
    if hasMessages, !keys.isEmpty { try StaleMarks.mark(keys: keys, in: database) }
    for key in keys {
      try keyInsertion.run {
        $0.add(place)
        $0.add(key)
      }
    }
    if let session = row.session, hasMessages { try markDirty(session) }
    if hasInnerRouters || innerRouters.contains(writer) {
      try noteOwn(request, row)
      try StaleMarks.mark(chainAt: request.started, in: database)
    }
  }

  /// Sets the row of a call aside that another router's row stands for, without the answer that it was joined with.
  mutating func setAside(_ id: Int64) throws {
    try releaseAnswer(of: id)
    try Self.detachAnswer(of: id, database)
    try database.cachedStatement(
      sql: "INSERT INTO chained_request (request, \(Self.kept)) SELECT id, \(Self.kept) FROM request WHERE id = ?"
    ).execute(arguments: [id])
    try database.cachedStatement(
      sql: "INSERT INTO chained_key SELECT ?, key FROM call_key WHERE request = ? AND NOT lent"
    ).execute(arguments: [database.lastInsertedRowID, id])
    try giveUp(id)
  }

  /// Has the session of the answer that a row was joined with joined again.
  private mutating func releaseAnswer(of id: Int64) throws {
    guard hasMessages else { return }
    let session = try Int64.fetchOne(
      database.cachedStatement(
        sql: "SELECT message.session FROM request JOIN message ON message.id = request.message WHERE request.id = ?"),
      arguments: [id])
    if let session { try markDirty(session) }
  }

  /// Puts back a row that was set aside.
  mutating func putBack(_ aside: Int64) throws {
    let row = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT request, session FROM chained_request WHERE id = ?"), arguments: [aside])
    guard let row else { return }
    let (instant, session): (Int64, Int64?) = try (RequestID.instant(of: row.value(0)), row.value(1))
    let id = try freeID(at: instant)
    try database.cachedStatement(
      sql: "INSERT INTO request (id, \(Self.kept)) SELECT ?, \(Self.kept) FROM chained_request WHERE id = ?"
    ).execute(arguments: [id, aside])
    try database.cachedStatement(
      sql: "INSERT INTO call_key (request, key) SELECT ?, key FROM chained_key WHERE request = ?"
    )
    .execute(arguments: [id, aside])
    try discard(aside)
    try StaleMarks.mark(keysOfRequest: id, in: database)
    try Rollups.markStale(instant, in: database)
    added += 1
    guard let session else {
      staleHalves.insert(instant / StaleMarks.half)
      return
    }
    try recache(session)
    if hasMessages { try markDirty(session) }
  }

  /// Removes a row that was set aside.
  func discard(_ aside: Int64) throws {
    for sql in ["DELETE FROM chained_key WHERE request = ?", "DELETE FROM chained_request WHERE id = ?"] {
      try database.cachedStatement(sql: sql).execute(arguments: [aside])
    }
  }

  /// A number behind all of an instant. Where no more fit into it, the next one is near enough.
  /// - Throws: `LedgerError.crowded`.
  private func freeID(at instant: Int64) throws -> Int64 {
    let last = try database.cachedStatement(sql: "SELECT max(id) FROM request WHERE id >= ? AND id < ?")
    for instant in instant..<instant + Self.spill {
      let ids = RequestID.first(at: instant)..<RequestID.first(at: instant + 1)
      let id = (try Int64.fetchOne(last, arguments: [ids.lowerBound, ids.upperBound]) ?? ids.lowerBound - 1) + 1
      if id < ids.upperBound { return id }
    }
    throw LedgerError.crowded(instant: instant)
  }

  /// What a row that is set aside keeps.
  private static let kept = (["writer", "number", "attempt", "own_model"] + columns).joined(separator: ", ")

  /// Notes what the record of a call says of itself that a router in front of it may know better.
  private func noteOwn(_ request: RoutedRequest, _ row: RowValues) throws {
    try BoundStatement(
      database,
      """
      UPDATE chain SET lent = 0, own_route = ?, own_session = ?, own_stream = ? WHERE writer = ? AND number = ? AND attempt = ?
      """
    ).run {
      $0.add(Codes.code(request.route))
      $0.add(row.session)
      $0.add(request.stream.map { $0 ? 1 : 0 })
      $0.add(row.writer)
      $0.add(row.number)
      $0.add(request.attempt)
    }
  }

  /// Removes the row of a call that another router's row stands for.
  mutating func giveUp(_ id: Int64) throws {
    let found = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT session FROM request WHERE id = ?"), arguments: [id])
    guard let found else { return }
    for sql in ["DELETE FROM call_key WHERE request = ?", "DELETE FROM request WHERE id = ?"] {
      try database.cachedStatement(sql: sql).execute(arguments: [id])
    }
    added -= 1
    guard let session: Int64 = try found.value(0) else { return }
    try recache(session)
    if hasMessages { try markDirty(session) }
  }

  /// The row of a key, and its session. Most numbers are higher than all before, which saves the look-up.
  private mutating func known(
    _ writer: Int64, _ number: Int64, _ attempt: Int64, _ ids: Range<Int64>
  ) throws -> (id: Int64, session: Int64?)? {
    let highest =
      try highest[writer] ?? Int64.fetchOne(
        database.cachedStatement(sql: "SELECT max(number) FROM request WHERE writer = ? AND number IS NOT NULL"),
        arguments: [writer]) ?? .min
    self.highest[writer] = max(highest, number)
    guard number <= highest else { return nil }
    func look(_ ids: Range<Int64>) throws -> (id: Int64, session: Int64?)? {
      try find.first {
        $0.add(writer)
        $0.add(number)
        $0.add(ids.lowerBound)
        $0.add(ids.upperBound)
        $0.add(attempt)
      } _: {
        (id: $0[0], session: $0.optional(1))
      }
    }
    if let found = try look(ids) { return found }
    let isFull = try Bool.fetchOne(
      database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM request WHERE id = ?)"),
      arguments: [ids.upperBound - 1])
    guard isFull == true else { return nil }
    return try look(ids.lowerBound..<ids.lowerBound + Self.spill * RequestID.slots)
  }

  /// Writes an answer that no request fits, and of which there is no row yet. The row has no number: the answer's key
  /// tells it apart.
  mutating func insert(answer: RoutedRequest, model: Int64, session: Int64, message: Int64) throws {
    guard answer.started >= keptFrom else { return }
    let writer = try client ?? id(of: .claudeCode)
    client = writer
    let row = RowValues(
      writer: writer, number: nil, model: model, session: session, extras: Extras(message: message))
    try add(answer, row, RequestID.range(answer.started..<answer.started + 1))
  }

  /// What a row holds that is not the request's own.
  private struct RowValues {
    var writer: Int64
    var number: Int64?
    var model: Int64
    var session: Int64?
    var extras: Extras
    var reads: CacheReads?
  }

  @discardableResult
  private mutating func add(_ request: RoutedRequest, _ row: RowValues, _ ids: Range<Int64>) throws -> Int64 {
    var row = row
    if let session = row.session, let usage = request.usage, request.usageSource.isMeasured {
      let measured = CachedRequest(
        started: request.started, ended: request.ended, prompt: usage.prompt, output: usage.output)
      switch caches.take(measured, of: session) {
      case .reads(let reads): row.reads = reads
      case .unknown: try recache(session)
      }
    }
    var id = ids.lowerBound
    if try !insertion.run({ Self.bind(id, request, row, to: &$0) }) {
      id = try freeID(at: RequestID.instant(of: id))
      try insertion.run { Self.bind(id, request, row, to: &$0) }
    }
    if row.session == nil || row.number == nil { staleHalves.insert(request.started / StaleMarks.half) }
    added += 1
    latest = max(latest, request.started)
    try rollups.add(request, model: row.model, reads: row.reads)
    return id
  }

  private func update(_ id: Int64, _ request: RoutedRequest, _ row: RowValues) throws {
    let update = try BoundStatement(
      database,
      "UPDATE request SET \(Self.columns.map { "\($0) = ?" }.joined(separator: ", ")), own_model = NULL WHERE id = ?")
    try update.run {
      Self.bindColumns(request, row, to: &$0)
      $0.add(id)
    }
  }

  private static let columns = [
    "duration", "first_token", "model", "session", "route", "stream", "status", "failure", "source", "input",
    "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning", "prompt_bytes", "answer_bytes",
    "cached_5m", "cached_1h", "message", "claim", "estimated_input", "estimated_output", "asked", "reason",
    "web_searches",
  ]

  private static func bind(
    _ id: Int64, _ request: RoutedRequest, _ row: RowValues, to arguments: inout BoundStatement.Arguments
  ) {
    arguments.add(id)
    arguments.add(row.writer)
    arguments.add(row.number)
    arguments.add(request.attempt)
    bindColumns(request, row, to: &arguments)
  }

  private static func bindColumns(
    _ request: RoutedRequest, _ row: RowValues, to arguments: inout BoundStatement.Arguments
  ) {
    let usage = request.usage
    arguments.add(request.ended.map { $0 - request.started })
    arguments.add(request.firstToken.map { $0 - request.started })
    arguments.add(row.model)
    arguments.add(row.session)
    arguments.add(Codes.code(request.route))
    arguments.add(request.stream.map { $0 ? 1 : 0 })
    arguments.add(request.status)
    arguments.add(request.failure.map { Codes.code($0) })
    arguments.add(Codes.code(request.usageSource))
    arguments.add(usage?.input)
    arguments.add(usage?.cacheRead)
    arguments.add(usage?.cacheWrite5m)
    arguments.add(usage?.cacheWrite1h)
    arguments.add(usage?.output)
    arguments.add(usage?.reasoning)
    arguments.add(request.promptBytes)
    arguments.add(request.answerBytes)
    arguments.add(row.reads?.within5m)
    arguments.add(row.reads?.within1h)
    arguments.add(row.extras.message)
    arguments.add(row.extras.claim)
    arguments.add(row.extras.estimate?.input)
    arguments.add(row.extras.estimate?.output)
    arguments.add(row.extras.asked)
    arguments.add(Codes.code(request.reason))
    arguments.add(request.webSearches)
  }

  /// Writes down in which windows requests without a session have to be joined again.
  mutating func noteStaleHalves() throws {
    for half in staleHalves { try StaleMarks.mark(half: half, in: database) }
    staleHalves.removeAll()
  }

  /// Brings the sums up to date with the rows. To be called before the transaction ends.
  mutating func finish() throws {
    try noteStaleHalves()
    try rollups.flush()
    caches.expire(at: latest)
  }

  /// Removes the rows of a number that are not among those to keep.
  /// - Parameter since: rows that began before stay, epoch milliseconds.
  mutating func remove(
    writer: Int64, number: Int64, since: Int64 = .min, keeping kept: Set<RowKey>, where isOurs: (RowKey) -> Bool
  ) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT id, attempt, started, session FROM request WHERE writer = ? AND number = ? AND id >= ?")
    let first = RequestID.range(since..<since).lowerBound
    for row in try Row.fetchAll(statement, arguments: [writer, number, first]) {
      let key = try RowKey(attempt: row.value("attempt"), started: row.value("started"))
      guard !kept.contains(key), isOurs(key) else { continue }
      try database.cachedStatement(sql: "DELETE FROM request WHERE id = ?").execute(arguments: [
        row.value("id", as: Int64.self)
      ])
      added -= 1
      if let session: Int64 = try row.value("session") {
        try recache(session)
        // Its answer may be another's now, or nobody's.
        if hasMessages { try markDirty(session) }
      }
    }
  }

  /// What tells rows of one number apart.
  struct RowKey: Hashable {
    var attempt: Int
    var started: Int64
  }

  /// How many instants away a request may be written where its own is full, milliseconds.
  private static let spill: Int64 = 1000

  /// Removes the row of an answer.
  mutating func removeAnswer(_ id: Int64) throws {
    try database.cachedStatement(sql: "DELETE FROM request WHERE number IS NULL AND id = ?").execute(arguments: [id])
    added -= database.changesCount
  }

  /// Removes the row of an answer, which its end finds.
  mutating func removeAnswer(of message: Int64, endedAt time: Int64) throws {
    let ids = RequestID.range(time..<time + Self.spill)
    try database.cachedStatement(sql: "DELETE FROM request WHERE number IS NULL AND message = ? AND id >= ? AND id < ?")
      .execute(arguments: [message, ids.lowerBound, ids.upperBound])
    added -= database.changesCount
  }

  /// Removes the rows of answers that are not a session's any more.
  mutating func removeForeignAnswers(ofSession session: Int64) throws {
    try database.cachedStatement(
      sql: """
        DELETE FROM request WHERE session = ? AND number IS NULL AND NOT EXISTS (
          SELECT 1 FROM message WHERE message.id = request.message AND message.session = request.session)
        """
    ).execute(arguments: [session])
    added -= database.changesCount
  }

  /// Begins a session of which no measured request is left.
  func beginCache(_ session: Int64) { caches.begin(session) }

  /// Notes that what a session reads from caches has to be recomputed.
  mutating func recache(_ session: Int64) throws {
    caches.forget(session)
    if recached.insert(session).inserted { try SessionRecaching.mark(session, in: database) }
  }

  /// Notes that a session's requests and messages have to be joined again.
  mutating func markDirty(_ session: Int64) throws {
    guard dirty.insert(session).inserted else { return }
    try database.cachedStatement(sql: "UPDATE session SET dirty = 1 WHERE id = ?").execute(arguments: [session])
  }

  mutating func id(of source: SourceName, host: String = "", pid: Int64 = 0) throws -> Int64 {
    let writer = Writer(source: source, host: host, pid: pid)
    if let known = writers[writer] { return known }
    let id = try database.id(
      "SELECT id FROM writer WHERE source = ? AND host = ? AND pid = ?",
      "INSERT INTO writer (source, host, pid) VALUES (?, ?, ?)", [source.rawValue, host.boundedName, pid])
    writers[writer] = id
    if RouterOrder.isInner(source) { innerRouters.insert(id) }
    return id
  }

  mutating func called(_ model: Int64) throws -> CalledModel? { try models.called(model) }

  mutating func id(of model: ModelID, _ variant: CallVariant) throws -> Int64 {
    try models.id(of: model, variant)
  }

  mutating func variant(_ id: Int64) throws -> CallVariant { try models.variant(id) }

  static func name(ofSession id: Int64, _ database: Database) throws -> String? {
    try String.fetchOne(database.cachedStatement(sql: "SELECT name FROM session WHERE id = ?"), arguments: [id])
  }

  mutating func id(ofSession name: String) throws -> Int64 {
    if let lastSession, lastSession.name == name { return lastSession.id }
    let id = try find(session: name)
    lastSession = (name, id)
    return id
  }

  private mutating func find(session name: String) throws -> Int64 {
    if let known = sessions[name] { return known }
    let select = try database.cachedStatement(sql: "SELECT id FROM session WHERE name = ?")
    let kept = name.boundedName
    if let known = try Int64.fetchOne(select, arguments: [kept]) {
      sessions[name] = known
      return known
    }
    try database.cachedStatement(sql: "INSERT INTO session (name) VALUES (?)").execute(arguments: [kept])
    let id = database.lastInsertedRowID
    sessions[name] = id
    caches.begin(id)
    return id
  }
}
