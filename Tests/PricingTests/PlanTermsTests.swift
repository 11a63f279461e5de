import Foundation
import Testing
import Model

@testable import Pricing
import TestSupport

/// Patterns, billing days, annual fees, seats and allowances.
struct PlanTermsTests {
  private func day(_ text: String) throws -> CivilDay { try #require(CivilDay(text)) }

  private func answer(_ table: PriceTable, _ name: String, at instant: String = "2026-06-24T00:00:00Z") throws -> String
  {
    switch table.answer(for: try #require(ModelID(name)), at: try time(instant), prompt: 1) {
    case .perToken(let price): price.rates.input.description
    case .plan(let plan): plan.name
    case .free: "free"
    case .unpriced: "unpriced"
    }
  }

  @Test func patternsCoverWhatNothingElseNames() throws {
    let table = try table(
      """
      provider: ollama
      aliases: [cloud]
      models:
        - model: dear
          prices:
            - {from: 2026-01-01, input: "1", output: "2"}
            - {from: 2026-08-01, ends: true}
      plans:
        - plan: all
          kind: subscription
          models: ["*"]
          fees: [{from: 2026-06-01, monthly: "20"}, {from: 2026-09-01, ends: true}]
        - plan: coders
          kind: subscription
          models: ["qwen*coder*", named]
          fees: [{from: 2026-06-01, monthly: "5"}]
      subscriptions: [{plan: all, from: 2026-06-01}, {plan: coders, from: 2026-06-01}]
      """)
    #expect(try answer(table, "ollama/anything:cloud") == "all")
    #expect(try answer(table, "Cloud/Anything") == "all")
    #expect(try answer(table, "vllm/anything") == "unpriced")
    #expect(try answer(table, "ollama/anything", at: "2026-05-31T23:59:59Z") == "unpriced")
    #expect(try answer(table, "ollama/anything", at: "2026-09-01T00:00:00Z") == "unpriced")
    // The pattern with the most letters, then a name, then a price of one's own.
    #expect(try answer(table, "ollama/Qwen3.5-Coder-30b") == "coders")
    #expect(try answer(table, "ollama/qwen3") == "all")
    #expect(try answer(table, "ollama/named") == "coders")
    #expect(try answer(table, "ollama/dear") == "1")
    #expect(try answer(table, "ollama/dear", at: "2026-08-01T00:00:00Z") == "all")
    #expect(table.plans[0].covers(ModelID(provider: "ollama", model: "x")))
  }

  /// What a fee does not pay for has its price by the token, where there is one; a plan that excludes nothing pays for all.
  @Test func modesThatAPlanDoesNotPayForAreBilledBesideIt() throws {
    func flat(_ more: String) throws -> PriceTable {
      try table(
        """
        provider: p
        models:
          - model: m
            modifiers: {fast: "3", batch: "0.5"}
            prices: [{from: 2026-01-01, input: "2", output: "2"}]
        plans:
          - plan: flat
            kind: subscription
            models: [m, "x*"]
        \(more)
            fees: [{from: 2026-06-01, monthly: "20"}]
        subscriptions: [{plan: flat, from: 2026-06-01}]
        """)
    }
    func price(_ table: PriceTable, _ variant: CallVariant, _ model: String = "m") throws -> String {
      let model = ModelID(provider: "p", model: model)
      return switch table.answer(for: model, as: variant, at: try time("2026-06-24T00:00:00Z"), prompt: 1) {
      case .perToken(let price): price.rates.input.description
      case .plan(let plan): plan.name
      case .free: "free"
      case .unpriced: "none"
      }
    }
    let (whole, part) = try (flat(""), flat("    excluded_modes: [fast, batch]"))
    #expect(try price(whole, CallVariant(speed: "fast")) == "flat")
    #expect(try price(part, .none) == "flat")
    #expect(try price(part, CallVariant(geo: "us")) == "flat")
    #expect(try price(part, CallVariant(speed: "fast")) == "6")
    #expect(try price(part, CallVariant(isBatch: true)) == "1")
    #expect(try price(part, CallVariant(speed: "fast", isBatch: true)) == "3")
    // A pattern's model has no price of its own.
    #expect(try price(part, .none, "x1") == "flat")
    #expect(try price(part, CallVariant(speed: "fast"), "x1") == "none")
    #expect(whole.version != part.version)
    #expect(
      PriceTableDiff(from: whole, to: part).changes.filter { $0.subject == "plan flat" }.map(\.text)
        == ["does not pay for batch", "does not pay for fast"])
    #expect(
      PriceTableDiff(from: part, to: whole).changes.filter { $0.subject == "plan flat" }.map(\.text)
        == ["pays for batch", "pays for fast"])
  }

  @Test(arguments: [
    ("*", "", true), ("*", "x", true), ("a*", "a", true), ("a*", "ba", false), ("*a", "ba", true), ("a*a", "a", false),
    ("a*a", "aa", true), ("*b*", "abc", true), ("a*b*c", "a-c-b", false), ("glm-5.2*", "GLM-5-2-air", true),
    ("a", "ab", false),
  ])
  func fits(pattern: String, name: String, expected: Bool) { #expect(pattern.fits(name) == expected) }

  @Test func freeSuffixes() throws {
    let table = try table(
      """
      provider: openrouter
      free_suffixes: [":free"]
      models:
        - {model: z-ai/glm-5.2, prices: [{from: 2026-01-01, input: "1", output: "2"}]}
        - {model: "paid:free", prices: [{from: 2026-01-01, input: "3", output: "2"}]}
      """, "provider: other\nmodels: [{model: m, billing: free}]\n")
    #expect(try answer(table, "openrouter/z-ai/glm-5.2:FREE") == "free")
    #expect(try answer(table, "openrouter/never-heard-of:free") == "free")
    #expect(try answer(table, "openrouter/z-ai/glm-5.2") == "1")
    // A way of routing has the model's price; what is sold apart has none until it stands there.
    #expect(try answer(table, "openrouter/z-ai/glm-5.2:nitro") == "1")
    #expect(try answer(table, "openrouter/z-ai/glm-5.2:extended") == "unpriced")
    #expect(try answer(table, "openrouter/paid:free") == "3")
    #expect(try answer(table, "openrouter/:free") == "unpriced")
    #expect(try answer(table, "other/m:free") == "unpriced")
  }

  @Test(arguments: [
    (1, "2026-02-28", "2026-02-01", "2026-03-01"), (15, "2026-02-14", "2026-01-15", "2026-02-15"),
    (15, "2026-02-15", "2026-02-15", "2026-03-15"), (31, "2026-02-27", "2026-01-31", "2026-02-28"),
    (31, "2026-02-28", "2026-02-28", "2026-03-31"), (31, "2028-02-29", "2028-02-29", "2028-03-31"),
    (30, "2026-04-29", "2026-03-30", "2026-04-30"), (29, "2026-12-31", "2026-12-29", "2027-01-29"),
  ])
  func monthsBeginOnTheBillingDay(billingDay: Int, day text: String, first: String, next: String) throws {
    let plan = Plan(name: "p", kind: .subscription, models: [], fees: [], billingDay: billingDay)
    #expect(plan.month(of: try day(text)) == (try day(first))..<(try day(next)))
  }

  @Test func everyDayIsInOneMonth() {
    for billingDay in 1...31 {
      let plan = Plan(name: "p", kind: .subscription, models: [], fees: [], billingDay: billingDay)
      var month = plan.month(of: CivilDay(number: 20_454))
      for number in month.lowerBound.number..<21_915 {
        let day = CivilDay(number: number)
        if day == month.upperBound { month = plan.month(of: day) }
        #expect(month.contains(day))
        #expect(plan.month(of: day) == month)
      }
    }
  }

  @Test func partsOfABillingMonthAndOfAYearAddUp() throws {
    var random = SeededGenerator(seed: 15)
    for _ in 0..<400 {
      let annual = Money(picodollars: .random(in: 1...3_000_000_000_000_001, using: &random))
      // 2026 to 2032, two leap years among them.
      let start = CivilDay(number: .random(in: 20_454...22_600, using: &random))
      let plan = Plan(
        name: "p", kind: .subscription, models: [],
        fees: [PlanFee(from: Int64(start.number - 800) * 86_400_000, monthly: nil, annual: annual)],
        billingDay: .random(in: 1...31, using: &random))
      let month = plan.month(of: start)
      let whole = plan.fee(over: month)
      let days = (month.lowerBound.number..<month.upperBound.number).map { CivilDay(number: $0) }
      #expect(days.map { plan.fee(over: $0..<$0.advanced(by: 1)) }.reduce(.zero, +) == whole)
      // Twelve months in a row are the year's fee to the last digit.
      var (sum, next) = (Money.zero, month)
      for _ in 0..<12 {
        sum += plan.fee(over: next)
        next = plan.month(of: next.upperBound)
      }
      #expect(sum == annual)
      #expect(plan.fee(over: month.lowerBound..<next.lowerBound) == annual)
    }
  }

  @Test func seatsAndAllowances() throws {
    let table = try table(
      """
      provider: p
      plans:
        - plan: team
          kind: subscription
          models: [m]
          billing_day: 28
          fees:
            - {from: 2026-01-01, monthly: "30", seats: 4, included_tokens: 1000000, overage_per_million: "2.50"}
            - {from: 2026-07-28, annual: "300", seats: 4}
      """)
    let team = table.offers[0]
    #expect(team.billingDay == 28)
    #expect(team.monthlyFee(in: try day("2026-06-27")).description == "120")
    #expect(team.monthlyFee(in: try day("2026-07-28")).description == "100")
    let fee = try #require(team.fee(at: try time("2026-06-24T00:00:00Z")))
    #expect(fee.overage(of: 1_000_000) == .zero)
    #expect(fee.overage(of: 1_000_001).description == "0.0000025")
    #expect(fee.seats == 4)
    #expect(team.fees[1].overage(of: 9_000_000) == .zero)
  }
}
