import Model
import Pricing

/// How much of a plan's month has passed in recorded time, in milliseconds of days that all count as long as the last one
/// seen.
struct Elapsed {
  /// The length of a day.
  var day: Int128
  /// What has passed of the recorded days on which the plan runs.
  var passed: Int128
  /// All days of the month.
  var whole: Int128
  /// Whether the month has ended.
  var isOver: Bool
  /// Whether the plan has, which ran on a part of it.
  var hasEnded: Bool
  /// The recorded days on which the plan runs that are over.
  var wholeDays: [CivilDay]

  init(plan: Plan, month: Range<CivilDay>, recorded: RecordedTime?, seen: Int64, in period: AuditPeriod) {
    let today = CivilDay(milliseconds: seen, in: period.timeZone)
    let hours = today.interval(in: period.timeZone)
    let running = month.days.filter { plan.runs(on: $0) && $0 >= recorded?.from ?? month.upperBound }
    day = Int128(hours.upperBound - hours.lowerBound)
    whole = Int128(month.count) * day
    wholeDays = running.filter { $0 < today }
    passed = Int128(wholeDays.count) * day
    if running.contains(today) { passed += Int128(seen - hours.lowerBound) }
    isOver = today >= month.upperBound
    let paid = month.days.filter(plan.runs(on:))
    hasEnded = paid.last.map { $0 < today && $0 < month.upperBound.advanced(by: -1) } ?? false
  }
}

extension Range<CivilDay> {
  var count: Int { upperBound.number - lowerBound.number }
}
