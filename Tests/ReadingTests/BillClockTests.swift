import Foundation
import Model
import Testing

@testable import Reading

/// Days of a bill whose clock changes: the instants are those of a real zone, and no offset alone has them.
struct BillClockTests {
  private static let table = "user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount\n"

  private static func days(_ instants: String...) -> String {
    table + zip(instants, instants.dropFirst()).map { "u,\($0),\($1),m,k,x,request_count,,1\n" }.joined()
  }

  private static func read(
    _ text: String, _ reader: BillReader = BillReader(), usual: TimeZone = .gmt
  ) throws -> [Bill] {
    try Bill.joined(try reader.bills(Array(text.utf8), path: "x"), usualZone: usual)
  }

  /// Autumn in Berlin and New York, spring in London: 25, 25 and 23 hours.
  private static let changes: [(text: String, zone: String, day: String, hours: Int64, clock: String)] = [
    (
      days("2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"), "Europe/Berlin",
      "2026-10-25", 25, "GMT+0200 and GMT+0100"
    ),
    (
      days("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", "2026-11-03T00:00:00-05:00"), "America/New_York",
      "2026-11-01", 25, "GMT-0400 and GMT-0500"
    ),
    (
      days("2026-03-29T00:00:00+00:00", "2026-03-30T00:00:00+01:00", "2026-03-31T00:00:00+01:00"), "Europe/London",
      "2026-03-29", 23, "UTC and GMT+0100"
    ),
  ]

  @Test(arguments: changes.indices) func aDayOnWhichTheClockChangesHasAllOfItsHours(_ place: Int) throws {
    let (text, name, day, hours, clock) = Self.changes[place]
    let zone = try #require(TimeZone(identifier: name))
    let own = try #require(CivilDay(day)).interval(in: zone)
    let ways: [(BillReader, TimeZone, String?)] = [
      (BillReader(), .gmt, clock), (BillReader(), zone, nil), (BillReader(timeZone: zone), .gmt, nil),
    ]
    for (reader, usual, said) in ways {
      let bills = try Self.read(text, reader, usual: usual)
      let bill = try #require(bills.first)
      #expect(bills.count == 1 && bill.rows.count == 2 && bill.clock == said)
      #expect(try #require(CivilDay(day)).interval(in: bill.timeZone) == own)
      #expect(own.upperBound - own.lowerBound == hours * 3_600_000)
    }
  }

  /// Hours of such a day that are told by both offsets are of one day.
  @Test func hoursOfBothOffsetsAreOfOneDay() throws {
    let hours =
      Self.table
      + ["01:00:00+02:00,2026-10-25T02:00:00+02:00", "22:00:00+01:00,2026-10-25T23:00:00+01:00"]
      .map { "u,2026-10-25T\($0),m,k,x,request_count,,1\n" }.joined()
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let bills = try Self.read(hours, usual: berlin)
    #expect(bills.map(\.timeZone) == [berlin])
    #expect(bills.flatMap(\.rows).map(\.day) == [CivilDay("2026-10-25"), CivilDay("2026-10-25")])
  }

  /// Days beside the change are those of their offsets, and so are days that no zone has.
  @Test func otherDaysStayByTheirOffsets() throws {
    let apart =
      Self.days("2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00")
      + Self.days("2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00").dropFirst(Self.table.count)
    let nowhere = Self.days("2026-06-23T00:00:00+02:00", "2026-06-24T00:00:00+01:00", "2026-06-25T00:00:00+01:00")
    for text in [apart, nowhere] {
      let bills = try Self.read(text, usual: try #require(TimeZone(identifier: "Europe/Berlin")))
      #expect(bills.map { $0.timeZone.secondsFromGMT() } == [7200, 3600] && bills.allSatisfy { $0.clock == nil })
    }
    let shanghai = BillReader(timeZone: TimeZone(identifier: "Asia/Shanghai"))
    #expect(throws: BillError.self) { try Self.read(apart, shanghai) }
  }

  /// A table of columns tells when days begin: the next one says how long a day was.
  @Test func beginningsOfDaysTellTheChange() throws {
    let reader = BillReader(columns: ["day": "day", "model": "model", "cost": "cost"])
    let text = "day,model,cost\n2026-10-25T00:00:00+02:00,m,1\n2026-10-26T00:00:00+01:00,m,1\n"
    let bills = try Self.read(text, reader)
    let day = try #require(CivilDay("2026-10-25"))
    #expect(try #require(bills.first).clock == "GMT+0200 and GMT+0100")
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    #expect(bills.map { day.interval(in: $0.timeZone) } == [day.interval(in: berlin)])
  }
}
