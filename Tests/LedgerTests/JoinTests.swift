import Foundation
import GRDB
import Reading
import TestSupport
import Testing
import Model

@testable import Ledger

/// Router requests and what their clients wrote down, put together.
struct JoinTests {
  private static let logs = Fixture.root.appending(path: "ccr-v1/logs").path
  private static let transcripts = Fixture.root.appending(path: "claude-code/projects").path

  private func joined(_ order: [[String]]) throws -> Workbench {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    for paths in order { try bench.ingest(paths) }
    return bench
  }

  @Test func everyMiniMaxAnswerThatTheClientReceivedIsMeasured() throws {
    let bench = try joined([[Self.logs], [Self.transcripts]])
    var count = 0
    var tokens = TokenUsage.zero
    for line in try Fixture.lines("claude-code/truth.jsonl") where line["model"] as? String == "MiniMax-M2.7" {
      guard line["measured"] as? Bool == true, let usage = line["usage"] as? [String: Int] else { continue }
      count += 1
      tokens += TokenUsage(
        input: Int64(usage["input_tokens"] ?? 0), cacheRead: Int64(usage["cache_read_input_tokens"] ?? 0),
        cacheWrite5m: Int64(usage["cache_creation_input_tokens"] ?? 0), output: Int64(usage["output_tokens"] ?? 0))
    }
    let totals = try bench.totals()
    let minimax = try #require(totals[ModelID(provider: "minimax", model: "MiniMax-M2.7")])
    #expect(count > 40)
    #expect(minimax.counts.client == count)
    #expect(minimax.counts.requests == 62)
    #expect(minimax.counts.failed == 8)
    #expect(minimax.tokens == tokens)
    // Nothing is doubled: the routers' requests, and the messages of the three sessions that were never routed.
    let native = try Fixture.lines("claude-code/truth.jsonl").count { $0["routed"] as? Bool == false }
    #expect(totals.values.reduce(0) { $0 + $1.counts.requests } == 249 + native)
    #expect(!totals.keys.contains { $0.provider == "unknown" })
  }

  @Test func withoutTranscriptsTheyAreUnknown() throws {
    let totals = try joined([[Self.logs]]).totals()
    #expect(totals[ModelID(provider: "minimax", model: "MiniMax-M2.7")]?.counts.unknown == 54)
  }

