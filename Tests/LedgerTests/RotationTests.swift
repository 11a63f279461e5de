import Foundation
import GRDB
import Reading
import TestSupport
import Testing

@testable import Ledger

/// Logs that are renamed, replaced and truncated while they are read.
struct RotationTests {
  private static let start: Int64 = 1_782_216_000_000

  private static func call(_ number: Int) -> String {
    let (head, time) = (#""pid":7,"hostname":"vm","reqId":"req-\#(String(number, radix: 36))""#, start + Int64(number))
    return """
      {"level":30,"time":\(time),\(head),"req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}
      {"level":30,"time":\(time),\(head),"data":{"model":"ollama,glm-5.2","messages":[],"stream":false},"type":"request body"}
      {"level":20,"time":\(time),\(head),"response":{"usage":{"prompt_tokens":1000,"completion_tokens":10}},"msg":"Original OpenAI response"}
      {"level":30,"time":\(time),\(head),"res":{"statusCode":200},"responseTime":1,"msg":"request completed"}

      """
  }

  private func requests(_ ledger: LedgerFile) throws -> Int {
    try ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM request") ?? 0 }
  }

  private func withLedger(_ body: (_ folder: String, LedgerFile) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "rotation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.appending(path: "logs").path, LedgerFile(path: folder.appending(path: "ledger.sqlite").path))
  }

  /// At natural timing: a router writes and rotates while one ingest follows another.
  @Test func nothingIsLostWhileARouterRotates() throws {
    try withLedger { folder, ledger in
      let isDone = DispatchSemaphore(value: 0)
      let router = Thread {
        defer { isDone.signal() }
        let live = folder + "/ccr.log"
        for rotation in 0..<60 {
          _ = FileManager.default.createFile(atPath: live, contents: nil)
          guard let file = FileHandle(forWritingAtPath: live) else { return }
          for number in rotation * 20..<(rotation + 1) * 20 {
            try? file.write(contentsOf: Data(Self.call(number + 1).utf8))
          }
          try? file.close()
          try? FileManager.default.moveItem(atPath: live, toPath: folder + "/ccr_\(rotation).log")
        }
      }
      router.start()
      while isDone.wait(timeout: .now()) == .timedOut { _ = try Ingest(into: ledger).run([folder]) }
      let report = try Ingest(into: ledger).run([folder])
      #expect(report.failures.isEmpty)
      #expect(try requests(ledger) == 60 * 20)
    }
  }

  /// The plan knows the old file; the name leads to a new one when it is opened.
  @Test func theNewFileIsNotTakenForTheOldOne() throws {
    try withLedger { folder, ledger in
      let log = folder + "/ccr.log"
      try Data(Self.call(1).utf8).write(to: URL(filePath: log))
      _ = try Ingest(into: ledger).run([folder])
      try Data((Self.call(1) + Self.call(2)).utf8).write(to: URL(filePath: log))
      var report = IngestReport()
      let plan = try IngestPlan([folder], ledger: ledger, Ingest.Options(), &report)
      let range = try #require(plan.logs.first.map { $0.ranges(log: 0, length: 1 << 20) }?.first)
      try FileManager.default.moveItem(atPath: log, toPath: folder + "/ccr_1.log")
      try Data(Self.call(3).utf8).write(to: URL(filePath: log))
      var failures: [LogError?] = []
      RangeReader(log: range, batchBytes: 1 << 20, configuration: .none, sources: .all).read {
        failures.append($0.failure)
        return true
      }
      #expect(failures == [.replaced(path: log)])
      // Both are read by the next ingest.
      _ = try Ingest(into: ledger).run([folder])
      #expect(try requests(ledger) == 3)
    }
  }

  /// A file that was never read has no fingerprint: its identity alone tells it from the next one of its name.
  @Test func theNewFileIsNotTakenForOneThatWasNeverRead() throws {
    try withLedger { folder, ledger in
      let log = folder + "/ccr.log"
      try Data(Self.call(1).utf8).write(to: URL(filePath: log))
      var report = IngestReport()
      let plan = try IngestPlan([folder], ledger: ledger, Ingest.Options(), &report)
      let range = try #require(plan.logs.first.map { $0.ranges(log: 0, length: 1 << 20) }?.first)
      try FileManager.default.moveItem(atPath: log, toPath: folder + "/ccr_1.log")
      try Data(Self.call(3).utf8).write(to: URL(filePath: log))
      var failures: [LogError?] = []
      RangeReader(log: range, batchBytes: 1 << 20, configuration: .none, sources: .all).read {
        failures.append($0.failure)
        return true
      }
      #expect(failures == [.replaced(path: log)])
    }
  }

  /// `copytruncate`: the same file begins anew between look and opening.
  @Test func aPlaceInWhatWasTruncatedIsNone() throws {
    try withLedger { folder, ledger in
      let log = folder + "/ccr.log"
      try Data(Self.call(1).utf8).write(to: URL(filePath: log))
      let file = try FileHandle(forUpdating: URL(filePath: log))
      _ = try Ingest(into: ledger).run([folder])
      try file.seekToEnd()
      try file.write(contentsOf: Data(Self.call(2).utf8))
      var report = IngestReport()
      let plan = try IngestPlan([folder], ledger: ledger, Ingest.Options(), &report)
      let range = try #require(plan.logs.first.map { $0.ranges(log: 0, length: 1 << 20) }?.first)
      #expect(range.range.lowerBound > 0)
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data((3...6).map(Self.call).joined().utf8))
      var failures: [LogError?] = []
      RangeReader(log: range, batchBytes: 1 << 20, configuration: .none, sources: .all).read {
        failures.append($0.failure)
        return true
      }
      #expect(failures == [.replaced(path: log)])
    }
  }
}

