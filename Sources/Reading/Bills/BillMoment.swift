import Foundation
import Model

/// A day, or a time of it, as bills write them: `2026-05-12`, `2026/5/12`, `20260512`, and as spreadsheets save them again:
/// `12.5.2026`, `5/12/2026`. Each with a time behind it or not, and with an offset from UTC behind that or not.
struct BillMoment: Equatable {
  /// The day as it is written.
  let day: CivilDay
  /// The time of that day, milliseconds; `nil` for a day alone.
  let time: Int64?
  /// Seconds east of UTC; `nil` where none is named.
  let offset: Int?
  /// Whether its time is told to the second; spreadsheets show minutes.
  let hasSeconds: Bool

  /// A day alone.
  init(day: CivilDay) { (self.day, time, offset, hasSeconds) = (day, nil, nil, false) }

  /// `nil` for anything else: what stands behind a day is read, too, so that nothing is taken for UTC that is not.
  /// - Parameter order: how its column writes days whose year stands last.
  init?(_ text: String, order: DayOrder? = nil) {
    var rest = Substring(text.trimmed)
    guard let day = rest.takeDay(order) else { return nil }
    self.day = day
    guard !rest.isEmpty else {
      (time, offset, hasSeconds) = (nil, nil, false)
      return
    }
    guard rest.take("Tt "), var hour = rest.takeDigits(2, least: 1), rest.take(":"), let minute = rest.takeDigits(2),
      hour < 24, minute < 60
    else { return nil }
    var rests: Int64 = 0
    if rest.take(":") {
      guard let second = rest.takeDigits(2), second <= 60 else { return nil }
      rests = Int64(second) * 1000
      if rest.take(".,") {
        let fraction = rest.prefix { $0.isASCII && $0.isNumber }
        guard !fraction.isEmpty, let value = Int64((fraction + "000").prefix(3)) else { return nil }
        rest = rest[fraction.endIndex...]
        rests += value
      }
      hasSeconds = true
    } else {
      hasSeconds = false
    }
    _ = rest.take(" ")
    if let half = ["AM", "PM"].first(where: rest.uppercased().hasPrefix) {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (half == "PM" ? 12 : 0)
      rest = rest.dropFirst(2)
      _ = rest.take(" ")
    }
    time = Int64(hour * 3600 + minute * 60) * 1000 + rests
    if rest.isEmpty {
      offset = nil
    } else if ["Z", "z", "UTC", "GMT"].contains(String(rest)) {
      offset = 0
    } else {
      let isWest = rest.first == "-"
      guard rest.take("+-"), let hours = rest.takeDigits(2) else { return nil }
      _ = rest.take(":")
      guard let minutes = rest.isEmpty ? 0 : rest.takeDigits(2), rest.isEmpty, minutes < 60 else { return nil }
      let seconds = (hours * 60 + minutes) * 60 * (isWest ? -1 : 1)
      // No clock is further from UTC.
      guard (-12 * 3600...14 * 3600).contains(seconds) else { return nil }
      offset = seconds
    }
  }

  /// Epoch milliseconds of an instant that is written as seconds since 1970, or as milliseconds, which its size tells;
  /// `nil` for anything else, and for what a spreadsheet cut short (`1.76273E+12`).
  static func epoch(_ text: String) -> Int64? {
    guard !text.contains(where: { $0 == "e" || $0 == "E" }), let count = ExactAmount(text)?.billedCount,
      count < firstOfYear10000 * 1000
    else { return nil }
    return count < firstOfYear10000 ? count * 1000 : count
  }

  /// Seconds since 1970.
  private static let firstOfYear10000: Int64 = 253_402_300_800

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

extension CivilDay {
  /// No bill has a day before: 2020-01-01.
  static let firstBilled = CivilDay(number: 18_262)
}

/// The time that a row sums up.
struct BillSpan {
  let day: CivilDay
  /// The last day, where there are several.
  let lastDay: CivilDay?
  /// Its instants, where it is shorter than a day, or has an hour less or more than its days.
  let bucket: Range<Int64>?

  /// The time between two instants, epoch milliseconds; `nil` for none, and for more than a year.
  init?(from: Int64, to: Int64, in zone: TimeZone) {
    let (hour, length) = (Self.hour, to - from)
    guard length > 0, length <= 367 * 24 * hour else { return nil }
    day = CivilDay(milliseconds: from, in: zone)
    // Where clocks change, a day has an hour less or more.
    lastDay = length > 25 * hour ? CivilDay(milliseconds: to - 1, in: zone) : nil
    bucket = length < 23 * hour || [hour, 23 * hour].contains(length % (24 * hour)) ? from..<to : nil
  }

  /// What begins with a moment and names no end: a time of the day begins an hour.
  init(_ moment: BillMoment, in zone: TimeZone) {
    day = moment.day(in: zone)
    lastDay = nil
    bucket = moment.utcInstant.map { $0..<$0 + Self.hour }
  }

  private static let hour: Int64 = 3_600_000
}

extension BillRow {
  /// A row of a span of time, with nothing in it yet.
  init(_ span: BillSpan, model: String? = nil) {
    self.init(day: span.day, model: model)
    (lastDay, bucket) = (span.lastDay, span.bucket)
  }
}
