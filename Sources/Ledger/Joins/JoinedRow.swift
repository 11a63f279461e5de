import GRDB
import Model
import Reading

/// The row of a request that an answer was joined with.
enum JoinedRow {
  private static let client = Codes.code(UsageSource.client)

  /// Notes the answer of a request, and gives it the answer's tokens where it has none, else what these say of them.
  static func attach(_ answer: ClientAnswer, to request: Int64, _ rows: inout RequestRows) throws {
    let database = rows.database
    let found = try BoundStatement(
      database,
      """
      SELECT model, source = 0 AND NOT (coalesce(failure, 0) <> 0
        AND EXISTS (SELECT 1 FROM lower_bound WHERE request = request.id AND lower_bound.output >= ?2))
      FROM request WHERE id = ?1
      """
    ).first {
      $0.add(request)
      $0.add(answer.message.usage?.output ?? 0)
    } _: {
      (model: $0[0], isOpen: $0[1] != 0)
    }
    guard let found else { return }
    let usage = found.isOpen ? answer.message.usage : nil
    let tokens =
      ", source = \(client), reasoning = 0, input = ?, cache_read = ?, cache_write_5m = ?, cache_write_1h = ?, output = ?"
    try BoundStatement(
      database,
      """
      UPDATE request SET message = ?, web_searches = coalesce(web_searches, ?)\(usage == nil ? "" : tokens) WHERE id = ?
      """
    ).run {
      $0.add(answer.id)
      $0.add(answer.message.webSearches > 0 ? answer.message.webSearches : nil)
      if let usage {
        $0.add(usage.input)
        $0.add(usage.cacheRead)
        $0.add(usage.cacheWrite5m)
        $0.add(usage.cacheWrite1h)
        $0.add(usage.output)
      }
      $0.add(request)
    }
    guard usage != nil else {
      if let usage = answer.message.usage { try refine(request, by: usage, answer.message.variant, &rows) }
      return
    }
    let model = try model(of: found.model, with: answer, &rows)
    guard model != found.model else { return }
    try database.cachedStatement(sql: "UPDATE request SET own_model = model, model = ? WHERE id = ?")
      .execute(arguments: [model, request])
  }

  /// Tells by a client's record what a router that counted the same prompt leaves out: which of the writes to caches live
  /// an hour, and what else sets the price. `own_model` marks it, so that it can be taken back
  /// (`RequestRows.detachAnswers`), which makes one kind of the writes again.
  static func refine(
    _ request: Int64, by usage: TokenUsage, _ variant: CallVariant, _ rows: inout RequestRows
  ) throws {
    guard usage.cacheWrite1h > 0 || variant != .none else { return }
    let found = try BoundStatement(
      rows.database,
      """
      SELECT model, coalesce(own_model, model), cache_write_1h FROM request
      WHERE id = ? AND input = ? AND cache_read = ? AND cache_write_5m + cache_write_1h = ?
        AND (source = \(client) OR source IN (1, 2) AND (own_model IS NOT NULL OR cache_write_1h = 0))
      """
    ).first {
      $0.add(request)
      $0.add(usage.input)
      $0.add(usage.cacheRead)
      $0.add(usage.cacheWrite5m + usage.cacheWrite1h)
    } _: {
      (model: $0[0], own: $0[1], long: $0[2])
    }
    guard let found else { return }
    let model = try model(of: found.own, filledBy: variant, &rows)
    guard model != found.model || usage.cacheWrite1h > found.long else { return }
    try rows.database.cachedStatement(
      sql: """
        UPDATE request SET own_model = coalesce(own_model, model), model = ?1,
          cache_write_5m = cache_write_5m + cache_write_1h - ?2, cache_write_1h = ?2
        WHERE id = ?3
        """
    ).execute(arguments: [model, max(found.long, usage.cacheWrite1h), request])
  }

  /// The model of a request with what a client's record says of its price.
  /// - Parameter isSplitUnknown: whether the record hides what caches served.
  static func model(
    of own: Int64, filledBy variant: CallVariant, isSplitUnknown: Bool = false, _ rows: inout RequestRows
  ) throws -> Int64 {
    guard let called = try rows.called(own) else { return own }
    var filled = called.variant.filled(by: variant)
    if isSplitUnknown { filled.isSplitUnknown = true }
    return try filled == called.variant ? own : rows.id(of: called.model, filled)
  }

  /// The model of a request with what an answer that measures it says of the price beside tokens. A router that made the
  /// answer out of another protocol's says nothing of caches.
  static func model(of own: Int64, with answer: ClientAnswer, _ rows: inout RequestRows) throws -> Int64 {
    try model(of: own, filledBy: answer.message.variant, isSplitUnknown: answer.isSplitUnknown, &rows)
  }
}
