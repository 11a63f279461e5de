package import Ledger
import Model

/// What a fleet's server is asked. It only ever adds integers; no price leaves the client. A request counts where its
/// hour's version is the one that was committed last.
package struct FleetSQL: Sendable {
  private let database: String

  /// All hours that there can be.
  package static let ever = 0..<Int64(UInt32.max)

  package init(database: String) { self.database = FleetSchema.quoted(database) }

  /// Which settings the server knows, of those that are set where they exist.
  package static let settings = """
    SELECT name FROM system.settings WHERE name IN ('insert_quorum_parallel', 'async_insert', 'mutations_sync')
    """

  /// The layout of the tables, and how many replicas must have a row.
  package var layout: String { "SELECT schema, quorum FROM \(database).fleet" }

  /// What machines have committed of hours: the answer is for `FleetState`.
  package func state(_ hours: Range<Int64>) -> String {
    """
    SELECT sum(r), sum(q), sum(d), sum(cityHash64(machine, hour, v)), max(s) FROM \(newest(hours))
    """
  }

  /// The hours that hold requests, and which quarters of them do.
  package var quarters: String {
    """
    SELECT hour, groupBitOr(o), groupBitOr(i) FROM \(newest(Self.ever)) WHERE r > 0 GROUP BY hour \
    ORDER BY hour
    """
  }

  /// By machine, what is committed of hours: rows, requests, digest.
  package func committed(_ hours: Range<Int64>) -> String {
    "SELECT machine, sum(r), sum(q), sum(d) FROM \(newest(hours)) GROUP BY machine"
  }

  /// By machine, what is stored of what is committed.
  package func stored(_ hours: Range<Int64>) -> String {
    """
    SELECT machine, count(), sum(toUInt64(requests)), sum(key) FROM \(database).request \
    WHERE \(counts(hours)) GROUP BY machine
    """
  }

  /// The machines, when each was last seen, and their names where these are sent.
  package var machines: String {
    """
    SELECT machine, max(seen), argMax(name, seen), argMax(team, seen) FROM \(database).machine GROUP BY machine
    """
  }

  /// The hours that a machine committed: hour, version, rows, digest.
  package func hours(of machine: UInt64) -> String {
    """
    SELECT hour, max(version), argMax(rows, version), argMax(digest, version) FROM \(database).commits \
    WHERE machine = \(machine) GROUP BY hour
    """
  }

  /// The same rows of one machine, counted.
  package func stored(of machine: UInt64) -> String {
    """
    SELECT hour, count(), sum(key) FROM \(database).request WHERE machine = \(machine) \
    AND \(counts(Self.ever, "machine = \(machine) AND ")) GROUP BY hour
    """
  }

  /// How many requests are there once more, because another machine sent them too.
  package var duplicates: String {
    """
    SELECT count() - uniqExact(key) FROM \(database).request \
    WHERE \(counts(Self.ever))
    """
  }

  /// The rows that count for nothing: superseded, or never committed.
  package var uncounted: String {
    """
    SELECT count() FROM \(database).request WHERE NOT (\(counts(Self.ever)))
    """
  }

  /// At most a thousand versions of hours that were superseded or never committed before an instant: machine, hour,
  /// version, rows.
  package func superseded(before instant: Int64) -> String {
    """
    SELECT machine, hour, version, count() FROM \(database).request WHERE version < \(instant) \
    AND NOT (\(counts(Self.ever))) GROUP BY machine, hour, version LIMIT 1000
    """
  }

  /// Sums of the requests of whole hours, as finely as a query needs them; see `FleetGroup` for the columns.
  package func groups(_ query: TrafficQuery, hours: Range<Int64>) -> String {
    let classes = FleetClasses(query, hours: hours)
    let bySession = query.bySession
    let byMachine = query.label == .origin || query.label == .team
    let keys = [
      "provider", "model", "endpoint", "speed", "geo", "tier", "batch", "split_unknown", "assumed", "route", "source",
      "isNull(claim)", "trace", "reason", "source = 'unknown' AND failure IN ('upstream_http', 'connection')",
      query.label == .program ? "program" : "''", byMachine ? "machine" : "toUInt64(0)",
      bySession ? "session" : "toUInt64(0)", classes.time, classes.prompt, classes.week,
    ]
    let measured = "source IN ('upstream', 'router', 'client')"
    let named = keys.enumerated().map { "\($1) AS k\($0)" }
    // Decimal128, because sums of Int64 wrap silently.
    var sums = ["min(started)", "max(started)", "min(prompt)", "sum(toUInt64(requests))", "count()", "sum(key)"]
    for column in ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"] {
      sums.append("sumIf(toDecimal128(ifNull(\(column), 0), 0), \(measured))")
    }
    sums.append("countIf(isNull(cacheable))")
    for column in ["cacheable", "cached_5m", "cached_1h", "claim", "web_searches"] {
      sums.append("sum(toDecimal128(ifNull(\(column), 0), 0))")
    }
    return """
      SELECT \((named + sums).joined(separator: ", ")) FROM \(database).request WHERE \(counts(hours)) \
      GROUP BY \(keys.indices.map { "k\($0)" }.joined(separator: ", "))
      """
  }

  /// The newest commit of each hour: requests in rows (r), requests (q), digest (d), version (v), quarters (o, i), layout
  /// (s).
  private func newest(_ hours: Range<Int64>) -> String {
    """
    (SELECT machine, hour, max(version) AS v, argMax(rows, version) AS r, argMax(requests, version) AS q, \
    argMax(digest, version) AS d, argMax(routed, version) AS o, argMax(direct, version) AS i, max(schema) AS s \
    FROM \(database).commits WHERE \(Self.condition(hours)) GROUP BY machine, hour)
    """
  }

  /// The condition on rows of `request`. The set is made once, where the question is asked, so that all servers count by
  /// the same commits.
  private func counts(_ hours: Range<Int64>, _ also: String = "") -> String {
    """
    \(Self.condition(hours)) AND (machine, hour, version) GLOBAL IN (SELECT machine, hour, max(version) \
    FROM \(database).commits WHERE \(also)\(Self.condition(hours)) GROUP BY machine, hour)
    """
  }

  private static func condition(_ hours: Range<Int64>) -> String {
    "hour >= \(hours.lowerBound) AND hour < \(hours.upperBound)"
  }
}

