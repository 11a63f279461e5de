import GRDB
package import Model

extension LedgerFile {
  /// What is known of a span's requests whose tokens are not, by model. What was archived by an earlier version has lost
  /// it.
  package func lowerBounds(in span: Range<Int64>, scope: TrafficScope) throws(LedgerError) -> [LowerBound] {
    try read { database in
      try LowerBounds.demandNumbers(database)
      let ids = RequestID.range(span)
      let known = LowerBounds.most { "\($0) >= ?1 AND \($0) < ?2" }
      let kept = try Row.fetchAll(
        database,
        sql: """
          \(known)
          SELECT request.model, count(*), request.source > 0 AS counted, \(LowerBounds.sums(of: "most"))
          FROM most CROSS JOIN request ON request.id = most.id
          WHERE (request.source = 0 OR request.source IN (1, 2) AND request.reason IS NULL)\(scope.condition)
          GROUP BY request.model, counted
          """, arguments: [ids.lowerBound, ids.upperBound])
      let archived = try Row.fetchAll(
        database,
        sql: """
          SELECT request.model, sum(request.requests), 0, \(LowerBounds.sums(of: "request"))
          FROM archive_bound AS request
          WHERE request.time >= ?1 AND request.time < ?2\(scope.condition) GROUP BY request.model
          """, arguments: [span.lowerBound, span.upperBound])
      let models = try modelNames(database)
      return LowerBound.sums(
        try (kept + archived).map { row in
          guard let model = try models[row.value(0, as: Int64.self)]?.model else { throw ForeignValue(column: "model") }
          return try LowerBound(
            model: model, requests: row.value(1),
            tokens: TokenUsage(row), isCounted: row.value(2))
        })
    }
  }
}
