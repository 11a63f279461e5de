import GRDB
package import Model

extension LedgerFile {
  /// What is known of a span's requests whose tokens are not, by model. What the archive holds has lost it.
  /// - Throws: `LedgerError`.
  package func lowerBounds(in span: Range<Int64>, scope: TrafficScope) throws(LedgerError) -> [LowerBound] {
    try read { database in
      let ids = RequestID.range(span)
      let rows = try Row.fetchAll(
        database,
        sql: """
          WITH known AS (
            SELECT request AS id, input, cache_read, cache_write_5m, cache_write_1h, output FROM lower_bound
            WHERE request >= ?1 AND request < ?2
            UNION ALL
            SELECT request.id, bound.input, bound.cache_read, bound.cache_write_5m, bound.cache_write_1h, bound.output
            FROM answer_bound AS bound CROSS JOIN request ON request.message = bound.message AND request.source = 0
            WHERE request.id >= ?1 AND request.id < ?2),
          most AS (
            SELECT id, max(input) AS input, max(cache_read) AS cache_read, max(cache_write_5m) AS cache_write_5m,
              max(cache_write_1h) AS cache_write_1h, max(output) AS output FROM known GROUP BY id)
          SELECT request.model, count(*), sum(most.input) AS input, sum(most.cache_read) AS cache_read,
            sum(most.cache_write_5m) AS cache_write_5m, sum(most.cache_write_1h) AS cache_write_1h,
            sum(most.output) AS output
          FROM most CROSS JOIN request ON request.id = most.id
          WHERE request.source = 0\(scope.condition) GROUP BY request.model
          """, arguments: [ids.lowerBound, ids.upperBound])
      let models = try modelNames(database)
      return LowerBound.sums(
        try rows.compactMap { row in
          guard let model = try models[row.value(0, as: Int64.self)]?.model else { return nil }
          return try LowerBound(
            model: model, requests: row.value(1),
            tokens: TokenUsage(row))
        })
    }
  }
}
