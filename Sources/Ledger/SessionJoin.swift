import GRDB
import Model
import Reading

/// Names the provider of a bare model name; `nil` where nobody knows it.
package typealias ProviderNaming = (String) throws(LedgerError) -> String?

/// Joins the requests of routers with what their clients wrote down, inside one transaction.
///
/// A joined answer gives its tokens to a request that has none. An answer that no request fits was never routed, or the
/// router's record of it is gone: it becomes a request of its own. Everything is computed anew for each session that
/// changed, so it does not matter which of the two records was read first. Requests without a session are joined with
/// what is left, see `SessionlessJoin`.
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
    let hasSessionless =
      try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM request WHERE session IS NULL)") ?? false
    try CopiedAnswers(database).place()
    try ChainJoin(database).run(&rows)
    var sessions: [Int64] = []
    // What the keys tell can make two routers' records one, and so change sessions.
    while true {
      let known = Set(sessions)
      let changed = try Int64.fetchAll(database, sql: "SELECT id FROM session WHERE dirty ORDER BY id")
        .filter { !known.contains($0) }
      if changed.isEmpty && !sessions.isEmpty { break }
      if hasSessionless { try takeBackFromSessionless() }
      // All before any: an answer may have gone from one session to another.
      for session in changed { try undo(session) }
      for session in changed { try KeyJoin.mark(ofSession: session, in: database) }
      try KeyJoin.run(&rows, in: database)
      try ChainJoin(database).run(&rows)
      sessions += changed
      if changed.isEmpty { break }
    }
    for session in sessions { try join(session, hasSessionless: hasSessionless) }
    try database.execute(sql: "UPDATE session SET dirty = 0 WHERE dirty")
    var sessionless = try SessionlessJoin(database)
    try sessionless.run(&rows, &answers, &unrouted)
    try SessionRecaching.run(in: database)
    try rows.finish()
    try database.execute(sql: "DELETE FROM sessionless_stale")
    return rows.added
  }

  /// Requests without a session give back the answers of sessions that changed.
  private func takeBackFromSessionless() throws {
    let taken = try Row.fetchAll(
      database,
      sql: """
        SELECT request.id, message.time FROM session JOIN message ON message.session = session.id
          JOIN request ON request.message = message.id AND request.session IS NULL
        WHERE session.dirty
        """)
    for row in taken {
      try JoinedRow.detach(row["id"], database)
      try SessionlessJoin.mark(half: (row["time"] as Int64) / SessionlessJoin.half, in: database)
    }
  }

  private struct Candidate {
    var request: TranscriptMatch.Request
    var model: String
    /// The name that the router's caller asked for, where it is another.
    var asked: String?
    var tokens: (prompt: Int64, output: Int64)?
  }

  private mutating func join(_ session: Int64, hasSessionless: Bool) throws {
    let answers = try answers.ownOnes(ofSession: session)
    if hasSessionless {
      for half in Set(answers.map { $0.message.time / SessionlessJoin.half }) {
        try SessionlessJoin.mark(half: half, in: database)
      }
    }
    let candidates = try candidates(ofSession: session)
    guard !candidates.isEmpty else {
      rows.beginCache(session)
      try note(clockOffset: nil, of: session)
      for answer in answers { try insert(answer) }
      return
    }
    try rows.recache(session)
    var matching = Matching(candidates, answers)
    matching.pairSameNames()
    matching.pairOtherNames()
    let byID = Dictionary(uniqueKeysWithValues: answers.map { ($0.id, $0) })
    for pair in matching.pairs {
      guard let answer = byID[pair.answer] else { continue }
      try JoinedRow.attach(answer, to: pair.request, &rows)
    }
    try note(clockOffset: matching.offsets.max { abs($0) < abs($1) }, of: session)
    let taken = Set(matching.pairs.map(\.answer))
    for answer in answers where !taken.contains(answer.id) { try insert(answer) }
  }

  /// Pairs a session's requests with its answers.
  private struct Matching {
    private(set) var pairs: [TranscriptMatch.Pair] = []
    private(set) var offsets: [Int64] = []
    private var requests: [Candidate]
    private var answers: [ClientAnswer]
    /// By which names models were asked, and by which they answered.
    private let askedNames: Set<String>
    private let givenNames: Set<String>

    init(_ requests: [Candidate], _ answers: [ClientAnswer]) {
      askedNames = Set(requests.flatMap { [$0.model, $0.asked].compactMap(\.self).map(LooseName.of) })
      givenNames = Set(answers.map { LooseName.of($0.message.model) })
      self.requests = requests
      self.answers = answers
    }

    /// Pairs what is called the same, first letter by letter, then by what spellings share.
    mutating func pairSameNames() {
      for spelling in [{ $0.lowercased() }, LooseName.of] as [(String) -> String] {
        let names = Dictionary(grouping: requests) { spelling($0.model) }
        let given = Dictionary(grouping: answers) { spelling($0.message.model) }
        for (name, requests) in names {
          guard let answers = given[name] else { continue }
          pair(requests, answers)
        }
      }
      // A gateway calls its model by another name than the client knows.
      let given = Dictionary(grouping: answers) { LooseName.of($0.message.model) }
      let aliased = Dictionary(grouping: requests) { $0.asked.map(LooseName.of) }
      for (name, requests) in aliased {
        guard let name, let answers = given[name] else { continue }
        pair(requests, answers)
      }
    }

    /// Pairs what is left by time alone, where the upstream calls its model by another name than it was asked for: an
    /// endpoint's id, a preset. Where the tokens of both are known they have to be equal; else neither name may be that
    /// of another record of the session, and the answer not that of a Claude model, which can be the client's own call
    /// of Anthropic.
    mutating func pairOtherNames() {
      let counted = Dictionary(grouping: requests) { Tokens($0.tokens) }
      let told = Dictionary(grouping: answers) { Tokens($0.message.usage) }
      for (tokens, requests) in counted {
        guard tokens != nil, let answers = told[tokens] else { continue }
        add(TranscriptMatch.pairs(requests.map(\.request), answers.map { Self.answer($0) }))
      }
      let open = requests.filter { $0.tokens == nil && !givenNames.contains(LooseName.of($0.model)) }
      let strange = answers.filter {
        let name = $0.message.model
        return !name.lowercased().hasPrefix("claude") && !askedNames.contains(LooseName.of(name))
      }
      add(TranscriptMatch.pairs(open.map(\.request), strange.map { Self.answer($0) }))
    }

    private mutating func pair(_ requests: [Candidate], _ answers: [ClientAnswer]) {
      guard !requests.isEmpty, !answers.isEmpty else { return }
      add(TranscriptMatch.pairs(requests.map(\.request), answers.map { Self.answer($0) }))
      let (joined, taken) = (Set(pairs.map(\.request)), Set(pairs.map(\.answer)))
      let leftRequests = requests.map(\.request).filter { !joined.contains($0.id) }
      let leftAnswers = answers.filter { !taken.contains($0.id) }.map { Self.answer($0) }
      guard let offset = TranscriptMatch.clockOffset(leftRequests, leftAnswers) else { return }
      offsets.append(offset)
      add(
        TranscriptMatch.pairs(
          leftRequests, leftAnswers.map { TranscriptMatch.Answer(id: $0.id, time: $0.time - offset) }))
    }

    private struct Tokens: Hashable {
      var prompt: Int64
      var output: Int64

      init?(_ usage: TokenUsage?) {
        guard let usage else { return nil }
        (prompt, output) = (usage.prompt, usage.output)
      }

      init?(_ tokens: (prompt: Int64, output: Int64)?) {
        guard let tokens else { return nil }
        (prompt, output) = tokens
      }
    }

    private static func answer(_ answer: ClientAnswer) -> TranscriptMatch.Answer {
      TranscriptMatch.Answer(id: answer.id, time: answer.message.time)
    }

    private mutating func add(_ found: [TranscriptMatch.Pair]) {
      guard !found.isEmpty else { return }
      pairs += found
      let (joined, taken) = (Set(found.map(\.request)), Set(found.map(\.answer)))
      requests.removeAll { joined.contains($0.request.id) }
      answers.removeAll { taken.contains($0.id) }
    }
  }

  private func note(clockOffset: Int64?, of session: Int64) throws {
    try database.cachedStatement(
      sql: "UPDATE session SET clock_offset = ?1 WHERE id = ?2 AND clock_offset IS NOT ?1"
    ).execute(arguments: [clockOffset, session])
  }

  /// Takes back what an earlier join gave.
  private mutating func undo(_ session: Int64) throws {
    try rows.removeAnswers("request.session = ?", [session])
    try JoinedRow.detachAll(ofSession: session, database)
  }

  /// The requests that an answer can be of: not those that failed before one began.
  private func candidates(ofSession session: Int64) throws -> [Candidate] {
    let select = try database.cachedStatement(
      sql: """
        SELECT request.id, started, duration, model.model AS name, coalesce(failure, 0) IN (3, 4) AS is_cut,
          \(RequestColumns.prompt) AS prompt, output,
          (SELECT text FROM word WHERE word.id = request.asked) AS asked
        FROM request JOIN model ON model.id = request.model
        WHERE request.session = ? AND number IS NOT NULL AND request.message IS NULL AND NOT \(RequestColumns.failed)
        """)
    return try Row.fetchAll(select, arguments: [session]).map { row in
      let started: Int64 = row["started"]
      let prompt: Int64? = row["prompt"]
      return Candidate(
        request: TranscriptMatch.Request(
          id: row["id"], started: started, ended: (row["duration"] as Int64?).map { started + $0 },
          isCut: row["is_cut"]),
        model: row["name"], asked: row["asked"], tokens: prompt.map { ($0, row["output"] ?? 0) })
    }
  }

  /// Writes an answer that no request fits.
  private mutating func insert(_ answer: ClientAnswer) throws {
    try unrouted.insert(
      answer.message, model: answer.model, session: answer.session, message: answer.id,
      isSplitUnknown: answer.isSplitUnknown, into: &rows)
  }
}

