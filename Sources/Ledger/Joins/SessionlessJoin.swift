import GRDB
import Model
import Reading

/// Joins requests whose record names no session with the answers that no session's requests took, by model and time.
///
/// Time is cut into windows of two hours, and each is joined by itself; what that leaves is joined once more in
/// windows that lie across the first ones' borders. So a record that arrives changes no more than its neighbours, and
/// neither time nor memory grow with how much is there beside.
struct SessionlessJoin: CallJoin {
  private let database: Database
  private let rowsOfSpan: BoundStatement

  init(_ database: Database) throws {
    self.database = database
    rowsOfSpan = try BoundStatement(
      database,
      """
      SELECT request.id, request.started, request.duration, request.model, coalesce(failure, 0) IN (3, 4),
        number IS NULL, request.message, message.time, \(RequestColumns.failed),
        (SELECT text FROM word WHERE word.id = request.asked)
      FROM request LEFT JOIN message ON message.id = request.message
      WHERE request.id >= ? AND request.id < ? AND (request.session IS NULL OR number IS NULL)
      """, texts: [9])
  }

  /// A row that a join looks at.
  private struct Entry {
    var request: TranscriptMatch.Request
    /// The model's name, as far as spellings share it.
    var name: String
    /// Whether it is the row that an answer has of its own.
    var isAnswer: Bool
    var isFailed: Bool
    var answer: Int64?
    var answerTime: Int64
  }

  /// An answer that may be taken.
  private struct Free {
    var time: Int64
    /// The row that it has of its own; `nil` while a request has it.
    var row: Int64?
  }

  /// What a half holds of one model.
  private struct Half {
    var requests: [TranscriptMatch.Request] = []
    /// What the requests have now.
    var taken: [Int64: Int64] = [:]
    var answers: [Int64: Free] = [:]
  }

  /// What a window joins, and leaves, by model.
  private struct Window {
    var pairs: [String: [TranscriptMatch.Pair]] = [:]
    var leftRequests: [String: [TranscriptMatch.Request]] = [:]
    var leftAnswers: [String: [TranscriptMatch.Answer]] = [:]
  }

  /// The rows that begin in a half.
  private var entries: [Int64: [Entry]] = [:]
  private var halves: [Int64: [String: Half]] = [:]
  private var windows: [Int64: Window] = [:]
  private var names: [Int64: String] = [:]
  private let normalized = NormalizedNames()

  static func run(_ state: inout JoinState) throws {
    var join = try SessionlessJoin(state.database)
    try join.run(&state.rows, &state.answers, &state.unrouted)
  }

