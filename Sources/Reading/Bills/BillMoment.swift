import Foundation
import Model

/// A day, or a time of it, as bills write them: `2026-05-12`, `2026/5/12`, `20260512`, each with a time behind it or
/// not, and with an offset from UTC behind that or not.
struct BillMoment: Equatable {
  /// The day as it is written.
  let day: CivilDay
  /// The time of that day, milliseconds; `nil` for a day alone.
  let time: Int64?
  /// Seconds east of UTC; `nil` where none is named.
  let offset: Int?

  /// A day alone.
  init(day: CivilDay) { (self.day, time, offset) = (day, nil, nil) }

  /// `nil` for anything else: what stands behind a day is read, too, so that nothing is taken for UTC that is not.
  init?(_ text: String) {
    var rest = Substring(text.trimmed)
    func digits(_ most: Int, least: Int? = nil) -> Int? {
      let found = rest.prefix(most).prefix { $0.isASCII && $0.isNumber }
      guard found.count >= least ?? most, let value = Int(found) else { return nil }
      rest = rest[found.endIndex...]
      return value
    }
    func take(_ signs: String) -> Bool {
      guard let first = rest.first, signs.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    guard let year = digits(4) else { return nil }
    let month: Int?
    let number: Int?
    if let sign = rest.first, sign == "-" || sign == "/" {
      rest.removeFirst()
      month = digits(2, least: 1)
      guard take(String(sign)) else { return nil }
      number = digits(2, least: 1)
    } else {
      month = digits(2)
      number = digits(2)
    }
    guard let month, let number, let day = CivilDay(year: year, month: month, day: number) else { return nil }
    self.day = day
    guard !rest.isEmpty else {
      (time, offset) = (nil, nil)
      return
    }
    guard take("Tt "), let hour = digits(2), take(":"), let minute = digits(2), hour < 24, minute < 60 else {
      return nil
    }
    var milliseconds = Int64(hour * 3600 + minute * 60) * 1000
    if take(":") {
      guard let second = digits(2), second <= 60 else { return nil }
      milliseconds += Int64(second) * 1000
      if take(".,") {
        let fraction = rest.prefix { $0.isASCII && $0.isNumber }
        guard !fraction.isEmpty, let value = Int64((fraction + "000").prefix(3)) else { return nil }
        rest = rest[fraction.endIndex...]
        milliseconds += value
      }
    }
    time = milliseconds
    _ = take(" ")
    if rest.isEmpty {
      offset = nil
    } else if ["Z", "z", "UTC", "GMT"].contains(String(rest)) {
      offset = 0
    } else {
      let isWest = rest.first == "-"
      guard take("+-"), let hours = digits(2) else { return nil }
      _ = take(":")
      guard let minutes = rest.isEmpty ? 0 : digits(2), rest.isEmpty, minutes < 60 else { return nil }
      let seconds = (hours * 60 + minutes) * 60 * (isWest ? -1 : 1)
      // No clock is further from UTC.
      guard (-12 * 3600...14 * 3600).contains(seconds) else { return nil }
      offset = seconds
    }
  }

  /// Epoch milliseconds, where time and offset are named.
  var instant: Int64? {
    guard let time, let offset else { return nil }
    return day.utcStart + time - Int64(offset) * 1000
  }

  /// The same where times without an offset are of UTC.
  var utcInstant: Int64? { instant ?? time.map { day.utcStart + $0 } }

  /// The day in a zone, which is that of times without an offset.
  func day(in zone: TimeZone) -> CivilDay { instant.map { CivilDay(milliseconds: $0, in: zone) } ?? day }

  /// Whether a day begins with it, by the clock that it is written by.
  var isMidnight: Bool { (time ?? 0) == 0 }
}

/// The time that a row sums up.
struct BillSpan {
  let day: CivilDay
  /// The last day, where there are several.
  let lastDay: CivilDay?
  /// The instant that it begins with, where it is shorter than a day.
  let bucket: Int64?

  /// The time between two instants, epoch milliseconds; `nil` for none, and for more than a year.
  init?(from: Int64, to: Int64, in zone: TimeZone) {
    let (hour, length): (Int64, Int64) = (3_600_000, to - from)
    guard length > 0, length <= 367 * 24 * hour else { return nil }
    day = CivilDay(milliseconds: from, in: zone)
    // Where clocks change, a day has an hour less or more.
    lastDay = length > 25 * hour ? CivilDay(milliseconds: to - 1, in: zone) : nil
    bucket = length < 23 * hour ? from : nil
  }

  /// What begins with a moment and names no end: a time of the day begins a bucket.
  init(_ moment: BillMoment, in zone: TimeZone) {
    day = moment.day(in: zone)
    lastDay = nil
    bucket = moment.utcInstant
  }
}

extension BillRow {
  /// A row of a span of time, with nothing in it yet.
  init(_ span: BillSpan, model: String? = nil) {
    self.init(day: span.day, model: model)
    (lastDay, bucket) = (span.lastDay, span.bucket)
  }
}