/// By what a server tells rows apart so that one price holds for each sum, and none lies on both sides of an edge of days.
/// Finer than needed does no harm.
struct FleetClasses {
  var time: String
  var prompt: String
  var week: String

  init(_ query: TrafficQuery, hours: Range<Int64>) {
    let hour: Int64 = 3_600_000
    var edges = Set(query.intervals().flatMap { [$0.lowerBound, $0.upperBound] })
      .filter { $0 > hours.lowerBound * hour && $0 < hours.upperBound * hour }
    var terms: [String] = []
    // Days of a zone without a change of its clock, by one division: an hour a day is where most edges lie.
    let whole = edges.filter { $0 % hour == 0 }
    let byHour: [Int64: [Int64]] = Dictionary(grouping: whole) { ($0 / hour) % 24 }
    let most = byHour.values.map(\.count).max() ?? 0
    if most > 2, let start = byHour.filter({ $0.value.count == most }).keys.min() {
      edges.subtract(byHour[start] ?? [])
      terms.append("intDiv(hour + \((24 - start) % 24), 24)")
    }
    let rest = edges.sorted().map { $0 % hour == 0 ? "(hour >= \($0 / hour))" : "(started >= \($0))" }
    if !rest.isEmpty { terms.append(rest.joined(separator: " + ")) }
    // Both numbers in one: there are fewer edges than this.
    time = terms.isEmpty ? "0" : terms.count == 1 ? terms[0] : "(\(terms[0])) * 100000 + \(terms[1])"
    prompt = Self.sum(query.grain.promptLimits.map { "(ifNull(prompt, 0) > \($0))" })
    let cuts = query.grain.weeklyCuts
    week = Self.sum(
      cuts.allSatisfy { $0 % 60 == 0 }
        ? cuts.map { "((hour + 72) % 168 >= \($0 / 60))" }
        : cuts.map { "((intDiv(started, 60000) + 4320) % 10080 >= \($0))" })
  }

  private static func sum(_ terms: [String]) -> String { terms.isEmpty ? "0" : terms.joined(separator: " + ") }
}
