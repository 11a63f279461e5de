import Audit
import Foundation
import Pricing
import Report
import TestPrices
import Model

/// A small day that was checked by hand.
enum Example {
  static let noon = Int64.at(2026, 6, 24, hour: 12)
  static let dear = ModelID(provider: "acme", model: "dear-1")
  static let stranger = ModelID(provider: "vllm", model: "glm-air")
  static let notes = ReportNotes(
    reasons: [.minimax: [MissingTokens(requests: 2, reason: "passed through, not logged")]], skippedLines: 3)

  static var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(dear, Rates(4, 20))
    prices.nearest = [.glm]
    return prices
  }

  static let slices: [TrafficSlice] = [
    .of(.minimax, at: noon, TokenUsage(input: 10_000, output: 1000)),
    .of(.minimax, at: noon, counts: RequestCounts(unknown: 2, failed: 1)),
    .of(.minimax, at: noon + 1, counts: RequestCounts(estimated: 1), route: .background, session: "s"),
    .of(
      .glm, at: noon, TokenUsage(input: 200_000, cacheRead: 100_000, output: 20_000),
      counts: RequestCounts(upstream: 20, unknown: 5)),
    // 0.1 × 4 + 0.05 × 4 + 0.01 × 20 = 0.80 against 0.3 + 0.015 + 0.15 = 0.465: 1.720430.
    .of(
      dear, at: noon, TokenUsage(input: 100_000, cacheRead: 50_000, output: 10_000),
      counts: RequestCounts(router: 3)),
    .of(stranger, at: noon, TokenUsage(input: 500), counts: RequestCounts(client: 2)),
  ]

  static func report(_ slices: [TrafficSlice] = slices, by grouping: Grouping = .model) -> AuditReport {
    let day = CivilDay.on(2026, 6, 24)
    return Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: slices, planTraffic: slices,
        recorded: RecordedTime(from: .on(2026, 6, 1)),
        baseline: .sonnet, now: .at(2026, 6, 25, minute: 5), grouping: grouping),
      prices: prices)
  }

  /// The day with a model of another name.
  static func report(named name: String) -> AuditReport {
    report([.of(ModelID(provider: "p", model: name), at: noon, TokenUsage(input: 5), session: name)], by: .session)
  }
}
