package import Foundation
import GRDB
package import Model

/// What sets the price of requests beside their tokens: the mode that they were made in, and calls of server tools.
package struct CallExtras: Hashable, Sendable {
  package var model: ModelID
  /// The host that was called; `nil` where the records do not say.
  package var host: String?
  /// Requests, by the name that a pricing table has for the mode: `fast`, `us`, `priority`, `batch`.
  package var modes: [String: Int] = [:]
  /// Searches of the web that the provider made, and bills by the call.
  package var webSearches: Int64 = 0

  package init(model: ModelID, host: String? = nil, modes: [String: Int] = [:], webSearches: Int64 = 0) {
    self.model = model
    self.host = host
    self.modes = modes
    self.webSearches = webSearches
  }

  /// Extras of several ledgers as those of one: each model once an endpoint, in their order.
  package static func sums(_ extras: [CallExtras]) -> [CallExtras] {
    var sums: [CalledModel: CallExtras] = [:]
    for part in extras {
      let key = CalledModel(model: part.model, variant: CallVariant(host: part.host))
      var sum = sums[key] ?? CallExtras(model: part.model, host: part.host)
      sum.modes.merge(part.modes, uniquingKeysWith: +)
      sum.webSearches += part.webSearches
      sums[key] = sum
    }
    return sums.values.sorted { ($0.model, $0.host ?? "") < ($1.model, $1.host ?? "") }
  }
}

extension LedgerFile {
  /// What sets the price of a span's requests beside their tokens, by model; those of which nothing does are left out.
  package func extras(in span: Range<Int64>, scope: TrafficScope) throws(LedgerError) -> [CallExtras] {
    try read { database in
      let ids = RequestID.range(span)
      var found: [CalledModel: CallExtras] = [:]
      let models = try modelNames(database)
      func add(_ model: Int64, _ body: (inout CallExtras) -> Void) {
        guard let called = models[model] else { return }
        let host = called.variant.host
        body(
          &found[
            CalledModel(model: called.model, variant: CallVariant(host: host)),
            default: CallExtras(model: called.model, host: host)])
      }
      func addModes(_ model: Int64, _ count: Int) {
        guard count > 0, let modes = models[model]?.variant.modes, !modes.isEmpty else { return }
        add(model) { extras in
          for mode in modes { extras.modes[mode, default: 0] += count }
        }
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
        for row in rows { try addModes(row.value(0), row.value(1)) }
      }
      try eachSearch(database, in: span, scope: scope) { model, _, count in add(model) { $0.webSearches += count } }
      let archived = try Row.fetchAll(
        database.cachedStatement(
          sql: """
            SELECT model, sum(\(RollupColumns.counts.joined(separator: " + "))) FROM archive AS request
            WHERE \(Self.archived)\(scope.condition) GROUP BY model
            """), arguments: [span.lowerBound, span.upperBound])
      for row in archived { try addModes(row.value(0), row.value(1)) }
      return CallExtras.sums(Array(found.values))
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
