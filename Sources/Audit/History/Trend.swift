package import Pricing
package import Model

/// A model's ratio over the days of a history.
package struct Trend: Hashable, Sendable {
  package var model: ModelID
  /// Whose traffic it is, where origins are told apart and the records name one.
  package var origin: String?
  /// The first and the last day of the history; the same for all its models, so that their days line up.
  package var days: ClosedRange<CivilDay>
  /// What each day with a ratio cost, and would have cost.
  package var points: [CivilDay: Point]
  /// Which way the ratio goes, by `halves`.
  package var direction: TrendDirection { halves.map(TrendDirection.init) ?? .unknown }
  /// The last day that was paid for so.
  package var billedUntil: [Billing: CivilDay]
  /// The requests of all days by what is known of them: how much of the traffic the ratio stands for.
  package var counts: RequestCounts
  /// Whether the provider of some is only inferred from the model's name.
  package var isAssumed: Bool
  /// Whether nobody knows what caches served of some, so that their days have no single ratio.
  package var isSplitUnknown = false

  /// Costs of a time.
  package struct Point: Hashable, Sendable {
    package var cost: Money
    /// What it would have cost at the baseline's rates.
    package var baselineCost: Money

    /// Cost ÷ baseline cost.
    package var ratio: Ratio? { Ratio(cost, over: baselineCost) }
  }

  /// The ratio of the first day that has one.
  package var first: Ratio? { points.min { $0.key < $1.key }?.value.ratio }
  /// The ratio of the last day that has one.
  package var latest: Ratio? { points.max { $0.key < $1.key }?.value.ratio }

  /// A ratio before and after.
  package struct Change: Hashable, Sendable {
    package var from: Ratio
    package var to: Ratio
  }

  /// The ratios of the older and of the newer half of the days that have one, each that of its sums; of an odd number the
  /// middle day counts to the newer. `nil` for fewer than two days.
  package var halves: Change? {
    let ordered = points.sorted { $0.key < $1.key }.map(\.value)
    let half = ordered.count / 2
    guard half > 0, let old = Point.sum(Array(ordered.prefix(half))).ratio,
      let new = Point.sum(Array(ordered.dropFirst(half))).ratio
    else { return nil }
    return Change(from: old, to: new)
  }

  /// The halves, where the first and the last day alone go another way: then they are why the direction is what it is.
  package var decidingHalves: Change? {
    guard let first, let latest, let halves, TrendDirection(Change(from: first, to: latest)) != direction else {
      return nil
    }
    return halves
  }

  /// The trends of a history's models, by model; records of several scopes and origins add up.
  /// - Parameters:
  ///   - records: one record a key, as `HistoryLog.newest` gives them.
  ///   - byOrigin: whether origins are told apart instead.
  ///   - kind: which ratio it is; days of which nobody worked out what the baseline's cache would have held have the plain
  ///     one.
  package static func all(
    of records: [HistoryRecord], byOrigin: Bool = false, by kind: RatioKind = .plain
  ) -> [Trend] {
    struct Line: Hashable {
      var model: ModelID
      var origin: String?
    }
    guard let first = records.map(\.day).min(), let last = records.map(\.day).max() else { return [] }
    let lines = Dictionary(grouping: records) { Line(model: $0.model, origin: byOrigin ? $0.origin : nil) }
    return lines.map { line, records in
      var points: [CivilDay: Point] = [:]
      for record in records where record.ratio != nil {
        guard let cost = record.cost, let plain = record.baselineCost else { continue }
        let baselineCost = kind == .cached ? record.baselineCachedCost ?? plain : plain
        let point = Point(cost: cost, baselineCost: baselineCost)
        points[record.day] = .sum([points[record.day], point].compactMap(\.self))
      }
      return Trend(
        model: line.model, origin: line.origin, days: first...last, points: points,
        billedUntil: Dictionary(records.map { ($0.billing, $0.day) }, uniquingKeysWith: max),
        counts: records.reduce(.zero) { $0 + $1.counts },
        isAssumed: records.contains { $0.parts.contains(where: \.variant.isAssumed) },
        isSplitUnknown: records.contains {
          $0.billing == .perToken && $0.parts.contains(where: \.variant.isSplitUnknown)
        })
    }.sorted { ($0.model, $0.origin ?? "") < ($1.model, $1.origin ?? "") }
  }

  /// A bar for each day, or for each interval of equally many days where there are more days than columns; a space where
  /// there is no ratio. The bars span the model's own smallest to largest ratio.
  package func sparkline(columns: Int) -> String {
    let count = days.upperBound.number - days.lowerBound.number + 1
    let interval = max(1, (count + columns - 1) / max(1, columns))
    let ratios = Swift.stride(from: days.lowerBound.number, through: days.upperBound.number, by: interval).map {
      start in
      Point.sum((start..<start + interval).compactMap { points[CivilDay(number: $0)] }).ratio?.millionths
    }
    let known = ratios.compactMap(\.self)
    guard let low = known.min(), let high = known.max() else { return String(repeating: " ", count: ratios.count) }
    let bars = Array("▁▂▃▄▅▆▇█")
    return String(
      ratios.map { ratio in
        guard let ratio else { return " " }
        return high == low ? bars[3] : bars[Int((ratio - low) * 7 / (high - low))]
      })
  }
}

extension Trend.Point {
  /// The sum of costs, so that a day counts by its traffic.
  static func sum(_ points: [Trend.Point]) -> Trend.Point {
    points.reduce(into: Trend.Point(cost: .zero, baselineCost: .zero)) { sum, point in
      sum.cost += point.cost
      sum.baselineCost += point.baselineCost
    }
  }
}

/// Which way a ratio goes: a change of 5 % or more is a direction. The ratio falling is the improvement.
package enum TrendDirection: String, Sendable {
  /// The ratio falls.
  case improving
  /// The ratio rises.
  case worsening
  /// Neither.
  case steady
  /// Fewer than two days have a ratio.
  case unknown

  init(_ change: Trend.Change) {
    let (old, new) = (change.from.millionths, change.to.millionths)
    if (new - old).magnitude * 20 < old.magnitude || new == old {
      self = .steady
    } else {
      self = new < old ? .improving : .worsening
    }
  }
}
