import Foundation
import Reading
import Testing
import Model

/// What the stores say against what the mock upstream wrote down.
@Suite struct TruthTests {
  static func readings(_ state: String) throws -> (usage: StoreReading, logs: StoreReading) {
    let bench = try Bench(state)
    return (try bench.store("usage.sqlite").read(), try bench.store("request-logs.sqlite").read())
  }

  static func tokens(_ truth: [String: Any]) -> TokenUsage? {
    guard let sent = truth["upstream_usage"] as? [String: Any] else { return nil }
    func number(_ names: String...) -> Int64 { names.lazy.compactMap { sent[$0] as? Int64 }.first ?? 0 }
    let details = sent["prompt_tokens_details"] as? [String: Any]
    let cached = details?["cached_tokens"] as? Int64 ?? 0
    return TokenUsage(
      input: number("input_tokens", "prompt_tokens") - cached,
      cacheRead: number("cache_read_input_tokens", "cache_read_tokens") + cached,
      cacheWrite5m: number("cache_creation_input_tokens", "cache_write_tokens"),
      output: number("output_tokens", "completion_tokens"))
  }

  @Test(arguments: ["live", "closed"]) func everyRowIsRead(_ state: String) throws {
    let (usage, logs) = try Self.readings(state)
    #expect(usage.rows == 418)
    #expect(usage.ignored == [.countTokens: 27])
    #expect(usage.skipped.isEmpty)
    #expect(usage.requests.count == 391)
    #expect(logs.rows == 71)
    #expect(logs.ignored == [.countTokens: 4])
    #expect(logs.skipped.isEmpty)
    #expect(logs.requests.count == 67)
  }

  @Test func closedStoresGiveTheSame() throws {
    let (live, closed) = (try Self.readings("live"), try Self.readings("closed"))
    #expect(live.usage == closed.usage)
    #expect(live.logs == closed.logs)
  }

  @Test func sumsEqualTheTruth() throws {
    let truth = try Fixture.truth()
    let (usage, logs) = try Self.readings("live")
    func sums(_ pairs: [(ModelID, TokenUsage?)]) -> [ModelID: TokenUsage] {
      pairs.reduce(into: [:]) { $0[$1.0, default: .zero] += $1.1 ?? .zero }
    }
    func compare(_ requests: [StoreRequest], with expected: [[String: Any]]) throws {
      #expect(requests.count == expected.count)
      let sent = try expected.map { line in
        let provider = try #require(line["provider"] as? String)
        return (ModelID(provider: provider, model: try #require(line["model"] as? String)), Self.tokens(line))
      }
      #expect(sums(requests.map { ($0.request.model, $0.request.usage) }) == sums(sent))
    }
    let calls = truth.values.filter { $0["kind"] as? String != "count" }
    // One event was made out of a request log, later than the truth was written.
    let backfilled = Set(usage.requests.filter(\.isBackfilled).map(\.id))
    #expect(backfilled.count == 1)
    try compare(
      usage.requests,
      with: calls.filter {
        $0["in_usage_events"] as? Bool == true || backfilled.contains($0["requestId"] as? String ?? "")
      })
    let logged = Set(logs.requests.map(\.id))
    try compare(logs.requests, with: calls.filter { logged.contains($0["requestId"] as? String ?? "") })
    let recorded = logged.union(usage.requests.map(\.id))
    try compare(
      StoreMerge.merge(usage.requests + logs.requests),
      with: calls.filter { recorded.contains($0["requestId"] as? String ?? "") })
  }

  @Test func everyRequestIsAsItWas() throws {
    let truth = try Fixture.truth()
    let (usage, logs) = try Self.readings("live")
    let merged = StoreMerge.merge(usage.requests + logs.requests)
    #expect(merged.count == 398)
    #expect(Set(merged.map(\.id)).count == merged.count)
    let sessions = Dictionary(uniqueKeysWithValues: logs.requests.map { ($0.id, $0.request.session) })
    for one in usage.requests + logs.requests + merged {
      let line = try #require(truth[one.id])
      #expect(one.request.usage == Self.tokens(line))
      #expect(one.request.usageSource == (one.request.usage == nil ? .unknown : .router))
      if let start = line["startedAt"] as? String, let duration = line["durationMs"] as? Int64 {
        let started = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(start)
        #expect(one.request.started == Int64((started.timeIntervalSince1970 * 1000).rounded()))
        #expect(one.request.ended == one.request.started + duration)
        #expect(one.request.status == line["status"] as? Int)
      }
      if let session = sessions[one.id], let session, let named = line["session"] as? String {
        #expect(session == named)
      }
      let kind = line["kind"] as? String
      #expect(one.request.isFailed == (kind == "e429" || kind == "e502"))
      if kind == "abort" { #expect(one.request.failure == .clientGone) }
    }
    #expect(sessions.values.count { $0 != nil } == 67)
    let failures = merged.filter { sessions[$0.id] != nil }.compactMap(\.request.failure)
    #expect(failures.count { $0 == .connection } == 3)
    #expect(failures.count { $0 == .providerError } == 3)
    #expect(failures.count { $0 == .upstreamHTTP } == 3)
    #expect(merged.count { $0.requestedModel != nil } == 67)
  }

  @Test func claimsAreTheStoredValues() throws {
    let (usage, _) = try Self.readings("live")
    // The router computes in binary floating point, and this is what came of 0.01210146.
    #expect(usage.requests.first?.claimedCost == "0.012101459999999998")
    #expect(usage.requests.allSatisfy { !($0.claimedCost ?? "").contains("e") })
    #expect(usage.requests.contains { $0.claimedCost == nil && $0.request.status == 429 })
    #expect(usage.requests.contains { $0.request.model.provider == "智谱 AI (国内) - Coding Plan" })
  }

  @Test(arguments: ["live", "closed"]) func nothingOfAPromptComesAlong(_ state: String) throws {
    let (usage, logs) = try Self.readings(state)
    let raw = try Data(contentsOf: Fixture.root.appending(path: "closed/request-logs.sqlite"))
    #expect(raw.range(of: Data("CANARY".utf8)) != nil)
    for text in [String(reflecting: usage), String(reflecting: logs)] { #expect(!text.contains("CANARY")) }
  }
}
