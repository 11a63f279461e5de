import GRDB
import Model
import Reading

/// The row of a request that an answer was joined with.
enum JoinedRow {
  private static let client = Codes.code(UsageSource.client)

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

  /// Notes what the answer says of the price beside tokens.
  private static func note(variantOf answer: ClientAnswer, _ request: Int64, _ rows: inout RequestRows) throws {
    let own = try Int64.fetchOne(
      rows.database.cachedStatement(sql: "SELECT model FROM request WHERE id = ?"), arguments: [request])
    guard let own else { return }
    let model = try model(of: own, with: answer, &rows)
    guard model != own else { return }
    try rows.database.cachedStatement(sql: "UPDATE request SET own_model = model, model = ? WHERE id = ?")
      .execute(arguments: [model, request])
  }

  /// The model of a request with what an answer that measures it says of the price beside tokens. A router that made the
  /// answer out of another protocol's says nothing of caches.
  static func model(of own: Int64, with answer: ClientAnswer, _ rows: inout RequestRows) throws -> Int64 {
    guard let called = try rows.called(own) else { return own }
    var variant = called.variant.filled(by: answer.message.variant)
    if answer.isSplitUnknown { variant.isSplitUnknown = true }
    return try variant == called.variant ? own : rows.id(of: called.model, variant)
  }
}
