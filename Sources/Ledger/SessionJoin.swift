import GRDB
import Reading
import Model

/// Names the provider of a bare model name; `nil` where nobody knows it.
package typealias ProviderNaming = (String) throws(LedgerError) -> String?

/// Joins the requests of routers with what their clients wrote down, inside one transaction.
///
/// A joined answer gives its tokens to a request that has none. An answer that no request fits was never routed, or the
/// router's record of it is gone: it becomes a request of its own. Everything is computed anew for each session that
/// changed, so it does not matter which of the two records was read first.
struct SessionJoin {
  private let database: Database
  private var rows: RequestRows
  private var answers: ClientAnswers
  private var unrouted: UnroutedModels

  /// - Parameter provider: names the provider of a bare model name, where configuration or prices can.
  init(
    _ database: Database, caches: SessionCaches = SessionCaches(), provider: @escaping ProviderNaming
  ) throws {
    self.database = database
    rows = try RequestRows(database, caches: caches)
    answers = try ClientAnswers(database)
    unrouted = UnroutedModels(provider: provider)
  }

  /// Joins all sessions that changed.
  /// - Returns: how many requests that added; fewer than none where answers found theirs.
  @discardableResult
  mutating func run() throws -> Int {
    let isEachInASession = try Bool.fetchOne(
      database, sql: "SELECT NOT EXISTS (SELECT 1 FROM request WHERE session IS NULL)")
    if isEachInASession == false { try undoWithoutSession() }
    let sessions = try Int64.fetchAll(database, sql: "SELECT id FROM session WHERE dirty ORDER BY id")
    // All before any: an answer may have gone from one session to another.
    for session in sessions { try undo("request.session = ?", [session]) }
    for session in sessions { try KeyJoin.mark(ofSession: session, in: database) }
    try KeyJoin.run(&rows, in: database)
    for session in sessions { try join(session) }
    if isEachInASession == false { try joinWithoutSession() }
    try database.execute(sql: "UPDATE session SET dirty = 0 WHERE dirty")
    try SessionRecaching.run(in: database)
    try rows.finish()
    return rows.added
  }

  private struct Candidate {
    var request: TranscriptMatch.Request
    var model: String
  }

  private mutating func join(_ session: Int64) throws {
    let answers = try answers.ownOnes(ofSession: session)
    let candidates = try candidates("request.session = ?", [session])
    guard !candidates.isEmpty else {
      rows.beginCache(session)
      try note(clockOffset: nil, of: session)
      for answer in answers { try insert(answer) }
      return
    }
    var open = Set(answers.map(\.id))
    try rows.recache(session)
    var offsets: [Int64] = []
    for (model, requests) in Dictionary(grouping: candidates, by: \.model) {
      let times = answers.filter { $0.message.model.lowercased() == model }.map {
        TranscriptMatch.Answer(id: $0.id, time: $0.message.time)
      }
      var pairs = TranscriptMatch.pairs(requests.map(\.request), times)
      let (joined, taken) = (Set(pairs.map(\.request)), Set(pairs.map(\.answer)))
      let leftRequests = requests.map(\.request).filter { !joined.contains($0.id) }
      let leftTimes = times.filter { !taken.contains($0.id) }
      if let offset = TranscriptMatch.clockOffset(leftRequests, leftTimes) {
        offsets.append(offset)
        pairs += TranscriptMatch.pairs(
          leftRequests, leftTimes.map { TranscriptMatch.Answer(id: $0.id, time: $0.time - offset) })
      }
      for pair in pairs {
        try fill(pair)
        open.remove(pair.answer)
      }
    }
    try note(clockOffset: offsets.max { abs($0) < abs($1) }, of: session)
    for answer in answers where open.contains(answer.id) { try insert(answer) }
  }

  private func note(clockOffset: Int64?, of session: Int64) throws {
    try database.cachedStatement(
      sql: "UPDATE session SET clock_offset = ?1 WHERE id = ?2 AND clock_offset IS NOT ?1"
    ).execute(arguments: [clockOffset, session])
  }

  private static let sessionless = "request.session IS NULL"

