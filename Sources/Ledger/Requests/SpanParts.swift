import Model

/// A span taken apart into whole days, whole hours at its ends, and the rest.
struct SpanParts {
  /// Days since 1970.
  var days: Range<Int64>
  /// Hours since 1970.
  var hours: [Range<Int64>]
  /// Epoch milliseconds.
  var rests: [Range<Int64>]

  init(_ span: Range<Int64>) {
    func whole(_ length: Int64) -> Range<Int64> {
      let first = (span.lowerBound + length - 1) / length
      return first..<max(first, span.upperBound / length)
    }
    (days, hours, rests) = (whole(EpochTime.day), [whole(EpochTime.hour)], [span])
    if let all = hours.first, !all.isEmpty {
      rests = [
        span.lowerBound..<all.lowerBound * EpochTime.hour, all.upperBound * EpochTime.hour..<span.upperBound,
      ]
      if !days.isEmpty { hours = [all.lowerBound..<days.lowerBound * 24, days.upperBound * 24..<all.upperBound] }
    }
  }
}
