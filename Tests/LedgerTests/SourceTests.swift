import Foundation
import GRDB
import TestSupport
import Testing
import Model

@testable import Ledger

/// The other sources, through the ledger.
struct SourceTests {
  @Test func everyRequestOfTheRouters3xStoresIsThereOnce() throws {
    let bench = try Workbench()
    let report = try bench.ingest([Fixture.root.appending(path: "ccr-v3/live").path])
    #expect(report.rowsRead == 418 + 71)
    #expect(report.failures.isEmpty)
    var calls: [String: Int] = [:]
    for line in try Fixture.lines("ccr-v3/truth.jsonl") {
      guard line["in_usage_events"] as? Bool == true || line["in_request_logs_at_write"] as? Bool == true,
        let path = line["path"] as? String, !path.hasSuffix("count_tokens")
      else { continue }
      let model = "\(line["provider"] as? String ?? "")/\(line["model"] as? String ?? "")"
      calls[model, default: 0] += 1
    }
    let found = try bench.totals().reduce(into: [String: Int]()) { $0[$1.key.description] = $1.value.counts.requests }
    #expect(found.values.reduce(0, +) == 398)
    #expect(calls.values.reduce(0, +) >= 398)

    let closed = try Workbench()
    try closed.ingest([Fixture.root.appending(path: "ccr-v3/closed").path])
    #expect(try closed.figures() == bench.figures())
    // Nothing new is nothing read, and a second reading doubles nothing.
    #expect(try bench.ingest([Fixture.root.appending(path: "ccr-v3/live").path]).filesRead == 0)
    try bench.ledger.write { try $0.execute(sql: "DELETE FROM store") }
    try bench.ingest([Fixture.root.appending(path: "ccr-v3/live").path])
    #expect(try closed.figures() == bench.figures())
  }

  @Test func claimsOfTheRouterAreKeptApart() throws {
    let bench = try Workbench()
    try bench.ingest([Fixture.root.appending(path: "ccr-v3/live").path])
    let claimed = try bench.ledger.read {
      try Int64.fetchOne(
        $0,
        sql: "SELECT sum(claim) FROM request JOIN model ON model.id = request.model WHERE provider LIKE '%Coding Plan%'"
      )
    }
    #expect((claimed ?? 0) > 0)
  }

  @Test(arguments: Thoroughness.seeds(4))
  func freeClaudeCodeAsItsUpstreamsCountedInAnySplit(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let bench = try Workbench()
    let data = try Data(contentsOf: Fixture.root.appending(path: "free-claude-code/server.log"))
    let log = bench.log("server.log")
    var written = 0
    while written < data.count {
      written = seed == 0 ? data.count : min(data.count, written + Int.random(in: 1...200_000, using: &chance))
      try data.prefix(written).write(to: log)
      try bench.ingest(batchBytes: Int64.random(in: 5_000...500_000, using: &chance))
    }
    let rows = try bench.totals().reduce(into: [String: [Int64]]()) { rows, total in
      let (counts, tokens) = total.value
      rows[total.key.description] = [Int64(counts.requests), Int64(counts.measured), tokens.prompt, tokens.output]
    }
    #expect(rows["nim/moonshotai/kimi-k2.5"] == [36, 26, 780_860, 11_952])
    #expect(rows["openrouter/deepseek/deepseek-r1:free"] == [11, 7, 295_049, 3_052])
    #expect(rows["lmstudio/qwen2.5-7b"] == [17, 0, 0, 0])
  }

  @Test func aMixedFolderWithArchivesIsToldByItsContent() throws {
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    for (name, source) in [
      ("one.txt", "ccr-v1/logs/ccr-20260622091000.log"), ("two.dat", "free-claude-code/server.log"),
    ] {
      try FileManager.default.copyItem(at: Fixture.root.appending(path: source), to: bench.log(name))
    }
    let zip = Process()
    zip.executableURL = URL(filePath: "/bin/sh")
    let packed = bench.log("three.gz").path
    zip.arguments = [
      "-c", "gzip -c < '\(Fixture.root.appending(path: "ccr-v1/logs/ccr-20260623211500.log").path)' > '\(packed)'",
    ]
    try zip.run()
    zip.waitUntilExit()
    try Data("nothing that we know\n".utf8).write(to: bench.log("four.log"))
    // A link that leads back up must not be followed for ever.
    try FileManager.default.createSymbolicLink(
      at: bench.log("loop"), withDestinationURL: bench.folder.appending(path: "logs"))
    let report = try bench.ingest()
    #expect(report.filesRead == 3)
    #expect(report.filesForeign == 1)
    let plain = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try plain.ingest([
      Fixture.root.appending(path: "ccr-v1/logs/ccr-20260622091000.log").path,
      Fixture.root.appending(path: "ccr-v1/logs/ccr-20260623211500.log").path,
      Fixture.root.appending(path: "free-claude-code/server.log").path,
    ])
    #expect(try bench.figures() == plain.figures())
    #expect(try bench.ingest().filesRead == 0)
  }

  @Test func aLedgerOfANewerVersionIsRefused() throws {
    let bench = try Workbench()
    try bench.ledger.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')") }
    #expect(refusal(of: bench.ledger.path) == .newer(path: bench.ledger.path))
  }

  @Test func aDatabaseOfAnotherProgramIsLeftAsItIs() throws {
    let bench = try Workbench()
    let path = bench.folder.appending(path: "other.sqlite").path
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE notes (text)") }
    let before = try Data(contentsOf: URL(filePath: path))
    #expect(refusal(of: path) == .notALedger(path: path))
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  private func refusal(of path: String) -> LedgerError? {
    do {
      _ = try LedgerFile(path: path)
      return nil
    } catch {
      return error
    }
  }
}
