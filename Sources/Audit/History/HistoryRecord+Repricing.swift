import Foundation
import Model
import Pricing

extension HistoryRecord {
  /// What the record's traffic costs by a table, between both ends where nobody knows what caches served; `nil` without a
  /// price.
  func costs(_ book: some PriceBook) -> ClosedRange<Money>? {
    if let cost { return cost...cost }
    guard billing == .perToken else { return nil }
    return sum(book) { priced in priced.cost.map { [$0, priced.leastCost ?? $0] } }
  }

  /// What it costs at the baseline's rates, likewise.
  func baselineCosts(_ book: some PriceBook) -> ClosedRange<Money>? {
    if let baselineCost { return baselineCost...baselineCost }
    return sum(book) { priced in priced.baselineCost.map { [$0, priced.leastBaselineCost ?? $0] } }
  }

  private func sum(_ book: some PriceBook, _ ends: (PricedSlice) -> [Money]?) -> ClosedRange<Money>? {
    let pricer = Pricer(book: book, baseline: baseline)
    return slices.filter { $0.counts.measured > 0 }.map(pricer.price)
      .reduce(Money.zero...Money.zero as ClosedRange<Money>?) { sum, priced in
        sum.flatMap { sum in ends(priced)?.span.map(sum.plus) }
      }
  }
}

extension [HistoryRecord] {
  /// Each record beside what another pricing table makes of it. The records of a day are priced together, as they were
  /// when they were made: a plan's fee is split over all its models. Those of a time zone that this system does not know
  /// are left out.
  /// - Parameter all: all records of their days.
  func priced(again book: some PriceBook, with all: [HistoryRecord]? = nil) -> [(HistoryRecord, HistoryRecord)] {
    let days = Dictionary(grouping: all ?? self, by: RecordedDay.init)
    return Dictionary(grouping: self, by: RecordedDay.init).flatMap {
      key, records -> [(HistoryRecord, HistoryRecord)] in
      guard let zone = TimeZone(identifier: key.timeZone) else { return [] }
      let again = HistoryRecord.records(
        of: (days[key] ?? records).flatMap(\.slices), scope: key.scope, origin: key.origin, baseline: key.baseline,
        timeZone: zone, now: records.map(\.recordedAt).max() ?? 0, prices: book)
      let byKey = Dictionary(uniqueKeysWithValues: again.map { ($0.key, $0) })
      return records.compactMap { record in byKey[record.key].map { (record, $0) } }
    }.sorted { $0.0.key < $1.0.key }
  }
}

/// What was priced together when the records of a day were made.
private struct RecordedDay: Hashable {
  var day: CivilDay
  var timeZone: String
  var scope: TrafficScope
  var origin: String?
  var baseline: ModelID

  init(_ record: HistoryRecord) {
    (day, timeZone, scope, origin) = (record.day, record.timeZone, record.scope, record.origin)
    baseline = record.baseline
  }
}
