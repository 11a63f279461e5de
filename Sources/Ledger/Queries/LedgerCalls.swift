import Foundation
import GRDB
package import Model

/// One request of the ledger, for comparisons that look at single requests.
package struct LedgerCall: Sendable {
  /// What was called, and its tokens where they are measured; the counts are of this one request.
  package var slice: TrafficSlice
  /// When it began, epoch milliseconds.
  package var started: Int64
  /// When its answer ended, epoch milliseconds; `nil` where nobody wrote that down.
  package var ended: Int64?
}

extension LedgerFile {
  /// The longest that a request is expected to last, milliseconds; what lasts longer is not looked for at an edge.
  private static let longest: Int64 = 6 * 3_600_000

  /// Every answered request that began in a span, in the order of time.
  /// - Parameters:
  ///   - span: epoch milliseconds.
  ///   - models: which models count.
  package func calls(
    in span: Range<Int64>, models: @Sendable (ModelID) -> Bool
  ) throws(LedgerError) -> [LedgerCall] {
    try read { try self.calls($0, in: span, ending: 0, models) }
  }

  /// The answered requests that began before an instant and ended at it or after.
  package func calls(
    across instant: Int64, models: @Sendable (ModelID) -> Bool
  ) throws(LedgerError) -> [LedgerCall] {
    try read { try self.calls($0, in: instant - Self.longest..<instant, ending: instant, models) }
  }

  private func calls(
    _ database: Database, in span: Range<Int64>, ending: Int64, _ wanted: (ModelID) -> Bool
  ) throws -> [LedgerCall] {
    let models = try modelNames(database).filter { wanted($0.value.model) }
    let ids = RequestID.range(span)
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT model, started, duration, route, source, \(RequestColumns.measured) AS measured, input, cache_read,
          cache_write_5m, cache_write_1h, output
        FROM request WHERE id >= ? AND id < ? AND started + coalesce(duration, 0) >= ? AND NOT \(RequestColumns.failed)
        ORDER BY id
        """, arguments: [ids.lowerBound, ids.upperBound, ending])
    var calls: [LedgerCall] = []
    while let row = try rows.next() {
      guard let called = try models[row.value("model")] else { continue }
      let started: Int64 = try row.value("started")
      let duration: Int64? = try row.value("duration")
      let isMeasured: Bool = try row.value("measured")
      let isEstimated = try row.value("source", as: Int.self) == Codes.code(UsageSource.estimated)
      let tokens = isMeasured ? try TokenUsage(row) : .zero
      let counts =
        isMeasured ? RequestCounts(upstream: 1) : isEstimated ? RequestCounts(estimated: 1) : RequestCounts(unknown: 1)
      let route = Codes.word(try row.value("route"), in: Codes.routes, or: Route.unknown)
      calls.append(
        LedgerCall(
          slice: TrafficSlice(
            model: called.model, time: started,
            prompt: tokens.prompt,
            day: CivilDay(milliseconds: started, in: .gmt),
            route: route, counts: counts, tokens: tokens,
            variant: called.variant),
          started: started, ended: RequestID.end(of: started, after: duration)))
    }
    return calls
  }
}
