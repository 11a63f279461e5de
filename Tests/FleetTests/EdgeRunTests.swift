import Foundation
import GRDB
import Ledger
import Model
import TestSupport
import Testing

@testable import Fleet

/// The days of every zone, as a server tells them apart: SQLite stands in for it, with ClickHouse's functions.
struct EdgeRunTests {
  private static func database() throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      func add(_ name: String, _ arguments: Int, _ body: @escaping @Sendable ([Int64]) -> Int64) {
        database.add(
          function: DatabaseFunction(name, argumentCount: arguments, pure: true) { values in
            body(values.compactMap { Int64.fromDatabaseValue($0) })
          })
      }
      add("intDiv", 2) { $0[0] / $0[1] }
      add("toInt64", 1) { $0[0] }
      add("least", 2) { min($0[0], $0[1]) }
      add("greatest", 2) { max($0[0], $0[1]) }
    }
    return try DatabaseQueue(configuration: configuration)
  }

  @Test(arguments: ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"])
  func eachInstantLiesBehindAsManyEdgesAsThereAre(zone: String) throws {
    let zone = try #require(TimeZone(identifier: zone))
    let first = try #require(CivilDay("2024-12-30")), last = try #require(CivilDay("2027-01-04"))
    let span = first.start(in: zone)..<last.start(in: zone)
    var chance = SeededGenerator(seed: 5)
    let cuts = (0..<9).map { _ in Int64.random(in: span, using: &chance) }
    let query = TrafficQuery(span: span, grain: PriceGrain(cuts: cuts.sorted()), timeZone: zone)
    let intervals = query.intervals()
    let hours = span.lowerBound / 3_600_000..<(span.upperBound + 3_599_999) / 3_600_000
    let sql = FleetClasses(query, hours: hours).time
    // Not a term for each of the 735 days.
    #expect(sql.utf8.count < 6000, "\(sql.utf8.count)")
    var instants = intervals.flatMap { [$0.lowerBound - 1, $0.lowerBound, $0.lowerBound + 1] }
    instants += (0..<500).map { _ in Int64.random(in: span, using: &chance) }
    instants = instants.filter(span.contains)
    let classes = try Self.database().read { database in
      let statement = try database.makeStatement(sql: "SELECT \(sql) FROM (SELECT ?1 AS started, ?1 / 3600000 AS hour)")
      return try instants.map { try Int64.fetchOne(statement, arguments: [$0]) ?? -1 }
    }
    // Equal exactly where the interval is.
    let places = instants.map { instant in intervals.partitioningIndex { $0.lowerBound > instant } }
    var classOf: [Int: Int64] = [:]
    for (place, number) in zip(places, classes) {
      #expect(classOf[place] ?? number == number, "interval \(place)")
      classOf[place] = number
    }
    #expect(Set(classOf.values).count == classOf.count)
  }

  @Test func daysInARowAreOneRun() {
    let day: Int64 = 86_400_000
    let runs = EdgeRun.all(of: [10 * day, 11 * day, 12 * day, 20 * day, 11 * day + 5])
    #expect(runs.map(\.first) == [10 * day, 20 * day, 11 * day + 5])
    #expect(runs.map(\.count) == [3, 1, 1])
  }
}
