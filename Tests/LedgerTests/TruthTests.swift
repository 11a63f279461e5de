import Foundation
import Testing
import Model

@testable import Ledger

/// The ledger against the records that the mock upstream kept by itself.
struct TruthTests {
  @Test(arguments: ["ccr-v1", "ccr-v1-docker"])
  func everyUpstreamCallOf1xIsThereWithTheTokensThatItsLogHolds(folder: String) throws {
    let bench = try Workbench(configuration: Fixture.configuration(folder))
    let report = try bench.ingest([Fixture.root.appending(path: "\(folder)/logs").path])
    #expect(report.skippedCount == 0)
    #expect(report.headlessParts == 0)

    struct Sum: Equatable {
      var calls = 0
      var measured = 0
      var failed = 0
      var input = 0
      var cached = 0
      var output = 0
    }
    var expected: [String: Sum] = [:]
    for line in try Fixture.lines("\(folder)/expected.jsonl") {
      let provider = try #require(line["provider"] as? String)
      let model = try #require(line["model"] as? String)
      var sum = expected["\(provider)/\(model)"] ?? Sum()
      sum.calls += 1
      if let status = line["http_status"] as? Int, status >= 400 { sum.failed += 1 }
      if let usage = line["usage_in_log"] as? [String: Any] {
        let cached = (usage["prompt_tokens_details"] as? [String: Any])?["cached_tokens"] as? Int ?? 0
        sum.measured += 1
        sum.input += (usage["prompt_tokens"] as? Int ?? 0) - cached
        sum.cached += cached
        sum.output += usage["completion_tokens"] as? Int ?? 0
        // An answer without choices is 500 to the client, and was paid for.
        if line["behaviour"] as? String == "ns_nochoices" { #expect(line["http_status"] as? Int == 200) }
      }
      expected["\(provider)/\(model)"] = sum
    }
    var found: [String: Sum] = [:]
    for (model, total) in try bench.totals() where model.provider != "deadend" {
      found[model.description] = Sum(
        calls: total.counts.requests, measured: total.counts.measured, failed: total.counts.failed,
        input: Int(total.tokens.input), cached: Int(total.tokens.cacheRead), output: Int(total.tokens.output))
    }
    #expect(found == expected)
  }

  @Test func theFourRowsOfTheFixturesPage() throws {
    let bench = try Workbench()
    try bench.ingest([Fixture.root.appending(path: "ccr-v1/logs").path])
    let totals = try bench.totals().reduce(into: [String: [Int64]]()) { rows, total in
      let (counts, tokens) = total.value
      rows[total.key.description] = [
        Int64(counts.requests), Int64(counts.measured), Int64(counts.unknown), Int64(counts.failed), tokens.input,
        tokens.cacheRead, tokens.output,
      ]
    }
    #expect(
      totals == [
        "ollama/glm-5.2": [157, 85, 58, 14, 1_998_017, 421_136, 34_697],
        "ollama/kimi-k2.7-code": [21, 10, 9, 2, 253_254, 60_095, 4_494],
        "vllm/glm-air": [9, 5, 3, 1, 106_816, 496, 2_484],
        "minimax/MiniMax-M2.7": [62, 0, 54, 8, 0, 0, 0],
      ])
  }

