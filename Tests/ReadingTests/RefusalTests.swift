import Model
import Foundation
import GRDB
import Reading
import Testing

/// Bad stores and bad rows.
@Suite struct RefusalTests {
  @Test func filesAreToldByTheirContent() throws {
    let bench = try Bench()
    try bench.write("empty.sqlite", "")
    try bench.write("text.sqlite", "SQLite format 2 and some more")
    try bench.write("short.sqlite", "SQLite format 3\0")
    let other = try bench.writer("other.sqlite")
    try other.write { try $0.execute(sql: "CREATE TABLE t (usage_events TEXT)") }
    try other.close()
    func kind(_ name: String) throws -> RouterStore.Kind { try bench.store(name).kind() }
    #expect(try kind("usage.sqlite") == .store(.usageEvents))
    #expect(try kind("request-logs.sqlite") == .store(.requestLogs))
    #expect(try kind("usage.sqlite-wal") == .notSQLite)
    #expect(try kind("other.sqlite") == .otherDatabase)
    #expect(try kind("empty.sqlite") == .notSQLite)
    #expect(try kind("text.sqlite") == .notSQLite)
    #expect(throws: StoreError.missing(path: bench.path("none"))) { try bench.store("none").kind() }
    #expect(throws: StoreError.unreadable(path: bench.folder.path, reason: .system(EISDIR))) {
      try RouterStore(path: bench.folder.path, temporaryFolder: bench.temporary).kind()
    }
    #expect(throws: StoreError.empty(path: bench.path("empty.sqlite"))) { try bench.store("empty.sqlite").read() }
    #expect(throws: StoreError.notSQLite(path: bench.path("text.sqlite"))) { try bench.store("text.sqlite").read() }
    #expect(throws: StoreError.notAStore(path: bench.path("other.sqlite"))) { try bench.store("other.sqlite").read() }
    #expect(throws: StoreError.self) { try bench.store("short.sqlite").read() }
  }

  @Test func unknownSchemataAreNamed() throws {
    let bench = try Bench()
    let path = bench.path("usage.sqlite")
    let router = try bench.writer("usage.sqlite")
    try router.write { database in
      try database.execute(sql: "ALTER TABLE usage_events ADD COLUMN sync_id TEXT NOT NULL DEFAULT ''")
      try database.execute(sql: "ALTER TABLE usage_events DROP COLUMN cost_source")
      try database.execute(sql: "ALTER TABLE usage_events DROP COLUMN cost_usd")
    }
    #expect(try bench.store("usage.sqlite").read().requests.count == 391)
    try router.write { database in
      try database.execute(sql: "ALTER TABLE usage_events RENAME COLUMN input_tokens TO tokens_in")
      try database.execute(sql: "ALTER TABLE usage_events RENAME COLUMN duration_ms TO seconds")
    }
    #expect(throws: StoreError.unknownSchema(path: path, missing: ["duration_ms", "input_tokens"])) {
      try bench.store("usage.sqlite").read()
    }
    try router.write { database in
      try database.execute(sql: "DROP TABLE usage_events")
      try database.execute(sql: "CREATE VIEW usage_events AS SELECT 1")
    }
    #expect(throws: StoreError.notAStore(path: path)) { try bench.store("usage.sqlite").read() }
  }

  @Test func aLockedStoreIsBusyAfterAShortWait() throws {
    let bench = try Bench("closed")
    var configuration = Configuration()
    configuration.busyMode = .immediateError
    let router = try DatabaseQueue(path: bench.path("usage.sqlite"), configuration: configuration)
    try router.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
      try database.beginTransaction(.immediate)
      try database.execute(sql: "COMMIT; BEGIN EXCLUSIVE")
      let clock = ContinuousClock()
      let time = clock.measure {
        #expect(throws: StoreError.busy(path: bench.path("usage.sqlite"))) { try bench.store("usage.sqlite").read() }
      }
      #expect(time < .seconds(5))
      try database.execute(sql: "ROLLBACK")
    }
    #expect(try bench.store("usage.sqlite").read().rows == 418)
  }

  @Test func aStoreBeingVacuumedIsReadWholeOrBusy() async throws {
    let bench = try Bench()
    let router = try bench.writer("request-logs.sqlite")
    let vacuuming = Task.detached {
      for _ in 0..<30 { try? await router.vacuum() }
    }
    for _ in 0..<30 {
      do {
        #expect(try bench.store("request-logs.sqlite").read().rows == 71)
      } catch {
        #expect(error == .busy(path: bench.path("request-logs.sqlite")))
      }
    }
    await vacuuming.value
    #expect(try bench.store("request-logs.sqlite").read().rows == 71)
  }

  @Test(arguments: ["usage.sqlite", "request-logs.sqlite"]) func damageIsAnErrorOrSkippedRows(_ name: String) throws {
    let bench = try Bench("closed")
    let whole = try Data(contentsOf: URL(filePath: bench.path(name)))
    var generator = SeededGenerator(seed: 3)
    var refused = 0
    for round in 0..<120 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...400, using: &generator) {
        // The magic stays, so that the bytes reach SQLite.
        bytes[Int.random(in: 16..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      if round % 4 == 0 { bytes = bytes.prefix(Int.random(in: 100..<bytes.count, using: &generator)) }
      try bytes.write(to: URL(filePath: bench.path(name)))
      do throws(StoreError) {
        let reading = try bench.store(name).read()
        let counted = reading.skipped.values.reduce(0, +) + reading.ignored.values.reduce(0, +)
        #expect(reading.rows == reading.requests.count + counted)
        #expect(!String(reflecting: reading).contains("CANARY"))
      } catch {
        refused += 1
        #expect(!String(reflecting: error).contains("CANARY"))
        #expect(error.description.contains(name))
      }
    }
    #expect(refused > 0)
    #expect(try bench.temporaries().isEmpty)
  }

  @Test func badRowsAreSkippedWithAReason() throws {
    let bench = try Bench()
    let router = try bench.writer("usage.sqlite")
    let before = try bench.store("usage.sqlite").read().cursor
    let bad: [(StoreSkipReason, [String: any DatabaseValueConvertible])] = [
      (.badTime, ["created_at": "yesterday"]), (.badTime, ["created_at": ""]),
      (.badTime, ["created_at": "2026-02-30T00:00:00.000Z"]), (.badTime, ["created_at": 1_785_367_977]),
      (.badTime, ["created_at": "9999-01-01T00:00:00.000Z"]), (.badTime, ["created_at": "2026-08-07T25:00:00.000Z"]),
      (.badTime, ["created_at": "2026-08-07T00:00:00.٣Z"]), (.badTime, ["created_at": "2026-08-07T00:00:00.000+09:00"]),
      (.badTime, ["duration_ms": -1]), (.badTime, ["duration_ms": Int64.max]), (.badTime, ["duration_ms": "long"]),
      (.badName, ["model": ""]), (.badName, ["provider": Data([0xFF])]), (.badName, ["path": Data()]),
      (.badName, ["model": String(repeating: "m", count: 257)]), (.badName, ["provider": "a\u{1B}[31m"]),
      (.badStatus, ["status_code": -1]), (.badStatus, ["status_code": 1000]), (.badStatus, ["status_code": "fine"]),
    ]
    let unclear: [[String: any DatabaseValueConvertible]] = [
      ["input_tokens": -1], ["output_tokens": 1_000_000_001], ["cache_read_tokens": Int64.max],
      ["cache_write_tokens": Int64.min], ["input_tokens": 1.5], ["input_tokens": "many"], ["input_tokens": 1e300],
      ["input_tokens": Data([1])],
    ]
    try router.write { database in
      for (number, (_, changes)) in bad.enumerated() { try database.insertEvent("bad-\(number)", changes) }
      try database.insertEvent("good", ["cost_usd": 1e-7, "path": "/v1/messages?key=CANARY"])
      try database.insertEvent("models", ["path": "/v1/models", "input_tokens": 0])
      try database.insertEvent("refused", ["provider": "unknown", "status_code": 404])
      try database.insertEvent("nameless", ["provider": ""])
      try database.insertEvent("", ["model": "anonymous"])
      for claim in [-1.0, Double.infinity, 1e300] { try database.insertEvent("claim \(claim)", ["cost_usd": claim]) }
      try database.insertEvent("tokens", ["path": "/v1/models"])
      for (number, changes) in unclear.enumerated() { try database.insertEvent("unclear-\(number)", changes) }
    }
    var reading = try bench.store("usage.sqlite").read(after: before)
    reading.requests.removeAll { $0.row <= before.last }
    #expect(reading.skipped == Dictionary(grouping: bad, by: \.0).mapValues(\.count))
    #expect(reading.ignored == [.otherPath: 1, .noProvider: 1])
    // Whatever its path, what has tokens called a model.
    #expect(reading.requests.count == 7 + unclear.count)
    #expect(reading.requests[6].path == "/v1/models")
    #expect(reading.requests[1].request.model.provider == "unknown")
    #expect(reading.requests[1].request.usage != nil)
    #expect(
      reading.requests.suffix(unclear.count).allSatisfy {
        $0.request.usage == nil && $0.request.reason == .routerStore(.impossibleCounts)
      })
    #expect(reading.requests[0].id == "good")
    #expect(reading.requests[0].claimedCost == "0.0000001")
    #expect(!String(reflecting: reading).contains("CANARY"))
    #expect(reading.requests[2].id.hasPrefix("row-"))
    #expect(!reading.requests[2].hasRouterID)
    #expect(reading.requests[3...].allSatisfy { $0.claimedCost == nil })
    let again = try bench.store("usage.sqlite").read(after: reading.cursor)
    #expect(again.skipped.isEmpty && again.cursor.last == reading.cursor.last)
  }

  /// SQLite keeps values of any type in any column; a table without constraints also NULL.
  @Test func anyValueAnywhereIsNoCrash() throws {
    let bench = try Bench()
    let router = try bench.writer("any.sqlite")
    var generator = SeededGenerator(seed: 11)
    func value() -> any DatabaseValueConvertible {
      let values: [any DatabaseValueConvertible] = [
        DatabaseValue.null, 0, 1, 200, -5, Int64.max, Int64.min, 0.5, -1e308, "", "x", "/v1/messages", "/", "?",
        "\u{0}", "2026-08-07T00:00:09.000Z", "2026-08-07T00:00:09Z", "2026-08-07T00:00:09.Z", "request_log", "unknown",
        Data([0, 0xFF]), String(repeating: "é", count: 400), "{\"x-claude-code-session-id\":[1]}", "{", "null",
      ]
      return values[Int.random(in: 0..<values.count, using: &generator)]
    }
    let columns = [
      "created_at", "completed_at", "request_id", "path", "model", "provider", "requested_model", "is_stream",
      "status_code", "ok", "duration_ms", "input_tokens", "output_tokens", "reasoning_tokens", "cache_read_tokens",
      "cache_write_tokens", "cost_usd", "cost_source", "source_usage_id", "error", "gateway_error", "request_headers",
    ]
    let names = columns.joined(separator: ", ")
    try router.write { database in
      try database.execute(sql: "CREATE TABLE request_logs (\(names))")
      for _ in 0..<3000 {
        // Half of the values are good, so that rows get far.
        let good: [String: any DatabaseValueConvertible] = [
          "created_at": "2026-08-07T00:00:09.000Z", "path": "/v1/messages", "model": "m", "provider": "p",
          "status_code": 200, "duration_ms": 1, "input_tokens": 1, "output_tokens": 1, "cache_read_tokens": 0,
          "cache_write_tokens": 0, "source_usage_id": DatabaseValue.null,
        ]
        let row = columns.map { name in
          good[name].flatMap { Int.random(in: 0..<10, using: &generator) > 0 ? $0 : nil } ?? value()
        }
        try database.execute(
          sql: "INSERT INTO request_logs VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))",
          arguments: StatementArguments(row))
      }
    }
    let reading = try bench.store("any.sqlite").read()
    #expect(reading.rows == 3000)
    #expect(reading.requests.count > 100)
    let counted = reading.skipped.values.reduce(0, +) + reading.ignored.values.reduce(0, +)
    #expect(reading.requests.count + counted == 3000)
    // Counts that cannot be leave the request unknown, and no time is ahead where there is no clock.
    #expect(Set(reading.skipped.keys) == [.badTime, .badName, .badStatus])
  }
}
