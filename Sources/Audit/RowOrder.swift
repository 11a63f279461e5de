import Model
import Pricing

/// What rows of a report are sorted by; the largest stands first. Raw values are the words of the command line.
package enum RowOrder: String, CaseIterable, Sendable {
  /// What they cost.
  case cost
  /// What the same work costs at the baseline.
  case baseline
  case ratio
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
    let keys = rows.map { figure($0, order) }
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

  /// The ratio that decides on a row, or between what it lies; a plan's is that of all its models together.
  package func ratios(of row: AuditRow) -> ClosedRange<Ratio>? {
    guard let name = row.key.billing.plan, let plan = plans.first(where: { $0.name == name }) else {
      return row.ratios(by: judgedBy)
    }
    return row.counts.measured > 0 ? plan.said(\.ratio, by: \.periodCost) : nil
  }

  /// What a row is sorted by: the upper end of what reports show.
  private func figure(_ row: AuditRow, _ order: RowOrder) -> Int128? {
    switch order {
    case .cost: row.highestCost?.picodollars
    case .baseline: row.baselineCosts(by: judgedBy)?.upperBound.picodollars
    case .ratio: ratios(of: row)?.upperBound.millionths
    case .requests: Int128(row.counts.requests)
    case .tokens: row.counts.measured > 0 ? Int128(row.tokens.total) : nil
    case .time: (row.times?.upperBound ?? row.key.day.map { Int64($0.number) }).map { Int128($0) }
    case .name: 0
    }
  }
}
