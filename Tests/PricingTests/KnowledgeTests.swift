import BuiltInPrices
import Foundation
import Testing
import Model

@testable import Pricing
import TestSupport

/// What the table learned when, and amounts in other currencies.
struct KnowledgeTests {
  private static let corrected = """
    provider: p
    models:
      - model: m
        prices:
          - {from: 2026-01-01, input: "1", output: "1"}
          - {from: 2026-06-01, input: "3", output: "1"}
          - {from: 2026-06-01, recorded: 2026-07-10, input: "2", output: "1"}
          - {from: 2026-08-01, recorded: 2026-08-20, input: "4", output: "1"}
    plans:
      - plan: a
        kind: subscription
        models: [n]
        fees:
          - {from: 2026-01-01, monthly: "20"}
          - {from: 2026-01-01, recorded: 2026-03-01, monthly: "30"}
    """

  private func million(_ table: PriceTable, _ instant: String) throws -> String? {
    try cost(table, "p/m", at: instant, TokenUsage(input: 1_000_000))
  }

  @Test func theNewestKnowledgeHolds() throws {
    let table = try table(Self.corrected)
    #expect(try million(table, "2026-05-31T23:59:59Z") == "1")
    #expect(try million(table, "2026-06-15T00:00:00Z") == "2")
    #expect(try million(table, "2026-08-10T00:00:00Z") == "4")
    #expect(table.offers[0].monthlyFee(in: try #require(CivilDay("2026-02-10"))).description == "30")
  }

