import GRDB
import Model

/// Reads an hour as rows for a fleet's server.
enum PushRows {
  /// Hands out every row of an hour: its requests, and the sums that retention left of it.
  static func each(
    in hour: Int64, _ database: Database, _ body: (PushRow, PushNames) throws -> Void
  ) throws {
    // An hour knows few of a ledger's models.
    var models = CalledModels(database)
    var names = PushNames(models: [:], writers: [:], sessions: [:])
    let isCachingKnown = try !SessionRecaching.isPending(in: database)
    let ids = RequestID.range(hour * EpochTime.hour..<(hour + 1) * EpochTime.hour)
    try BoundStatement(database, requests).forEach {
      $0.add(ids.lowerBound)
      $0.add(ids.upperBound)
    } _: { columns in
      var row = PushRow()
      row.started = columns[0]
      row.model = columns[1]
      row.writer = columns[2]
      row.number = columns.optional(3)
      row.attempt = columns[4]
      row.message = columns.optional(5)
      row.session = columns.optional(6)
      row.route = word(columns[7], of: Codes.routeWords) ?? .unknown
      row.source = word(columns[8], of: Codes.sourceWords) ?? .unknown
      row.failure = columns.optional(9).flatMap { word($0, of: Codes.failureWords) }.flatMap(\.self)
      row.duration = columns.optional(10)
      row.firstToken = columns.optional(11)
      row.stream = columns.optional(12)
      row.tokens = PushRow.Tokens { columns.optional(13 + $0) }
      row.prompt = columns.optional(19)
      if row.source == .unknown {
        let kind = UnmeasuredClass(number: columns[20])
        row.reason = kind.reason
        if row.failure?.beforeAnswer != true { row.trace = kind.trace }
      }
      row.caching.read5m = columns.optional(21)
      row.caching.read1h = columns.optional(22)
      row.caching.cacheable = isCachingKnown ? (row.caching.read5m == nil ? 0 : row.prompt) : nil
      row.claim = columns.optional(23)
      row.webSearches = columns.optional(24)
      row.promptBytes = columns.optional(25)
      row.answerBytes = columns.optional(26)
      row.estimatedInput = columns.optional(27)
      row.estimatedOutput = columns.optional(28)
      try learn(row, &names, &models, database)
      try body(row, names)
    }
    try sums(in: hour, &names, &models, database, body)
  }

  /// What retention left of an hour. A sum of programs that did not tell sources apart becomes one row a source; the
  /// first has the tokens, the claim and the searches.
  private static func sums(
    in hour: Int64, _ names: inout PushNames, _ models: inout CalledModels, _ database: Database,
    _ body: (PushRow, PushNames) throws -> Void
  ) throws {
    try BoundStatement(database, archive).forEach {
      $0.add(hour * 4)
    } _: { columns in
      var row = PushRow()
      row.started = try columns.instant(0)
      row.model = columns[1]
      try learn(row, &names, &models, database)
      row.route = word(columns[2], of: Codes.routeWords) ?? .unknown
      row.claim = columns.optional(4)
      let prompt = columns[3]
      let kind = prompt < Archive.withoutPrompt ? UnmeasuredClass(number: prompt - Archive.withoutPrompt) : nil
      row.webSearches = columns.optional(20)
      let caching = (columns.optional(17), columns.optional(18), columns.optional(19))
      var isFirst = true
      for (index, source) in [UsageSource.upstream, .router, .client, .estimated, .unknown, .unknown].enumerated() {
        // upstream, router, client, estimated, unknown, failed
        row.requests = try columns.count(5 + Int32(index))
        guard row.requests > 0 else { continue }
        row.source = source
        row.failure = index == 5 ? .upstreamHTTP : nil
        row.trace = index == 4 ? kind?.trace ?? .nothing : nil
        row.reason = index >= 4 ? kind?.reason : nil
        row.prompt = prompt > Archive.withoutPrompt ? prompt : nil
        row.tokens = index < 3 ? PushRow.Tokens { isFirst ? columns[11 + $0] : 0 } : PushRow.Tokens()
        row.caching = index >= 3 ? (0, nil, nil) : isFirst ? caching : (0, 0, 0)
        try body(row, names)
        isFirst = false
        (row.claim, row.webSearches) = (nil, nil)
      }
    }
  }

  /// Looks up what the ids of a row stand for, each once.
  private static func learn(
    _ row: PushRow, _ names: inout PushNames, _ models: inout CalledModels, _ database: Database
  ) throws {
    if names.models[row.model] == nil, let called = try models.called(row.model) {
      names.models[row.model] = (called.model, called.variant)
    }
    if let writer = row.writer, names.writers[writer] == nil {
      let found = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT source, host, pid FROM writer WHERE id = ?"), arguments: [writer])
      names.writers[writer] =
        try found.map { try PushNames.Writer(source: $0.value("source"), host: $0.value("host"), pid: $0.value("pid")) }
        ?? PushNames.Writer(source: "", host: "", pid: 0)
    }
    if let session = row.session, names.sessions[session] == nil {
      names.sessions[session] = try RequestRows.name(ofSession: session, database) ?? ""
    }
  }

  private static func word<Word>(_ code: Int64, of words: [Word]) -> Word? {
    words.indices.contains(Int(code)) ? words[Int(code)] : nil
  }

  private static let requests = """
    SELECT started, model, writer, number, attempt,
      (SELECT key FROM message WHERE message.id = request.message), session, route, source, failure, duration,
      first_token, stream, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning,
      \(RequestColumns.prompt), CASE WHEN source = 0 THEN \(UnmeasuredClass.sql) END, cached_5m, cached_1h, claim,
      web_searches, prompt_bytes, answer_bytes, estimated_input, estimated_output
    FROM request WHERE id >= ? AND id < ? ORDER BY id
    """

  private static let archive = """
    SELECT time, model, route, prompt, claim, upstream, router, client, estimated, unknown, failed,
      input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, cacheable, cached_5m, cached_1h,
      web_searches
    FROM archive WHERE quarter >= ?1 AND quarter < ?1 + 4 ORDER BY quarter, rowid
    """
}
