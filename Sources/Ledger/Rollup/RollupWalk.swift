import GRDB
import Model

/// Sums a span from the coarsest rows that are exact: days; the hours of a day that an interval's edge cuts, in which a
/// price has hours, or whose prompts lie on both sides of a limit; and the requests of an hour for which that is so.
struct RollupWalk {
  private let database: Database
  private let query: TrafficQuery
  /// Whether the prompts of a row can lie on both sides of a limit.
  private let mayStraddle: Bool

  init(_ database: Database, _ query: TrafficQuery) throws {
    self.database = database
    self.query = query
    mayStraddle = try !Set(query.grain.promptLimits).isSubset(of: Rollups.limits(in: database))
  }

  /// Adds the span.
  func add(to sums: inout TrafficSums) throws {
    guard !sums.intervals.isEmpty else { return }
    for level in [Level.day, .hour] { try demandModels(of: level) }
    let edges = sums.intervals.map(\.lowerBound) + [query.span.upperBound]
    let cutDays = Self.cut(by: edges, length: EpochTime.day)
    let cutHours = Self.cut(by: edges, length: EpochTime.hour)
    let heldHours = Self.buckets(query.span, length: EpochTime.hour)
    let rows = RequestSums(database, query)
    for (model, intervals) in windowedIntervals(sums) {
      let days = try read(
        Level.day, model, Self.buckets(query.span, length: EpochTime.day), leavingOut: cutDays, windowed: intervals,
        to: &sums)
      var hours: Set<Int64> = []
      for run in Self.runs(days.union(cutDays)) {
        let buckets = (run.lowerBound * 24..<run.upperBound * 24).clamped(to: heldHours)
        hours.formUnion(
          try read(Level.hour, model, buckets, leavingOut: cutHours, windowed: intervals, to: &sums))
      }
      for run in Self.runs(hours) { try add(rows, hours: run, model: model, to: &sums) }
    }
    for run in Self.runs(cutHours) { try add(rows, hours: run, model: nil, to: &sums) }
  }

  private func add(_ rows: RequestSums, hours: Range<Int64>, model: Int64?, to sums: inout TrafficSums) throws {
    let span = (hours.lowerBound * EpochTime.hour..<hours.upperBound * EpochTime.hour).clamped(to: query.span)
    guard !span.isEmpty else { return }
    // A sum must not reach over the edge of an interval.
    for interval in sums.intervals[sums.interval(of: span.lowerBound)...] {
      guard interval.lowerBound < span.upperBound else { break }
      try rows.add(in: interval.clamped(to: span), model: model, to: &sums)
    }
  }

  /// A rollup.
  private struct Level {
    var table: String
    /// What a bucket is long, milliseconds.
    var length: Int64

    static let day = Level(table: "day_rollup", length: EpochTime.day)
    static let hour = Level(table: "hour_rollup", length: EpochTime.hour)

    /// The buckets of a week, from Monday on, in whose middle some price changes.
    func cuts(of week: [Int]) -> Set<Int64> {
      let minutes = Int(length / 60_000)
      return Set(week.filter { $0 % minutes != 0 }.map { Int64($0 / minutes) })
    }

    /// Which bucket of the week a bucket is.
    func placeInWeek(_ bucket: Int64) -> Int64 {
      PriceGrain.minuteOfWeek(bucket * length) / (length / 60_000)
    }
  }

