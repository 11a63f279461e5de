import Foundation
import GRDB
import Usage

/// Writes rows of `request` and of the names that they refer to, inside one transaction.
struct RequestRows {
  let database: Database
  private var writers: [Writer: Int64] = [:]
  private var models: [ModelID: Int64] = [:]
  private var sessions: [String: Int64] = [:]
  private var dirty: Set<Int64> = []
  private let hasMessages: Bool
  /// Requests that began before this instant, epoch milliseconds, have been archived and are not written again.
  let keptFrom: Int64

  /// What kind of record told of a request. The raw value stands in the ledger.
  enum Source: String {
    case router = "claude-code-router"
    case store = "claude-code-router-3"
    case proxy = "free-claude-code"
    case client = "claude-code"
  }

  /// What a row holds beside the request.
  struct Extras {
    var claim: Int64?
    var estimate: TokenUsage?
    var message: Int64?
  }

  private struct Writer: Hashable {
    var source: Source
    var host: String
    var pid: Int64
  }

  init(_ database: Database) throws {
    self.database = database
    hasMessages = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message)") ?? false
    keptFrom = try Archive.keptFrom(database) ?? .min
  }

  /// Writes a row, unless it is older than what the ledger keeps.
  /// - Parameter replacing: whether a row of the same key gives way, or else stays.
  mutating func insert(
    _ request: RoutedRequest, writer: Int64, number: Int64, replacing: Bool, extras: Extras = Extras()
  ) throws {
    guard request.started >= keptFrom else { return }
    let model = try id(of: request.model)
    let session = try request.session.map { try id(ofSession: $0) }
    let statement = try database.cachedStatement(sql: replacing ? Self.replace : Self.keep)
    let usage = request.usage
    let values: [(any DatabaseValueConvertible)?] = [
      writer, number, request.attempt, request.started, request.ended.map { $0 - request.started },
      request.firstToken.map { $0 - request.started }, model, session,
      Codes.code(request.route, in: Codes.routes), request.stream, request.status,
      request.failure.map { Codes.code($0, in: Codes.failures) }, Codes.code(request.usageSource, in: Codes.sources),
      usage?.input, usage?.cacheRead, usage?.cacheWrite5m, usage?.cacheWrite1h, usage?.output, usage?.reasoning,
      request.promptBytes, request.answerBytes, extras.message, extras.claim, extras.estimate?.input,
      extras.estimate?.output,
    ]
    try statement.execute(arguments: StatementArguments(values))
    if let session, hasMessages { try markDirty(session) }
  }

  private static let columns = [
    "duration", "first_token", "model", "session", "route", "stream", "status", "failure", "source", "input",
    "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning", "prompt_bytes", "answer_bytes", "message",
    "claim", "estimated_input", "estimated_output",
  ]

  private static let insertion = """
    INSERT INTO request (writer, number, attempt, started, \(columns.joined(separator: ", ")))
    VALUES (?, ?, ?, ?\(String(repeating: ", ?", count: columns.count)))
    ON CONFLICT (writer, number, attempt, started) DO
    """
  private static let keep = insertion + " NOTHING"
  private static let replace =
    insertion + " UPDATE SET " + columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")

  /// Removes the rows of a number that are not among those to keep.
  func remove(writer: Int64, number: Int64, keeping kept: Set<RowKey>, where isOurs: (RowKey) -> Bool) throws {
    let statement = try database.cachedStatement(
      sql: "SELECT attempt, started FROM request WHERE writer = ? AND number = ?")
    for row in try Row.fetchAll(statement, arguments: [writer, number]) {
      let key = RowKey(attempt: row["attempt"], started: row["started"])
      guard !kept.contains(key), isOurs(key) else { continue }
      try database.execute(
        sql: "DELETE FROM request WHERE writer = ? AND number = ? AND attempt = ? AND started = ?",
        arguments: [writer, number, key.attempt, key.started])
    }
  }

  /// What tells rows of one number apart.
  struct RowKey: Hashable {
    var attempt: Int
    var started: Int64
  }

  /// Notes that a session's requests and messages have to be joined anew.
  mutating func markDirty(_ session: Int64) throws {
    guard dirty.insert(session).inserted else { return }
    try database.cachedStatement(sql: "UPDATE session SET dirty = 1 WHERE id = ?").execute(arguments: [session])
  }

  mutating func id(of source: Source, host: String = "", pid: Int64 = 0) throws -> Int64 {
    let writer = Writer(source: source, host: host, pid: pid)
    if let known = writers[writer] { return known }
    let id = try id(
      "SELECT id FROM writer WHERE source = ? AND host = ? AND pid = ?",
      "INSERT INTO writer (source, host, pid) VALUES (?, ?, ?)", [source.rawValue, host, pid])
    writers[writer] = id
    return id
  }

  mutating func id(of model: ModelID) throws -> Int64 {
    if let known = models[model] { return known }
    let id = try id(
      "SELECT id FROM model WHERE provider = ? AND model = ?", "INSERT INTO model (provider, model) VALUES (?, ?)",
      [model.provider, model.model])
    models[model] = id
    return id
  }

  mutating func id(ofSession name: String) throws -> Int64 {
    if let known = sessions[name] { return known }
    let id = try id("SELECT id FROM session WHERE name = ?", "INSERT INTO session (name) VALUES (?)", [name])
    sessions[name] = id
    return id
  }

  private func id(_ select: String, _ insert: String, _ arguments: StatementArguments) throws -> Int64 {
    if let id = try Int64.fetchOne(database.cachedStatement(sql: select), arguments: arguments) { return id }
    try database.cachedStatement(sql: insert).execute(arguments: arguments)
    return database.lastInsertedRowID
  }
}
