import Foundation
import GRDB
import Model
import Reading
import Testing

@testable import Ledger

/// SQLite stores any kind of value in any column. Whatever somebody else has put there, reading it ends with an error.
struct ForeignValueTests {
  private static let records = ["ccr-v1/logs/ccr-20260625140000.log", "claude-code/projects"].map {
    Fixture.root.appending(path: $0).path
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

  @Test func whatCannotBeDecodedIsDamageThatNamesItsColumn() throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE outbox SET attempts = 'often'") }
    let error = try #require(throws: LedgerError.self) { _ = try bench.ledger.messages() }
    #expect(error == .damaged(path: bench.ledger.path, part: "its column `attempts` holds a value of another kind"))
    #expect(error.description.contains("`ccr-audit ledger backup`"))
    #expect(try bench.ledger.check().contains("outbox: 1 row whose attempts is no integer"))
  }

  /// SQLite reads `7x` as 7 and `zz` as 0. Neither may pass as a count of tokens, nor a row without a word.
  @Test(arguments: [
    ("hour_rollup", "input"), ("hour_rollup", "upstream"), ("day_rollup", "output"), ("day_rollup", "first"),
  ])
  func aTextIsNoSum(table: String, column: String) throws {
    let bench = try Workbench()
    try fill(bench)
    let zone = try #require(TimeZone(identifier: "UTC"))
    // A price that changes in the first hour of a day has the others read one by one.
    let hour = try bench.ledger.read {
      try Int64.fetchOne($0, sql: "SELECT bucket FROM hour_rollup WHERE bucket % 24 > 0 ORDER BY bucket LIMIT 1")
    }
    let cut = try #require(hour) / 24 * EpochTime.day + 1
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(cuts: [cut]), timeZone: zone)
    for value in ["'7x'", "'zz'", "x'FF00'"] {
      try bench.ledger.write { try $0.execute(sql: "UPDATE \(table) SET \(column) = \(value)") }
      let error = #expect(throws: LedgerError.self) {
        _ = try bench.ledger.traffic(query)
        _ = try bench.ledger.traffic(TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: zone))
      }
      #expect(error?.description.contains("`\(column)`") == true)
    }
  }

  @Test(arguments: [("hour_rollup", "Asia/Kolkata"), ("day_rollup", "UTC")])
  func aSumBeginsInItsHourOrDay(table: String, zone: String) throws {
    let bench = try Workbench()
    try fill(bench)
    let zone = try #require(TimeZone(identifier: zone))
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: zone)
    #expect(try !bench.ledger.traffic(query).isEmpty)
    try bench.ledger.write { try $0.execute(sql: "UPDATE \(table) SET first = first + 86400000") }
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
    #expect(error?.description.contains("`\(table).first`") == true)
  }

  @Test(arguments: ["input", "cache_read", "output", "source"])
  func whatIsNoNumberIsNotSummed(column: String) throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE request SET \(column) = '7x' WHERE source IN (1, 2, 3)") }
    let zone = try #require(TimeZone(identifier: "UTC"))
    #expect(throws: LedgerError.self) { _ = try bench.ledger.rebuild() }
    guard column != "source" else { return }
    var query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: zone)
    query.bySource = true
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
    #expect(error?.description.contains("`\(column)`") == true)
  }

  @Test func whatIsNoNumberIsNoLowerBound() throws {
    let bench = try Workbench()
    try fill(bench)
    for value in ["'zz'", "x'FF00'"] {
      try bench.ledger.write {
        try $0.execute(
          sql: """
            INSERT OR REPLACE INTO lower_bound SELECT id, 1, 1, \(value), 1, 1 FROM request WHERE source = 0;
            INSERT OR REPLACE INTO answer_bound SELECT message, 1, 1, \(value), 1, 1 FROM request
            WHERE source = 0 AND message IS NOT NULL
            """)
      }
      let error = #expect(throws: LedgerError.self) {
        _ = try bench.ledger.lowerBounds(in: 0..<Int64.max, scope: .all)
      }
      #expect(error?.description.contains("`cache_write_5m`") == true)
    }
  }

  @Test func aSumOfAModelThatIsNotThereIsDamage() throws {
    let bench = try Workbench()
    try fill(bench)
    let zone = try #require(TimeZone(identifier: "UTC"))
    for value in ["999999", "'zz'", "-1"] {
      try bench.ledger.write {
        try $0.execute(sql: "UPDATE day_rollup SET model = \(value) WHERE model = (SELECT max(model) FROM day_rollup)")
      }
      #expect(throws: LedgerError.self) {
        _ = try bench.ledger.traffic(TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: zone))
      }
      _ = try bench.ledger.rebuild()
    }
  }

  /// The doctor compares how far clocks are apart, whatever the sign.
  @Test(arguments: [Int64.min, .max])
  func clocksThatAreApartForEverAreDamage(offset: Int64) throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE session SET clock_offset = \(offset)") }
    let error = #expect(throws: LedgerError.self) { try bench.ledger.oddities(now: 0) }
    #expect(error?.description.contains("`clock_offset`") == true)
  }

  /// How far a file was read: to go on from there would end the program.
  @Test(arguments: ["place", "lines", "head_length"])
  func aFileThatWasReadToNowhereIsDamage(column: String) throws {
    for value in [Int64.min, -1, .max] {
      let bench = try Workbench()
      try fill(bench)
      try bench.ledger.write { try $0.execute(sql: "UPDATE file SET \(column) = \(value)") }
      let error = #expect(throws: LedgerError.self) { try bench.ingest(Self.records) }
      #expect(error?.description.contains("`\(column)`") == true, "\(value)")
    }
  }

  /// A model without its variant, and a request without its model, would be left out of every report.
  @Test(arguments: [
    ("UPDATE OR IGNORE model SET variant = 'zz'", "model.variant"),
    ("UPDATE OR IGNORE model SET variant = 77", "model.variant"),
    ("UPDATE request SET model = 77", "model"),
  ])
  func nothingIsLeftOutForWhatItRefersTo(sql: String, column: String) throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: sql) }
    var query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt)
    query.bySource = true
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
    #expect(error?.description.contains("`\(column)`") == true)
  }

  /// Read with replacements, it would be a model that nobody called, or another price.
  @Test(arguments: ["model.provider", "model.model", "variant.host", "variant.speed", "variant.geo", "variant.tier"])
  func aNameThatIsNoUTF8IsDamage(place: String) throws {
    let bench = try Workbench()
    try fill(bench)
    let (table, column) = (
      String(place.prefix(while: { $0 != "." })), String(place.drop(while: { $0 != "." }).dropFirst())
    )
    try bench.ledger.write {
      try $0.execute(sql: "UPDATE OR IGNORE \(table) SET \(column) = CAST(x'FF41FE' AS TEXT)")
    }
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt)
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
    #expect(error?.description.contains("`\(column)`") == true)
    #expect(try bench.ledger.check().contains { $0.hasPrefix("\(table): ") && $0.hasSuffix("\(column) is no UTF-8") })
  }

  /// Whether what caches held is known.
  @Test(arguments: ["'7x'", "1.5e300"])
  func aMarkOfASessionIsANumber(value: String) throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE session SET recache = \(value)") }
    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt)
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
    #expect(error?.description.contains("`recache`") == true)
  }

  @Test func aMessageOfANewerKindIsAMessage() throws {
    let bench = try Workbench()
    try fill(bench)
    try bench.ledger.write { try $0.execute(sql: "UPDATE outbox SET kind = 'newer'") }
    let messages = try bench.ledger.messages()
    #expect(messages.map(\.kind) == [nil])
    #expect(messages.map(\.state) == [.pending])
  }

  /// What an archived sum is found by: neither a scope nor a span may pass over one row of another kind.
  @Test(arguments: zip(["route", "time", "quarter"], ["'zz'", "x'FF00'", "1.5e300"]))
  func anArchivedSumIsNotPassedOver(column: String, value: String) throws {
    for row in ["min", "max"] {
      let bench = try Workbench()
      try fill(bench)
      _ = try bench.ledger.prune(before: .max, grain: PriceGrain())
      try bench.ledger.write {
        try $0.execute(
          sql: "UPDATE archive SET \(column) = \(value) WHERE rowid = (SELECT \(row)(rowid) FROM archive)")
      }
      for scope in [TrafficScope.all, .routed, .direct] {
        let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt, scope: scope)
        let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.traffic(query) }
        #expect(error?.description.contains("\(column)`") == true)
      }
    }
  }

  /// Read as 0, the instant from which on requests are kept would have archived ones counted once more.
  @Test(arguments: ["'zz'", "'7x'", "x'FF00'", "1.5e300"])
  func aSettingThatIsNoNumberIsDamage(value: String) throws {
    let bench = try Workbench()
    try fill(bench)
    _ = try (bench.ledger.prune(before: .max, grain: PriceGrain()), bench.ledger.origin())
    try bench.ledger.write { try $0.execute(sql: "UPDATE setting SET value = \(value)") }
    let error = #expect(throws: LedgerError.self) { _ = try bench.ledger.keptFrom() }
    #expect(error?.description.contains("`setting.value`") == true)
    #expect(throws: LedgerError.self) { _ = try bench.ledger.origin() }
  }

  @Test(arguments: [
    ("request", "source"), ("request", "message"), ("archive_bound", "time"), ("archive_bound", "route"),
  ])
  func noLowerBoundIsPassedOver(table: String, column: String) throws {
    for value in ["'zz'", "'7x'", "x'FF00'", "1.5e300"] {
      let bench = try Workbench()
      try fill(bench)
      try bench.ledger.write {
        try $0.execute(
          sql: """
            UPDATE request SET message = 1 WHERE id = (SELECT max(id) FROM request WHERE source = 0);
            INSERT INTO archive_bound SELECT started, model, route, 1, 1, 1, 1, 1, 1 FROM request;
            UPDATE \(table) SET \(column) = \(value) WHERE rowid = (SELECT max(rowid) FROM \(table)\
            \(column == "message" ? " WHERE source = 0" : ""))
            """)
      }
      let error = #expect(throws: LedgerError.self) {
        _ = try bench.ledger.lowerBounds(in: 0..<Int64.max, scope: .direct)
      }
      #expect(error?.description.contains("`\(table).\(column)`") == true)
    }
  }

  /// Hours, quarters and halves are multiplied into instants.
  @Test(arguments: ["9223372036854775807", "-9223372036854775808", "281474976710656000", "-1"])
  func aPartOfTimeThatIsNoneIsDamage(value: String) throws {
    let reads: [(sql: String, read: (Workbench) throws -> Void)] = [
      (
        "INSERT INTO push_stale VALUES (\(value)); INSERT INTO setting VALUES ('push_version', 1)",
        { (bench) throws in _ = try bench.ledger.hoursToPush() }
      ),
      (
        "UPDATE OR IGNORE day_rollup SET bucket = \(value)",
        { (bench) throws in _ = try bench.ledger.recordedDays(scope: .all, timeZone: .gmt) }
      ),
      (
        "INSERT INTO rollup_stale VALUES (\(value))",
        { (bench) throws in
          try bench.ledger.write { database in
            var rollups = try Rollups(database)
            try rollups.flush()
          }
        }
      ),
    ]
    for (sql, read) in reads {
      let bench = try Workbench()
      try fill(bench)
      try bench.ledger.write { try $0.execute(sql: sql) }
      #expect(throws: (any Error).self) { try read(bench) }
    }
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