  /// Takes back the joins of requests without a session; the answers go back to their own sessions first.
  private mutating func undoWithoutSession() throws {
    try database.execute(
      sql: """
        UPDATE session SET dirty = 1 WHERE id IN (
          SELECT message.session FROM request JOIN message ON message.id = request.message
          WHERE \(Self.sessionless))
        """)
    try undo(Self.sessionless)
  }

  /// Requests whose record names no session are joined with what is left of all sessions, by model and time.
  private mutating func joinWithoutSession() throws {
    guard try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message)") == true else { return }
    let candidates = try candidates(Self.sessionless)
    for (model, requests) in Dictionary(grouping: candidates, by: \.model) {
      let select = try database.cachedStatement(
        sql: """
          SELECT message.id, message.time FROM request JOIN message ON message.id = request.message
            JOIN word ON word.id = message.model
          WHERE lower(word.text) = ? AND request.number IS NULL
          """)
      let answers = try Row.fetchAll(select, arguments: [model]).map {
        TranscriptMatch.Answer(id: $0["id"], time: $0["time"])
      }
      for pair in TranscriptMatch.pairs(requests.map(\.request), answers) {
        let session = try Int64.fetchOne(
          database, sql: "SELECT session FROM message WHERE id = ?", arguments: [pair.answer])
        if let session { try rows.recache(session) }
        try rows.removeAnswers("message = ?", [pair.answer])
        try fill(pair)
      }
    }
  }

  /// Takes back what an earlier join gave.
  private mutating func undo(_ which: String, _ arguments: StatementArguments = []) throws {
    try rows.removeAnswers(which, arguments)
    try database.cachedStatement(
      sql: """
        UPDATE request SET source = 0, input = NULL, cache_read = NULL, cache_write_5m = NULL, cache_write_1h = NULL,
          output = NULL, reasoning = NULL, cached_5m = NULL, cached_1h = NULL
        WHERE \(which) AND source = \(Codes.code(UsageSource.client, in: Codes.sources))
        """
    ).execute(arguments: arguments)
    try database.cachedStatement(sql: "UPDATE request SET message = NULL WHERE message IS NOT NULL AND \(which)")
      .execute(arguments: arguments)
  }

  /// The requests that an answer can be of: not those that failed before one began.
  private func candidates(_ which: String, _ arguments: StatementArguments = []) throws -> [Candidate] {
    let select = try database.cachedStatement(
      sql: """
        SELECT request.id, started, duration, lower(model.model) AS name, coalesce(failure, 0) IN (3, 4) AS is_cut
        FROM request JOIN model ON model.id = request.model
        WHERE \(which) AND number IS NOT NULL AND request.message IS NULL AND NOT \(RequestColumns.failed)
        """)
    return try Row.fetchAll(select, arguments: arguments).map { row in
      let started: Int64 = row["started"]
      return Candidate(
        request: TranscriptMatch.Request(
          id: row["id"], started: started, ended: (row["duration"] as Int64?).map { started + $0 },
          isCut: row["is_cut"]),
        model: row["name"])
    }
  }

  /// Notes the answer of a request, and gives it the answer's tokens where it has none.
  private func fill(_ pair: TranscriptMatch.Pair) throws {
    try database.cachedStatement(sql: "UPDATE request SET message = ? WHERE id = ?")
      .execute(arguments: [pair.answer, pair.request])
    let give = try database.cachedStatement(
      sql: """
        UPDATE request SET source = ?, reasoning = 0,
          (input, cache_read, cache_write_5m, cache_write_1h, output) =
            (SELECT input, cache_read, cache_write_5m, cache_write_1h, output FROM message WHERE id = ?)
        WHERE id = ? AND source = 0 AND (SELECT input FROM message WHERE id = ?) IS NOT NULL
        """)
    try give.execute(arguments: [
      Codes.code(UsageSource.client, in: Codes.sources), pair.answer, pair.request, pair.answer,
    ])
  }

  /// Writes an answer that no request fits.
  private mutating func insert(_ answer: ClientAnswer) throws {
    try unrouted.insert(
      answer.message, model: answer.model, session: answer.session, message: answer.id, into: &rows)
  }
}
