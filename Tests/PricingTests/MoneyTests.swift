import Foundation
import Pricing
import TestSupport
import Testing
import Model

struct MoneyTests {
  @Test(arguments: [
    ("0", "0"), ("0.00336", "0.00336"), ("20", "20"), ("20.00", "20"), ("-1.5", "-1.5"), ("007.10", "7.1"), ("-0", "0"),
    ("0.000000000001", "0.000000000001"), ("12345678901234567890.123456789012", "12345678901234567890.123456789012"),
  ])
  func readsAndWritesExactly(text: String, written: String) throws {
    let money = try #require(Money(decimal: text))
    #expect(money.description == written)
    #expect(Money(decimal: money.description) == money)
  }

  @Test(arguments: [
    "", "-", ".5", "5.", "+1", "1e3", "0x10", "1_000", "1,5", "NaN", "inf", " 1", "1 ", "1.2.3", "--1", "٣",
    "0.0000000000001", "1000000000000000000000000000000", "99999999999999999999999999999999999999999999",
  ])
  func refuses(text: String) { #expect(Money(decimal: text) == nil) }

  @Test(arguments: ["-0.1", "1000000.000001", "0.0000001", "1e3", "", "0x1"])
  func refusesRates(text: String) { #expect(Rate(decimalPerMillion: text) == nil) }

  @Test func ratesAreExact() throws {
    #expect(try #require(Rate(decimalPerMillion: "0.30")).description == "0.3")
    #expect(try #require(Rate(decimalPerMillion: "0.000001")).picodollarsPerToken == 1)
    #expect(try #require(Rate(decimalPerMillion: "1000000")).picodollarsPerToken == 1_000_000_000_000)
  }

  @Test(arguments: [
    ("0.125", 2, "0.12"), ("0.375", 2, "0.38"), ("0.005", 2, "0.00"), ("0.015", 2, "0.02"), ("-0.125", 2, "-0.12"),
    ("-0.004", 2, "0.00"), ("2.5", 0, "2"), ("3.5", 0, "4"), ("0.12500000001", 2, "0.13"), ("9.999", 2, "10.00"),
    ("1", 14, "1.00000000000000"), ("130.527777777778", 2, "130.53"),
  ])
  func roundsHalfToEven(text: String, places: Int, rounded: String) throws {
    #expect(try #require(Money(decimal: text)).rounded(places: places) == rounded)
  }

  @Test func amountsAddUpAndAreTakenAway() {
    let (seven, three) = (Money(picodollars: 7), Money(picodollars: 3))
    #expect(seven + three == Money(picodollars: 10))
    #expect(seven - three == Money(picodollars: 4))
    #expect(three - seven == Money(picodollars: -4))
  }

  @Test func scalesHalfToEvenWithoutOverflow() {
    #expect(Money(picodollars: 5).multiplied(by: 1, over: 2).picodollars == 2)
    #expect(Money(picodollars: 7).multiplied(by: 1, over: 2).picodollars == 4)
    #expect(Money(picodollars: -7).multiplied(by: 1, over: 2).picodollars == -4)
    #expect(Money(picodollars: 7).multiplied(by: -1, over: -2).picodollars == 4)
    #expect(Money(picodollars: .max).multiplied(by: .max, over: .max).picodollars == .max)
  }

  @Test func codesAsDecimalString() throws {
    let money = try #require(Money(decimal: "0.045"))
    #expect(String(decoding: try JSONEncoder().encode([money]), as: UTF8.self) == #"["0.045"]"#)
    #expect(try JSONDecoder().decode([Money].self, from: Data(#"["0.045"]"#.utf8)) == [money])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Money].self, from: Data(#"["4e2"]"#.utf8)) }
  }

  @Test func costEqualsAnIndependentDecimalSum() throws {
    var random = SeededGenerator(seed: 2)
    for _ in 0..<12_000 {
      func figure() -> String {
        "\(Int.random(in: 0...99, using: &random)).\(Int.random(in: 100_000...999_999, using: &random))"
      }
      let figures = (0..<5).map { _ in figure() }
      let usage = TokenUsage(
        input: .random(in: 0...3_000_000_000, using: &random), cacheRead: .random(in: 0...1_000_000, using: &random),
        cacheWrite5m: .random(in: 0...1_000_000, using: &random), cacheWrite1h: .random(in: 0...9, using: &random),
        output: .random(in: 0...1_000_000, using: &random))
      let (has5m, has1h) = (Bool.random(using: &random), Bool.random(using: &random))
      let rates = try rates(figures[0], figures[1], figures[2], has5m ? figures[3] : nil, has1h ? figures[4] : nil)
      let write5m = has5m ? figures[3] : figures[0]
      let pairs = [
        (usage.input, figures[0]), (usage.output, figures[1]), (usage.cacheRead, figures[2]),
        (usage.cacheWrite5m, write5m), (usage.cacheWrite1h, has1h ? figures[4] : write5m),
      ]
      let sum = try pairs.reduce(Decimal(0)) { sum, pair in
        sum + Decimal(pair.0) * (try #require(Decimal(string: pair.1))) / 1_000_000
      }
      #expect(try #require(Decimal(string: rates.cost(of: usage).description)) == sum)
    }
  }

  @Test func aDearerRateNeverCostsLessAndCostsAddUp() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<2_000 {
      func usage() -> TokenUsage {
        TokenUsage(
          input: .random(in: 0...9_999, using: &random), cacheRead: .random(in: 0...9_999, using: &random),
          cacheWrite5m: .random(in: 0...9_999, using: &random), cacheWrite1h: .random(in: 0...9_999, using: &random),
          output: .random(in: 0...9_999, using: &random))
      }
      func rate() -> Rate { Rate(picodollarsPerToken: .random(in: 0...30_000_000, using: &random)) }
      let low = Rates(
        input: rate(), output: rate(), cacheRead: Bool.random(using: &random) ? rate() : nil,
        cacheWrite5m: Bool.random(using: &random) ? rate() : nil)
      var high = low
      let more = Int64.random(in: 0...1_000_000, using: &random)
      switch Int.random(in: 0...2, using: &random) {
      case 0: high.input = Rate(picodollarsPerToken: low.input.picodollarsPerToken + more)
      case 1: high.output = Rate(picodollarsPerToken: low.output.picodollarsPerToken + more)
      default: high.cacheRead = low.cacheRead.map { Rate(picodollarsPerToken: $0.picodollarsPerToken + more) }
      }
      let (first, second) = (usage(), usage())
      #expect(high.cost(of: first) >= low.cost(of: first))
      #expect(low.cost(of: first) + low.cost(of: second) == low.cost(of: first + second))
    }
  }
}
