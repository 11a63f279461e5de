import Foundation
import GRDB
import Model
import Reading
import Testing

@testable import Ledger

/// SQLite stores any kind of value in any column. Whatever somebody else has put there, reading it ends with an error.
struct ForeignValueTests {
  private static let values = ["'zz'", "x'FF00'", "NULL", "9223372036854775807", "-9223372036854775808"]

  private static let records = ["ccr-v1/logs/ccr-20260625140000.log", "claude-code/projects"].map {
    Fixture.root.appending(path: $0).path
  }

  /// Every table of a ledger that has rows, with its columns.
  private func columns(of ledger: LedgerFile) throws -> [(table: String, column: String)] {
    try ledger.read { database in
      try String.fetchAll(
        database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
      ).filter { $0 != "grdb_migrations" }.flatMap { table in
        let hasRows = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM \(table))") ?? false
        return try hasRows ? database.columns(in: table).map { (table, $0.name) } : []
      }
    }
  }

  private func fill(_ bench: Workbench) throws {
    try bench.ingest(Self.records)
    let day = try #require(CivilDay("2026-06-23"))
    let model = ModelID(provider: "ollama", model: "glm-5.2")
    let verdict = DayVerdict(day: day, offenders: [model], recovered: [], isComplete: true)
    _ = try bench.ledger.record(verdict, at: 0) { _, _ in "message" }
    try bench.ledger.jobBegan("ingest", at: 0)
    try bench.ledger.jobEnded("ingest", at: 1, failure: nil)
  }

  /// All that reports, the daily job and the next ingest ask of a ledger.
  private func readAll(_ ledger: LedgerFile) throws {
    let day = try #require(CivilDay("2026-06-23"))
    let span = Int64(1_700_000_000_000)..<Int64(1_800_000_000_000)
    let zone = try #require(TimeZone(identifier: "UTC"))
    let query = TrafficQuery(span: span, grain: PriceGrain(), timeZone: zone)
    let reads: [() throws -> Void] = [
      { _ = try ledger.traffic(query) }, { try ledger.eachMeasured { _ in } },
      { try ledger.eachUnmeasured(query) { _ in } }, { _ = try ledger.oddities(now: 1_800_000_000_000) },
      { _ = try ledger.extras(in: span, scope: .all) }, { _ = try ledger.lowerBounds(in: span, scope: .all) },
      { _ = try ledger.unmeasured(in: span) }, { _ = try ledger.messages() }, { _ = try ledger.auditedDays() },
      { _ = try ledger.alerted(before: day) }, { _ = try ledger.jobs() }, { _ = try ledger.bills() },
      { _ = try ledger.models() }, { try ledger.forEachClaim { _ in } }, { _ = try ledger.pushedHours() },
      { _ = try ledger.check() },
    ]
    for read in reads { try? read() }
  }

  @Test func noValueTrapsAReader() throws {
    let bench = try Workbench()
    try fill(bench)
    let columns = try columns(of: bench.ledger)
    #expect(columns.count > 80)
    let files = FileManager.default
    let (whole, copy) = (
      bench.folder.appending(path: "whole.sqlite").path, bench.folder.appending(path: "copy.sqlite").path
    )
    try bench.ledger.backup(to: whole, replacing: false)
    for (place, (table, column)) in columns.enumerated() {
      for suffix in ["", "-wal", "-shm"] { try? files.removeItem(atPath: copy + suffix) }
      try files.copyItem(atPath: whole, toPath: copy)
      let ledger = try LedgerFile(path: copy)
      let value = Self.values[place % Self.values.count]
      // A constraint may say that it belongs not there.
      let isSet: Void? = try? ledger.write { try $0.execute(sql: "UPDATE OR IGNORE \(table) SET \(column) = \(value)") }
      guard isSet != nil else { continue }
      try readAll(ledger)
      guard place % 3 == 0 else { continue }
      var options = Ingest.Options(configuration: .none, jobs: 1)
      options.again = true
      _ = try? Ingest(into: ledger, options).run(Self.records)
    }
  }

  @Test func whatCannotBeDecodedIsDamageThatNamesItsColumn() throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE outbox SET attempts = 'often'") }
    let error = try #require(throws: LedgerError.self) { _ = try bench.ledger.messages() }
    #expect(error == .damaged(path: bench.ledger.path, part: "its column `attempts` holds a value of another kind"))
    #expect(error.description.contains("`ccr-audit ledger backup`"))
    #expect(try bench.ledger.check().contains("outbox: 1 rows whose attempts is no integer"))
  }

  @Test(arguments: ["file", "outbox", "audited_day", "job", "word", "fragment", "request", "hour_rollup"])
  func aMissingTableIsFound(table: String) throws {
    let bench = try Workbench()
    try bench.ledger.write { try $0.execute(sql: "DROP TABLE \(table)") }
    #expect(try bench.ledger.check().contains("there is no table \(table)"))
  }

  @Test func aLedgerOfTwoNamesIsReadAndNotWritten() throws {
    let bench = try Workbench()
    try fill(bench)
    let (one, other) = (
      bench.folder.appending(path: "one.sqlite").path, bench.folder.appending(path: "other.sqlite").path
    )
    try bench.ledger.backup(to: one, replacing: false)
    try FileManager.default.linkItem(atPath: one, toPath: other)
    let refusal = #expect(throws: LedgerError.self) { _ = try LedgerFile(path: other) }
    #expect(refusal?.description.contains("it has 2 names (hard links)") == true)
    #expect(try LedgerFile(reading: other).models() == bench.ledger.models())
    try FileManager.default.removeItem(atPath: one)
    #expect(try LedgerFile(path: other).models() == bench.ledger.models())
  }

  @Test func aSoundLedgerIsWhole() throws {
    let bench = try Workbench()
    try fill(bench)
    #expect(try bench.ledger.check() == [])
  }

  @Test func aDamagedLedgerTakesNoBackupsPlace() throws {
    let bench = try Workbench()
    try fill(bench)
    let copy = bench.folder.appending(path: "copy.sqlite").path
    try bench.ledger.backup(to: copy, replacing: false)
    let before = try Data(contentsOf: URL(filePath: copy))
    try bench.ledger.write { database in
      // An index that lacks the rows of its table.
      try database.execute(sql: "PRAGMA writable_schema = ON")
      try database.execute(
        sql: """
          UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'outbox_pending')
          WHERE name = 'request_borrower'
          """)
    }
    let damaged = try LedgerFile(path: bench.ledger.path)
    #expect(throws: LedgerError.damaged(path: bench.ledger.path, part: nil)) {
      try damaged.backup(to: copy, replacing: true)
    }
    #expect(try Data(contentsOf: URL(filePath: copy)) == before)
  }
}
