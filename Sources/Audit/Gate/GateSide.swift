import Foundation
package import Model

/// One side of a check: a history, and the prices that its ratios are computed with again.
package struct GateSide: Sendable {
  /// How the figures of a history were made.
  package struct Method: Hashable, Sendable {
    /// The model compared with.
    package var baseline: ModelID
    /// Whose days the records are.
    package var timeZone: String
  }

  /// One record a key, of all scopes.
  package var records: [HistoryRecord]
  /// The traffic that somebody named; `nil` for routed traffic, or else direct.
  package var scope: TrafficScope?
  /// How many records claim a day or an origin that is still to come; they are left out.
  package var fromTheFuture: Int

  /// A side of a history.
  /// - Parameters:
  ///   - scope: the traffic that counts; `nil` for routed traffic, or else direct.
  ///   - now: epoch milliseconds.
  package init(_ log: HistoryLog, scope: TrafficScope? = nil, now: Int64) {
    self.scope = scope
    // A day is over at most a day earlier elsewhere, and clocks differ.
    let (latest, tomorrow) = (now + 86_400_000, CivilDay(milliseconds: now, in: .gmt).advanced(by: 1))
    let known = log.records.filter { $0.recordedAt <= latest && $0.day <= tomorrow }
    fromTheFuture = log.records.count - known.count
    records = HistoryLog(records: known).newest
  }

  /// How the newest figures were made; `nil` without records.
  package var method: Method? {
    records.last.map { Method(baseline: $0.baseline, timeZone: $0.timeZone) }
  }

  /// The days of the window: as many as asked for, back from the newest record; `nil` without records.
  /// - Parameter days: how many; `nil` for all.
  package func window(days: Int?) -> ClosedRange<CivilDay>? {
    guard let first = records.first?.day, let last = records.last?.day else { return nil }
    return days.map { last.advanced(by: 1 - $0)...last } ?? first...last
  }

  /// The audit of days, at prices of now.
  /// - Parameters:
  ///   - kind: which ratio decides; records of programs that did not work out what the baseline's cache would have held
  ///     have the plain one alone.
  ///   - life: how long that cache keeps what nobody reads.
  ///   - grouping: what a row is for, beside the model.
  ///   - now: epoch milliseconds.
  package func report(
    _ days: ClosedRange<CivilDay>, baseline: ModelID, judgedBy kind: RatioKind = .plain, by grouping: Grouping = .model,
    cacheLife life: CacheLife = .fiveMinutes, now: Int64, prices book: some PriceBook
  ) -> AuditReport {
    let zone = method.flatMap { TimeZone(identifier: $0.timeZone) } ?? .gmt
    let ofDays = records.filter { days.contains($0.day) }
    let scope = ofDays.scope(scope)
    var report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: days.lowerBound, until: days.upperBound, timeZone: zone), scope: scope,
        traffic: ofDays.of(scope.shown).flatMap(\.slices),
        planTraffic: records.filter { $0.day <= days.upperBound }.of(scope.shown).flatMap(\.slices),
        recorded: RecordedTime(days: Set(records.of(scope.shown).map(\.day))), cacheLife: life, baseline: baseline,
        judgedBy: kind, now: now, grouping: grouping),
      prices: book)
    report.extras = PriceExtra.merged(
      ofDays.of(scope.shown).flatMap { record in
        let first = record.parts.first
        return PriceExtra.all(
          of: record.model, as: CallVariant(host: first?.variant.host), requests: 0, webSearches: record.webSearches,
          at: first?.time ?? now, prices: book)
      })
    return report
  }
}
