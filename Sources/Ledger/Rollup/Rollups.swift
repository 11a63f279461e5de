import GRDB
import Model

/// Sums over requests that are kept with them, in the same transaction: of each hour and of each day of UTC, by model,
/// route and length of prompt. A report reads days, hours where a day is cut, and requests only where an hour is.
///
/// What is inserted is added here. What is changed or removed is noted by triggers, as hours whose sums are stale, and
/// these are summed again: so no statement that changes a request can forget its sums.
struct Rollups {
  private let database: Database
  private let limits: [Int64]
  private var added: [RollupKey: RollupSums] = [:]

  /// - Parameter database: inside a transaction.
  init(_ database: Database) throws {
    self.database = database
    limits = try Self.limits(in: database)
  }

  /// The prompt lengths, tokens, at which the sums are kept apart.
  static func limits(in database: Database) throws -> [Int64] {
    try Int64.fetchAll(database.cachedStatement(sql: "SELECT tokens FROM rollup_limit ORDER BY tokens"))
  }

  /// Notes that a request was put in whose sums are not added here.
  static func markStale(_ started: Int64, in database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO rollup_stale VALUES (?)")
      .execute(arguments: [started / EpochTime.hour])
  }

  /// Counts a request that was inserted.
  mutating func add(_ request: RoutedRequest, model: Int64, reads: CacheReads?) throws {
    var sums = RollupSums(first: request.started)
    var promptClass = UnmeasuredClass.failed.number
    if let usage = request.usage, request.usageSource.isMeasured {
      let prompt = usage.prompt
      promptClass = Int64(limits.count { prompt > $0 })
      sums.prompts = prompt...prompt
      sums.tokens = usage
      if let reads {
        sums.caching = PromptCaching(cacheable: prompt, read5m: reads.within5m, read1h: reads.within1h)
      }
      switch request.usageSource {
      case .router: sums.counts.router = 1
      case .client: sums.counts.client = 1
      default: sums.counts.upstream = 1
      }
    } else if request.usageSource == .unknown, [.upstreamHTTP, .connection].contains(request.failure) {
      sums.counts.failed = 1
    } else if request.usageSource == .estimated {
      sums.counts.estimated = 1
      promptClass = UnmeasuredClass(request).number
    } else {
      sums.counts.unknown = 1
      promptClass = UnmeasuredClass(request).number
    }
    let key = RollupKey(
      bucket: request.started / EpochTime.hour, model: model,
      route: Int64(Codes.code(request.route)), promptClass: promptClass)
    added[key, default: RollupSums()] += sums
    if added.count >= 1 << 15 { try flush() }
  }

  /// Writes down what was added, and recomputes stale hours.
  mutating func flush() throws {
    let stale = try Self.stale(in: database)
    try PushQueue.noteChanged(stale.union(added.keys.map(\.bucket)), in: database)
    let hours = added.filter { !stale.contains($0.key.bucket) }
    added.removeAll(keepingCapacity: true)
    try Self.write(hours, to: "hour_rollup", database)
    for hour in stale { try Self.sum(hour: hour, limits: limits, database) }
    let staleDays = Set(stale.map { $0 / 24 })
    var days: [RollupKey: RollupSums] = [:]
    for (key, sums) in hours where !staleDays.contains(key.bucket / 24) {
      var day = key
      day.bucket /= 24
      days[day, default: RollupSums()] += sums
    }
    try Self.write(days, to: "day_rollup", database)
    for day in staleDays { try Self.sum(day: day, database) }
    if !stale.isEmpty { try database.execute(sql: "DELETE FROM rollup_stale") }
  }

  /// The hours whose requests changed since they were summed.
  private static func stale(in database: Database) throws -> Set<Int64> {
    try ForeignValue.buckets(
      Int64.fetchSet(database, sql: "SELECT hour FROM rollup_stale"), of: EpochTime.hour, "rollup_stale.hour")
  }

