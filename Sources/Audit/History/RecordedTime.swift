package import Model

/// The time that records cover: from the first day with a record of a scope and origin until now. Only in it do fees,
/// projections and months count: a day without records is not a day without use.
package struct RecordedTime: Hashable, Sendable {
  /// The first day with a record.
  package var from: CivilDay
  /// The days on which some request began; `nil` where nobody counted them.
  package var used: Set<CivilDay>?

  /// Recorded time.
  package init(from: CivilDay, used: Set<CivilDay>? = nil) {
    self.from = from
    self.used = used
  }

  /// Recorded time by the days on which requests began; `nil` where there are none.
  package init?(days: Set<CivilDay>) {
    guard let first = days.min() else { return nil }
    self.init(from: first, used: days)
  }

  /// Whether some request began on one of those days; `true` where nobody counted.
  func holdsRequests(in days: Range<CivilDay>) -> Bool { used.map { $0.contains(where: days.contains) } ?? true }

  /// How much of a period is recorded.
  func part(of period: AuditPeriod, now: Int64) -> RecordedPart {
    let today = CivilDay(milliseconds: now, in: period.timeZone)
    let last = min(period.until, today)
    let all = max(0, last.number - period.since.number + 1)
    let first = max(period.since, from)
    let days = max(0, last.number - first.number + 1)
    let silent = used.map { used in days - used.count { first <= $0 && $0 <= last } }
    return RecordedPart(from: from, days: days, ofDays: all, silentDays: silent)
  }
}
