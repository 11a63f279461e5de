import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// The days of any time zone on which requests began, as if each request were asked.
struct RecordedDayTests {
  /// Midnights at, beside and within hours of UTC, two kinds of daylight saving time, and a day that a zone left out.
  static let zones = [
    "UTC", "Asia/Seoul", "America/Los_Angeles", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe",
    "Pacific/Apia",
  ]

  @Test(arguments: Thoroughness.seeds(20, few: 4))
  func areThoseOfTheRequests(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 70)
    let bench = try Workbench()
    // From the days around 30 December 2011, which Samoa does not have, or around a change of clocks.
    let start: Int64 = seed % 2 == 0 ? 1_325_000_000_000 : 1_774_800_000_000
    let zones = try Self.zones.map { try #require(TimeZone(identifier: $0)) }
    let midnights = zones.flatMap { zone in
      (0..<9).map { CivilDay(milliseconds: start, in: zone).advanced(by: $0).start(in: zone) }
    }
    let requests = (0..<12).map { index in
      let instant =
        index % 2 == 0
        ? midnights.randomElement(using: &chance).map { $0 + Int64.random(in: -1...1, using: &chance) } : nil
      var request = RoutedRequest(
        model: ModelID(provider: "p", model: "m\(index % 3)"),
        started: instant ?? start + Int64.random(in: 0..<9 * 86_400_000, using: &chance))
      request.route = Bool.random(using: &chance) ? .direct : .default
      return request
    }
    try bench.ledger.write { database in
      var rows = try RequestRows(database)
      let writer = try rows.id(of: .claudeCodeRouter)
      for (number, request) in requests.enumerated() {
        try rows.insert(request, writer: writer, number: Int64(number), replacing: false)
      }
      try rows.finish()
    }
    for prunedBefore in [nil, start + 4 * 86_400_000 + 1234, Int64.max] {
      if let prunedBefore { _ = try bench.ledger.prune(before: prunedBefore, grain: PriceGrain()) }
      for scope in TrafficScope.allCases {
        for zone in zones {
          let days = requests.filter { scope.contains($0.route) }.map { CivilDay(milliseconds: $0.started, in: zone) }
          #expect(try bench.ledger.recordedDays(scope: scope, timeZone: zone) == Set(days), "\(zone.identifier)")
        }
      }
    }
  }
}
