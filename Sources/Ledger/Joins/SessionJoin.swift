import GRDB
import Model
import Reading

/// Joins the requests of a session with what its client wrote down: by model and time, and by tokens where both have
/// them. A joined answer gives its tokens to a request that has none.
///
/// All sessions that changed are taken back before any is joined: an answer may have gone from one to another. Requests
/// without a session are joined with what is left, see `SessionlessJoin`.
struct SessionJoin: CallJoin {
  /// Whether a session changed that is not taken back yet.
  static func isPending(_ state: JoinState) throws -> Bool { try !changed(state).isEmpty }

  private static func changed(_ state: JoinState) throws -> [Int64] {
    let known = Set(state.sessions)
    return try Int64.fetchAll(state.database, sql: "SELECT id FROM session WHERE dirty ORDER BY id")
      .filter { !known.contains($0) }
  }

  /// Takes back what must not stand while keys and chains are told of the sessions that changed. What an earlier join of
  /// session, model and time gave them stays until `run` knows what differs.
  static func takeBack(_ state: inout JoinState) throws {
    let changed = try changed(state)
    for session in changed {
      try state.rows.removeForeignAnswers(ofSession: session)
      try RequestRows.detachAnswers(ofSession: session, state.database)
    }
    for session in changed { try StaleMarks.mark(keysOfSession: session, in: state.database) }
    state.sessions += changed
  }

  static func run(_ state: inout JoinState) throws {
    let hasSessionless = try state.hasSessionless()
    for session in state.sessions { try join(session, hasSessionless: hasSessionless, &state) }
    try state.database.execute(sql: "UPDATE session SET dirty = 0 WHERE dirty")
  }

  private struct Candidate {
    var request: TranscriptMatch.Request
    var model: String
    /// The name that the router's caller asked for, where it is another.
    var asked: String?
    var tokens: (prompt: Int64, output: Int64)?
    /// The answer that it has from an earlier join, whose tokens are not its own.
    var held: Int64?
    var row: AnswerRow
  }

  private static func join(_ session: Int64, hasSessionless: Bool, _ state: inout JoinState) throws {
    let database = state.database
    let answers = try state.answers.ownOnes(ofSession: session)
    if hasSessionless {
      for half in Set(answers.map { $0.message.time / StaleMarks.half }) {
        try StaleMarks.mark(half: half, in: database)
      }
    }
    let held = try HeldAnswers(ofSession: session, hasSessionless: hasSessionless, database)
    let candidates = try candidates(ofSession: session, database)
    if candidates.isEmpty, held.own.isEmpty {
      state.rows.beginCache(session)
    } else {
      try state.rows.recache(session)
    }
    var matching = Matching(candidates, answers)
    matching.pairSameNames()
    matching.pairOtherNames()
    matching.pairSameEnds()
    try note(clockOffset: matching.offsets.max { abs($0) < abs($1) }, of: session, database)
    try attach(matching.pairs, of: candidates, answers, &state)
    let taken = Set(matching.pairs.map(\.answer))
    try settle(answers.filter { !taken.contains($0.id) }, held, &state)
  }

  /// Gives requests their answers, and takes from others what they had, where that is not so already.
  private static func attach(
    _ pairs: [TranscriptMatch.Pair], of candidates: [Candidate], _ answers: [ClientAnswer], _ state: inout JoinState
  ) throws {
    let answersByID = Dictionary(uniqueKeysWithValues: answers.map { ($0.id, $0) })
    let wanted = Dictionary(uniqueKeysWithValues: pairs.map { ($0.request, $0.answer) })
    for candidate in candidates {
      let request = candidate.request.id
      let answer = wanted[request].flatMap { answersByID[$0] }
      if let held = candidate.held {
        if let answer, held == answer.id, try candidate.row.isJoined(with: answer, &state.rows) { continue }
        try RequestRows.detachAnswer(of: request, state.database)
      }
      if let answer { try JoinedRow.attach(answer, to: request, &state.rows) }
    }
  }

  /// Lets each answer that no request of the session fits have a row of its own, unless a request without a session has
  /// it: `SessionlessJoin` looks at these again.
  private static func settle(_ left: [ClientAnswer], _ held: HeldAnswers, _ state: inout JoinState) throws {
    var held = held
    var missing: [ClientAnswer] = []
    for answer in left {
      if let borrower = held.borrowers[answer.id],
        NormalizedName.of(borrower.model) == NormalizedName.of(answer.message.model),
        try borrower.row.isJoined(with: answer, &state.rows)
      {
        held.borrowers[answer.id] = nil
        continue
      }
      let (request, model) = try state.unrouted.request(of: answer, &state.rows)
      if let row = held.own[answer.id], row.isOwn(request, model: model) {
        held.own[answer.id] = nil
      } else {
        missing.append(answer)
      }
    }
    for (_, borrower) in held.borrowers.sorted(by: { $0.key < $1.key }) {
      try RequestRows.detachAnswer(of: borrower.row.id, state.database)
      try StaleMarks.mark(half: borrower.time / StaleMarks.half, in: state.database)
    }
    for id in held.own.values.map(\.id) + held.surplus { try state.rows.removeAnswer(id) }
    for answer in missing { try state.unrouted.insert(answer, into: &state.rows) }
  }

  /// Pairs a session's requests with its answers.
  private struct Matching {
    private(set) var pairs: [TranscriptMatch.Pair] = []
    private(set) var offsets: [Int64] = []
    private var requests: [Candidate]
    private var answers: [ClientAnswer]
    private let normalized: NormalizedNames
    /// By which names models were asked, and by which they answered.
    private let askedNames: Set<String>
    private let givenNames: Set<String>

