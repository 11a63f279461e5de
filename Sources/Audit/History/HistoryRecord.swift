package import Foundation
package import Pricing
package import Model

/// A day of a model in the history: sums without prompts, sessions and keys, from which, with a pricing table alone,
/// every figure of the day can be computed again.
package struct HistoryRecord: Hashable, Sendable {
  /// The day, in `timeZone`.
  package var day: CivilDay
  /// The identifier of the time zone whose day it is.
  package var timeZone: String
  /// Whether a router was between; never `all`.
  package var scope: TrafficScope = .routed
  /// Whose ledger the record comes from; `nil` in records of programs that knew no origins, which are one origin.
  package var origin: String?
  package var model: ModelID
  /// How it was paid for. Where that changed inside the day, the per-token part goes before a plan, a free part and an
  /// unpriced one, and `cost`, `baselineCost` and `ratio` cover that part only.
  package var billing: Billing
  /// What the day cost; for a plan its part of the fee of the day.
  package var cost: Money?
  /// What the same tokens cost at the baseline's rates.
  package var baselineCost: Money?
  /// Cost ÷ baseline cost, where billed by the token.
  package var ratio: Ratio?
  /// What the baseline would have cost with its own prompt cache; `nil` where that was not worked out.
  package var baselineCachedCost: Money?
  /// Measured requests without a price.
  package var unpriced: Int
  /// Searches of the web that the seller made, which are billed by the call.
  package var webSearches: Int64 = 0
  /// The model compared with.
  package var baseline: ModelID
  /// The SHA-256 of the pricing table behind the figures.
  package var pricingVersion: String
  /// When the record was made, epoch milliseconds.
  package var recordedAt: Int64
  /// The traffic: a part for each price of the day, ordered by time and prompt. Never empty.
  package var parts: [Part]

  /// Requests of one price.
  package struct Part: Hashable, Sendable {
    /// An instant whose prices apply, epoch milliseconds.
    package var time: Int64
    /// A prompt length whose price tier applies, tokens.
    package var prompt: Int64
    package var counts: RequestCounts
    /// The tokens of the measured ones.
    package var tokens: TokenUsage
    /// What else sets their price.
    package var variant: CallVariant = .none
    /// What the baseline's own prompt cache would have held; `nil` where that was not worked out.
    package var caching: PromptCaching?
    /// How many of the input tokens caches can have served, where the split is not known.
    package var served: Int64?
  }

  /// What tells records of different things apart; a newer record of the same key supersedes an older one, and records
  /// of different origins add up.
  package struct Key: Hashable, Sendable, Comparable {
    package var day: CivilDay
    /// Whether a router was between.
    package var scope: TrafficScope
    /// Whose record it is.
    package var origin: String?
    package var model: ModelID

    /// By day, model, scope and origin.
    package static func < (left: Key, right: Key) -> Bool {
      (left.day, left.model, right.scope.rawValue, left.origin ?? "")
        < (right.day, right.model, left.scope.rawValue, right.origin ?? "")
    }
  }

  package var key: Key { Key(day: day, scope: scope, origin: origin, model: model) }
  /// The day's requests.
  package var counts: RequestCounts { parts.reduce(.zero) { $0 + $1.counts } }
  /// The day's measured tokens.
  package var tokens: TokenUsage { parts.reduce(.zero) { $0 + $1.tokens } }

  /// The record that says that there was no such traffic after all.
  package func emptied(at now: Int64) -> HistoryRecord {
    var record = self
    record.parts = parts.prefix(1).map { part in
      var part = part
      (part.counts, part.tokens, part.caching, part.served) = (.zero, .zero, nil, nil)
      return part
    }
    record.cost = cost.map { _ in .zero }
    record.baselineCost = baselineCost.map { _ in .zero }
    (record.ratio, record.baselineCachedCost, record.unpriced, record.recordedAt) = (nil, nil, 0, now)
    record.webSearches = 0
    return record
  }

  /// The traffic again, as the audit takes it.
  package var slices: [TrafficSlice] {
    parts.map { part in
      var slice = TrafficSlice(
        model: model, time: part.time, prompt: part.prompt, day: day, counts: part.counts, tokens: part.tokens,
        caching: part.caching, variant: part.variant)
      slice.served = part.served
      return slice
    }
  }
}

