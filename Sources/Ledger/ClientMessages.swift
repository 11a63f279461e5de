import GRDB
import RouterLogs
import Usage

/// Writes what clients wrote down of answers, inside one transaction: each record once, at its fullest.
struct ClientMessages {
  private let database: Database
  private var rows: RequestRows

  init(_ database: Database, caches: SessionCaches = SessionCaches()) throws {
    self.database = database
    rows = try RequestRows(database, caches: caches)
  }

  mutating func add(_ messages: [TranscriptMessage]) throws {
    for message in messages { try add(message) }
  }

  private mutating func add(_ message: TranscriptMessage) throws {
    let key = Self.hash(message.key)
    let known = try Row.fetchOne(
      database.cachedStatement(sql: "SELECT \(Self.columns) WHERE key = ?"), arguments: [key])
    let merged = known.map { TranscriptMessage.merged(Self.message($0), message) } ?? message
    if let known, Self.message(known) == merged { return }
    if known == nil, merged.time < rows.keptFrom { return }
    let session = try rows.id(ofSession: merged.session)
    let kin = Self.hash(merged.group)
    let usage = merged.usage
    let isArchived = try known.map { $0["archived"] as Bool } ?? Archive.holds(kin: kin, database)
    let statement = try database.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO message (id, kin, key, session, message_id, request_id, model, time, sidechain, agent,
          complete, input, cache_read, cache_write_5m, cache_write_1h, output, archived)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      known?["id"] as Int64?, kin, key, session, merged.messageID, merged.requestID, merged.model, merged.time,
      merged.isSidechain, merged.agentID, merged.complete, usage?.input, usage?.cacheRead, usage?.cacheWrite5m,
      usage?.cacheWrite1h, usage?.output, isArchived,
    ])
    // A record can change what its kin in other sessions stand for.
    let sessions = try Int64.fetchSet(
      database.cachedStatement(sql: "SELECT session FROM message WHERE kin = ?"), arguments: [kin])
    for session in sessions.union([session]) { try rows.markDirty(session) }
  }

  /// An answer that the ledger holds.
  struct Answer {
    var id: Int64
    /// The same in every ledger.
    var key: Int64
    var session: Int64
    var message: TranscriptMessage
  }

  /// The answers of a session, replays and those of archived requests left out, in order of time.
  static func answers(inSession session: Int64, _ database: Database) throws -> [Answer] {
    let statement = try database.cachedStatement(
      sql: "SELECT \(columns) WHERE message.kin IN (SELECT kin FROM message WHERE session = ?)")
    var archived: Set<Int64> = []
    let records = try Row.fetchAll(statement, arguments: [session]).map { row in
      if row["archived"] { archived.insert(row["id"]) }
      return Answer(id: row["id"], key: row["key"], session: row["session_id"], message: message(row))
    }
    return Dictionary(grouping: records, by: \.message.group).values.flatMap { kin in
      let survivors = Set(TranscriptMessage.survivors(kin.map(\.message)))
      return kin.filter { $0.session == session && survivors.contains($0.message) && !archived.contains($0.id) }
    }.sorted { ($0.message.time, $0.key) < ($1.message.time, $1.key) }
  }

  private static let columns = """
    message.*, session.name AS session_name, session.id AS session_id
    FROM message JOIN session ON session.id = message.session
    """

  private static func message(_ row: Row) -> TranscriptMessage {
    let input: Int64? = row["input"]
    return TranscriptMessage(
      session: row["session_name"], messageID: row["message_id"], requestID: row["request_id"], model: row["model"],
      time: row["time"],
      usage: input.map {
        TokenUsage(
          input: $0, cacheRead: row["cache_read"], cacheWrite5m: row["cache_write_5m"],
          cacheWrite1h: row["cache_write_1h"], output: row["output"])
      }, isSidechain: row["sidechain"], agentID: row["agent"], complete: row["complete"])
  }

  /// A stable number for a key: its parts, each told apart by its place.
  private static func hash(_ key: TranscriptMessage.Key) -> Int64 {
    switch key {
    case .id(let id, let request): StableHash.of("id", id, request ?? "-")
    case .weak(let id, let session, let prompt): StableHash.of("weak", id, session, "\(prompt)")
    case .none(let session, let agent, let model, let time, let usage):
      StableHash.of(
        "none", session, agent ?? "-", model, "\(time)",
        usage.map { usage in TokenClass.allCases.map { "\(usage[$0])" }.joined(separator: " ") } ?? "-")
    }
  }

  private static func hash(_ group: TranscriptMessage.Group) -> Int64 {
    switch group {
    case .id(let id): StableHash.of("id", id)
    case .weak(let id, let session, let agent): StableHash.of("weak", id, session, agent ?? "-")
    case .single(let key): hash(key)
    }
  }
}