  @Test func eachCallOf1xHasTheTokensSessionAndTimesOfItsOwnTruth() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest([Fixture.root.appending(path: "ccr-v1/logs").path])
    let rows = try bench.rows()
    // Some clients send no metadata; then the log holds no session, whatever the truth knows.
    let bodiesWithoutSession = Set(
      try Fixture.logs("ccr-v1").flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
        .filter { $0.hasSuffix(#""type":"request body"}"#) && !$0.contains("session_") }
        .compactMap { $0.firstMatch(of: /"reqId":"(req-\w+)"/).map { String($0.1) } })
    for line in try Fixture.lines("ccr-v1/expected.jsonl") {
      let match = try #require(line["log_match"] as? [String: Any])
      let start = try #require(match["t0"] as? Int)
      let id = try #require(match["reqId"] as? String)
      let number = try #require(Int64(id.dropFirst(4), radix: 36))
      // The truth's file notes the body's line, which follows the first line within moments.
      let row = try #require(
        rows.first { $0.number == number && abs($0.started - Int64(start)) < 3000 }, "no row for \(id) at \(start)")
      #expect(row.model.provider == line["provider"] as? String)
      #expect(row.model.model == line["model"] as? String)
      if bodiesWithoutSession.contains(id) && row.session == nil { continue }
      #expect(row.session == line["session"] as? String)
      #expect(row.stream == line["stream"] as? Bool)
      let usage = line["usage_in_log"] as? [String: Any]
      #expect(row.output == (usage?["completion_tokens"] as? Int).map(Int64.init))
      if let status = match["status"] as? Int, status != 200 { #expect(row.status == status) }
      if let end = row.ended { #expect(end >= row.started) }
      if let first = row.firstToken { #expect(first >= row.started) }
    }
  }

  @Test func everyAttemptOf2xIsThereWithTheTokensThatItsLogHolds() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v2"))
    let report = try bench.ingest([Fixture.root.appending(path: "ccr-v2/logs").path])
    #expect(report.skippedCount == 0)
    func key(_ provider: String, _ model: String, _ input: Int, _ cached: Int, _ output: Int) -> String {
      "\(provider)/\(model) \(input) \(cached) \(output)"
    }
    let expected = try Fixture.lines("ccr-v2/expected.jsonl").map { line in
      let usage = line["usage"] as? [String: Any]
      let cached = (usage?["prompt_tokens_details"] as? [String: Any])?["cached_tokens"] as? Int ?? 0
      return key(
        try #require(line["provider"] as? String), try #require(line["model"] as? String),
        (usage?["prompt_tokens"] as? Int ?? 0) - cached, cached, usage?["completion_tokens"] as? Int ?? 0)
    }
    let found = try bench.rows().filter { $0.model.provider != "deadend" }.map { row in
      key(
        row.model.provider, row.model.model, Int(row.input ?? 0), Int(row.cacheRead ?? 0), Int(row.output ?? 0))
    }
    #expect(found.sorted() == expected.sorted())
    #expect(found.count == 66)

    // What failed upstream, by the upstream's own record.
    let failed = try Fixture.lines("ccr-v2/truth.jsonl").compactMap { line -> String? in
      guard let status = line["http_status"] as? Int, status >= 400 else { return nil }
      return "\(line["provider"] ?? "")/\(line["model"] ?? "") \(status)"
    }
    let foundFailed = try bench.rows().filter { $0.failure == .upstreamHTTP }
      .map { "\($0.model) \($0.status.map(String.init) ?? "-")" }
    #expect(foundFailed.sorted() == failed.sorted())
  }

  @Test func withoutTheRoutersConfigurationTheHostNamesTheProvider() throws {
    let bench = try Workbench()
    try bench.ingest([Fixture.root.appending(path: "ccr-v2/logs").path])
    let providers = Set(try bench.totals().keys.map(\.provider))
    #expect(providers.contains("127.0.0.1:11435"))
    #expect(try bench.totals().values.reduce(0) { $0 + $1.counts.measured } == 22)
  }

  @Test func nothingSecretReachesTheLedger() throws {
    for folder in ["ccr-v1", "ccr-v1-docker", "ccr-v2"] {
      let bench = try Workbench(configuration: Fixture.configuration(folder))
      // Cut in small batches, so that fragments are kept too.
      try bench.ingest([Fixture.root.appending(path: "\(folder)/logs").path], batchBytes: 50_000)
      let state = bench.folder.appending(path: "state")
      for name in try FileManager.default.contentsOfDirectory(atPath: state.path) {
        let bytes = try Data(contentsOf: state.appending(path: name))
        #expect(bytes.range(of: Data("CANARY".utf8)) == nil, "\(folder): a canary in \(name)")
      }
    }
  }
}
