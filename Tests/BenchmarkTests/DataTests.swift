import BenchmarkKit
import Foundation
import Testing

/// What the generators write, counted again by other means.
struct DataTests {
  private func scratch<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bench-data-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  /// What a generator writes, which is the same each time, and its truth.
  private func written(_ write: (URL) throws -> Truth) throws -> (data: Data, truth: Truth) {
    try scratch { folder in
      let (first, second) = (folder.appending(path: "a.log"), folder.appending(path: "b.log"))
      let (truth, again) = (try write(first), try write(second))
      #expect(again == truth)
      let data = try Data(contentsOf: first)
      #expect(try Data(contentsOf: second) == data)
      #expect(data.count == truth.bytes)
      return (data: data, truth: truth)
    }
  }

  @Test(arguments: LogShape.allCases)
  func aLogIsTheSameEachTimeAndHoldsWhatItsTruthSays(shape: LogShape) throws {
    let (data, truth) = try written { try RouterLog.write(to: $0, shape: shape, bytes: 1_000_000) }
    let lines = data.split(separator: UInt8(ascii: "\n"))
    #expect(lines.map(\.count).max() == truth.longestLine)
    var (output, completed) = (0, 0)
    for line in lines {
      let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      if object["msg"] as? String == "request completed" { completed += 1 }
      guard object["type"] as? String == "recieved data", let text = object["data"] as? String else { continue }
      let chunk = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      output += (chunk["usage"] as? [String: Any])?["completion_tokens"] as? Int ?? 0
    }
    #expect(completed == truth.requests)
    #expect(output == truth.totals().values.reduce(0) { $0 + $1.output })
  }

  @Test(arguments: RecordKind.allCases)
  func recordsAreTheSameEachTimeAndHoldWhatTheirTruthSays(kind: RecordKind) throws {
    let (data, truth) = try written { try RouterRecords.write(to: $0, kind: kind, bytes: 500_000) }
    let text = String(decoding: data, as: UTF8.self)
    for line in text.split(separator: "\n") {
      #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }
    // An answer's tokens stand once under each of these names.
    let name =
      switch kind {
      case .liteLLM, .spendLogs: #""usage_object":{"completion_tokens":"#
      case .freeClaudeCode: #""output_tokens":"#
      case .telemetry: #"{"key":"output_tokens","value":{"intValue":""#
      }
    let outputs = text.split(separator: name, omittingEmptySubsequences: false).dropFirst().compactMap { rest in
      Int(rest.prefix { $0.isNumber })
    }
    #expect(outputs.reduce(0, +) == truth.totals().values.reduce(0) { $0 + $1.output })
    #expect(truth.requests > 3)
  }

  @Test func anotherPartHoldsOtherRequests() throws {
    try scratch { folder in
      let parts = try [0, 1].map { part in
        try RouterLog.write(to: folder.appending(path: "\(part)"), shape: .plain, bytes: 100_000, part: part)
      }
      #expect(Set(parts[0].rows.map(\.day)).isDisjoint(with: parts[1].rows.map(\.day)))
      #expect((parts[0] + parts[1]).requests == parts[0].requests + parts[1].requests)
    }
  }

  @Test func transcriptsRepeatAnswersThatCountOnce() throws {
    try scratch { folder in
      let truth = try Transcripts.write(to: folder, files: 10, bytes: 500_000)
      let names = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
      let files = names.filter { $0.hasSuffix(".jsonl") }
      #expect(files.count == 10)
      #expect(files.contains { $0.contains("/subagents/agent-") })
      var largest: [String: Int] = [:]
      var lines = 0
      for file in files {
        for line in try Data(contentsOf: folder.appending(path: file)).split(separator: UInt8(ascii: "\n")) {
          let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
          let message = try #require(object["message"] as? [String: Any])
          guard let id = message["id"] as? String, let usage = message["usage"] as? [String: Any] else { continue }
          lines += 1
          largest[id] = max(largest[id] ?? 0, try #require(usage["output_tokens"] as? Int))
        }
      }
      #expect(lines > largest.count)
      #expect(truth.requests == largest.count)
      #expect(truth.totals().values.reduce(0) { $0 + $1.output } == largest.values.reduce(0, +))
    }
  }

  @Test func requestsSpreadOverThreeYearsWithPricesThatChange() throws {
    try scratch { folder in
      let truth = try RequestLog.write(to: folder.appending(path: "log"), requests: 5000)
      #expect(truth.requests == 5000)
      #expect(truth.rows.first?.day == "2023-06-25")
      #expect(truth.rows.last.map { $0.day > "2026-06-20" } == true)
      let flat = try #require(truth.totals()["bench-a/flat"])
      // 1.40, 0.26 and 4.40 dollars per million.
      let cost = flat.input * 1_400_000 + flat.cacheRead * 260_000 + flat.output * 4_400_000
      #expect(flat.cost == Int128(cost))
      let month = truth.totals(RequestLog.month)
      #expect(month.values.allSatisfy { $0.requests > 0 })
      #expect(month.values.reduce(0) { $0 + $1.requests } < 5000 / 20)
      #expect(try JSONDecoder().decode(Truth.self, from: JSONEncoder().encode(truth)) == truth)
    }
  }
}
