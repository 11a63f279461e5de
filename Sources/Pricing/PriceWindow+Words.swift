extension PriceWindow {
  /// As people write it: `mon-fri 01:00-04:00Z`, several apart by commas.
  package var words: String {
    spans.map { span, days in "\(days.isEmpty ? "daily" : days) \(span)Z" }.joined(separator: ", ")
  }

  /// Its hours and the days on which they begin, as a pricing file has them; no days for every day.
  var spans: [(utc: String, days: String)] {
    var daysOfSpans: [Range<Int>: [Int]] = [:]
    for interval in intervals {
      let day = interval.lowerBound / 1440
      daysOfSpans[interval.lowerBound - day * 1440..<interval.upperBound - day * 1440, default: []].append(day)
    }
    return daysOfSpans.sorted { $0.key.lowerBound < $1.key.lowerBound }.map { span, days in
      ("\(Self.clock(span.lowerBound))-\(Self.clock(span.upperBound))", Self.words(of: days))
    }
  }

  /// The intervals, with one over the end of the week whole again: it may end after the week.
  private var intervals: [Range<Int>] {
    let week = 7 * 1440
    guard let first = minutes.first, let last = minutes.last, minutes.count > 1, first.lowerBound == 0,
      last.upperBound == week, !last.lowerBound.isMultiple(of: 1440)
    else { return minutes }
    return minutes.dropFirst().dropLast() + [last.lowerBound..<week + first.upperBound]
  }

  /// `mon-fri`, `sat,sun`; nothing for every day.
  private static func words(of days: [Int]) -> String {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    guard days.count < 7 else { return "" }
    var runs: [ClosedRange<Int>] = []
    for day in days.sorted() {
      if let last = runs.last, last.upperBound == day - 1 {
        runs[runs.count - 1] = last.lowerBound...day
      } else {
        runs.append(day...day)
      }
    }
    return runs.map { run in
      run.count > 2
        ? "\(names[run.lowerBound])-\(names[run.upperBound])" : run.map { names[$0] }.joined(separator: ",")
    }.joined(separator: ",")
  }

  private static func clock(_ minute: Int) -> String {
    let minute = minute > 1440 ? minute - 1440 : minute
    let (hours, rest) = ("\(minute / 60)", "\(minute % 60)")
    return "\(hours.count < 2 ? "0" : "")\(hours):\(rest.count < 2 ? "0" : "")\(rest)"
  }
}