  private static func write(_ rows: [RollupKey: RollupSums], to table: String, _ database: Database) throws {
    guard !rows.isEmpty else { return }
    let columns = RollupColumns.all
    let upsert = try BoundStatement(
      database,
      """
      INSERT INTO \(table) (\(columns.joined(separator: ", ")))
      VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
      ON CONFLICT DO UPDATE SET first = min(first, excluded.first), shortest = min(shortest, excluded.shortest),
        longest = max(longest, excluded.longest),
        \(RollupColumns.sums.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", "))
      """)
    // In the order of the table: neighbours share its pages.
    for (key, sums) in rows.sorted(by: { $0.key < $1.key }) {
      try upsert.run {
        $0.add(key.bucket)
        $0.add(key.model)
        $0.add(key.route)
        $0.add(key.promptClass)
        $0.add(sums.first)
        $0.add(sums.prompts?.lowerBound)
        $0.add(sums.prompts?.upperBound)
        RollupColumns.add(sums, to: &$0)
      }
    }
  }
}

/// Recomputing sums.
extension Rollups {
  private static func sum(hour: Int64, limits: [Int64], _ database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM hour_rollup WHERE \(Self.ofBucket)").execute(arguments: [hour])
    let ids = RequestID.range(hour * EpochTime.hour..<(hour + 1) * EpochTime.hour)
    try database.cachedStatement(sql: insertion(limits: limits) + " WHERE id >= ? AND id < ? \(grouping)")
      .execute(arguments: [ids.lowerBound, ids.upperBound])
  }

  private static func sum(day: Int64, _ database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM day_rollup WHERE \(Self.ofBucket)").execute(arguments: [day])
    try database.cachedStatement(
      sql: "\(days) WHERE model IN (SELECT id FROM model) AND bucket >= ? AND bucket < ? \(grouping)"
    )
    .execute(arguments: [day * 24, (day + 1) * 24])
  }

  /// A walk of the rows of each model, which come first.
  private static let ofBucket = "model IN (SELECT id FROM model) AND bucket = ?"

  /// Recomputes all sums.
  /// - Parameter limits: the prompt lengths, tokens, at which sums are kept apart from now on.
  static func rebuild(limits: [Int64], in database: Database) throws {
    try PushQueue.noteChanged(stale(in: database), in: database)
    try database.execute(sql: "DELETE FROM hour_rollup; DELETE FROM day_rollup; DELETE FROM rollup_stale")
    try database.execute(sql: "DELETE FROM rollup_limit")
    for limit in limits { try database.execute(sql: "INSERT INTO rollup_limit VALUES (?)", arguments: [limit]) }
    try database.execute(sql: "\(insertion(limits: limits)) \(grouping)")
    try database.execute(sql: "\(days) \(grouping)")
  }

  /// Where the sums are not those of the requests; nothing where all is well, or hours wait to be summed.
  /// - Parameter newest: how many of the newest requests are looked at, with all others of their days; `nil` for all.
  static func differences(newest: Int? = nil, in database: Database) throws -> [DifferingSums] {
    guard try stale(in: database).isEmpty else { return [] }
    let first = try newest.flatMap {
      try Int64.fetchOne(database, sql: "SELECT id FROM request ORDER BY id DESC LIMIT 1 OFFSET ?", arguments: [$0])
    }
    // Days that are there as a whole.
    let since = first.map { RequestID.instant(of: $0) / EpochTime.day + 1 }
    func part(_ column: String, _ length: Int64) -> String { since.map { "WHERE \(column) >= \($0 * length)" } ?? "" }
    let limits = try limits(in: database)
    let names = RollupColumns.all.joined(separator: ", ")
    // Ledgers of older versions have prompts of requests that nobody measured, which no sum is of.
    let columns = RollupColumns.all.map {
      ["shortest", "longest"].contains($0) ? "CASE WHEN prompt_class >= 0 THEN \($0) END" : $0
    }.joined(separator: ", ")
    let kept = [
      (
        "hour_rollup",
        "SELECT \(ofRequests(limits)) FROM request \(part("id", RequestID.first(at: EpochTime.day))) \(grouping)",
        part("bucket", 24)
      ),
      ("day_rollup", "SELECT \(ofHours) FROM hour_rollup \(part("bucket", 24)) \(grouping)", part("bucket", 1)),
    ]
    return try kept.compactMap { table, source, part in
      let count =
        try Int.fetchOne(
          database,
          sql: """
            WITH made (\(names)) AS (\(source)), source AS (SELECT \(columns) FROM made),
              kept AS (SELECT \(columns) FROM \(table) \(part))
            SELECT (SELECT count(*) FROM (SELECT * FROM source EXCEPT SELECT * FROM kept))
              + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM source))
            """) ?? 0
      return count > 0 ? DifferingSums(table: table, count: count) : nil
    }
  }