  /// Rows of a model that the ledger does not have would be left out in silence.
  private func demandModels(of level: Level) throws {
    let areForeign = try Bool.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM \(level.table) WHERE model > (SELECT coalesce(max(id), 0) FROM model))
            OR EXISTS (SELECT 1 FROM \(level.table) WHERE model < (SELECT coalesce(min(id), 0) FROM model))
          """))
    if areForeign == true { throw ForeignValue(column: "\(level.table).model") }
  }

  /// Adds a model's rows that are exact.
  /// - Parameters:
  ///   - leavingOut: buckets that an edge cuts.
  ///   - windowed: the intervals in which the hours of the day matter.
  /// - Returns: the other buckets that have to be summed more finely.
  private func read(
    _ level: Level, _ model: Int64, _ buckets: Range<Int64>, leavingOut: Set<Int64>, windowed: Set<Int>,
    to sums: inout TrafficSums
  ) throws -> Set<Int64> {
    let statement = try BoundStatement(
      database,
      """
      SELECT bucket, route, first, shortest, longest, \(RollupColumns.sums.joined(separator: ", "))
      FROM \(level.table) AS request WHERE model = ? AND bucket >= ? AND bucket < ?\(query.scope.condition)
      ORDER BY bucket
      """)
    let cutsOfWeek = level.cuts(of: query.grain.weeklyCuts)
    var left: Set<Int64> = []
    var (interval, weekClass) = (0, 0)
    var bucket = Int64.min
    var isExact = false
    /// The rows of the bucket: what has to be summed more finely, has to be so together.
    var group: [(route: Int64, sums: RollupSums)] = []
    func close() {
      if isExact, mayStraddle, group.contains(where: { straddles($0.sums) }) {
        left.insert(bucket)
      } else if isExact {
        for row in group {
          sums.add(row.sums, interval: interval, model: model, route: row.route, weekClass: weekClass)
        }
      }
      group.removeAll(keepingCapacity: true)
    }
    try statement.forEach {
      $0.add(model)
      $0.add(buckets.lowerBound)
      $0.add(buckets.upperBound)
    } _: { row in
      if row[0] != bucket {
        close()
        bucket = row[0]
        let instant = bucket * level.length
        isExact = !leavingOut.contains(bucket)
        if isExact {
          if !sums.intervals[interval].contains(instant) { interval = sums.interval(of: instant) }
          let isWindowed = windowed.contains(interval)
          weekClass = isWindowed ? query.grain.weeklyClass(of: instant) : 0
          if isWindowed, cutsOfWeek.contains(level.placeInWeek(bucket)) {
            left.insert(bucket)
            isExact = false
          }
        }
      }
      guard isExact else { return }
      var part = try RollupColumns.sums(row, from: 5)
      part.first = try row.instant(2)
      if part.first / level.length != bucket { throw ForeignValue(column: "\(level.table).first") }
      if let shortest = try row.knownCount(3) { part.prompts = shortest...max(shortest, try row.count(4)) }
      if mayStraddle {
        group.append((row[1], part))
      } else {
        sums.add(part, interval: interval, model: model, route: row[1], weekClass: weekClass)
      }
    }
    close()
    return left
  }

  /// Whether some of the prompts are above a limit and some are not.
  private func straddles(_ sums: RollupSums) -> Bool {
    guard let prompts = sums.prompts else { return false }
    return query.grain.promptClass(of: prompts.lowerBound) != query.grain.promptClass(of: prompts.upperBound)
  }

  /// The intervals in which the hours of the day matter, by model.
  private func windowedIntervals(_ sums: TrafficSums) -> [Int64: Set<Int>] {
    sums.models.mapValues { model in
      guard !query.grain.weeklyCuts.isEmpty, query.hasWindows(model.model, query.span) else { return [] }
      return Set(sums.intervals.indices.filter { query.hasWindows(model.model, sums.intervals[$0]) })
    }
  }

  /// The buckets that an edge cuts.
  private static func cut(by edges: [Int64], length: Int64) -> Set<Int64> {
    Set(edges.filter { $0 % length != 0 }.map { $0 / length })
  }

  /// The buckets that a span touches.
  private static func buckets(_ span: Range<Int64>, length: Int64) -> Range<Int64> {
    span.lowerBound / length..<(span.upperBound + length - 1) / length
  }

  /// Neighbours as one range.
  private static func runs(_ buckets: Set<Int64>) -> [Range<Int64>] {
    var runs: [Range<Int64>] = []
    for bucket in buckets.sorted() {
      if let last = runs.last, last.upperBound == bucket {
        runs[runs.count - 1] = last.lowerBound..<bucket + 1
      } else {
        runs.append(bucket..<bucket + 1)
      }
    }
    return runs
  }
}
