import GRDB
import Reading
import Model

/// An answer that the ledger holds, as its client wrote it down.
struct ClientAnswer {
  var id: Int64
  /// What makes it one answer, the same in every ledger.
  var key: Int64
  /// What it shares with the answers that have to be seen with it.
  var group: Int64
  var session: Int64
  /// The model's word.
  var model: Int64
  var hasWeakID: Bool
  /// Whether its request is in the archive.
  var isArchived: Bool
  /// What was written down. The ledger keeps no ids (the request's is its hash), and the session's name is left out.
  var message: TranscriptMessage

  /// Whether a router made the answer out of another protocol's, and its prompt's tokens so lie all in one class.
  var isSplitUnknown: Bool { hasWeakID && message.usage.map { $0.cacheRead == 0 && $0.prompt > 0 } ?? false }
}

/// Reads answers, inside one transaction.
struct ClientAnswers {
  var names: InternedNames
  var models: CalledModels
  private let exists: BoundStatement
  private let ofGroup: BoundStatement
  private let ofWeakKey: BoundStatement
  private let ofGroupOfID: BoundStatement
  private let ofSession: BoundStatement

  init(_ database: Database) throws {
    let columns = """
      SELECT id, key, kin, session, model, weak, archived, agent, time, sidechain, complete, output, cache_read,
        cache_write_5m, cache_write_1h, input, variant, header, reason, web_searches
      """
    names = InternedNames(database)
    models = CalledModels(database)
    exists = try BoundStatement(database, "SELECT 1 FROM message WHERE kin = ? LIMIT 1")
    ofGroup = try BoundStatement(database, "\(columns) FROM message WHERE kin = ? ORDER BY key")
    ofWeakKey = try BoundStatement(database, "\(columns) FROM message WHERE key = ? AND weak")
    ofGroupOfID = try BoundStatement(
      database, "\(columns) FROM message WHERE kin = (SELECT kin FROM message WHERE id = ?) ORDER BY key")
    ofSession = try BoundStatement(
      database,
      """
      \(columns), EXISTS (SELECT 1 FROM message AS other WHERE other.kin = message.kin AND other.id <> message.id),
        telemetry, \(AnswerColumns.claimed)
      FROM message WHERE session = ? ORDER BY time, key
      """)
  }

  func holdGroup(_ group: Int64) throws -> Bool {
    try exists.first {
      $0.add(group)
    } _: { _ in
      true
    } ?? false
  }

  mutating func all(inGroup group: Int64) throws -> [ClientAnswer] {
    var answers: [ClientAnswer] = []
    try read(ofGroup, group) { answers.append($0) }
    return answers
  }

  /// The answer that has a router's id and this key, whichever its group.
  mutating func weak(key: Int64) throws -> ClientAnswer? {
    var answer: ClientAnswer?
    try read(ofWeakKey, key) { answer = $0 }
    return answer
  }

  /// How far apart a transcript and telemetry may note the end of one answer, milliseconds.
  private static let delay: Int64 = 10_000

  /// The tokens of an answer, as far as telemetry tells them apart.
  private struct SplitTokens: Hashable {
    var input: Int64?
    var output: Int64?
    var cacheRead: Int64?
    var cacheWrite: Int64?

    init(_ row: BoundStatement.Columns) {
      input = row.optional(15)
      output = row.optional(11)
      cacheRead = row.optional(12)
      if let short = row.optional(13), let long = row.optional(14) { cacheWrite = short + long }
    }
  }