  /// Joins all windows that changed.
  private mutating func run(
    _ rows: inout RequestRows, _ answers: inout ClientAnswers, _ unrouted: inout UnroutedModels
  ) throws {
    try rows.noteStaleHalves()
    guard try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM message)") == true else { return }
    let models = try Int64.fetchAll(
      database,
      sql: "SELECT id FROM model WHERE EXISTS (SELECT 1 FROM request WHERE session IS NULL AND model = model.id)")
    guard !models.isEmpty else { return }
    names = try CalledModels.all(database).mapValues { NormalizedName.of($0.model.model) }
    let stale = try ForeignValue.buckets(
      Int64.fetchAll(database, sql: "SELECT half FROM sessionless_stale ORDER BY half"), of: StaleMarks.half, "half")
    var last = Int64.min
    for window in stale.map({ $0 >> 1 }) where window != last {
      last = window
      // What lies farther back is not asked for again.
      entries = entries.filter { $0.key >= 2 * window - 5 }
      halves = halves.filter { $0.key >= 2 * window - 3 }
      windows = windows.filter { $0.key >= window - 1 }
      guard try holds(models, from: 2 * window - 1, to: 2 * window + 2) else { continue }
      try settle(window, &rows, &answers, &unrouted)
    }
    (entries, halves, windows) = ([:], [:], [:])
  }

  /// From how many models on it is cheaper to look at all requests of a time than for each model's.
  private static let manyModels = 32

  /// Whether a request without a session began in these halves.
  private func holds(_ models: [Int64], from first: Int64, to last: Int64) throws -> Bool {
    let ids = RequestID.range(first * StaleMarks.half..<(last + 1) * StaleMarks.half)
    if models.count > Self.manyModels {
      let any = try database.cachedStatement(
        sql: "SELECT EXISTS (SELECT 1 FROM request WHERE +session IS NULL AND id >= ? AND id < ?)")
      return try Bool.fetchOne(any, arguments: [ids.lowerBound, ids.upperBound]) ?? false
    }
    let statement = try BoundStatement(
      database, "SELECT 1 FROM request WHERE session IS NULL AND model = ? AND id >= ? AND id < ? LIMIT 1")
    for model in models {
      let found = try statement.first {
        $0.add(model)
        $0.add(ids.lowerBound)
        $0.add(ids.upperBound)
      } _: { _ in
        true
      }
      if found == true { return true }
    }
    return false
  }

  private mutating func settle(
    _ window: Int64, _ rows: inout RequestRows, _ answers: inout ClientAnswers, _ unrouted: inout UnroutedModels
  ) throws {
    var wanted: [Int64: Int64] = [:]
    var asked: Set<Int64> = []
    for (_, pairs) in try solved(window).pairs { for pair in pairs { wanted[pair.request] = pair.answer } }
    for half in [2 * window, 2 * window + 1] {
      for (_, content) in try content(half) { asked.formUnion(content.requests.map(\.id)) }
    }
    for border in [2 * window, 2 * window + 2] {
      let sides = [(border / 2 - 1, border - 1), (border / 2, border)]
      var requests: [String: [TranscriptMatch.Request]] = [:]
      var free: [String: [TranscriptMatch.Answer]] = [:]
      for (window, half) in sides {
        let span = half * StaleMarks.half..<(half + 1) * StaleMarks.half
        let left = try solved(window)
        for (name, left) in left.leftRequests {
          requests[name, default: []] += left.filter { span.contains($0.started) }
        }
        for (name, left) in left.leftAnswers { free[name, default: []] += left.filter { span.contains($0.time) } }
      }
      for (name, requests) in requests {
        asked.formUnion(requests.map(\.id))
        for pair in TranscriptMatch.pairs(requests, free[name] ?? []) { wanted[pair.request] = pair.answer }
      }
    }
    try apply(wanted, to: asked, around: window, &rows, &answers, &unrouted)
  }

  /// Changes what is not as it should be, and nothing else.
  private mutating func apply(
    _ wanted: [Int64: Int64], to asked: Set<Int64>, around window: Int64, _ rows: inout RequestRows,
    _ answers: inout ClientAnswers, _ unrouted: inout UnroutedModels
  ) throws {
    let near = (2 * window - 2)...(2 * window + 3)
    var taken: [Int64: Int64] = [:]
    var free: [Int64: Free] = [:]
    for half in near {
      for (_, content) in try content(half) {
        taken.merge(content.taken) { $1 }
        // A request of another half may have an answer that stands here.
        free.merge(content.answers) { $0.row == nil ? $1 : $0 }
      }
    }
    let changed = asked.filter { taken[$0] != wanted[$0] }.sorted()
    guard !changed.isEmpty else { return }
    var returned: Set<Int64> = []
    var touched = Set(changed.map { RequestID.instant(of: $0) })
    for request in changed {
      guard let answer = taken[request] else { continue }
      try RequestRows.detachAnswer(of: request, database)
      returned.insert(answer)
    }
    for request in changed {
      guard let id = wanted[request], let answer = try answers.ownOne(id) else { continue }
      if let row = free[id]?.row {
        try rows.removeAnswer(row)
        touched.insert(RequestID.instant(of: row))
        try rows.recache(answer.session)
      }
      returned.remove(id)
      try JoinedRow.attach(answer, to: request, &rows)
    }
    for id in returned.sorted() {
      // A neighbour may have taken it already.
      guard let answer = try answers.ownOne(id), try !isTaken(answer) else { continue }
      try unrouted.insert(answer, into: &rows)
      touched.insert(answer.message.time)
      try rows.recache(answer.session)
    }
    for half in Set(touched.map { $0 / StaleMarks.half }) { forget(half) }
  }

  /// Forgets what was read of a half whose rows have changed.
  private mutating func forget(_ half: Int64) {
    entries[half] = nil
    for dependent in half - Self.after...half + Self.before { halves[dependent] = nil }
  }

  private func isTaken(_ answer: ClientAnswer) throws -> Bool {
    let half = answer.message.time / StaleMarks.half
    let ids = Self.ids(ofHalves: half - Self.before...half + Self.after)
    // By time: SQLite's own choice would be all requests without a session.
    let statement = try database.cachedStatement(
      sql: "SELECT EXISTS (SELECT 1 FROM request WHERE +session IS NULL AND message = ? AND id >= ? AND id < ?)")
    return try Bool.fetchOne(statement, arguments: [answer.id, ids.lowerBound, ids.upperBound]) ?? false
  }

  /// How many halves before, and after, its own the request of an answer may have begun in.
  private static let (before, after): (Int64, Int64) = (2, 1)

  private static func ids(ofHalves halves: ClosedRange<Int64>) -> Range<Int64> {
    RequestID.range(halves.lowerBound * StaleMarks.half..<(halves.upperBound + 1) * StaleMarks.half)
  }

  /// A window by itself.
  private mutating func solved(_ window: Int64) throws -> Window {
    if let known = windows[window] { return known }
    var requests: [String: [TranscriptMatch.Request]] = [:]
    var answers: [String: [TranscriptMatch.Answer]] = [:]
    for half in [2 * window, 2 * window + 1] {
      for (name, content) in try content(half) {
        requests[name, default: []] += content.requests
        answers[name, default: []] += content.answers.map { TranscriptMatch.Answer(id: $0.key, time: $0.value.time) }
      }
    }
    var result = Window()
    for (name, requests) in requests {
      let pairs = TranscriptMatch.pairs(requests, answers[name] ?? [])
      let joined = Set(pairs.map(\.request))
      result.pairs[name] = pairs
      result.leftRequests[name] = requests.filter { !joined.contains($0.id) }
    }
    for (name, answers) in answers {
      let taken = Set((result.pairs[name] ?? []).map(\.answer))
      result.leftAnswers[name] = answers.filter { !taken.contains($0.id) }
    }
    windows[window] = result
    return result
  }

  /// What a half holds, by model: requests by their start, answers by their time.
  private mutating func content(_ half: Int64) throws -> [String: Half] {
    if let known = halves[half] { return known }
    let span = half * StaleMarks.half..<(half + 1) * StaleMarks.half
    var found: [String: Half] = [:]
    for entry in try (half - Self.before...half + Self.after).flatMap({ try entries(of: $0) }) {
      let (id, isHere) = (entry.request.id, span.contains(entry.request.started))
      if entry.isAnswer {
        if let answer = entry.answer, isHere {
          found[entry.name, default: Half()].answers[answer] = Free(time: entry.request.started, row: id)
        }
        continue
      }
      if isHere, !entry.isFailed { found[entry.name, default: Half()].requests.append(entry.request) }
      if let answer = entry.answer {
        if isHere { found[entry.name, default: Half()].taken[id] = answer }
        if span.contains(entry.answerTime) {
          found[entry.name, default: Half()].answers[answer] = Free(time: entry.answerTime, row: nil)
        }
      }
    }
    halves[half] = found
    return found
  }

  private mutating func entries(of half: Int64) throws -> [Entry] {
    if let known = entries[half] { return known }
    let ids = Self.ids(ofHalves: half...half)
    var found: [Entry] = []
    try rowsOfSpan.forEach {
      $0.add(ids.lowerBound)
      $0.add(ids.upperBound)
    } _: { row in
      // A client writes down the name that it asked for, a gateway the one that it called.
      guard let name = try row.text(9).map(normalized.of) ?? names[row[3]] else { return }
      let request = TranscriptMatch.Request(
        id: row[0], started: row[1], ended: RequestID.end(of: row[1], after: row.optional(2)), isCut: row[4] != 0)
      found.append(
        Entry(
          request: request, name: name, isAnswer: row[5] != 0, isFailed: row[8] != 0, answer: row.optional(6),
          answerTime: row[7]))
    }
    entries[half] = found
    return found
  }
}