    init(_ requests: [Candidate], _ answers: [ClientAnswer]) {
      let normalized = NormalizedNames()
      self.normalized = normalized
      askedNames = Set(requests.flatMap { [$0.model, $0.asked].compactMap(\.self).map(normalized.of) })
      givenNames = Set(answers.map { normalized.of($0.message.model) })
      self.requests = requests
      self.answers = answers
    }

    /// Pairs what is called the same, first letter by letter, then by what spellings share.
    mutating func pairSameNames() {
      for spelling in [{ $0.lowercased() }, normalized.of] as [(String) -> String] {
        let names = Dictionary(grouping: requests) { spelling($0.model) }
        let given = Dictionary(grouping: answers) { spelling($0.message.model) }
        for (name, requests) in names {
          guard let answers = given[name] else { continue }
          pair(requests, answers)
        }
      }
      // A gateway calls its model by another name than the client knows.
      let given = Dictionary(grouping: answers) { normalized.of($0.message.model) }
      let aliased = Dictionary(grouping: requests) { $0.asked.map(normalized.of) }
      for (name, requests) in aliased {
        guard let name, let answers = given[name] else { continue }
        pair(requests, answers)
      }
    }

    /// Pairs what is left by time alone, where the upstream calls its model by another name than it was asked for: an
    /// endpoint's id, a preset. Where the tokens of both are known they have to be equal; else neither name may be that
    /// of another record of the session, and the answer not one of Anthropic's own.
    mutating func pairOtherNames() {
      let counted = Dictionary(grouping: requests) { Tokens($0.tokens) }
      let told = Dictionary(grouping: answers) { Tokens($0.message.usage) }
      for (tokens, requests) in counted {
        guard tokens != nil, let answers = told[tokens] else { continue }
        add(TranscriptMatch.pairs(requests.map(\.request), answers.map { Self.answer($0) }))
      }
      let open = requests.filter { $0.tokens == nil && !givenNames.contains(normalized.of($0.model)) }
      let strange = answers.filter {
        !Self.canBeAnthropics($0) && !askedNames.contains(normalized.of($0.message.model))
      }
      add(TranscriptMatch.pairs(open.map(\.request), strange.map { Self.answer($0) }))
    }

    /// Pairs what ended at the same moment, whatever it is called: an endpoint's id can stand for a model that the
    /// session also calls by its name, and an upstream can answer by the name that its client knows. Anthropic's own
    /// answers have a request's id.
    mutating func pairSameEnds() {
      let open = requests.filter { $0.tokens == nil && $0.request.ended != nil && !$0.request.isCut }
      let strange = answers.filter { !Self.canBeAnthropics($0) || $0.message.requestID == nil }
      guard !open.isEmpty, !strange.isEmpty else { return }
      let ends = Dictionary(uniqueKeysWithValues: open.map { ($0.request.id, $0.request.ended ?? 0) })
      let times = Dictionary(uniqueKeysWithValues: strange.map { ($0.id, $0.message.time) })
      let found = TranscriptMatch.pairs(open.map(\.request), strange.map { Self.answer($0) })
      add(
        found.filter { pair in
          guard let end = ends[pair.request], let time = times[pair.answer] else { return false }
          return abs(end - time) <= Self.moment
        })
    }

    /// How far apart a router and its client write the same end down, milliseconds.
    private static let moment: Int64 = 1000

    /// Whether an answer can be of the client's own call of Anthropic, which gives no ids that a router makes up.
    private static func canBeAnthropics(_ answer: ClientAnswer) -> Bool {
      answer.message.model.lowercased().hasPrefix("claude") && !answer.hasWeakID
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

  private static func note(clockOffset: Int64?, of session: Int64, _ database: Database) throws {
    try database.cachedStatement(
      sql: "UPDATE session SET clock_offset = ?1 WHERE id = ?2 AND clock_offset IS NOT ?1"
    ).execute(arguments: [clockOffset, session])
  }

  /// The requests that an answer can be of: not those that failed before one began, nor those whose answer a key tells.
  private static func candidates(ofSession session: Int64, _ database: Database) throws -> [Candidate] {
    let first = AnswerRow.count
    let select = try BoundStatement(
      database,
      """
      SELECT \(AnswerRow.columns), started, duration, coalesce(failure, 0) IN (3, 4), \(RequestColumns.prompt),
        request.message, model.model, (SELECT text FROM word WHERE word.id = request.asked)
      FROM request JOIN model ON model.id = request.model
      WHERE request.session = ? AND number IS NOT NULL AND NOT \(RequestColumns.failed)
        AND (request.message IS NULL OR NOT \(RequestRows.isKeyed))
      """, texts: [first + 5, first + 6])
    var candidates: [Candidate] = []
    try select.forEach {
      $0.add(session)
    } _: { row in
      let (started, held) = (row[first], row.optional(first + 4))
      let answer = AnswerRow(row)
      let prompt = held != nil && answer.isMeasuredByClient ? nil : row.optional(first + 3)
      candidates.append(
        try Candidate(
          request: TranscriptMatch.Request(
            id: answer.id, started: started, ended: RequestID.end(of: started, after: row.optional(first + 1)),
            isCut: row[first + 2] != 0),
          model: row.text(first + 5) ?? "", asked: row.text(first + 6), tokens: prompt.map { ($0, row[9]) },
          held: held, row: answer))
    }
    return candidates
  }
}
