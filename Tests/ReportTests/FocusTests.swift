import Audit
import Foundation
import Model
import Pricing
@testable import Report
import TestPrices
import Testing

/// Charges add up to what the report says, and stand in FOCUS' columns.
@Suite struct Focus {
  private let day = CivilDay.on(2026, 6, 24)

  private var charges: [Charge] {
    Audit.charges(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: Example.slices,
        planTraffic: Example.slices, recorded: RecordedTime(from: .on(2026, 6, 1)), baseline: .sonnet,
        now: .at(2026, 6, 25, minute: 5), grouping: .day), prices: Example.prices)
  }

  @Test func nothingIsLostAndNothingIsAdded() {
    let report = Example.report()
    let usage = charges.filter { $0.model != nil }
    #expect(usage.map(\.cost).reduce(.zero, +) == report.totals.perTokenCost)
    #expect(charges.filter { $0.model == nil }.map(\.cost).reduce(.zero, +) == report.totals.planFees)
    #expect(usage.compactMap(\.baselineCost).reduce(.zero, +) == report.totals.baselineCost)
    let counts = report.coverage.counts
    #expect(usage.reduce(0) { $0 + $1.unknownRequests } == counts.unknown + counts.estimated)
    #expect(usage.reduce(0) { $0 + $1.unpricedRequests } == report.coverage.unpriced)
    let tokens = usage.reduce(0) { $0 + $1.tokens + $1.unpricedTokens }
    #expect(tokens == report.models.reduce(0) { $0 + $1.tokens.total })
    for charge in usage {
      let rate = Int128(charge.rate?.picodollarsPerToken ?? 0)
      #expect(charge.cost == Money(picodollars: rate * Int128(charge.tokens)))
    }
  }

  /// A bill of June has nothing of May; what is not recorded yet is charged to nobody.
  @Test func feesAreChargedByMonth() {
    let input = AuditInput(
      period: AuditPeriod(since: .on(2026, 4, 1), until: .on(2026, 6, 30), timeZone: .gmt), traffic: Example.slices,
      planTraffic: Example.slices, recorded: RecordedTime(from: .on(2026, 5, 22)), baseline: .sonnet,
      now: .at(2026, 6, 25), grouping: .day)
    let fees = Audit.charges(input, prices: Example.prices).filter { $0.model == nil }
    // $20 × 10 ÷ 31, and $20 × 24 ÷ 30; of the 25th nothing has passed.
    #expect(fees.map { $0.cost.rounded(places: 2) } == ["6.45", "16.00"])
    #expect(fees.map(\.cost).reduce(.zero, +) == Audit.run(input, prices: Example.prices).totals.planFees)
    #expect(fees.map { $0.days.lowerBound.description } == ["2026-05-22", "2026-06-01"])
    let lines = FocusExport(fees, origin: "me", timeZone: .gmt).csv
    for instant in ["2026-05-01T00:00:00Z", "2026-05-22T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-26T00:00:00Z"] {
      #expect(lines.contains(instant), "\(instant)")
    }
  }

  /// Whoever tells the type of a column by its cells takes `16` and `0` for whole numbers.
  @Test func amountsAreDecimals() throws {
    var usage = try #require(charges.first { $0.model != nil })
    usage.cost = .zero
    usage.rate = nil
    usage.baselineCost = .usd("2")
    var fee = try #require(charges.first { $0.model == nil })
    fee.cost = .usd("16")
    let lines = FocusExport([usage, fee], origin: "me", timeZone: .gmt).csv.split(separator: "\n")
    let names = lines[0].split(separator: ",").map(String.init)
    for line in lines.dropFirst() {
      let row = zip(names, line.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
      for (name, cell) in row where name.hasSuffix("Cost") || name.hasSuffix("UnitPrice") || name == "PricingQuantity" {
        #expect(cell.contains(".") || cell.isEmpty, "\(name) \(cell)")
      }
    }
    #expect(lines[2].contains(",16.0,"))
  }

  @Test func columns() {
    let lines = FocusExport(charges, origin: "me", timeZone: .gmt).csv.split(separator: "\n")
    let names = lines[0].split(separator: ",").map(String.init)
    #expect(names.filter { !$0.hasPrefix("x_") }.count == 57)
    #expect(Set(names).count == names.count)
    #expect(lines.count == charges.count + 1)
    for line in lines.dropFirst() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      #expect(fields.count == names.count)
      let row = Dictionary(uniqueKeysWithValues: zip(names, fields))
      #expect(row["ChargePeriodStart"] == "2026-06-24T00:00:00Z")
      #expect(row["BillingPeriodEnd"] == "2026-07-01T00:00:00Z")
      #expect(["Usage", "Purchase"].contains(row["ChargeCategory"]))
    }
  }
}
