import Foundation
import GRDB
import Reading
import Testing
import Model

/// Reading in steps.
@Suite struct IncrementTests {
  @Test(arguments: 0..<6) func randomStepsEqualOneReading(_ seed: UInt64) throws {
    let bench = try Bench("closed")
    let router = try bench.writer("usage.sqlite")
    var generator = SeededGenerator(seed: seed)
    try router.write { database in
      try database.execute(sql: "ALTER TABLE usage_events RENAME TO later")
      try database.execute(sql: "CREATE TABLE usage_events AS SELECT * FROM later WHERE 0")
    }
    let store = bench.store("usage.sqlite")
    var cursor: StoreCursor?
    var requests: [StoreRequest] = []
    var counts: [StoreIgnoredKind: Int] = [:]
    var inserted: Int64 = 0
    while cursor?.last != 418 {
      if inserted < 418, Bool.random(using: &generator) {
        let step = Int64.random(in: 1...60, using: &generator)
        try router.write { database in
          try database.execute(
            sql: "INSERT INTO usage_events SELECT * FROM later WHERE id > ? AND id <= ?",
            arguments: [inserted, inserted + step])
        }
        inserted += step
      }
      let reading = try store.read(after: cursor, limit: Int.random(in: 1...50, using: &generator))
      // What may still change is handed out again.
      requests.removeAll { reading.requests.contains($0) }
      requests += reading.requests
      counts.merge(reading.ignored, uniquingKeysWith: +)
      // A cursor is kept between runs.
      cursor = try JSONDecoder().decode(StoreCursor.self, from: JSONEncoder().encode(reading.cursor))
    }
    let whole = try store.read()
    #expect(!whole.more)
    #expect(requests == whole.requests)
    #expect(counts == whole.ignored)
    #expect(try store.read(after: cursor).cursor.last == 418)
  }

  @Test func aStoreMadeAnewIsReadFromItsStart() throws {
    let bench = try Bench()
    let store = bench.store("usage.sqlite")
    let cursor = try store.read().cursor
    let again = try store.read(after: cursor)
    #expect(again.cursor == cursor)
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.removeItem(atPath: bench.path("usage.sqlite" + suffix))
    }
    try Data(contentsOf: Fixture.root.appending(path: "closed/usage.sqlite"))
      .write(to: URL(filePath: bench.path("usage.sqlite")))
    #expect(try store.read(after: cursor) == again, "the same rows elsewhere are no news")
    let router = try bench.writer("usage.sqlite")
    for count in [0, 5, 418, 500] {
      try router.write { database in
        try database.execute(sql: "DELETE FROM usage_events; DELETE FROM sqlite_sequence")
        for number in 0..<count { try database.insertEvent("new-\(number)") }
      }
      #expect(try store.read(after: cursor).rows == count)
    }
    var damaged = cursor
    damaged.anchor = ""
    #expect(try store.read(after: damaged).rows == 500)
    damaged.table = StoreTable.requestLogs.rawValue
    #expect(try store.read(after: damaged).rows == 500)
  }

  @Test func aChangedLogIsHandedOutAgain() throws {
    let bench = try Bench()
    let router = try bench.writer("request-logs.sqlite")
    let store = bench.store("request-logs.sqlite")
    try router.write { try $0.insertLog("fresh") }
    let first = try store.read()
    try router.write { database in
      try database.execute(
        sql: """
          UPDATE request_logs SET output_tokens = 9, reasoning_tokens = 4, model = 'better'
          WHERE request_id = 'fresh'
          """)
      try database.insertLog("newer", ["completed_at": "2026-08-07T00:30:00.000Z"])
      try database.insertLog("broken", ["input_tokens": -1])
    }
    let second = try store.read(after: first.cursor)
    #expect(second.requests.map(\.id) == ["fresh", "newer", "broken"])
    #expect(second.requests.last?.request.reason == .routerStore(.impossibleCounts))
    #expect(second.skipped.isEmpty)
    let fresh = try #require(StoreMerge.merge(first.requests + second.requests).first { $0.id == "fresh" })
    #expect(fresh.request.usage == TokenUsage(input: 1, output: 9, reasoning: 4))
    #expect(fresh.request.model.model == "better")
    let third = try store.read(after: second.cursor)
    #expect(third.requests.map(\.id) == ["fresh", "newer", "broken"])
    // An hour later they are settled.
    try router.write { try $0.insertLog("later", ["completed_at": "2026-08-07T02:00:00.000Z"]) }
    let fourth = try store.read(after: third.cursor)
    #expect(try store.read(after: fourth.cursor).requests.map(\.id) == ["later"])
  }

  @Test func aChangedEventIsHandedOutAgain() throws {
    let bench = try Bench()
    let router = try bench.writer("usage.sqlite")
    let store = bench.store("usage.sqlite")
    try router.write { try $0.insertEvent("fresh", ["created_at": "2026-08-08T00:00:00.000Z", "input_tokens": 0]) }
    let first = try store.read()
    try router.write { try $0.execute(sql: "UPDATE usage_events SET input_tokens = 7 WHERE request_id = 'fresh'") }
    let second = try store.read(after: first.cursor)
    #expect(second.requests.map(\.id) == ["fresh"])
    #expect(second.requests.first?.request.usage?.input == 7)
  }

  @Test func aPrunedLogLosesNothing() throws {
    let bench = try Bench()
    let router = try bench.writer("request-logs.sqlite")
    let store = bench.store("request-logs.sqlite")
    let first = try store.read()
    try router.write { database in
      try database.execute(sql: "DELETE FROM request_logs")
      for number in 0..<3 { try database.insertLog("today-\(number)") }
    }
    let second = try store.read(after: first.cursor)
    #expect(second.requests.map(\.id) == ["today-0", "today-1", "today-2"])
    #expect(StoreMerge.merge(first.requests + second.requests).count == 70)
  }
}
