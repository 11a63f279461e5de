import Foundation
import GRDB
import Model
import Testing

@testable import Ledger

/// What waits for a fleet's server, and what the queue costs those who have none.
struct PushQueueTests {
  /// 2026-06-23T12:00Z, the hour 495060.
  private static let start: Int64 = 1_782_216_000_000
  private static let target = PushTarget(server: 1, machine: 2)

  private func bench(_ minutes: [Int64]) throws -> Workbench {
    let bench = try Workbench()
    try write(minutes, to: bench)
    return bench
  }

  private func write(_ minutes: [Int64], to bench: Workbench) throws {
    let calls = minutes.map { minute in
      // The router in front takes a call in a few milliseconds before.
      let started = Self.start + minute * 60_000 + 1000
      return RouterLog.Call(started: started, ended: started + 900, model: "glm-5.2", session: "s")
    }
    try RouterLog.bytes(of: calls, address: "127.0.0.1:4000").write(to: bench.log("calls.log"))
    try bench.ingest()
  }

  private func count(_ bench: Workbench, _ sql: String) throws -> Int {
    try bench.ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(sql)") ?? 0 }
  }

  private static func add(_ row: PushRow, _ names: PushNames, _ hour: inout PushedHour) {
    hour.rows += 1
    hour.requests += row.requests
    hour.content &+= UInt64(bitPattern: row.started)
  }

  /// Sends what waits, and notes it.
  private func push(_ bench: Workbench, version: Int64) throws -> [PushedHour] {
    let hours = try bench.ledger.hoursToPush().compactMap {
      try bench.ledger.takeHour($0, version: version, encode: Self.add)
    }
    try bench.ledger.notePushed(hours)
    return hours
  }

  @Test func whoeverHasNoFleetNotesNothingAndLosesNothing() throws {
    let bench = try bench([0, 1, 90])
    #expect(try count(bench, "push_stale") == 0)
    #expect(try count(bench, "sqlite_master WHERE name = 'request_changed_for_push'") == 0)
    #expect(try bench.ledger.hoursToPush() == [495_060, 495_061])
    #expect(try bench.ledger.hoursToPush(before: Self.start + 3_600_000) == [495_060])
    let (isMoved, formers) = try bench.ledger.beginPush(to: Self.target)
    #expect(!isMoved && formers.isEmpty)
    #expect(try count(bench, "sqlite_master WHERE name = 'request_changed_for_push'") == 1)
    #expect(try push(bench, version: 1).map(\.requests) == [2, 1])
    #expect(try bench.ledger.hoursToPush() == [])
    // What a server alone looks at is noted from now on.
    try bench.ledger.write {
      try $0.execute(sql: "UPDATE request SET prompt_bytes = 5 WHERE started < \(Self.start + 9000)")
    }
    #expect(try bench.ledger.hoursToPush() == [495_060])
  }

  @Test func anUpgradeTakesTheQueueFromThoseWhoNeverPushed() throws {
    for pushed in [false, true] {
      let bench = try Workbench(upTo: "web searches in the archive") { database in
        try database.execute(
          sql: """
            INSERT INTO push_stale VALUES (495060);
            \(pushed ? "INSERT INTO setting VALUES ('push_version', 7)" : "")
            """)
      }
      let kept = try bench.ledger.read { database in
        [
          try Int.fetchOne(database, sql: "SELECT count(*) FROM push_stale"),
          try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE name = 'request_changed_for_push'"),
        ]
      }
      #expect(kept == (pushed ? [1, 1] : [0, 0]))
    }
  }

  /// A push that began earlier and reads an hour later must not be behind the one that read it before.
  @Test func ofTwoPushesAtOnceTheLaterReadingHasTheNewerVersion() throws {
    let bench = try bench([0])
    _ = try bench.ledger.beginPush(to: Self.target)
    let first = try #require(try bench.ledger.takeHour(495_060, version: 20, encode: Self.add))
    try write([0, 1], to: bench)
    let second = try #require(try bench.ledger.takeHour(495_060, version: 10, encode: Self.add))
    #expect(second.version > first.version)
    #expect(second.requests > first.requests)
    try bench.ledger.notePushed([first])
    #expect(try bench.ledger.hoursToPush() == [495_060], "what was read first is not what the ledger holds")
    try bench.ledger.notePushed([second])
    #expect(try bench.ledger.hoursToPush() == [])
  }

  @Test func hoursThatNobodyNotedAreSentAgainWhereTheyAreNamed() throws {
    let bench = try bench([0, 90])
    _ = try bench.ledger.beginPush(to: Self.target)
    _ = try push(bench, version: 1)
    try bench.ledger.write { try $0.execute(sql: "DELETE FROM push_hour WHERE hour = 495060") }
    #expect(try bench.ledger.hoursToPush() == [])
    try bench.ledger.pushAgain([495_060])
    #expect(try push(bench, version: 2).map(\.hour) == [495_060])
  }

  @Test func anotherTargetGetsEverythingAndKnowsItsFormerOnes() throws {
    let bench = try bench([0, 90])
    _ = try bench.ledger.beginPush(to: Self.target)
    _ = try push(bench, version: 1)
    #expect(try bench.ledger.isPushed(to: Self.target))
    let other = PushTarget(server: 1, machine: 3)
    #expect(try !bench.ledger.isPushed(to: other))
    let moved = try bench.ledger.beginPush(to: other)
    #expect(moved.isMoved && moved.formers == [2])
    #expect(try push(bench, version: 2).count == 2)
    // The same again is no move, and the former stays until it is forgotten.
    let again = try bench.ledger.beginPush(to: other)
    #expect(!again.isMoved && again.formers == [2])
    try bench.ledger.forgetTarget(Self.target)
    #expect(try bench.ledger.beginPush(to: other).formers == [])
    let elsewhere = try bench.ledger.beginPush(to: PushTarget(server: 9, machine: 3))
    #expect(elsewhere.isMoved && elsewhere.formers == [])
    #expect(try bench.ledger.hoursToPush().count == 2)
  }

  /// As long as caches are not worked out, an hour is looked at again.
  @Test func whatCachesHeldIsSentOnceItIsKnown() throws {
    let bench = try bench([0])
    _ = try bench.ledger.beginPush(to: Self.target)
    try bench.ledger.write { try $0.execute(sql: "INSERT INTO session (name, recache) VALUES ('pending', 1)") }
    _ = try push(bench, version: 1)
    #expect(try bench.ledger.hoursToPush() == [495_060])
    try bench.ledger.write { try $0.execute(sql: "UPDATE session SET recache = 0") }
    _ = try push(bench, version: 2)
    #expect(try bench.ledger.hoursToPush() == [])
  }

  @Test func searchesOfTheWebLeaveTheArchiveToo() throws {
    let bench = try bench([0, 1])
    try bench.ledger.write { try $0.execute(sql: "UPDATE request SET web_searches = 4, claim = 7") }
    _ = try bench.ledger.prune(before: Self.start + 3_600_000, grain: PriceGrain())
    var (searches, claims): (Int64, Int64) = (0, 0)
    _ = try bench.ledger.takeHour(495_060, version: 1, noting: false) { row, _, hour in
      searches += row.webSearches ?? 0
      claims += row.claim ?? 0
      hour.rows += 1
    }
    #expect(searches == 8)
    #expect(claims == 14)
  }
}
