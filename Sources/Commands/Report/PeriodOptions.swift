import ArgumentParser
package import Model

/// The options that name the days of a report.
struct PeriodOptions: ParsableArguments {
  @Option(help: "The first day, YYYY-MM-DD.")
  var since: CivilDay?

  @Option(help: "The last day, YYYY-MM-DD; it belongs to the period.")
  var until: CivilDay?

  @Option(help: "The last days or weeks, today included: 7d, 4w.")
  var last: DayCount?

  @Flag(help: "All that the ledger holds.")
  var all = false

  func validate() throws {
    let ways = [since != nil || until != nil, last != nil, all].count(where: \.self)
    if ways > 1 { throw ValidationError("Name the period in one way: --since and --until, --last, or --all.") }
    if let since, let until, since > until {
      throw ValidationError("--since \(since) is after --until \(until).")
    }
  }

  /// The days that the options name.
  /// - Parameters:
  ///   - today: the present day.
  ///   - held: the days on which the ledger holds requests.
  func days(today: CivilDay, held: ClosedRange<CivilDay>) -> ClosedRange<CivilDay> {
    if all { return held }
    if let last { return today.advanced(by: 1 - last.days)...today }
    if since == nil, until == nil { return today.advanced(by: -29)...today }
    let last = until ?? max(today, since ?? today)
    return min(since ?? held.lowerBound, last)...last
  }
}

/// A number of days: `7d`, `4w`.
struct DayCount: ExpressibleByArgument {
  var days: Int

  init?(argument: String) {
    guard let unit = argument.last, let count = Int(argument.dropLast()), (1...36_500).contains(count) else {
      return nil
    }
    switch unit {
    case "d": days = count
    case "w" where count <= 5200: days = 7 * count
    default: return nil
    }
  }
}

extension CivilDay: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
