package import Ledger
import Model

/// What a fleet's server is asked. It only ever adds integers; no price leaves the client. A request counts where its
/// hour's version is the one that was committed last.
package struct FleetSQL: Sendable {
  private let database: String
  /// The same as a text.
  private let databaseName: String

  /// All hours that there can be.
  package static let ever = 0..<Int64(UInt32.max)

  /// No clock gives a version beyond it.
  package static let newestVersion: Int64 = 1 << 60

  package init(database: String) {
    self.database = FleetSchema.quoted(database)
    databaseName = FleetSchema.literal(database)
  }

  /// Which settings the server knows, of those that are set where they exist.
  package static let settings = """
    SELECT name FROM system.settings WHERE name IN ('insert_quorum_parallel', 'async_insert', 'mutations_sync', \
    'optimize_aggregation_in_order', 'max_replica_delay_for_distributed_queries')
    """

  /// The layout of the tables, how many replicas must have a row, and what time it is, seconds since 1970.
  package var layout: String { "SELECT schema, quorum, toInt64(now()) FROM \(database).fleet" }

  /// Whether `commits` has replicas, of which one may be behind the others: 1 or 0.
  package var hasReplicas: String {
    """
    SELECT count() FROM system.tables WHERE database = \(databaseName) AND name = 'commits' \
    AND engine LIKE 'Replicated%'
    """
  }

  /// Of the replica that is asked: whether its keeper answers it, and whether it then has all that was committed.
  package var replica: String {
    """
    SELECT is_readonly = 0 AND is_session_expired = 0 AND total_replicas > 0, inserts_in_queue = 0 \
    AND (log_pointer > log_max_index OR log_pointer = 0 AND log_max_index = 0) \
    FROM system.replicas WHERE database = \(databaseName) AND table = 'commits'
    """
  }

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
    "SELECT machine, sum(r), sum(q), sum(d) FROM \(newest(hours)) WHERE r > 0 GROUP BY machine"
  }

  /// By machine, what is stored of what is committed.
  package func stored(_ hours: Range<Int64>) -> String {
    """
    SELECT machine, count(), sum(toUInt64(requests)), sum(key) FROM \(database).request \
    WHERE \(counts(hours)) GROUP BY machine
    """
  }

  /// The machines that requests are of, when each was last seen, and their names where these are sent.
  package var machines: String {
    """
    SELECT machine, max(seen), argMax(name, seen), argMax(team, seen) FROM \(database).machine \
    WHERE machine IN (SELECT machine FROM \(newest(Self.ever)) WHERE r > 0) GROUP BY machine
    """
  }

  /// The hours that a machine committed: hour, version, rows, digest.
  package func hours(of machine: UInt64) -> String {
    """
    SELECT hour, max(version), argMax(rows, version), argMax(digest, version) FROM \(database).commits \
    WHERE machine = \(machine) GROUP BY hour
    """
  }

  /// What a machine committed in sum: hours, rows, digest, versions modulo 2^64, and its newest version.
  package func committed(by machine: UInt64) -> String {
    "SELECT count(), sum(r), sum(d), sum(v), max(v) FROM \(newest(Self.ever, "machine = \(machine) AND "))"
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
    SELECT uniqExact(machine, key) - uniqExact(key) FROM \(database).request \
    WHERE \(counts(Self.ever))
    """
  }

  /// The rows that count for nothing: superseded, or never committed.
  package var uncounted: String {
    """
    SELECT count() FROM \(database).request WHERE NOT (\(counts(Self.ever)))
    """
  }

  /// How many versions one answer to `superseded` names.
  package static let versionsAtOnce = 1000

  /// Versions of hours that were superseded or never committed before an instant: machine, hour, version, rows, in order.
  /// - Parameter last: the last one of the answer before.
  package func superseded(before instant: Int64, after last: [UInt64]?) -> String {
    let rest = last.map { " AND (machine, hour, version) > (\($0.map { "\($0)" }.joined(separator: ", ")))" } ?? ""
    return """
      SELECT machine, hour, version, count() FROM \(database).request WHERE version < \(instant)\(rest) \
      AND NOT (\(counts(Self.ever))) GROUP BY machine, hour, version ORDER BY machine, hour, version \
      LIMIT \(Self.versionsAtOnce)
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
  private func newest(_ hours: Range<Int64>, _ also: String = "") -> String {
    """
    (SELECT machine, hour, max(version) AS v, argMax(rows, version) AS r, argMax(requests, version) AS q, \
    argMax(digest, version) AS d, argMax(routed, version) AS o, argMax(direct, version) AS i, max(schema) AS s \
    FROM \(database).commits WHERE \(also)\(Self.condition(hours)) GROUP BY machine, hour)
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

/// Edges of days, one after the other: days of a zone between two changes of its clock.
struct EdgeRun: Equatable {
  /// The first edge, epoch milliseconds.
  var first: Int64
  var count: Int64

  /// Edges as few runs.
  static func all(of edges: Set<Int64>) -> [EdgeRun] {
    var runs: [EdgeRun] = []
    for (_, edges) in Dictionary(grouping: edges, by: { $0 % EpochTime.day }).sorted(by: { $0.key < $1.key }) {
      for edge in edges.sorted() {
        if let last = runs.last, last.first + last.count * EpochTime.day == edge {
          runs[runs.count - 1].count += 1
        } else {
          runs.append(EdgeRun(first: edge, count: 1))
        }
      }
    }
    return runs
  }

  /// How many of the edges a row lies behind: one division, however many they are, as one comparison an edge is slow and
  /// a thousand of them are more than a server reads.
  var sql: String {
    let isWhole = first % EpochTime.hour == 0
    let (column, unit) = isWhole ? ("hour", EpochTime.hour) : ("started", 1)
    guard count > 1 else { return "(\(column) >= \(first / unit))" }
    let before = "intDiv(toInt64(\(column)) - toInt64(\((first - EpochTime.day) / unit)), \(EpochTime.day / unit))"
    return "least(toInt64(\(count)), greatest(toInt64(0), \(before)))"
  }
}

/// By what a server tells rows apart so that one price holds for each sum, and none lies on both sides of an edge of days.
/// Finer than needed does no harm.
struct FleetClasses {
  var time: String
  var prompt: String
  var week: String

  init(_ query: TrafficQuery, hours: Range<Int64>) {
    let span = hours.lowerBound * EpochTime.hour..<hours.upperBound * EpochTime.hour
    let edges = Set(query.intervals().flatMap { [$0.lowerBound, $0.upperBound] })
      .filter { $0 > span.lowerBound && $0 < span.upperBound }
    time = Self.sum(EdgeRun.all(of: edges).map(\.sql))
    prompt = Self.sum(query.grain.promptLimits.map { "(ifNull(prompt, 0) > \($0))" })
    let cuts = query.grain.weeklyCuts
    week = Self.sum(
      cuts.allSatisfy { $0 % 60 == 0 }
        ? cuts.map { "((hour + 72) % 168 >= \($0 / 60))" }
        : cuts.map { "((intDiv(started, 60000) + 4320) % 10080 >= \($0))" })
  }

  private static func sum(_ terms: [String]) -> String { terms.isEmpty ? "0" : terms.joined(separator: " + ") }
}
