import Foundation
import Model
import Testing

@testable import Reading

/// Numbers and times as programs and spreadsheets write them.
@Suite struct BillNumberTests {
  @Test(arguments: [
    ("0.0123", "0.0123"), ("0,0123", "0.0123"), ("1,234.56", "1234.56"), ("1.234,56", "1234.56"),
    ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("1 234,5", "1234.5"), ("1\u{202f}234,5", "1234.5"),
    ("1'234.50", "1234.50"), ("1234,5", "1234.5"), ("-0,5", "-0.5"), ("(1.25)", "-1.25"), ("\u{2212}2", "-2"),
    ("1,5E-05", "1.5E-05"), ("12", "12"), (".5", ".5"), ("12,34,567", "1234567"),
  ])
  func whatHasOneReadingNeedsNoHint(_ text: String, _ plain: String) throws {
    #expect(try #require(WrittenNumber(text)).text(by: nil) == plain)
  }

  @Test(arguments: [("1,234", "1234", "1.234"), ("12.345", "12.345", "12345"), ("-1.000", "-1.000", "-1000")])
  func threeDigitsBehindOneMarkAreReadAsTheOthersAre(_ text: String, _ byPoint: String, _ byComma: String) throws {
    let number = try #require(WrittenNumber(text))
    #expect(number.text(by: nil) == nil && number.isAmbiguous)
    #expect(number.text(by: .point) == byPoint && number.text(by: .comma) == byComma)
  }

  @Test(arguments: [
    "", "-", "abc", "NaN", "inf", "1.2.3", "1,,234", "123,45,678", "1,234 567", "31.03.2026", "0x1f", "1e99", "--1",
    "1%",
    "1,2345.6", "01,234.5",
  ])
  func whatIsNoNumberIsNone(_ text: String) { #expect(WrittenNumber(text) == nil) }

  @Test(arguments: [
    ("$1.25", "USD"), ("US$ 3", "USD"), ("-$1,234.50", "USD"), ("1,25 €", "EUR"), ("€1.25", "EUR"), ("CN¥2", "CNY"),
    ("7.5 CNY", "CNY"), ("USD 1.25", "USD"),
  ])
  func aCurrencyBesideANumberIsNamed(_ text: String, _ currency: String) throws {
    #expect(try #require(WrittenNumber(text)).currency == currency)
  }

  /// A number is what it was, however it is written: with either mark, in groups or not.
  @Test func everyWritingOfANumberIsTheNumber() throws {
    for whole in [0, 7, 12, 999, 1000, 65_536, 1_234_567, 987_654_321] {
      for decimals in ["", "5", "25", "1234", "000001"] {
        let digits = String(whole)
        var groups: [Substring] = []
        var rest = digits[...]
        while !rest.isEmpty {
          groups.insert(rest.suffix(3), at: 0)
          rest = rest.dropLast(3)
        }
        let expected = ExactAmount(decimals.isEmpty ? digits : "\(digits).\(decimals)")
        for (mark, group) in [(".", ","), (",", "."), (".", " "), (",", "\u{a0}"), (".", "'"), (",", "")] {
          let text = groups.joined(separator: group) + (decimals.isEmpty ? "" : mark + decimals)
          let number = try #require(WrittenNumber(text), "\(text)")
          #expect(number.text(by: mark == "." ? .point : .comma).flatMap { ExactAmount($0) } == expected, "\(text)")
        }
      }
    }
  }

  @Test func decimalsAreCountedThroughAnExponent() {
    #expect(WrittenNumber.places("1.5e-7") == 8)
    #expect(WrittenNumber.places("12.30") == 2)
    #expect(WrittenNumber.places("2E2") == 0)
  }

  @Test(
    arguments: [
      ("2026-05-12", "2026-05-12", nil, nil), ("20260512", "2026-05-12", nil, nil),
      ("2026/5/1", "2026-05-01", nil, nil), ("1.5.2026", "2026-05-01", nil, nil),
      ("3/31/2026 2:00 PM", "2026-03-31", 50_400_000, nil), ("31/3/2026", "2026-03-31", nil, nil),
      ("2026-05-12 02:00", "2026-05-12", 7_200_000, nil), ("2026-05-12T00:00:01.5Z", "2026-05-12", 1500, 0),
      ("2026-11-10T23:30:00-08:00", "2026-11-10", 84_600_000, -28_800),
      ("2026-05-12 00:00:00 +0530", "2026-05-12", 0, 19_800),
      ("2026-05-12 00:00:00 UTC", "2026-05-12", 0, 0),
    ] as [(String, String, Int64?, Int?)])
  func daysAndTimesAreReadToTheirEnd(_ text: String, _ day: String, _ time: Int64?, _ offset: Int?) throws {
    let moment = try #require(BillMoment(text))
    #expect(moment.day == CivilDay(day) && moment.time == time && moment.offset == offset)
  }

  /// What stands behind a day and means nothing is not taken for UTC.
  @Test(arguments: [
    "2026-05-12T00:00:00+25:00", "2026-05-12T00:00:00+02:75", "2026-05-12T00:00:00 CET", "2026-05-12T00:00:00+2",
    "2026-05-12x", "2026-05-12T25:00:00Z", "2026-13-01", "2026-02-30", "3/4/2026", "31/31/2026", "3/31/26",
    "202605123", "Total", "",
  ])
  func whatIsNoTimeIsNone(_ text: String) { #expect(BillMoment(text) == nil) }

  @Test func anInstantFallsOnADayOfAZone() throws {
    let moment = try #require(BillMoment("2026-11-10T23:30:00-08:00"))
    #expect(moment.day(in: .gmt) == CivilDay("2026-11-11"))
    #expect(moment.day(in: try #require(TimeZone(secondsFromGMT: -8 * 3600))) == CivilDay("2026-11-10"))
  }
}
