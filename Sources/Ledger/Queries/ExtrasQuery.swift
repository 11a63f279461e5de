package import Foundation
import GRDB
package import Model

/// What sets the price of requests beside their tokens: the modes that they were made in, and calls of server tools.
package struct CallExtras: Hashable, Sendable {
  package var model: ModelID
  /// The endpoint and the modes, which decide together who pays.
  package var variant: CallVariant
  /// How many requests were made in those modes; 0 where there are none.
  package var requests: Int
  /// Searches of the web that the provider made for them, and bills by the call.
  package var webSearches: Int64

  package init(model: ModelID, variant: CallVariant, requests: Int = 0, webSearches: Int64 = 0) {
    self.model = model
    self.variant = variant.pricing
    self.requests = self.variant.modes.isEmpty ? 0 : requests
    self.webSearches = webSearches
  }

  /// Extras of several ledgers as those of one, in their order: each model once an endpoint and its modes. Those of which
  /// nothing sets the price are left out.
  package static func sums(_ extras: [CallExtras]) -> [CallExtras] {
    var sums: [CalledModel: CallExtras] = [:]
    for part in extras where part.requests > 0 || part.webSearches > 0 {
      let key = CalledModel(model: part.model, variant: part.variant)
      var sum = sums[key] ?? CallExtras(model: part.model, variant: part.variant)
      sum.requests += part.requests
      sum.webSearches += part.webSearches
      sums[key] = sum
    }
    return sums.values.sorted {
      $0.model != $1.model ? $0.model < $1.model : CallVariant.precedes($0.variant, $1.variant)
    }
  }
}

extension LedgerFile {
  /// What sets the price of a span's requests beside their tokens.
  package func extras(in span: Range<Int64>, scope: TrafficScope) throws(LedgerError) -> [CallExtras] {
    try read { database in
      let ids = RequestID.range(span)
      let models = try modelNames(database)
      var found: [CallExtras] = []
      func add(_ model: Int64, requests: Int = 0, webSearches: Int64 = 0) {
        guard let called = models[model] else { return }
        found.append(
          CallExtras(model: called.model, variant: called.variant, requests: requests, webSearches: webSearches))
      }
      let unusual = models.filter { !$0.value.variant.modes.isEmpty }
      if !unusual.isEmpty {
        let list = unusual.keys.sorted().map(String.init).joined(separator: ", ")
        let rows = try Row.fetchAll(
          database.cachedStatement(
            sql: """
              SELECT model, count(*) FROM request
              WHERE id >= ? AND id < ? AND model IN (\(list))\(scope.condition) GROUP BY model
              """), arguments: [ids.lowerBound, ids.upperBound])
        for row in rows { try add(row.value(0), requests: row.value(1)) }
      }
      try eachSearch(database, in: span, scope: scope) { model, _, count in
        add(model, webSearches: count)
      }
      let archived = try Row.fetchAll(
        database.cachedStatement(
          sql: """
            SELECT model, sum(\(RollupColumns.counts.joined(separator: " + "))) FROM archive AS request
            WHERE \(Self.archived)\(scope.condition) GROUP BY model
            """), arguments: [span.lowerBound, span.upperBound])
      for row in archived { try add(row.value(0), requests: row.value(1)) }
      return CallExtras.sums(found)
    }
  }

  /// Searches of the web, by the day of the request and by model; days and models without any are left out.
  package func webSearches(
    in span: Range<Int64>, scope: TrafficScope, timeZone: TimeZone
  ) throws(LedgerError) -> [CivilDay: [ModelID: Int64]] {
    try read { database in
      let models = try modelNames(database)
      var found: [CivilDay: [ModelID: Int64]] = [:]
      try eachSearch(database, in: span, scope: scope) { model, instant, count in
        guard let called = models[model] else { return }
        found[CivilDay(milliseconds: instant, in: timeZone), default: [:]][called.model, default: 0] += count
      }
      return found
    }
  }

  /// Hands out the searches of a span by model and quarter of an hour, which no day cuts, with an instant of it.
  private func eachSearch(
    _ database: Database, in span: Range<Int64>, scope: TrafficScope,
    _ body: (_ model: Int64, _ instant: Int64, _ count: Int64) -> Void
  ) throws {
    let ids = RequestID.range(span)
    let (requests, archive) = try (
      BoundStatement(
        database,
        """
        SELECT model, min(started), sum(web_searches) AS web_searches FROM request
        WHERE web_searches IS NOT NULL AND id >= ? AND id < ?\(scope.condition)
        GROUP BY model, started / \(Archive.quarter)
        """),
      BoundStatement(
        database,
        """
        SELECT model, time, web_searches FROM archive AS request
        WHERE web_searches > 0 AND \(Self.archived)\(scope.condition)
        """)
    )
    for (statement, first, last) in [
      (requests, ids.lowerBound, ids.upperBound), (archive, span.lowerBound, span.upperBound),
    ] {
      try statement.forEach {
        $0.add(first)
        $0.add(last)
      } _: { row in
        body(row[0], try row.instant(1), try row.count(2))
      }
    }
  }

  /// Sums of the archive that lie in a span, whose ends are the arguments.
  private static let archived = """
    quarter BETWEEN ?1 / \(Archive.quarter) AND ?2 / \(Archive.quarter) AND time >= ?1 AND time < ?2
    """
}
