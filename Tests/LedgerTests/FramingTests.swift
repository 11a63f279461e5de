import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// How lines end, how files are named and packed, and what becomes of what cannot be understood.
struct FramingTests {
  /// An answer as a client writes it.
  private func answer(_ number: Int, time: String = "2026-06-24T10:00:00.000Z") -> String {
    #"{"type":"assistant","sessionId":"s","requestId":"req_\#(number)","timestamp":"\#(time)","message":{"#
      + #""id":"msg_0\#(number)","model":"claude-sonnet-4-6","stop_reason":"end_turn","#
      + #""usage":{"input_tokens":1000,"output_tokens":100}}}"#
  }

  private func requests(_ bench: Workbench) throws -> Int {
    try bench.totals().values.reduce(0) { $0 + $1.counts.requests }
  }

  private func bench(_ text: String) throws -> Workbench {
    let bench = try Workbench()
    try Data(text.utf8).write(to: bench.log("a.jsonl"))
    return bench
  }

  @Test(arguments: ["\n", "\r\n", "\n\n", "\r\n\r\n", " \t\n"]) func anyLineEnd(_ end: String) throws {
    let bench = try bench("\u{FEFF}" + answer(1) + end + answer(2) + end)
    #expect(try bench.ingest().skippedCount == 0 || end.hasPrefix(" "))
    #expect(try requests(bench) == 2)
  }

  @Test func aLineBehindAHoleCounts() throws {
    let bench = try bench(answer(1) + "\n" + String(repeating: "\0", count: 3 << 20) + answer(2) + "\n\0\0\0")
    try bench.ingest()
    #expect(try requests(bench) == 2)
  }

  @Test func anUnfinishedLineWaitsWhileItsFileIsWrittenTo() throws {
    let bench = try bench(answer(1) + "\n" + answer(2).dropLast(7))
    let first = try bench.ingest()
    #expect(first.filesUnfinished == [bench.log("a.jsonl").path])
    #expect(try requests(bench) == 1)
    let handle = try FileHandle(forWritingTo: bench.log("a.jsonl"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((answer(2).suffix(7) + "\n").utf8))
    try handle.close()
    #expect(try bench.ingest().filesUnfinished.isEmpty)
    #expect(try requests(bench) == 2)
  }

  @Test func aWholeLineOfAFileThatNobodyWritesToCounts() throws {
    let bench = try bench(answer(1) + "\n" + answer(2))
    let hours = Int64(Date().timeIntervalSince1970 * 1000) + 3 * 3_600_000
    var options = Ingest.Options()
    options.now = hours
    _ = try Ingest(into: bench.ledger, options).run([bench.log("a.jsonl").path])
    #expect(try requests(bench) == 2)
    // The newline that comes after all, and what follows it, are read on.
    let handle = try FileHandle(forWritingTo: bench.log("a.jsonl"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(("\n" + answer(3) + "\n").utf8))
    try handle.close()
    _ = try Ingest(into: bench.ledger, options).run([bench.log("a.jsonl").path])
    #expect(try requests(bench) == 3)
  }

  @Test func aWholeLineThatWaitedCountsOnceItsFileIsQuiet() throws {
    let bench = try bench(answer(1) + "\n" + answer(2))
    let path = bench.log("a.jsonl").path
    var options = Ingest.Options()
    options.now = Int64(Date().timeIntervalSince1970 * 1000)
    _ = try Ingest(into: bench.ledger, options).run([path])
    #expect(try requests(bench) == 1)
    options.now = options.now.map { $0 + 2 * 3_600_000 }
    _ = try Ingest(into: bench.ledger, options).run([path])
    #expect(try requests(bench) == 2)
    #expect(try Ingest(into: bench.ledger, options).run([path]).filesUnchanged == 1)
  }

  @Test func aNameThatIsNoUTF8IsRead() throws {
    let bench = try Workbench()
    let folder = bench.folder.appending(path: "logs").path
    let name = Array(folder.utf8) + Array("/caf".utf8) + [0xE9] + Array(".jsonl".utf8) + [0]
    let path = PathText.text(Array(name.dropLast()))
    let descriptor = unsafe open(PathText.system(path), O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    let text = Array((answer(1) + "\n").utf8)
    #expect(unsafe write(descriptor, text, text.count) == text.count)
    close(descriptor)
    #expect(PathText.shown(path).hasSuffix(#"caf\xE9.jsonl"#))
    #expect(try bench.ingest().failures.isEmpty)
    #expect(try requests(bench) == 1)
  }

  @Test func recordsAheadOfTheClockAreLeftOutAndCounted() throws {
    let bench = try bench(answer(1) + "\n" + answer(2, time: "2098-01-01T00:00:00.000Z") + "\n")
    var options = Ingest.Options()
    options.now = 1_782_381_600_000
    let report = try Ingest(into: bench.ledger, options).run([bench.log("a.jsonl").path])
    #expect(report.skipped.map(\.line) == [SkippedLine(line: 2, reason: .ahead)])
    #expect(try requests(bench) == 1)
  }

  @Test func whatGaveNothingIsNamedAndNotMarkedAsRead() throws {
    let bench = try bench(#"{"odd":1}"# + "\n" + #"{"odd":2}"# + "\n")
    let path = bench.log("a.jsonl").path
    for _ in 0..<2 {
      let wrong = try Ingest(into: bench.ledger, Ingest.Options(source: .claudeCodeRouter)).run([path])
      #expect(wrong.failures.count == 1)
      #expect(wrong.failures.first?.contains("none of the 2 lines") == true)
    }
    #expect(try requests(bench) == 0)
  }

  @Test func aSourceThatTheContentContradictsIsRefused() throws {
    let bench = try bench(answer(1) + "\n" + answer(2) + "\n")
    let path = bench.log("a.jsonl").path
    #expect(throws: LedgerError.otherSource(path: path, is: .claudeCode, asked: .claudeCodeRouter)) {
      try Ingest(into: bench.ledger, Ingest.Options(source: .claudeCodeRouter)).run([path])
    }
    #expect(try requests(bench) == 0)
    try bench.ingest([path])
    #expect(try requests(bench) == 2)
    #expect(try bench.ingest([path]).filesUnchanged == 1)
    var again = Ingest.Options()
    again.again = true
    #expect(try Ingest(into: bench.ledger, again).run([path]).filesRead == 1)
    #expect(try requests(bench) == 2)
  }

  @Test func aFileWithoutRequestsIsSaid() throws {
    let bench = try bench(#"{"type":"user","sessionId":"s","message":{"role":"user","content":"x"}}"# + "\n")
    #expect(try bench.ingest().filesWithoutRequests == [bench.log("a.jsonl").path])
  }

  @Test func anAbortedAnswerStaysUnknownWhicheverLineIsReadFirst() throws {
    let early = answer(1).replacing("\"end_turn\"", with: "null")
    let aborted = early.replacing(
      "{\"type\":\"assistant\"", with: "{\"isAbortedMidStream\":true,\"type\":\"assistant\"")
    for order in [[early, aborted], [aborted, early]] {
      let bench = try Workbench()
      for (number, line) in order.enumerated() {
        try Data((line + "\n").utf8).write(to: bench.log("\(number).jsonl"))
        try bench.ingest()
      }
      let totals = try #require(try bench.totals().values.first)
      #expect(totals.counts == RequestCounts(unknown: 1))
      #expect(totals.tokens == .zero)
    }
  }
}
