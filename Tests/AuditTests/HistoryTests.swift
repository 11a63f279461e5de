@testable import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

@Suite struct History {
  static var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(.minimax, from: .at(2026, 6, 24, hour: 16), Rates("0.30", "1.20", cacheRead: "0.06"))
    prices.entries[.sonnet] = nil
    prices.add(.sonnet, Rates(3, 15, cacheRead: "0.30"), tier: (200_000, Rates(6, "22.50", cacheRead: "0.60")))
    return prices
  }

  static func records(_ slices: [TrafficSlice], now: Int64 = .at(2026, 6, 30, hour: 1)) -> [HistoryRecord] {
    HistoryRecord.records(of: slices, baseline: .sonnet, timeZone: .gmt, now: now, prices: prices)
  }

  @Test func linesAreReadBackAsTheyWere() throws {
    let records = Self.records(Properties.traffic(20, count: 300))
    let log = try HistoryLog(text: HistoryLog.text(records))
    #expect(log.records == records)
    #expect(Set(records.map(\.billing)).count == 3)
    #expect(records.contains { $0.parts.count > 2 })
  }

  /// A day whose requests went to another one since is no day of this model.
  @Test func aRecordThatCountsNothingTakesTheOldOneAway() throws {
    let record = try #require(Self.records([.of(.minimax, at: .at(2026, 6, 24), TokenUsage(input: 5))]).first)
    var empty = record
    empty.parts = []
    empty.recordedAt += 1
    #expect(HistoryLog(records: [record]).newest == [record])
    #expect(HistoryLog(records: [record, empty]).newest.isEmpty)
  }

  /// Two lines of one instant are a correction within it: the later line counts.
  @Test func ofEquallyLateRecordsTheLaterLineCounts() throws {
    let record = try #require(Self.records([.of(.minimax, at: .at(2026, 6, 24), TokenUsage(input: 5))]).first)
    var corrected = record
    corrected.webSearches = 3
    #expect(HistoryLog(records: [record, corrected]).newest == [corrected])
    #expect(HistoryLog(records: [corrected, record]).newest == [record])
  }

  /// Searches of the web are billed by the call, so a history counts them; a record without any is written as before.
  @Test func searchesOfTheWebAreKept() throws {
    var record = try #require(Self.records([.of(.minimax, at: .at(2026, 6, 24), TokenUsage(input: 5))]).first)
    #expect(!record.line.contains("web_searches"))
    let log = HistoryLog(records: [record])
    record.webSearches = 3
    #expect(record.line.contains(#""web_searches": 3, "#))
    #expect(try HistoryLog(text: HistoryLog.text([record])).records == [record])
    // Searches that came late are a change.
    #expect(log.superseding(with: [record]) == [record])
  }

  @Test func lineIsStableAndHoldsWhatItSays() {
    let slice = TrafficSlice.of(
      .minimax, at: .at(2026, 6, 24, hour: 12) + 7, TokenUsage(input: 10_000, output: 1000), session: "secret")
    let line = Self.records([slice])[0].line
    #expect(
      line
        == #"{"schema_version": 1, "day": "2026-06-24", "timezone": "UTC", "scope": "routed", "#
        + #""origin": null, "provider": "minimax", "#
        + #""model": "MiniMax-M2.7", "billing": "per_token", "plan": null, "requests": 1, "measured": 1, "failed": 0, "#
        + #""unpriced": 0, "tokens": {"input": 10000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "#
        + #""output": 1000, "reasoning": 0}, "usage_sources": {"upstream": 1, "router": 0, "client": 0, "#
        + #""estimated": 0, "unknown": 0}, "cost_usd": "0.00336", "baseline_cost_usd": "0.045", "ratio": "0.074667", "#
        + #""baseline_cached_cost_usd": null, "baseline": {"provider": "anthropic", "model": "claude-sonnet-4-6"}, "#
        + #""pricing": "3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d", "#
        + #""recorded_at": "2026-06-30T01:00:00Z", "parts": [{"time": "2026-06-24T12:00:00.007Z", "prompt": 10000, "#
        + #""failed": 0, "usage_sources": {"upstream": 1, "router": 0, "client": 0, "estimated": 0, "unknown": 0}, "#
        + #""tokens": {"input": 10000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "output": 1000, "#
        + #""reasoning": 0}}]}"#)
  }

  /// Where the system says `Etc/UTC` and the configuration `UTC`, a day is the same day.
  @Test(arguments: ["GMT", "Etc/UTC"]) func namesOfOneZoneAreOne(name: String) throws {
    let slices = [TrafficSlice.of(.minimax, at: .at(2026, 6, 24), TokenUsage(input: 5))]
    let record = try #require(Self.records(slices).first)
    #expect(record.timeZone == "UTC")
    let line = record.line.replacing(#""timezone": "UTC""#, with: #""timezone": "\#(name)""#)
    #expect(try HistoryLog(text: line + "\n").records == [record])
    let period = AuditPeriod(since: record.day, until: record.day, timeZone: try #require(TimeZone(identifier: name)))
    #expect(period.zoneName == "UTC")
  }

  @Test(arguments: UInt64(30)...35) func ratiosComeOutOfTheHistoryAlone(seed: UInt64) throws {
    let slices = Properties.traffic(seed, count: 400)
    let log = try HistoryLog(text: HistoryLog.text(Self.records(slices)))
    let again = log.newest.flatMap(\.slices)
    #expect(again.count < slices.count)
    #expect(audit(again, prices: Self.prices) == audit(slices, prices: Self.prices))
    #expect(audit(again, by: .day, prices: Self.prices) == audit(slices, by: .day, prices: Self.prices))
    // The records themselves too.
    #expect(Self.records(again) == Self.records(slices))
  }

  @Test func onlyChangesAreAppended() throws {
    let slices = Properties.traffic(40, count: 100)
    let first = Self.records(slices)
    var log = HistoryLog(records: first)
    #expect(log.superseding(with: Self.records(slices, now: .at(2026, 7, 1))).isEmpty)
    let late = TrafficSlice.of(.minimax, at: .at(2026, 6, 23, hour: 3), TokenUsage(input: 5))
    let changed = log.superseding(with: Self.records(slices + [late], now: .at(2026, 7, 1)))
    #expect(changed.map(\.key) == [HistoryRecord.Key(day: late.day, scope: .routed, model: .minimax)])
    log.records += changed
    #expect(log.newest.count == first.count)
    #expect(log.newest.first { $0.key == changed[0].key } == changed[0])
    // Lines that a merge has turned round say the same.
    #expect(HistoryLog(records: log.records.reversed()).newest == log.newest)
    // Back to what it was: that is a change again.
    #expect(log.superseding(with: Self.records(slices, now: .at(2026, 7, 2))).count == 1)
  }

  @Test func brokenLineIsNamedByItsNumber() throws {
    let records = Self.records(Properties.traffic(50, count: 60))
    let lines = records.map(\.line)
    func error(_ broken: String) -> AuditError? {
      let text = ([lines[0], "", broken] + lines).joined(separator: "\n")
      return #expect(throws: AuditError.self) { try HistoryLog(text: text) }
    }
    #expect(error("{\"sk-key") == .historyLine(3, .notJSON))
    #expect(error("[]") != nil)
    #expect(error(String(lines[1].dropLast(20))) == .historyLine(3, .notJSON))
    func edited(_ old: String, _ new: String) -> AuditError? {
      error(lines[1].replacingOccurrences(of: old, with: new))
    }
    #expect(edited("\"schema_version\": 1", "\"schema_version\": 2") == .historyLine(3, .version(2)))
    #expect(edited("\"day\": \"2026-06", "\"day\": \"2026-16") == .historyLine(3, .member("day")))
    #expect(edited("\"recorded_at\": \"", "\"recorded_at\": \"x") == .historyLine(3, .member("recorded_at")))
    #expect(edited("\"requests\": ", "\"requests\": 9") == .historyLine(3, .sum("requests")))
    #expect(edited("\"pricing\"", "\"prizing\"") == .historyLine(3, .member("pricing")))
    #expect(edited("\"cache_read\": ", "\"cache_read\": -9") != nil)
    #expect(edited("\"cache_read\": ", "\"cache_read\": 99999999999999999999") != nil)
    #expect(error(#"{"x": ""# + String(repeating: "y", count: 5_000_000) + #""}"#) == .historyLine(3, .tooLong))
    #expect(edited("\"tokens\"", "\"token\"") == .historyLine(3, .member("tokens")))
    #expect("\(AuditError.historyLine(3, .member("day")))" == "line 3 of the history has no valid `day`")
  }

  @Test func ofTwoRecordsMadeAtOnceTheLaterLineCounts() throws {
    func record(_ tokens: Int64) throws -> HistoryRecord {
      try #require(Self.records([.of(.minimax, at: .at(2026, 6, 24), TokenUsage(input: tokens))]).first)
    }
    let (one, other) = (try record(5), try record(6))
    #expect(one.recordedAt == other.recordedAt && one != other)
    #expect(HistoryLog(records: [one, other]).newest == [other])
    #expect(HistoryLog(records: [other, one]).newest == [one])
  }

  /// What a power cut leaves behind the last newline, and what somebody else has left there.
  @Test func tornEndsAreToldFromOthers() throws {
    let line = Array(Self.records(Properties.traffic(50, count: 60))[0].line.utf8)
    for count in stride(from: 1, to: line.count, by: 7) + [line.count - 1] {
      #expect(HistoryLog.tornBytes(line[..<count]) == count)
      #expect(HistoryLog.tornBytes((line[..<count] + [0, 0, 0])[...]) == count + 3)
    }
    #expect(HistoryLog.tornBytes(line[...]) == 0)
    #expect(HistoryLog.tornBytes((line + [0, 0])[...]) == 2)
    #expect(HistoryLog.tornBytes([0, 0, 0]) == 3)
    #expect(HistoryLog.tornBytes([]) == 0)
    for other in ["{}", "notes", "{\"schema_version\": 9}", " {\"schema", "{\"schema\0version"] {
      #expect(HistoryLog.tornBytes(Array(other.utf8)[...]) == 0, "\(other)")
    }
  }

  @Test func windowsLineEndsAndUnknownMembersAreFine() throws {
    let records = Self.records(Properties.traffic(60, count: 20))
    let text = records.map { $0.line.replacingOccurrences(of: "{\"schema", with: "{\"new\": 1, \"schema") }
    #expect(try HistoryLog(text: text.joined(separator: "\r\n") + "\r\n").records == records)
    #expect(try HistoryLog(text: "").records.isEmpty)
  }
}