extension HistoryRecord {
  /// The records of days: each day audited by itself.
  /// - Parameters:
  ///   - slices: all traffic of those days and of the scope.
  ///   - scope: routed or direct.
  ///   - origin: whose traffic it is.
  ///   - splits: what providers measured of caches on those days and before.
  ///   - now: epoch milliseconds.
  package static func records(
    of slices: [TrafficSlice], scope: TrafficScope = .routed, origin: String? = nil, baseline: ModelID,
    splits: MeasuredSplits = MeasuredSplits(), cacheLife: CacheLife = .fiveMinutes, timeZone: TimeZone, now: Int64,
    prices book: some PriceBook
  ) -> [HistoryRecord] {
    Dictionary(grouping: slices, by: \.day).flatMap { day, slices in
      let pricer = Pricer(book: book, baseline: baseline, splits: splits)
      var input = AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: timeZone), scope: AuditScope(scope), traffic: slices,
        planTraffic: [], cacheLife: cacheLife, baseline: baseline, now: now)
      input.splits = splits
      let report = Audit.run(input, prices: book)
      let byModel = Dictionary(grouping: pricer.prices(of: slices), by: \.slice.model)
      return Dictionary(grouping: report.models, by: \.key.model).compactMap { model, rows -> HistoryRecord? in
        guard let row = rows.min(by: { $0.key.billing.precedence < $1.key.billing.precedence }) else { return nil }
        return HistoryRecord(
          day: day, timeZone: report.period.zoneName, scope: scope, origin: origin, model: model,
          billing: row.key.billing, cost: row.cost,
          baselineCost: row.baselineCost, ratio: row.ratio, baselineCachedCost: row.baselineCachedCost,
          unpriced: rows.reduce(0) { $0 + $1.unpriced },
          baseline: baseline, pricingVersion: report.pricingVersion, recordedAt: now,
          parts: parts(of: byModel[model] ?? []))
      }
    }.sorted { $0.key < $1.key }
  }

  /// Joins slices of the same price, whatever the order they come in.
  private static func parts(of slices: [PricedSlice]) -> [Part] {
    struct Price: Hashable {
      var variant: CallVariant
      var billing: Billing
      var rates: Rates?
      var baselineRates: Rates?
    }
    let groups = Dictionary(grouping: slices) {
      Price(variant: $0.slice.variant, billing: $0.billing, rates: $0.rates, baselineRates: $0.baselineRates)
    }
    return groups.values.compactMap { group -> Part? in
      // The instant and the prompt of one real slice: together they find the price again.
      guard let first = group.map(\.slice).min(by: { ($0.time, $0.prompt) < ($1.time, $1.prompt) }) else { return nil }
      let measured = group.filter { $0.slice.counts.measured > 0 }
      let (caching, served) = (measured.compactMap(\.slice.caching), measured.compactMap(\.served))
      return Part(
        time: first.time, prompt: first.prompt, counts: group.reduce(.zero) { $0 + $1.slice.counts },
        tokens: group.reduce(.zero) { $0 + $1.tokens }, variant: first.variant,
        caching: measured.isEmpty || caching.count < measured.count ? nil : caching.reduce(.zero, +),
        served: served.isEmpty ? nil : served.reduce(0, +))
    }.sorted {
      ($0.time, $0.prompt) != ($1.time, $1.prompt)
        ? ($0.time, $0.prompt) < ($1.time, $1.prompt) : CallVariant.precedes($0.variant, $1.variant)
    }
  }
}

extension PricedSlice {
  /// How many of the input tokens caches can have served; `nil` where the split is measured.
  fileprivate var served: Int64? { cachedTokens.map { tokens.input - $0.input } }
}

extension Billing {
  fileprivate var precedence: Int {
    switch self {
    case .perToken: 0
    case .plan: 1
    case .free: 2
    case .unpriced: 3
    }
  }
}
