import Model

/// How times are written in pricing files.
enum Times {
  /// Reads `YYYY-MM-DD` (00:00 UTC), `YYYY-MM-DDTHH:MMZ` or `YYYY-MM-DDTHH:MM:SSZ` as epoch milliseconds.
  static func instant(_ text: String) -> Int64? {
    let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let day = CivilDay(parts[0]) else { return nil }
    guard parts.count == 2 else { return day.utcStart }
    switch parts[1].utf8.count {
    case 6 where parts[1].hasSuffix("Z"): return ISOTime.read(text.dropLast() + ":00Z")
    case 9 where parts[1].hasSuffix("Z"): return ISOTime.read(text)
    default: return nil
    }
  }

  /// Reads `HH:MM` from 00:00 to 24:00 as minutes of a day.
  static func minute(_ text: some StringProtocol) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let hour = twoDigits(parts[0]), let minute = twoDigits(parts[1]), minute < 60,
      hour * 60 + minute <= 1440
    else { return nil }
    return hour * 60 + minute
  }

  /// Reads `HH:MM-HH:MM`; an end that is not after the start lies on the next day.
  static func span(_ text: String) -> Range<Int>? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = minute(parts[0]), let end = minute(parts[1]), start < 1440, start != end
    else { return nil }
    return start..<(end > start ? end : end + 1440)
  }

  /// Reads days of the week (`mon-fri`, `sat,sun`, `fri-mon`); 0 is Monday.
  static func weekdays(_ text: String) -> Set<Int>? {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    var days: Set<Int> = []
    for part in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
        names.firstIndex(of: end.filter { $0 != " " })
      }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else { return nil }
      for offset in 0...((last - first + 7) % 7) { days.insert((first + offset) % 7) }
    }
    return days
  }

  /// The intervals of the week that a span of hours makes on some days, ascending; a day is the one it starts on.
  static func week(_ span: Range<Int>, on days: Set<Int>) -> [Range<Int>] {
    let week = 7 * 1440
    return days.flatMap { day -> [Range<Int>] in
      let (start, end) = (day * 1440 + span.lowerBound, day * 1440 + span.upperBound)
      return end <= week ? [start..<end] : [start..<week, 0..<(end - week)]
    }
    .filter { !$0.isEmpty }
    .sorted { $0.lowerBound < $1.lowerBound }
  }

  private static func twoDigits(_ text: some StringProtocol) -> Int? {
    text.utf8.count == 2 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}