/// The row of a request that an answer was joined with.
enum JoinedRow {
  private static let client = Codes.code(UsageSource.client, in: Codes.sources)

  /// Notes the answer of a request, and gives it the answer's tokens where it has none.
  static func attach(_ answer: ClientAnswer, to request: Int64, _ rows: inout RequestRows) throws {
    let database = rows.database
    let searches = answer.message.webSearches
    try database.cachedStatement(
      sql: "UPDATE request SET message = ?, web_searches = coalesce(web_searches, ?) WHERE id = ?"
    ).execute(arguments: [answer.id, searches > 0 ? searches : nil, request])
    guard let usage = answer.message.usage else { return }
    let hasChanged = try BoundStatement(
      database,
      """
      UPDATE request SET source = \(client), reasoning = 0, input = ?, cache_read = ?, cache_write_5m = ?,
        cache_write_1h = ?, output = ?
      WHERE id = ? AND source = 0
      """
    ).run {
      $0.add(usage.input)
      $0.add(usage.cacheRead)
      $0.add(usage.cacheWrite5m)
      $0.add(usage.cacheWrite1h)
      $0.add(usage.output)
      $0.add(request)
    }
    if hasChanged { try note(variantOf: answer, request, &rows) }
  }

  /// Notes what the answer tells of the price beside tokens. A router that made the answer out of another protocol's
  /// says nothing of caches.
  private static func note(variantOf answer: ClientAnswer, _ request: Int64, _ rows: inout RequestRows) throws {
    let own = try Int64.fetchOne(
      rows.database.cachedStatement(sql: "SELECT model FROM request WHERE id = ?"), arguments: [request])
    guard let own, let called = try rows.called(own) else { return }
    var variant = called.variant.filled(by: answer.message.variant)
    if answer.isSplitUnknown { variant.isSplitUnknown = true }
    guard variant != called.variant else { return }
    try rows.database.cachedStatement(sql: "UPDATE request SET own_model = model, model = ? WHERE id = ?")
      .execute(arguments: [rows.id(of: called.model, variant), request])
  }

  /// Takes an answer, and the tokens that it gave, from a request.
  static func detach(_ request: Int64, _ database: Database) throws {
    try detach("id = ?", request, database)
  }

  /// Takes all answers from a session's requests.
  static func detachAll(ofSession session: Int64, _ database: Database) throws {
    try detach("session = ?", session, database)
  }

  private static func detach(_ which: String, _ argument: Int64, _ database: Database) throws {
    try database.cachedStatement(
      sql: """
        UPDATE request SET source = 0, model = coalesce(own_model, model), own_model = NULL, input = NULL, cache_read = NULL, cache_write_5m = NULL, cache_write_1h = NULL,
          output = NULL, reasoning = NULL, cached_5m = NULL, cached_1h = NULL
        WHERE \(which) AND source = \(client)
        """
    ).execute(arguments: [argument])
    try database.cachedStatement(
      sql: "UPDATE request SET message = NULL, web_searches = NULL WHERE \(which) AND message IS NOT NULL"
    )
    .execute(arguments: [argument])
  }
}
