import GRDB
package import Model

extension LedgerFile {
  /// Every measured request of the ledger whose answer is whole and of which bytes are recorded, one at a time.
  package func eachMeasured(_ body: (ByteRecord) -> Void) throws(LedgerError) {
    try read { database in
      let models = try modelNames(database)
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT model, route, stream, session, prompt_bytes, answer_bytes, input, cache_read, cache_write_5m, cache_write_1h, output
          FROM request WHERE \(RequestColumns.measured) AND failure IS NULL AND duration IS NOT NULL
            AND (prompt_bytes IS NOT NULL OR answer_bytes IS NOT NULL)
          """)
      while let row = try rows.next() {
        guard let called = try models[row.value("model")] else { continue }
        try body(
          ByteRecord(
            model: called.model,
            kind: RequestKind(
              route: Codes.word(row.value("route"), in: Codes.routes, or: .unknown), isStream: row.value("stream")),
            session: row.value("session"), promptBytes: row.knownCount("prompt_bytes"),
            answerBytes: row.knownCount("answer_bytes"),
            tokens: TokenUsage(row)))
      }
    }
  }

  /// Every answered request that `traffic` counts as unknown or as estimated, one at a time.
  /// - Parameter query: what `traffic` would be asked.
  package func eachUnmeasured(_ query: TrafficQuery, _ body: (UnmeasuredRequest) -> Void) throws(LedgerError) {
    try read { database in
      let models = try modelNames(database)
      let ids = RequestID.range(query.span)
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT model, started, route, stream, session AS session_id,
            (SELECT name FROM session WHERE id = request.session) AS session, \(query.labelSQL) AS label,
            prompt_bytes, answer_bytes, failure IS NULL AND duration IS NOT NULL AS whole,
            source = 4 AS is_counted, coalesce(estimated_input, input) AS estimated_input, cache_read, cache_write_5m,
            cache_write_1h, coalesce(estimated_output, output) AS estimated_output
          FROM request WHERE id >= ? AND id < ?\(query.scope.condition)
            AND source IN (0, 4) AND NOT \(RequestColumns.failed)
          """, arguments: [ids.lowerBound, ids.upperBound])
      while let row = try rows.next() {
        guard let called = try models[row.value("model")] else { continue }
        let started: Int64 = try row.value("started")
        let input = try row.knownCount("estimated_input")
        let output = try row.knownCount("estimated_output")
        let isCounted: Bool = try row.value("is_counted")
        var slice = try TrafficSlice(
          model: called.model, time: started, prompt: 0, day: CivilDay(milliseconds: started, in: query.timeZone),
          route: Codes.word(row.value("route"), in: Codes.routes, or: .unknown), session: row.value("session"),
          source: isCounted ? .estimated : .unknown,
          counts: isCounted ? RequestCounts(estimated: 1) : RequestCounts(unknown: 1), tokens: .zero,
          variant: called.variant)
        slice.label = try row.value("label")
        try body(
          UnmeasuredRequest(
            slice: slice, isStream: row.value("stream"), session: row.value("session_id"),
            promptBytes: row.knownCount("prompt_bytes"),
            answerBytes: row.knownCount("answer_bytes"), isWhole: row.value("whole"),
            proxyCount: input.flatMap { input in
              try output.map {
                try TokenUsage(
                  input: input, cacheRead: row.count("cache_read"), cacheWrite5m: row.count("cache_write_5m"),
                  cacheWrite1h: row.count("cache_write_1h"), output: $0)
              }
            }))
      }
    }
  }
}
