import GRDB
import Model

/// Slices while they are summed.
struct TrafficSums {
  let query: TrafficQuery
  /// The models that count, by their id in the ledger.
  let models: [Int64: CalledModel]
  /// Those that do not.
  private let otherModels: Set<Int64>
  /// Whether what prompt caches would have held is worked out for all requests.
  let isCachingKnown: Bool
  let intervals: [Range<Int64>]
  /// By model, for each interval the first one that has the same prices; all of their own where a model is missing.
  private let likeIntervals: [Int64: [Int]]
  private var sums: [Entry] = []
  /// Where in `sums` each is: moving places is cheaper than moving sums, where a table grows.
  private var places: [Key: Int] = [:]
  private var slicesOfRows: [TrafficSlice] = []

  /// What a slice shares.
  private struct Key: Hashable {
    /// Which of the intervals.
    var interval: Int
    var model: Int64
    var route: Int64
    var promptClass: Int
    var weekClass: Int
  }

  private struct Entry {
    let key: Key
    var sums = RollupSums()
    var hasCaching = true
  }

  /// - Parameter models: all of the ledger.
  init(_ query: TrafficQuery, models: [Int64: CalledModel], isCachingKnown: Bool) {
    self.query = query
    self.models = models.filter { query.models?($0.value.model) ?? true }
    otherModels = Set(models.keys).subtracting(self.models.keys)
    self.isCachingKnown = isCachingKnown
    intervals = query.intervals()
    likeIntervals = Self.likeIntervals(query, models, intervals)
  }

  private static func likeIntervals(
    _ query: TrafficQuery, _ models: [Int64: CalledModel], _ intervals: [Range<Int64>]
  ) -> [Int64: [Int]] {
    guard let changes = query.changes, case .at([]) = query.days else { return [:] }
    return models.compactMapValues { called in
      guard let changes = changes(called.model, called.variant) else { return nil }
      var first = 0
      return intervals.enumerated().map { index, interval in
        if changes.contains(interval.lowerBound) { first = index }
        return first
      }
    }
  }

  /// A model of the ledger; `nil` for one that does not count.
  /// - Throws: `ForeignValue` for one that the ledger does not have: its requests would be left out in silence.
  func called(_ id: Int64) throws -> CalledModel? {
    if let called = models[id] { return called }
    guard otherModels.contains(id) else { throw ForeignValue(column: "model") }
    return nil
  }

  /// The interval that an instant of the span lies in.
  func interval(of instant: Int64) -> Int {
    max(0, intervals.partitioningIndex { $0.lowerBound > instant } - 1)
  }

  /// Adds a sum of requests that one price holds for.
  /// - Parameter weekClass: which part of the week, where that matters.
  mutating func add(
    _ sums: RollupSums, interval: Int, model: Int64, route: Int64, weekClass: Int = 0, hasCaching: Bool = true
  ) {
    let key = Key(
      interval: likeIntervals[model]?[interval] ?? interval, model: model, route: query.byRoute ? route : 0,
      promptClass: sums.prompts.map { query.grain.promptClass(of: $0.lowerBound) } ?? 0, weekClass: weekClass)
    let place = place(of: key)
    self.sums[place].sums += sums
    if !hasCaching { self.sums[place].hasCaching = false }
  }

  private mutating func place(of key: Key) -> Int {
    // Rows come in order, and most of them belong to the sum of the one before.
    if let last = sums.last, last.key == key { return sums.count - 1 }
    if let place = places[key] { return place }
    sums.append(Entry(key: key))
    places[key] = sums.count - 1
    return sums.count - 1
  }

  /// Adds a slice that is split more finely than rollups are.
  mutating func add(_ slice: TrafficSlice) { slicesOfRows.append(slice) }

  /// All that was added.
  var slices: [TrafficSlice] {
    var slices = slicesOfRows
    slices.reserveCapacity(slices.count + sums.count)
    for entry in sums {
      guard let called = models[entry.key.model] else { continue }
      slices.append(
        slice(
          of: called, entry.sums, interval: entry.key.interval, route: entry.key.route, hasCaching: entry.hasCaching))
    }
    return slices
  }

  private func slice(
    of called: CalledModel, _ sums: RollupSums, interval: Int, route: Int64, source: UsageSource? = nil,
    claim: Int128? = nil, hasCaching: Bool
  ) -> TrafficSlice {
    TrafficSlice(
      model: called.model, time: sums.first, prompt: sums.prompts?.lowerBound ?? 0, day: day(of: interval),
      route: Codes.word(Int(route), in: Codes.routes, or: .unknown), source: source, claim: claim,
      counts: sums.counts, tokens: sums.tokens, caching: isCachingKnown && hasCaching ? sums.caching : nil,
      variant: called.variant)
  }

  /// The day that an interval begins with.
  func day(of interval: Int) -> CivilDay {
    CivilDay(milliseconds: intervals[interval].lowerBound, in: query.timeZone)
  }

  /// Adds what the archive holds of the span.
  mutating func addArchive(_ database: Database) throws {
    guard try Archive.span(database) != nil else { return }
    let statement = try BoundStatement(database, query.archiveSQL)
    for (index, interval) in intervals.enumerated() {
      try statement.forEach {
        $0.add(interval.lowerBound)
        $0.add(interval.upperBound)
      } _: { row in
        guard let called = try called(row[0]) else { return }
        var sums = try RollupColumns.sums(row, from: 4)
        sums.first = try row.instant(2)
        sums.prompts = try row.knownCount(3).map { $0...$0 }
        let rest = 4 + Int32(RollupColumns.sums.count)
        let hasCaching = row[rest] != 0
        guard query.bySource else {
          return add(
            sums, interval: index, model: row[0], route: row[1], weekClass: query.grain.weeklyClass(of: row[2]),
            hasCaching: hasCaching)
        }
        add(
          slice(
            of: called, sums, interval: index, route: row[1],
            source: row.optional(rest + 1).map { Codes.word(Int($0), in: Codes.sources, or: .unknown) },
            claim: row.optional(rest + 2).map { Int128($0) * 1_000_000 + Int128(row[rest + 3]) },
            hasCaching: hasCaching))
      }
    }
  }
}