  /// The answers of a session, replays and those of archived requests left out, in order of time.
  mutating func ownOnes(ofSession session: Int64) throws -> [ClientAnswer] {
    var answers: [ClientAnswer] = []
    var related: [Int64] = []
    var events: [(answer: ClientAnswer, tokens: SplitTokens)] = []
    var written: [SplitTokens: [(time: Int64, model: Int64)]] = [:]
    try read(ofSession, session) { _ in
    } _: { row, answer in
      let tokens = SplitTokens(row)
      let (isTelemetry, isClaimed) = (row[21] != 0, row[22] != 0)
      if !isTelemetry { written[tokens, default: []].append((answer.message.time, answer.model)) }
      if isClaimed { return }
      if isTelemetry {
        events.append((answer, tokens))
      } else {
        answers.append(answer)
      }
      if row[20] != 0 { related.append(answer.group) }
    }
    // An answer of telemetry that a transcript holds, too, is the same one.
    for event in events {
      let (time, others) = (event.answer.message.time, written[event.tokens] ?? [])
      let isWritten = others[others.partitioningIndex { $0.time >= time - Self.delay }...]
        .prefix { $0.time <= time + Self.delay }
        .contains { event.tokens.input != nil || $0.model == event.answer.model }
      if isWritten { continue }
      // Of an answer whose end no line holds, telemetry tells what it came to.
      if event.tokens.input != nil, let begun = Self.beginning(of: event.answer, among: answers) {
        answers.remove(at: begun)
      }
      answers.append(event.answer)
    }
    if !events.isEmpty {
      answers.sort { ($0.message.time, $0.key) < ($1.message.time, $1.key) }
    }
    var replays: Set<Int64> = []
    var whole: [Int64: TranscriptMessage] = [:]
    for group in Set(related) {
      let members = try all(inGroup: group)
      let own = TranscriptMessage.surviving(members.map(\.message), haveWeakIDs: members.allSatisfy(\.hasWeakID))
      replays.formUnion(Set(members.map(\.id)).subtracting(own.map { members[$0.place].id }))
      for answer in own { whole[members[answer.place].id] = answer.record }
    }
    return answers.compactMap { answer in
      guard !answer.isArchived, !replays.contains(answer.id) else { return nil }
      var answer = answer
      answer.message = whole[answer.id] ?? answer.message
      return answer
    }
  }

  /// Where the nearest answer stands that a transcript holds without its end and without a request's id, and that ended
  /// when one of telemetry did.
  private static func beginning(of event: ClientAnswer, among answers: [ClientAnswer]) -> Int? {
    func distance(_ index: Int) -> Int64 { abs(answers[index].message.time - event.message.time) }
    return answers.indices.filter {
      answers[$0].message.flaw == .unfinished && answers[$0].message.requestID == nil
        && answers[$0].model == event.model && distance($0) <= delay
    }.min { distance($0) < distance($1) }
  }

  /// An answer, with what it takes over from the others of its group; `nil` where it is none of its own.
  mutating func ownOne(_ id: Int64) throws -> ClientAnswer? {
    var members: [ClientAnswer] = []
    try read(ofGroupOfID, id) { members.append($0) }
    guard var answer = members.first(where: { $0.id == id }), !answer.isArchived else { return nil }
    guard members.count > 1 else { return answer }
    let own = TranscriptMessage.surviving(members.map(\.message), haveWeakIDs: members.allSatisfy(\.hasWeakID))
    guard let record = own.first(where: { members[$0.place].id == id })?.record else { return nil }
    answer.message = record
    return answer
  }

  private mutating func read(
    _ statement: BoundStatement, _ argument: Int64, _ body: (ClientAnswer) -> Void,
    _ look: (BoundStatement.Columns, ClientAnswer) -> Void = { _, _ in }
  ) throws {
    try statement.forEach {
      $0.add(argument)
    } _: { row in
      let usage = try row.knownCount(15).map {
        try TokenUsage(
          input: $0, cacheRead: row.count(12), cacheWrite5m: row.count(13), cacheWrite1h: row.count(14),
          output: row.count(11))
      }
      var answer = try ClientAnswer(
        id: row[0], key: row[1], group: row[2], session: row[3], model: row[4], hasWeakID: row[5] != 0,
        isArchived: row[6] != 0,
        message: TranscriptMessage(
          session: "", messageID: nil,
          requestID: row.optional(17).map { "\($0)" }, model: names.text(row[4]), time: row.instant(8), usage: usage,
          isSidechain: row[9] != 0, agentID: try row.optional(7).map { try names.text($0) }, complete: row[10] != 0,
          variant: models.variant(row[16])))
      if case .transcript(let flaw) = row.optional(18).flatMap(Codes.reason) { answer.message.flaw = flaw }
      answer.message.webSearches = row.optional(19) ?? 0
      body(answer)
      look(row, answer)
    }
  }
}
