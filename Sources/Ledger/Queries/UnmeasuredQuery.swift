import GRDB
import Model

extension LedgerFile {
  /// The requests of a span without tokens that are not failed, by what their record shows.
  package func unmeasured(in span: Range<Int64>) throws(LedgerError) -> [Unmeasured] {
    try read { database in
      let models = try modelNames(database)
      var sums: [UnmeasuredKey: Int] = [:]
      func add(_ sql: String, _ bounds: Range<Int64>) throws {
        guard !bounds.isEmpty else { return }
        try BoundStatement(database, sql).forEach {
          $0.add(bounds.lowerBound)
          $0.add(bounds.upperBound)
        } _: { row in
          guard row[3] > 0 else { return }
          let key = UnmeasuredKey(model: row[0], route: row[1], kind: UnmeasuredClass(number: row[2]))
          sums[key, default: 0] += Int(try row.count(3))
        }
      }
      let held = try span.clamped(to: heldDays(database))
      try add(Self.archived, held)
      let parts = SpanParts(held)
      try add(Self.unmeasured(in: "day_rollup"), parts.days)
      for hours in parts.hours { try add(Self.unmeasured(in: "hour_rollup"), hours) }
      for rest in parts.rests {
        try add(
          """
          SELECT model, route, \(UnmeasuredClass.sql), sum(NOT \(RequestColumns.failed))
          FROM request WHERE id >= ? AND id < ? AND source = 0 GROUP BY 1, 2, 3
          """, RequestID.range(rest))
      }
      // Variants of a model are one model here.
      var found: [UnmeasuredKey: Unmeasured] = [:]
      var first: [ModelID: Int64] = [:]
      for (key, requests) in sums {
        guard let model = models[key.model]?.model, let trace = key.kind.trace else { continue }
        var shared = key
        shared.model = first[model] ?? key.model
        first[model] = shared.model
        found[
          shared,
          default: Unmeasured(
            model: model, route: Codes.word(Int(key.route), in: Codes.routes, or: .unknown), trace: trace,
            reason: key.kind.reason, requests: 0)
        ].requests += requests
      }
      return Array(found.values)
    }
  }

  /// Of requests whose rows were removed.
  private static let archived = """
    SELECT model, route, prompt - \(Archive.withoutPrompt), sum(unknown) FROM archive
    WHERE quarter BETWEEN ?1 / \(Archive.quarter) AND ?2 / \(Archive.quarter) AND time >= ?1 AND time < ?2
      AND prompt < \(Archive.withoutPrompt) GROUP BY 1, 2, 3
    """

  private static func unmeasured(in rollup: String) -> String {
    """
    SELECT model, route, prompt_class, sum(unknown) FROM \(rollup)
    WHERE model IN (SELECT id FROM model) AND bucket >= ? AND bucket < ? AND prompt_class < 0 GROUP BY 1, 2, 3
    """
  }
}

private struct UnmeasuredKey: Hashable {
  var model: Int64
  var route: Int64
  var kind: UnmeasuredClass
}
