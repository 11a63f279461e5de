import Model

/// A request's row number: its start, and a place among the requests of the same millisecond. Rows so lie in the order
/// of time, and no index on their start is needed.
enum RequestID {
  /// How many requests may begin in one millisecond: as many as leave today's numbers at eight bytes.
  static let slots: Int64 = 1 << 15

  /// The first number of an instant.
  /// - Parameter started: epoch milliseconds, of `EpochTime.range`.
  static func first(at started: Int64) -> Int64 { started << 15 }

  /// The instant that a number stands for, epoch milliseconds.
  static func instant(of id: Int64) -> Int64 { id >> 15 }

  /// The numbers of a span of instants. An instant that no request can have counts as the nearest one that can.
  static func range(_ span: Range<Int64>) -> Range<Int64> {
    first(at: clamped(span.lowerBound))..<first(at: clamped(span.upperBound))
  }

  /// When a request ended, epoch milliseconds; `nil` where its duration is not known. A duration that no clock measures,
  /// as in a damaged ledger, ends it with the last instant that can be.
  static func end(of started: Int64, after duration: Int64?) -> Int64? {
    duration.map {
      let (end, overflow) = started.addingReportingOverflow($0)
      return clamped(overflow ? ($0 < 0 ? .min : .max) : end)
    }
  }

  private static func clamped(_ instant: Int64) -> Int64 {
    min(max(instant, EpochTime.range.lowerBound), EpochTime.range.upperBound)
  }
}
