import Foundation
import Testing
import Model

/// Days against Foundation's own calendar.
struct CivilDayTests {
  private static let zones = [
    "UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/St_Johns", "Africa/Cairo", "America/Santiago", "Pacific/Apia",
  ]

  @Test(arguments: zones)
  func everyDayBeginsAndEndsWhereTheCalendarSays(zone: String) throws {
    let timeZone = try #require(TimeZone(identifier: zone))
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    for number in stride(from: 14_900, to: 21_900, by: zone == "UTC" ? 97 : 1) {
      let day = CivilDay(number: number)
      let (year, month, date) = day.components
      let noon = try #require(calendar.date(from: DateComponents(year: year, month: month, day: date, hour: 12)))
      // Samoa left out a whole day.
      guard calendar.dateComponents([.day], from: noon).day == date else { continue }
      let expected = try #require(calendar.dateInterval(of: .day, for: noon))
      let found = day.interval(in: timeZone)
      #expect(found.lowerBound == Int64(expected.start.timeIntervalSince1970 * 1000), "\(day) in \(zone)")
      #expect(CivilDay(milliseconds: found.lowerBound, in: timeZone) == day)
      #expect(CivilDay(milliseconds: found.upperBound - 1, in: timeZone) == day)
    }
  }

  @Test func daysOf23And25Hours() throws {
    let zone = try #require(TimeZone(identifier: "America/New_York"))
    let hours = try ["2026-03-08", "2026-11-01", "2026-06-01"].map { text in
      let interval = try #require(CivilDay(text)).interval(in: zone)
      return (interval.upperBound - interval.lowerBound) / 3_600_000
    }
    #expect(hours == [23, 25, 24])
  }

  @Test func textAndNumberAreOne() throws {
    for number in stride(from: -100_000, to: 100_000, by: 37) {
      let day = CivilDay(number: number)
      #expect(CivilDay(day.description) == day)
      #expect(day.firstOfMonth.components.day == 1)
      #expect(day.firstOfNextMonth.number - day.firstOfMonth.number == day.daysInMonth)
    }
    for text in ["2026-02-29", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01x", "", "0000-01-01"] {
      #expect(CivilDay(text) == nil, "\(text)")
    }
    // Years of a century are leap years every fourth time.
    for (text, isDay) in [
      ("2024-02-29", true), ("2000-02-29", true), ("2400-02-29", true), ("1900-02-29", false), ("2100-02-29", false),
    ] {
      #expect((CivilDay(text) != nil) == isDay, "\(text)")
    }
    // 2026-11-23 is a Monday.
    #expect(CivilDay("2026-11-23")?.weekday == 0)
  }
}

/// The sums that prices look at.
struct PriceGrainTests {
  @Test func minutesOfTheWeekBeginOnMonday() throws {
    let monday = try #require(CivilDay("2026-11-23")).start(in: .gmt)
    #expect(PriceGrain.minuteOfWeek(monday) == 0)
    #expect(PriceGrain.minuteOfWeek(monday - 1) == 7 * 1440 - 1)
    #expect(PriceGrain.minuteOfWeek(monday + 90 * 60_000) == 90)
    let grain = PriceGrain(weeklyCuts: [60, 240])
    #expect([59, 60, 239, 240].map { grain.weeklyClass(of: monday + Int64($0) * 60_000) } == [0, 1, 1, 2])
  }

  @Test func aPromptOfExactlyTheLimitIsBelowIt() {
    let grain = PriceGrain(promptLimits: [200_000])
    #expect(grain.promptClass(of: 200_000) == 0)
    #expect(grain.promptClass(of: 200_001) == 1)
  }
}