  /// Where all days together are something else than all hours, also while hours wait to be summed.
  /// - Parameter most: without a look where there are more sums of hours; `nil` looks always.
  static func daysThatAreNotHours(atMost most: Int? = nil, in database: Database) throws -> DifferingSums? {
    if let most {
      let hours = "SELECT count(*) FROM (SELECT 1 FROM hour_rollup LIMIT ?)"
      guard try Int.fetchOne(database, sql: hours, arguments: [most + 1]) ?? 0 <= most else { return nil }
    }
    let requests = "(\(RollupColumns.counts.joined(separator: " + ")))"
    // Requests of another key are seen by what the keys weigh.
    func totals(day: String) -> String {
      (RollupColumns.sums + [day, "model", "route", "prompt_class"].map { "\(requests) * (\($0))" })
        .map { "sum(\($0))" }.joined(separator: ", ")
    }
    let isDifferent = try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (
          SELECT \(totals(day: "bucket / 24")) FROM hour_rollup EXCEPT SELECT \(totals(day: "bucket")) FROM day_rollup)
        """)
    guard isDifferent == true else { return nil }
    return try differences(in: database).first ?? DifferingSums(table: "day_rollup", count: 1)
  }

  /// How many hours wait to be summed.
  static func waiting(in database: Database) throws -> Int { try stale(in: database).count }

  /// A sum over what is no number is NULL, which the table refuses: it would be a sum of what the number begins with. So
  /// are all sums of requests whose tokens come from nowhere that is known, which none of them would count.
  private static func insertion(limits: [Int64]) -> String {
    let isKnown = "count(*) = sum(\(RequestColumns.equals("source", 0...4)))"
    let sums = RollupColumns.ofRequests.map { "CASE WHEN typeof(\($0)) = 'integer' AND \(isKnown) THEN \($0) END" }
    return """
      INSERT INTO hour_rollup (\(RollupColumns.all.joined(separator: ", ")))
      SELECT \(ofRequests(limits, sums: sums)) FROM request
      """
  }

  private static let days = """
    INSERT INTO day_rollup (\(RollupColumns.all.joined(separator: ", "))) SELECT \(ofHours) FROM hour_rollup
    """

  /// The columns of hours, made of rows of `request`.
  private static func ofRequests(_ limits: [Int64], sums: [String] = RollupColumns.ofRequests) -> String {
    let prompt = RequestColumns.prompt
    let above = "coalesce(\(PriceGrain.sql(promptLimits: limits, of: prompt)), 0)"
    let columns = [
      "started / \(EpochTime.hour)", "model", "route",
      "CASE WHEN \(RequestColumns.measured) THEN \(above) ELSE \(UnmeasuredClass.sql) END", "min(started)",
      "min(\(prompt)) FILTER (WHERE \(RequestColumns.measured))",
      "max(\(prompt)) FILTER (WHERE \(RequestColumns.measured))",
    ]
    return (columns + sums).joined(separator: ", ")
  }

  /// The columns of days, made of rows of `hour_rollup`.
  private static let ofHours: String = {
    let columns = ["bucket / 24", "model", "route", "prompt_class", "min(first)", "min(shortest)", "max(longest)"]
    return (columns + RollupColumns.sums.map { "sum(\($0))" }).joined(separator: ", ")
  }()

  private static let grouping = "GROUP BY 1, 2, 3, 4"
}

extension UsageSource {
  /// Whether somebody who knows wrote the tokens down.
  var isMeasured: Bool { [.upstream, .router, .client].contains(self) }
}
