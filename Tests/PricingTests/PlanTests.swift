import Foundation
import Pricing
import TestSupport
import Testing
import Model

struct PlanTests {
  private func day(_ text: String) throws -> CivilDay { try #require(CivilDay(text)) }

  private func plan(_ fees: (day: String, monthly: String?)...) throws -> Plan {
    try Plan(
      name: "p", kind: .subscription, models: [],
      fees: fees.map { fee in
        PlanFee(
          from: Int64(try day(fee.day).number) * 86_400_000, monthly: fee.monthly.flatMap { Money(decimal: $0) })
      })
  }

  @Test func proratesByDay() throws {
    let plan = try plan(("2026-06-16", "20"), ("2026-07-11", "31"), ("2026-08-05", nil))
    #expect(plan.monthlyFee(in: try day("2026-05-31")) == .zero)
    #expect(plan.monthlyFee(in: try day("2026-06-01")).description == "10")
    // 10 of 31 days at 20, the other 21 at 31.
    #expect(plan.monthlyFee(in: try day("2026-07-20")).description == "27.451612903226")
    #expect(plan.monthlyFee(in: try day("2026-08-31")).description == "4")
    #expect(plan.monthlyFee(in: try day("2026-09-01")) == .zero)
    #expect(plan.fee(over: try day("2026-06-20")..<(try day("2026-06-23"))).description == "2")
    #expect(plan.isRunning(at: try time("2026-06-16T00:00:00Z")))
    #expect(!plan.isRunning(at: try time("2026-06-15T23:59:59Z")))
    #expect(!plan.isRunning(at: try time("2026-08-05T00:00:00Z")))
  }

  @Test func partsOfAMonthAddUpToItsFee() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<3_000 {
      let fee = Money(picodollars: .random(in: 1...300_000_000_000_001, using: &random))
      // 1999 to 2040, leap years and 2000 among them.
      let month = CivilDay(number: .random(in: 10_600...25_900, using: &random)).firstOfMonth
      let plan = Plan(
        name: "p", kind: .subscription, models: [],
        fees: [PlanFee(from: Int64(month.number - 400) * 86_400_000, monthly: fee)])
      var cuts = Set(
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
          month.number + Int.random(in: 1..<month.daysInMonth, using: &random)
        })
      cuts.formUnion([month.number, month.firstOfNextMonth.number])
      let days = cuts.sorted().map { CivilDay(number: $0) }
      let parts = zip(days, days.dropFirst()).map { plan.fee(over: $0..<$1) }
      #expect(parts.reduce(.zero, +) == fee)
      #expect(parts.allSatisfy { $0 >= .zero })
      #expect(plan.monthlyFee(in: month) == fee)
      let year = month..<CivilDay(number: month.number + 366)
      #expect(plan.fee(over: year) >= fee.multiplied(by: 12))
    }
  }

  @Test func aFeeThatChangesToItselfChangesNothing() throws {
    var random = SeededGenerator(seed: 6)
    let june = try day("2026-06-01")
    for _ in 0..<500 {
      let fee = Money(picodollars: .random(in: 1...300_000_000_000_001, using: &random))
      let start = Int64(june.number) * 86_400_000
      let middle = start + 86_400_000 * .random(in: 1...29, using: &random)
      let plan = Plan(
        name: "p", kind: .subscription, models: [],
        fees: [PlanFee(from: start, monthly: fee), PlanFee(from: middle, monthly: fee)])
      #expect(plan.monthlyFee(in: june) == fee)
    }
  }

  @Test func ownHardware() throws {
    let table = try table(
      """
      provider: vllm
      plans:
        - plan: spark
          kind: self_hosted
          models: [gemma]
          fees:
            - {from: 2026-06-01, hardware: "4699", amortisation_months: 36, watts: 0, tariff_per_kwh: "0.15"}
            - {from: 2026-07-01, hardware: "4699", amortisation_months: 36, watts: 240, tariff_per_kwh: 0.15,
               utilisation_hours_per_day: 24, other_monthly: "5", tokens_per_second: 300}
            - {from: 2026-08-01, hardware: "0", amortisation_months: 1, watts: 1000, tariff_per_kwh: "0.12",
               utilisation_hours_per_day: 1.5}
      """)
    let spark = table.offers[0]
    #expect(spark.kind == .selfHosted)
    let fees = spark.fees.compactMap(\.monthly)
    #expect(fees[0].description == "130.527777777778")
    #expect(fees[0].rounded(places: 2) == "130.53")
    // 0.24 kW × 24 h × 365 ÷ 12 × 0.15 = 26.28.
    #expect(fees[1].description == "161.807777777778")
    #expect(fees[2].description == "5.475")
    #expect(spark.fees[1].hardware?.tokensPerSecond == 300)
    #expect(spark.monthlyFee(in: try day("2026-07-04")) == fees[1])
  }
}
