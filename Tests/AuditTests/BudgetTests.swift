import Model
import Pricing
import TestPrices
import Testing

@testable import Audit

@Suite struct BudgetTests {
  private static func day(_ text: String) throws -> CivilDay { try #require(CivilDay(text)) }

  @Test(arguments: [
    (Budget.Period.day, "2026-11-26", "2026-11-26", "2026-11-26"), (.week, "2026-11-26", "2026-11-23", "2026-11-29"),
    (.week, "2026-11-23", "2026-11-23", "2026-11-29"), (.week, "2026-11-29", "2026-11-23", "2026-11-29"),
    (.week, "1969-12-31", "1969-12-29", "1970-01-04"), (.month, "2026-02-11", "2026-02-01", "2026-02-28"),
    (.month, "2028-02-29", "2028-02-01", "2028-02-29"),
  ])
  func aPeriodHoldsItsDay(period: Budget.Period, day: String, first: String, last: String) throws {
    #expect(period.days(of: try Self.day(day)) == (try Self.day(first)...(try Self.day(last))))
  }

  @Test func aShareIsReachedWhenItIsSpentToTheLastPart() throws {
    let amount = try #require(Money(decimal: "50"))
    let day = try Self.day("2026-11-26")
    func reached(_ spent: String) throws -> Ratio? {
      let budget = Budget(
        amount: amount, period: .month, subject: .all,
        warnAt: [Ratio(millionths: 1_000_000), Ratio(millionths: 800_000)])
      var state = BudgetState(budget, days: day...day, spent: .zero, unknown: 0)
      state.spent = try #require(Money(decimal: spent))
      return state.reached
    }
    #expect(try reached("39.999999") == nil)
    #expect(try reached("40") == Ratio(millionths: 800_000))
    #expect(try reached("49.99") == Ratio(millionths: 800_000))
    #expect(try reached("50") == .one)
  }

  /// Searches of the web are paid beside tokens, but for those of a plan.
  @Test func searchesOfTheWebAreSpent() {
    let noon = Int64.at(2026, 6, 24, hour: 12)
    var report = audit([.of(.minimax, at: noon, TokenUsage(input: 1_000_000))])
    report.extras = [
      PriceExtra(model: .minimax, kind: .webSearch(fee: .usd("0.01")), count: 5),
      PriceExtra(model: .minimax, kind: .webSearch(fee: nil), count: 7),
      PriceExtra(model: .glm, kind: .webSearchOnPlan("ollama-cloud-pro"), count: 9),
    ]
    func spent(_ subject: Budget.Subject) -> Money {
      let day = CivilDay.on(2026, 6, 24)
      let budget = Budget(amount: .usd("1"), period: .day, subject: subject, warnAt: [])
      return BudgetState(budget, days: day...day, report: report, prices: TestPrices.example).spent
    }
    #expect(spent(.model(.minimax)) == .usd("0.29"))
    #expect(spent(.provider("MiniMax")) == .usd("0.29"))
    #expect(spent(.model(.glm)) == .zero)
    #expect(spent(.all) == .usd("0.29") + report.totals.planFees)
  }
}