  @Test func theTableAsItWasKnown() throws {
    let table = try table(Self.corrected)
    func known(_ day: String) throws -> PriceTable { table.asKnown(on: try #require(CivilDay(day))) }
    #expect(try million(known("2026-07-09"), "2026-06-15T00:00:00Z") == "3")
    #expect(try million(known("2026-07-10"), "2026-06-15T00:00:00Z") == "2")
    #expect(try million(known("2026-08-19"), "2026-08-10T00:00:00Z") == "2")
    #expect(try million(known("2026-08-20"), "2026-08-10T00:00:00Z") == "4")
    // Nothing was known before the first.
    #expect(try million(known("2025-12-31"), "2026-06-15T00:00:00Z") == nil)
    let february = try #require(CivilDay("2026-02-10"))
    #expect(try known("2026-02-28").offers[0].monthlyFee(in: february).description == "20")
    #expect(try known("2026-03-01").offers[0].monthlyFee(in: february).description == "30")
    #expect(try known("2025-12-31").offers[0].monthlyFee(in: february) == .zero)
    // Other knowledge is another version; with all of it, the same.
    #expect(try known("2026-07-09").version != table.version)
    #expect(try known("2026-08-20").version == table.version)
  }

  private static let euros = """
    currencies:
      - currency: EUR
        rates:
          - {from: 2026-01-01, usd: "1.10", source: s, verified: 2026-01-01}
          - {from: 2026-06-01, usd: "1.2"}
      - currency: JPY
        rates: [{from: 2026-01-01, usd: "0.006612"}]
    """
  private static let european = """
    provider: p
    models:
      - model: m
        prices:
          - {from: 2026-02-01, currency: EUR, input: "1", output: "0.333333", cache_read: "0.000001",
             tiers: [{above_input_tokens: 9, input: "2", output: "4", cache_read: "1"}]}
          - {from: 2026-07-01, input: "5", output: "5"}
    plans:
      - plan: abo
        kind: subscription
        models: [n]
        fees: [{from: 2026-05-01, currency: EUR, annual: "120", seats: 2}]
      - plan: box
        kind: self_hosted
        models: [o]
        fees:
          - {from: 2026-06-01, currency: JPY, hardware: "720000", amortisation_months: 36, watts: 100,
             tariff_per_kwh: "30", utilisation_hours_per_day: 12}
    """

  @Test func currenciesHaveTheirRateOfTheDay() throws {
    let table = try table(Self.euros, Self.european)
    func cost(_ instant: String, _ usage: TokenUsage) throws -> String? {
      try PricingTests.cost(table, "p/m", at: instant, usage)
    }
    #expect(try cost("2026-05-31T23:59:59Z", TokenUsage(output: 1_000_000)) == "0.366666")
    #expect(try cost("2026-06-01T00:00:00Z", TokenUsage(output: 1_000_000)) == "0.4")
    #expect(try cost("2026-06-01T00:00:00Z", TokenUsage(input: 1_000_000)) == "2.4")
    #expect(try cost("2026-02-01T00:00:00Z", TokenUsage(cacheRead: 9)) == "0.000000000009")
    #expect(try cost("2026-07-01T00:00:00Z", TokenUsage(input: 1_000_000)) == "5")
    // The rate's day is an edge that no sum may straddle.
    #expect(table.grain.cuts.contains(try time("2026-06-01T00:00:00Z")))
    // 2 seats × 120 × 1.10 ÷ 12, then × 1.2 ÷ 12.
    let abo = try #require(table.offers.first { $0.name == "abo" })
    #expect(abo.monthlyFee(in: try #require(CivilDay("2026-05-10"))).description == "22")
    #expect(abo.monthlyFee(in: try #require(CivilDay("2026-06-10"))).description == "24")
    // ¥20,000 of hardware, and 0.1 kW × 12 h × 365 ÷ 12 × ¥30 = ¥1,095 of power.
    let box = try #require(table.offers.first { $0.name == "box" })
    #expect(box.monthlyFee(in: try #require(CivilDay("2026-06-10"))).description == "139.48014")
    #expect(table.currencies.map(\.code) == ["EUR", "JPY"])
  }

  @Test func aCurrencyOfDollars() throws {
    let euro = try #require(try table(Self.euros, Self.european).currencies.first)
    let rate = try #require(euro.rate(at: try time("2026-06-24T00:00:00Z")))
    #expect(rate.day.description == "2026-06-01")
    #expect(rate.amount(of: try #require(Money(decimal: "6"))).description == "5")
    #expect(euro.rate(at: try time("2025-12-31T00:00:00Z")) == nil)
  }

  @Test func aCorrectionHoldsAcrossARateOfTheCurrency() throws {
    let table = try table(
      Self.euros,
      """
      provider: p
      models:
        - model: m
          prices:
            - {from: 2026-05-01, currency: EUR, input: "1", output: "1"}
            - {from: 2026-05-01, recorded: 2026-07-01, input: "7", output: "1"}
      """)
    #expect(try million(table, "2026-05-02T00:00:00Z") == "7")
    #expect(try million(table, "2026-06-02T00:00:00Z") == "7")
    let known = table.asKnown(on: try #require(CivilDay("2026-06-30")))
    #expect(try million(known, "2026-06-02T00:00:00Z") == "1.2")
    #expect(try million(known, "2026-05-02T00:00:00Z") == "1.1")
  }

  @Test func theRateIsAPartOfTheVersion() throws {
    let version = try table(Self.euros, Self.european).version
    #expect(try table(Self.euros.replacing("1.2\"", with: "1.20\""), Self.european).version == version)
    #expect(try table(Self.euros.replacing("0.006612", with: "0.006613"), Self.european).version != version)
    #expect(try table(Self.euros, Self.european.replacing("seats: 2", with: "seats: 3")).version != version)
  }

  @Test func limitsInTokensOfAnotherModel() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<5_000 {
      let factor = TokenFactor(millionths: .random(in: 1...100_000_000, using: &random))
      let limit = Int64.random(in: 0...1_000_000, using: &random)
      let edge = factor.limit(limit)
      #expect(factor.tokens(edge) <= limit)
      #expect(factor.tokens(edge + 1) > limit)
    }
    #expect(TokenFactor.one.limit(200_000) == 200_000)
    #expect(TokenFactor(millionths: 1_234_567).over(TokenFactor(millionths: 1_234_567)) == .one)
  }

  @Test func eachSpellingIsLookedUpOnce() throws {
    // By behaviour only: the same answers, however often and by however many at once.
    let table = shipped
    let name = ModelID(provider: "Anthropic", model: "anthropic/claude-sonnet-4.6[1m]")
    let answers = (0..<50).map { _ in table.resolve(name)?.description }
    #expect(Set(answers) == ["anthropic/claude-sonnet-4-6"])
    #expect(table == (try PriceTable.embedded()))
  }
}
