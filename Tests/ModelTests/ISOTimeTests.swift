import Foundation
import Testing

@testable import Model

struct ISOTimeTests {
  private func read(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    return ISOTime.microseconds(bytes.span, 0..<bytes.count)
  }

  @Test func theFormsThatClientsWrite() {
    let second: Int64 = 1_782_216_901_000_000
    #expect(read("2026-06-23T12:15:01Z") == second)
    #expect(read("2026-06-23T12:15:01.6Z") == second + 600_000)
    #expect(read("2026-06-23T12:15:01.614Z") == second + 614_000)
    #expect(read("2026-06-23 21:15:01.614208+09:00") == second + 614_208)
    #expect(read("2026-06-23T06:45:01.614208999-0530") == second + 614_208)
    #expect(read("2026-06-23T14:15:01+02") == second)
    #expect(read("1969-12-31T23:59:59.999999Z") == -1)
    #expect(ISOTime.milliseconds(-1) == -1)
    #expect(ISOTime.milliseconds(1999) == 1)
  }

  @Test func whatIsNoTime() {
    for text in [
      "", "2026-06-23", "2026-06-23T12:15:01", "2026-06-31T12:15:01Z", "2026-13-01T12:15:01Z", "2026-06-23T24:15:01Z",
      "2026-06-23T12:60:01Z", "2026-06-23T12:15:61Z", "2026-06-23T12:15:01.Z", "2026-06-23T12:15:01ZZ",
      "2026-06-23T12:15:01+", "2026-06-23T12:15:01+9:00", "2026-06-23T12:15:01+09:0", "2026-06-23T12:15:01+09:00x",
      "2026-06-23x12:15:01Z", "0000-06-23T12:15:01Z", "+026-06-23T12:15:01Z",
    ] {
      #expect(read(text) == nil, "\(text)")
    }
  }

  @Test func agreesWithFoundation() throws {
    let style = Date.ISO8601FormatStyle()
    for index in 0..<2000 as Range<Int64> {
      let seconds = -2_000_000_000 + index * 5_999_987
      let date = Date(timeIntervalSince1970: Double(seconds))
      #expect(read(style.format(date)) == seconds * 1_000_000)
      let zone = try #require(TimeZone(secondsFromGMT: (Int(index) % 29 - 14) * 1800))
      let local = Date.ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: zone).format(date)
      #expect(read(local) == seconds * 1_000_000, "\(local)")
    }
  }

  @Test(arguments: [0, 1, -1, 1_782_345_600_000, 1_782_345_600_123, -62_135_596_800_000])
  func whatIsWrittenIsReadBack(time: Int64) {
    #expect(ISOTime.read(ISOTime.text(time)) == time)
  }

  @Test func millisecondsAreWrittenWhereThereAreSome() {
    #expect(ISOTime.text(1_782_345_900_000) == "2026-06-25T00:05:00Z")
    #expect(ISOTime.text(-1) == "1969-12-31T23:59:59.999Z")
  }
}