/// Files that are no record of any source.
struct ForeignFileTests {
  @Test func theyAreOpenedOnceAndAgainWhenTheyChange() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try LedgerFile(path: folder.appending(path: "ledger.sqlite").path)
    let notes = folder.appending(path: "logs/notes.txt")
    try Data("these are my notes\n".utf8).write(to: notes)
    let logs = folder.appending(path: "logs").path
    func known() throws -> Int {
      try ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM foreign_file") ?? 0 }
    }
    #expect(try Ingest(into: ledger).run([logs]).filesForeign == 1)
    #expect(try known() == 1)
    #expect(try Ingest(into: ledger).run([logs]).filesForeign == 1)
    var report = IngestReport()
    let plan = try IngestPlan([logs], ledger: ledger, Ingest.Options(), &report)
    #expect(plan.logs.isEmpty && report.filesForeign == 1)
    // What has become a record is one.
    let transcript = Fixtures.path("claude-code/projects")
    let first = try #require(
      FileManager.default.subpaths(atPath: transcript)?.first { $0.hasSuffix(".jsonl") }.map { "\(transcript)/\($0)" })
    try Data(contentsOf: URL(filePath: first)).write(to: notes)
    #expect(try Ingest(into: ledger).run([logs]).filesRead == 1)
    // Another version, which may know more sources, looks again.
    try Data("these are my notes\n".utf8).write(to: notes)
    _ = try Ingest(into: ledger).run([logs])
    #expect(try known() == 1)
    var options = Ingest.Options()
    options.version = "next"
    var other = IngestReport()
    _ = try IngestPlan([logs], ledger: ledger, options, &other)
    #expect(try known() == 1)
    #expect(
      try ledger.read { try Int64.fetchOne($0, sql: "SELECT value FROM setting WHERE name = 'foreign_by'") }
        == options.program)
  }

  @Test func aRecordOfTheSameSizeIsOne() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "foreign-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "logs"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try LedgerFile(path: folder.appending(path: "ledger.sqlite").path)
    let transcripts = Fixtures.path("claude-code/projects")
    let record = try #require(
      FileManager.default.subpaths(atPath: transcripts)?.first { $0.hasSuffix(".jsonl") }.map { "\(transcripts)/\($0)" }
    )
    let bytes = try Data(contentsOf: URL(filePath: record))
    let file = folder.appending(path: "logs/notes.txt")
    try Data(String(repeating: "note ", count: bytes.count / 5 + 1).utf8.prefix(bytes.count)).write(to: file)
    #expect(try Ingest(into: ledger).run([folder.appending(path: "logs").path]).filesForeign == 1)
    // Written over in place: the same file, the same size, another time.
    let handle = try FileHandle(forUpdating: file)
    try handle.write(contentsOf: bytes)
    try handle.close()
    #expect(try Ingest(into: ledger).run([folder.appending(path: "logs").path]).filesRead == 1)
  }

  @Test func theLedgerHoldsNoPath() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "path-\(UUID().uuidString)-SECRETPROJECT")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try LedgerFile(path: folder.appending(path: "ledger.sqlite").path)
    for fixture in ["ccr-v1/logs", "claude-code/projects", "ccr-v3/closed"] {
      let copy = folder.appending(path: URL(filePath: fixture).lastPathComponent)
      try FileManager.default.copyItem(atPath: Fixtures.path(fixture), toPath: copy.path)
      _ = try Ingest(into: ledger).run([copy.path])
    }
    let copy = folder.appending(path: "copy.sqlite").path
    try ledger.backup(to: copy, replacing: false)
    #expect(try Data(contentsOf: URL(filePath: copy)).range(of: Data("SECRETPROJECT".utf8)) == nil)
  }
}
