@testable import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// Whose records a history holds, and what of them is asked for.
@Suite struct Origins {
  static let noon = Int64.at(2026, 6, 24, hour: 12)

  /// A baseline at a dollar a million tokens of input, so that every cent can be hit.
  static var prices: TestPrices {
    var prices = TestPrices.example
    prices.entries[.sonnet] = nil
    prices.add(.sonnet, Rates(1, 5))
    return prices
  }

  static func record(
    _ origin: String?, requests: Int, cents: Int64, at now: Int64, scope: TrafficScope = .routed
  ) -> HistoryRecord {
    let slice = TrafficSlice.of(
      .minimax, at: noon, TokenUsage(input: cents * 10_000), counts: RequestCounts(upstream: requests))
    return HistoryRecord.records(
      of: [slice], scope: scope, origin: origin, baseline: .sonnet, timeZone: .gmt, now: now, prices: prices)[0]
  }

  /// Worked example 4 of the rules.
  @Test func twoOriginsAddUpAndNeverReplaceEachOther() throws {
    let day = CivilDay.on(2026, 6, 24)
    func record(_ origin: String?, _ requests: Int, _ cents: Int64, _ now: Int64) -> HistoryRecord {
      Self.record(origin, requests: requests, cents: cents, at: now)
    }
    let a = record("a", 31, 44, .at(2026, 6, 25))
    let b = record("b", 41, 277, .at(2026, 6, 25))
    func sum(_ records: [HistoryRecord]) throws -> (requests: Int, cost: Money?) {
      let log = try HistoryLog(text: HistoryLog.text(records))
      let report = GateSide(log, now: .at(2026, 6, 26)).report(
        day...day, baseline: .sonnet, now: .at(2026, 6, 26), prices: Self.prices)
      return (report.coverage.counts.requests, report.totals.baselineCost)
    }
    #expect(try sum([a, b]) == (72, Money(decimal: "3.21")))
    // A second record of a replaces its first, and leaves b's; the order of the lines decides nothing.
    let again = record("a", 32, 46, .at(2026, 6, 25, hour: 1))
    for order in [[a, b, again], [again, b, a], [b, again, a]] {
      #expect(try sum(order) == (73, Money(decimal: "3.23")))
    }
    // Records of programs that knew no origins are one more origin.
    let old = record(nil, 1, 3, .at(2026, 6, 25, hour: 2))
    #expect(try sum([a, b, old]) == (73, Money(decimal: "3.24")))
    let trends = Trend.all(of: [a, b], byOrigin: true)
    #expect(trends.map(\.origin) == ["a", "b"])
    #expect(trends.map(\.counts.requests) == [31, 41])
    #expect(Trend.all(of: [a, b]).map(\.counts.requests) == [72])
    #expect(Trend.all(of: [a, b])[0].points[day]?.baselineCost == Money(decimal: "3.21"))
  }

  @Test func linesWithoutScopeAndOriginAreOldOnes() throws {
    let record = Self.record(nil, requests: 1, cents: 3, at: .at(2026, 6, 25))
    let old = record.line.replacing("\"scope\": \"routed\", \"origin\": null, ", with: "")
    #expect(old != record.line)
    #expect(try HistoryLog(text: old).records == [record])
    for wrong in [#""scope": "all""#, #""scope": "x""#] {
      let line = record.line.replacing(#""scope": "routed""#, with: wrong)
      #expect(throws: AuditError.historyLine(1, .member("scope"))) { try HistoryLog(text: line) }
    }
    for wrong in [#""origin": "../x""#, #""origin": """#, #""origin": ".x""#] {
      let line = record.line.replacing(#""origin": null"#, with: wrong)
      #expect(throws: AuditError.historyLine(1, .member("origin"))) { try HistoryLog(text: line) }
    }
  }

  @Test func whatWasBegunWithoutOriginIsCarriedOnWithoutOne() {
    let old = Self.record(nil, requests: 1, cents: 3, at: .at(2026, 6, 25))
    let log = HistoryLog(records: [old])
    #expect(log.superseding(with: [Self.record("a", requests: 1, cents: 3, at: .at(2026, 6, 26))]).isEmpty)
    let more = log.superseding(with: [Self.record("a", requests: 2, cents: 6, at: .at(2026, 6, 26))])
    #expect(more.map(\.origin) == [nil])
    #expect(HistoryLog(records: [old] + more).newest == more)
    // Another scope is another matter.
    let direct = Self.record("a", requests: 2, cents: 6, at: .at(2026, 6, 26), scope: .direct)
    #expect(log.superseding(with: [direct]) == [direct])
  }

  @Test func directTrafficStandsInWhereNothingWasRouted() {
    let some = TrafficSize(counts: RequestCounts(upstream: 3, unknown: 1), tokens: 90)
    #expect(AuditScope(asked: nil, routed: some, direct: some).shown == .routed)
    #expect(AuditScope(asked: nil, routed: some, direct: some).leftOut == some)
    #expect(AuditScope(asked: nil, routed: some, direct: .zero).leftOut == nil)
    let direct = AuditScope(asked: nil, routed: .zero, direct: some)
    #expect(direct.shown == .direct && direct.standsIn && direct.leftOut == nil)
    #expect(AuditScope(asked: nil, routed: .zero, direct: .zero) == AuditScope(.routed))
    let asked = AuditScope(asked: .routed, routed: .zero, direct: some)
    #expect(asked.shown == .routed && !asked.standsIn && asked.leftOut == some)
    #expect(AuditScope(asked: .all, routed: some, direct: some) == AuditScope(.all))
  }
}
