import GRDB
import Usage

/// Sums a span from the coarsest rows that are exact: days; the hours of a day that a stretch's edge cuts, in which a
/// price has hours, or whose prompts lie on both sides of a limit; and the requests of an hour for which that is so.
struct RollupWalk {
  private let database: Database
  private let query: TrafficQuery

  init(_ database: Database, _ query: TrafficQuery) {
    self.database = database
    self.query = query
  }

  /// What of a model a coarser level leaves to a finer one.
  private struct Rest {
    /// Buckets whose rows count for no model.
    var cut: Set<Int64> = []
    /// Buckets of single models.
    var ofModels: [Int64: Set<Int64>] = [:]

    var buckets: Set<Int64> { ofModels.values.reduce(cut) { $0.union($1) } }

    func holds(_ bucket: Int64, _ model: Int64) -> Bool {
      cut.contains(bucket) || ofModels[model]?.contains(bucket) ?? false
    }
  }

  /// Adds the span.
  func add(to sums: inout TrafficSums) throws {
    guard !sums.stretches.isEmpty else { return }
    let windowed = windowedStretches(sums)
    let edges = sums.stretches.map(\.lowerBound) + [query.span.upperBound]
    var days = Rest(cut: Self.cut(by: edges, length: Rollups.day))
    try read(
      "day_rollup", buckets: Self.buckets(query.span, length: Rollups.day), length: Rollups.day, to: &sums
    ) { group, stretch in
      if days.cut.contains(group.bucket) { return .skip }
      if windowed[group.model]?.contains(stretch) ?? false || group.rows.contains(where: straddles) {
        days.ofModels[group.model, default: []].insert(group.bucket)
        return .skip
      }
      return .add(weekClass: 0)
    }
    var hours = Rest(cut: Self.cut(by: edges, length: Rollups.hour))
    let weeklyCuts = Set(query.grain.weeklyCuts.filter { $0 % 60 != 0 }.map { $0 / 60 })
    let held = Self.buckets(query.span, length: Rollups.hour)
    for run in Self.runs(days.buckets) {
      let buckets = (run.lowerBound * 24..<run.upperBound * 24).clamped(to: held)
      try read("hour_rollup", buckets: buckets, length: Rollups.hour, to: &sums) { group, stretch in
        guard days.holds(group.bucket / 24, group.model), !hours.cut.contains(group.bucket) else { return .skip }
        let isWindowed = windowed[group.model]?.contains(stretch) ?? false
        let hourOfWeek = Int(PriceGrain.minuteOfWeek(group.bucket * Rollups.hour) / 60)
        if isWindowed && weeklyCuts.contains(hourOfWeek) || group.rows.contains(where: straddles) {
          hours.ofModels[group.model, default: []].insert(group.bucket)
          return .skip
        }
        return .add(weekClass: isWindowed ? query.grain.weeklyClass(of: group.bucket * Rollups.hour) : 0)
      }
    }
    let rows = try RequestSums(database, query)
    for run in Self.runs(hours.cut) { try add(rows, hours: run, model: nil, to: &sums) }
    for (model, buckets) in hours.ofModels {
      for run in Self.runs(buckets) { try add(rows, hours: run, model: model, to: &sums) }
    }
  }

  private func add(_ rows: RequestSums, hours: Range<Int64>, model: Int64?, to sums: inout TrafficSums) throws {
    let span = (hours.lowerBound * Rollups.hour..<hours.upperBound * Rollups.hour).clamped(to: query.span)
    guard !span.isEmpty else { return }
    // A sum must not reach over the edge of a stretch.
    for stretch in sums.stretches[sums.stretch(of: span.lowerBound)...] {
      guard stretch.lowerBound < span.upperBound else { break }
      try rows.add(in: stretch.clamped(to: span), model: model, to: &sums)
    }
  }

  private enum Decision {
    case skip
    case add(weekClass: Int)
  }

  /// The rows of a bucket and a model: what has to be summed more finely, has to be so together.
  private struct Group {
    var bucket: Int64
    var model: Int64
    var rows: [(route: Int64, sums: RollupSums)] = []
  }

  private func read(
    _ table: String, buckets: Range<Int64>, length: Int64, to sums: inout TrafficSums,
    _ decide: (Group, Int) -> Decision
  ) throws {
    let statement = try BoundStatement(
      database,
      """
      SELECT bucket, model, route, first, shortest, longest, \(RollupColumns.sums.joined(separator: ", "))
      FROM \(table) AS request WHERE bucket >= ? AND bucket < ?\(query.scope.condition) ORDER BY bucket, model
      """)
    var group = Group(bucket: -1, model: -1)
    func close() {
      guard !group.rows.isEmpty, sums.models[group.model] != nil else { return }
      let instant = group.bucket * length
      let stretch = sums.stretch(of: instant)
      guard case .add(let weekClass) = decide(group, stretch) else { return }
      for row in group.rows {
        sums.add(row.sums, stretch: stretch, model: group.model, route: row.route, weekClass: weekClass)
      }
    }
    try statement.forEach {
      $0.add(buckets.lowerBound)
      $0.add(buckets.upperBound)
    } _: { row in
      if row[0] != group.bucket || row[1] != group.model {
        close()
        group.bucket = row[0]
        group.model = row[1]
        group.rows.removeAll(keepingCapacity: true)
      }
      var part = RollupColumns.sums(row, from: 6)
      part.first = row[3]
      if let shortest = row.optional(4) { part.prompts = shortest...max(shortest, row[5]) }
      group.rows.append((row[2], part))
    }
    close()
  }

  /// Whether some of the prompts are above a limit and some are not.
  private func straddles(_ row: (route: Int64, sums: RollupSums)) -> Bool {
    guard let prompts = row.sums.prompts, !query.grain.promptLimits.isEmpty else { return false }
    return query.grain.promptClass(of: prompts.lowerBound) != query.grain.promptClass(of: prompts.upperBound)
  }

  /// The stretches in which the hours of the day matter, by model.
  private func windowedStretches(_ sums: TrafficSums) -> [Int64: Set<Int>] {
    guard !query.grain.weeklyCuts.isEmpty else { return [:] }
    return sums.models.compactMapValues { model in
      guard query.hasWindows(model, query.span) else { return nil }
      return Set(sums.stretches.indices.filter { query.hasWindows(model, sums.stretches[$0]) })
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
