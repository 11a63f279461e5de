import Model
import Pricing

/// What rows of a report are sorted by; the largest stands first. Raw values are the words of the command line.
package enum RowOrder: String, CaseIterable, Sendable {
  /// What they cost.
  case cost
  /// What the same work costs at the baseline.
  case baseline
  /// The ratio.
  case ratio
  /// Requests.
  case requests
  /// Measured tokens.
  case tokens
  /// The latest first: by the day or the last request.
  case time
  /// By name; the usual order.
  case name
}

extension AuditReport {
  /// The same with its rows in another order, and only so many of them. What has no figure comes last; rows that are alike
  /// keep their order.
  package func sorted(by order: RowOrder, top: Int?) -> AuditReport {
    var report = self
    let keys = rows.map { row in Self.figure(row, order, judgedBy: judgedBy) }
    let places = rows.indices.sorted { left, right in
      switch (keys[left], keys[right]) {
      case (let one?, let other?) where one != other: one > other
      case (.some, nil): true
      case (nil, .some): false
      default: left < right
      }
    }
    let sorted = places.map { rows[$0] }
    report.rows = Array(sorted.prefix(top ?? sorted.count))
    report.rowsLeftOut += Array(sorted.dropFirst(top ?? sorted.count))
    return report
  }

  private static func figure(_ row: AuditRow, _ order: RowOrder, judgedBy kind: RatioKind) -> Int128? {
    switch order {
    case .cost: (row.cost ?? row.range?.cost?.upperBound)?.picodollars
    case .baseline: (row.baselineCost ?? row.range?.baselineCost?.upperBound)?.picodollars
    case .ratio: (row.ratio(by: kind) ?? row.range?.ratio?.upperBound)?.millionths
    case .requests: Int128(row.counts.requests)
    case .tokens: row.counts.measured > 0 ? Int128(row.tokens.total) : nil
    case .time: (row.times?.upperBound ?? row.key.day.map { Int64($0.number) }).map { Int128($0) }
    case .name: 0
    }
  }
}