  @Test func measuredByTheUpstreamStaysSo() throws {
    let alone = try joined([[Self.logs]]).totals()
    let both = try joined([[Self.logs], [Self.transcripts]]).totals()
    for (model, total) in alone { #expect(both[model]?.counts.upstream == total.counts.upstream, "\(model)") }
  }

  @Test(arguments: Thoroughness.seeds(6))
  func noOrderOfTheRecordsMatters(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 500)
    let reference = try joined([[Self.logs, Self.transcripts]]).figures()
    var files = try FileTree.files(at: Self.logs).map(\.path).filter { $0.hasSuffix(".log") }
    files += try FileTree.files(at: Self.transcripts).map(\.path)
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    var rest = files.shuffled(using: &chance)[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...6, using: &chance)
      try bench.ingest(Array(rest.prefix(count)), batchBytes: Int64.random(in: 2000...300_000, using: &chance))
      rest = rest.dropFirst(count)
    }
    #expect(try bench.figures() == reference)
  }

  @Test func nativeSessionsKeepTheirCacheWritesApart() throws {
    let bench = try joined([[Self.transcripts]])
    var expected: [String: TokenUsage] = [:]
    var counts: [String: Int] = [:]
    for line in try Fixture.lines("claude-code/truth.jsonl") where line["routed"] as? Bool == false {
      let model = try #require(line["model"] as? String)
      let usage = try #require(line["usage"] as? [String: Any])
      let writes = usage["cache_creation"] as? [String: Int]
      func number(_ key: String) -> Int64 { Int64(usage[key] as? Int ?? 0) }
      expected[model, default: .zero] += TokenUsage(
        input: number("input_tokens"), cacheRead: number("cache_read_input_tokens"),
        cacheWrite5m: Int64(writes?["ephemeral_5m_input_tokens"] ?? 0),
        cacheWrite1h: Int64(writes?["ephemeral_1h_input_tokens"] ?? 0), output: number("output_tokens"))
      counts[model, default: 0] += 1
    }
    let totals = try bench.totals().filter { $0.key.provider == "anthropic" }
    #expect(totals.reduce(into: [:]) { $0[$1.key.model] = $1.value.tokens } == expected)
    #expect(totals.reduce(into: [:]) { $0[$1.key.model] = $1.value.counts.client } == counts)
    #expect(expected.values.contains { $0.cacheWrite1h > 0 })
    #expect(expected.values.contains { $0.cacheWrite5m > 0 })
    let direct = try bench.rows().filter { $0.model.provider == "anthropic" }
    #expect(direct.allSatisfy { $0.route == .direct })
  }

  @Test func answersWhoseLogIsGoneAreKeptUnderTheProviderThatIsKnown() throws {
    let bench = try Workbench()
    let ingest = Ingest(
      into: bench.ledger, Ingest.Options(provider: { $0 == "MiniMax-M2.7" ? "minimax" : nil }))
    _ = try ingest.run([Self.transcripts])
    let totals = try bench.totals()
    #expect((totals[ModelID(provider: "minimax", model: "MiniMax-M2.7")]?.counts.client ?? 0) > 40)
    #expect(totals[ModelID(provider: "unknown", model: "glm-5.2")] != nil)
    // When the log turns up after all, nothing is doubled.
    _ = try ingest.run([Self.logs])
    #expect(try bench.totals()[ModelID(provider: "unknown", model: "glm-5.2")] == nil)
  }

  @Test func aClientWhoseClockIsHoursOffIsJoinedBySessionAndOrder() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try bench.ingest([Self.logs])
    let folder = bench.folder.appending(path: "shifted")
    try FileManager.default.copyItem(atPath: Self.transcripts, toPath: folder.path)
    for facts in try FileTree.files(at: folder.path) {
      let text = try String(contentsOfFile: facts.path, encoding: .utf8)
      // Seven hours ahead, by the text of every timestamp.
      let shifted = try text.replacing(/"timestamp":"([^"]+)"/) { match in
        let time = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(String(match.1))
        return
          "\"timestamp\":\"\(time.addingTimeInterval(7 * 3600).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))\""
      }
      try Data(shifted.utf8).write(to: URL(filePath: facts.path))
    }
    try bench.ingest([folder.path])
    let straight = try joined([[Self.logs], [Self.transcripts]]).totals()
    let minimax = ModelID(provider: "minimax", model: "MiniMax-M2.7")
    let found = try #require(try bench.totals()[minimax])
    #expect(found.counts.requests >= 62)
    #expect(Double(found.counts.client) >= Double(straight[minimax]?.counts.client ?? 0) * 0.9)
    let offsets = try bench.ledger.read {
      try Int64.fetchAll($0, sql: "SELECT clock_offset FROM session WHERE clock_offset IS NOT NULL")
    }
    #expect(!offsets.isEmpty)
    #expect(offsets.allSatisfy { abs($0 - 7 * 3_600_000) < 60_000 })
  }
}

/// The assignment by itself, against every way to assign.
struct TranscriptMatchTests {
  @Test(arguments: Thoroughness.seeds(200, few: 50))
  func asManyPairsAsFitAndOfThoseTheNearest(seed: Int) {
    var chance = SeededGenerator(seed: UInt64(seed))
    let requests = (0..<Int.random(in: 0...5, using: &chance)).map { id in
      let started = Int64.random(in: 0...30_000, using: &chance)
      return TranscriptMatch.Request(
        id: Int64(id), started: started, ended: started + Int64.random(in: 0...20_000, using: &chance))
    }
    let answers = (0..<Int.random(in: 0...5, using: &chance)).map {
      TranscriptMatch.Answer(id: Int64($0), time: Int64.random(in: 0...60_000, using: &chance))
    }
    let found = TranscriptMatch.pairs(requests.shuffled(using: &chance), answers.shuffled(using: &chance))
    #expect(Set(found.map(\.request)).count == found.count)
    #expect(Set(found.map(\.answer)).count == found.count)
    func distance(_ request: TranscriptMatch.Request, _ answer: TranscriptMatch.Answer) -> Int64? {
      let ended = request.ended ?? 0
      let fits = answer.time >= ended - TranscriptMatch.early && answer.time <= ended + TranscriptMatch.late
      return fits ? abs(answer.time - ended) : nil
    }
    // Every way to give each request an answer or none.
    func best(_ index: Int, _ used: Set<Int64>) -> (pairs: Int, distance: Int64) {
      guard index < requests.count else { return (0, 0) }
      var result = best(index + 1, used)
      for answer in answers where !used.contains(answer.id) {
        guard let step = distance(requests[index], answer) else { continue }
        let rest = best(index + 1, used.union([answer.id]))
        if (rest.pairs + 1, -(rest.distance + step)) > (result.pairs, -result.distance) {
          result = (rest.pairs + 1, rest.distance + step)
        }
      }
      return result
    }
    let optimum = best(0, [])
    let sum = found.reduce(Int64(0)) { sum, pair in
      sum + (distance(requests[Int(pair.request)], answers[Int(pair.answer)]) ?? 1_000_000)
    }
    #expect(found.count == optimum.pairs)
    #expect(sum == optimum.distance)
  }
}
