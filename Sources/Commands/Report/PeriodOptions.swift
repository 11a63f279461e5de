import ArgumentParser
package import Model

/// The options that name the days of a report.
struct PeriodOptions: ParsableArguments {
  @Option(help: "The first day: YYYY-MM-DD, today or yesterday.")
  var since: DayName?

  @Option(help: "The last day, likewise; it belongs to the period.")
  var until: DayName?

  @Option(help: "The last hours, days or weeks, today included: 24h, 7d, 4w. Hours make whole days.")
  var last: DayCount?

  @Option(help: "A month of the calendar, YYYY-MM.")
  var month: MonthName?

  @Flag(help: "All that the ledger holds.")
  var all = false

  func validate() throws {
    let ways = [since != nil || until != nil, last != nil, month != nil, all].count(where: \.self)
    if ways > 1 {
      throw ValidationError("Name the period in one way: --since and --until, --last, --month, or --all.")
    }
    // Any day will do to compare what is named by it with what is not.
    if case .day(let since) = since, case .day(let until) = until, since > until {
      throw ValidationError("--since \(since) is after --until \(until).")
    }
    if case .ago(let since) = since, case .ago(let until) = until, since < until {
      throw ValidationError("--since is after --until.")
    }
  }

  /// The days that the options name.
  /// - Parameters:
  ///   - today: the present day.
  ///   - held: the days on which the ledger holds requests.
  /// - Throws: for a period that is still to come.
  func days(today: CivilDay, held: ClosedRange<CivilDay>) throws(CommandFailure) -> ClosedRange<CivilDay> {
    let (since, until) = (since?.day(today: today), until?.day(today: today))
    let first = since.map { ("--since \($0)", $0) } ?? month.map { ("--month \("\($0.first)".dropLast(3))", $0.first) }
    if let (option, day) = first, day > today {
      throw CommandFailure("\(option) is in the future; today is \(today)", status: .usage)
    }
    if all { return held }
    if let month {
      let last = month.first.firstOfNextMonth.advanced(by: -1)
      return month.first...min(last, today)
    }
    if let last { return today.advanced(by: 1 - last.days)...today }
    if since == nil, until == nil { return today.advanced(by: -29)...today }
    let last = until ?? today
    return min(since ?? held.lowerBound, last)...last
  }
}

/// A day by its date, or by how long ago it is.
enum DayName: ExpressibleByArgument {
  case day(CivilDay)
  /// So many days before today.
  case ago(Int)

  init?(argument: String) {
    switch argument {
    case "today": self = .ago(0)
    case "yesterday": self = .ago(1)
    default:
      guard let day = CivilDay(argument) else { return nil }
      self = .day(day)
    }
  }

  func day(today: CivilDay) -> CivilDay {
    switch self {
    case .day(let day): day
    case .ago(let days): today.advanced(by: -days)
    }
  }
}

/// A month of the calendar: `2026-11`.
struct MonthName: ExpressibleByArgument {
  var first: CivilDay

  init?(argument: String) {
    guard argument.utf8.count == 7, let first = CivilDay("\(argument)-01") else { return nil }
    self.first = first
  }
}

/// A number of days: `24h`, `7d`, `4w`.
struct DayCount: ExpressibleByArgument {
  var days: Int

  init?(argument: String) {
    guard let unit = argument.last, let count = Int(argument.dropLast()), (1...36_500).contains(count) else {
      return nil
    }
    switch unit {
    // Prices and sums know days: so many hours reach back into as many days.
    case "h": days = (count + 23) / 24 + 1
    case "d": days = count
    case "w" where count <= 5200: days = 7 * count
    default: return nil
    }
  }
}

extension CivilDay: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
