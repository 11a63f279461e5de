import Foundation
import GRDB
import Testing
import Model

@testable import Ledger

/// A ledger that an older version wrote says the same in this one.
struct MigrationTests {
  @Test func rowsMoveIntoTheOrderOfTime() throws {
    let start: Int64 = 1_782_172_800_000
    let bench = try Workbench(upTo: "4 retention") { database in
      try database.execute(
        sql: """
          INSERT INTO model VALUES (1, 'ollama', 'glm-5.2'), (2, 'anthropic', 'claude-sonnet-4-6');
          INSERT INTO session (id, name) VALUES (7, 's');
          INSERT INTO writer VALUES (1, 'claude-code-router', 'h', 1), (2, 'claude-code', '', 0);
          INSERT INTO message (id, kin, key, session, message_id, model, time, sidechain, complete, input, cache_read,
            cache_write_5m, cache_write_1h, output)
          VALUES (4, 44, 444, 7, 'msg_x', 'claude-sonnet-4-6', \(start + 60_000), 0, 1, 5, 4000, 3, 2, 1);
          """)
      // Two of one millisecond, and one with its tokens unknown.
      for (number, started, input) in [(1, start, 3000), (2, start, 9000), (3, start + 30_000, nil)]
        as [(Int64, Int64, Int64?)]
      {
        try database.execute(
          sql: """
            INSERT INTO request (writer, number, attempt, started, duration, model, session, route, source, input,
              cache_read, cache_write_5m, cache_write_1h, output, reasoning)
            VALUES (1, ?, 0, ?, 1000, 1, 7, 1, ?, ?, ?, ?, ?, ?, ?)
            """,
          arguments: StatementArguments(
            [number, started, input == nil ? 0 : 1, input] + Array(repeating: input.map { _ in Int64(0) }, count: 5)))
      }
      try database.execute(
        sql: """
          INSERT INTO request (writer, number, attempt, started, duration, model, session, route, source, input,
            cache_read, cache_write_5m, cache_write_1h, output, reasoning, message)
          VALUES (2, 444, 0, \(start + 60_000), 0, 2, 7, 8, 3, 5, 4000, 3, 2, 1, 0, 4)
          """)
    }

    let query = TrafficQuery(span: 0..<Int64.max, grain: PriceGrain(), timeZone: .gmt)
    func sums() throws -> [String] {
      try bench.ledger.traffic(query).map {
        "\($0.model) \($0.counts.measured) \($0.counts.unknown) \($0.tokens.prompt)"
      }
      .sorted()
    }
    let expected = ["anthropic/claude-sonnet-4-6 1 0 4010", "ollama/glm-5.2 2 1 12000"]
    #expect(try sums() == expected)
    #expect(try bench.ledger.check() == [])
    // What caches would have held is worked out by the next run, and nothing else changes.
    #expect(try bench.ledger.traffic(query).allSatisfy { $0.caching == nil })
    try Data().write(to: bench.folder.appending(path: "empty.log"))
    _ = try Ingest(into: bench.ledger).run([bench.folder.appending(path: "empty.log").path])
    #expect(try sums() == expected)
    #expect(try bench.ledger.traffic(query).allSatisfy { $0.caching != nil })
    #expect(try bench.ledger.check() == [])
  }

  /// The names of users and projects leave a ledger that an older version filled, and what it knew of files stays.
  @Test func pathsLeaveTheLedger() throws {
    let store = "/home/alice/SECRET/usage.sqlite"
    let bench = try Workbench(upTo: "days whose audit is not complete") { database in
      try database.execute(
        sql: """
          INSERT INTO file (path, device, inode, size, modified, head_length, head_hash, tail_hash, place, lines)
          VALUES ('/home/alice/SECRET/a.log', 1, 2, 30, 4, 5, 6, 7, 30, 8);
          INSERT INTO store VALUES ('\(store)', 'state', 'cursor');
          """)
    }

    let place = try bench.ledger.read { try Int64.fetchOne($0, sql: "SELECT place FROM file WHERE path = ''") }
    #expect(place == 30)
    let cursor = try bench.ledger.read {
      try String.fetchOne($0, sql: "SELECT cursor FROM store WHERE path = ?", arguments: [StoreKey.of(store)])
    }
    #expect(cursor == "cursor")
    let copy = bench.folder.appending(path: "copy.sqlite")
    try bench.ledger.backup(to: copy.path, replacing: false)
    #expect(try Data(contentsOf: copy).range(of: Data("SECRET".utf8)) == nil)
  }
}
