package import Model

/// The days that a bill sums up together: what it says of a week is compared with the ledger's whole week.
package struct BillSpans: Sendable {
  /// Those of more than one day, in order, without a day in common.
  private let long: [ClosedRange<CivilDay>]

  /// - Parameter rows: all of the bill's. Spans that overlap are one: no row tells its part of the common days.
  package init(_ rows: [BillRow]) {
    let spans = Set(rows.lazy.filter { $0.lastDay != nil }.map(\.days)).filter { $0.lowerBound < $0.upperBound }
    long = spans.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { spans, span in
      if let last = spans.last, span.lowerBound <= last.upperBound {
        spans[spans.count - 1] = last.lowerBound...max(last.upperBound, span.upperBound)
      } else {
        spans.append(span)
      }
    }
  }

  /// The days with which a day is summed up; the day alone where it is not.
  package func days(of day: CivilDay) -> ClosedRange<CivilDay> {
    let place = long.partitioningIndex { $0.upperBound >= day }
    return place < long.endIndex && long[place].contains(day) ? long[place] : day...day
  }
}
