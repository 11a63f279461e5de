import Foundation
import Model
import Testing

@testable import Ledger
@testable import Reading

/// What a new source takes: one type, and one line in a list.
enum ToyLog: LogSource {
  static let name = SourceName("toy")

  static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool { keys.have("toy_call", .string) }

  static func collector(_ configuration: RouterConfiguration) -> any LineCollector { Collector() }

  static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] {
    try records.prefix(1).map { ObservedCall(request: try JSONDecoder().decode(RoutedRequest.self, from: $0)) }
  }

  private struct Line: Decodable {
    var toy_call: String
    var at: Int64
    var tokens: Int64
  }

  private struct Collector: LineCollector {
    private var batch = CallBatch()
    var latest = Int64.max
    var count: Int { batch.calls.count }

    mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
      let text = bytes.string(0..<bytes.count) ?? ""
      guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { return }
      let request = RoutedRequest(
        model: ModelID(provider: "toys", model: "bear"), started: line.at, usage: TokenUsage(input: line.tokens),
        usageSource: .upstream)
      guard let body = try? JSONEncoder().encode(request) else { return }
      batch.calls.append(CallRecord(call: line.toy_call, body: body))
    }

    mutating func skip(_ line: Int64, _ reason: SkipReason) {}

    mutating func gather() -> Gathered {
      defer { batch = CallBatch() }
      return .calls(batch)
    }
  }
}

struct NewSourceTests {
  @Test func aSourceIsAddedByItsTypeAndOneLine() throws {
    let bench = try Workbench()
    let path = bench.log("toys.txt")
    let lines = (1...40).map { #"{"toy_call":"c\#($0 % 20)","at":\#(1_790_000_000_000 + $0 % 20),"tokens":7}"# }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: path)
    let options = Ingest.Options(sources: Sources(Sources.all.list + [ToyLog.self]))
    #expect(try Ingest(into: bench.ledger, options).run([path.path]).skippedCount == 0)
    let total = try #require(try bench.totals()[ModelID(provider: "toys", model: "bear")])
    #expect(total.counts.requests == 20)
    #expect(total.tokens.input == 140)
    #expect(throws: LedgerError.unknownFormat(path: path.path)) {
      _ = try Ingest(into: Workbench().ledger).run([path.path])
    }
  }
}
