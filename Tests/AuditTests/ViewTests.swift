import Foundation
import Audit
import Model
import Pricing
import TestPrices
import Testing

/// Rows by time, project and program, and their order.
@Suite struct Views {
  private let days = CivilDay.on(2026, 5, 25)...CivilDay.on(2026, 6, 9)

  private func report(by grouping: Grouping) -> AuditReport {
    let slices = (days.lowerBound.number...days.upperBound.number).map { number -> TrafficSlice in
      let day = CivilDay(number: number)
      var slice = TrafficSlice.of(
        .minimax, at: day.start(in: .gmt) + 1, TokenUsage(input: Int64(1000 + number), output: 100),
        session: "s\(number % 3)")
      slice.label = number % 2 == 0 ? "shop" : nil
      slice.last = slice.time + 60_000
      return slice
    }
    return Audit.run(
      AuditInput(
        period: AuditPeriod(since: days.lowerBound, until: days.upperBound, timeZone: .gmt), traffic: slices,
        planTraffic: slices, recorded: RecordedTime(from: days.lowerBound), baseline: .sonnet,
        now: .at(2026, 6, 10), grouping: grouping), prices: TestPrices.example)
  }

  @Test func weeksBeginOnMondaysAndMonthsOnTheirFirst() {
    let weeks = report(by: .week).rows
    #expect(weeks.map { $0.key.period(.week) } == ["2026-05-25", "2026-06-01", "2026-06-08"])
    #expect(weeks.map(\.counts.requests) == [7, 7, 2])
    let months = report(by: .month).rows
    #expect(months.map { $0.key.period(.month) } == ["2026-05", "2026-06"])
    #expect(months.map(\.counts.requests) == [7, 9])
  }

  @Test(arguments: Grouping.allCases) func everyViewAddsUpToTheSame(grouping: Grouping) {
    let whole = report(by: .model).rows[0]
    let rows = report(by: grouping).rows
    #expect(rows.reduce(RequestCounts.zero) { $0 + $1.counts } == whole.counts)
    #expect(rows.reduce(TokenUsage.zero) { $0 + $1.tokens } == whole.tokens)
    #expect(rows.compactMap(\.cost).reduce(.zero, +) == whole.cost)
  }

  @Test func sessionsKnowTheirTimesAndProject() throws {
    let rows = report(by: .session).rows
    #expect(rows.count == 3)
    for row in rows {
      let times = try #require(row.times)
      #expect(times.upperBound - times.lowerBound >= 12 * 86_400_000)
      #expect(row.project == "shop")
    }
    #expect(report(by: .project).rows.map(\.key.label) == [nil, "shop"])
  }

  @Test func theLargestComeFirstAndTheRestIsNotForgotten() {
    let report = report(by: .day)
    let sorted = report.sorted(by: .cost, top: 3)
    #expect(sorted.rows.map(\.key.day) == [9, 8, 7].map { .on(2026, 6, $0) })
    #expect(sorted.rowsLeftOut.count == report.rows.count - 3)
    #expect(sorted.totals == report.totals)
    #expect(Set(sorted.rows + sorted.rowsLeftOut) == Set(report.rows))
    #expect(report.sorted(by: .name, top: nil).rows == report.rows)
    #expect(report.sorted(by: .time, top: 1).rows[0].key.day == days.upperBound)
  }

  /// A plan's row shows the ratio of the whole plan, and is sorted by it.
  @Test func plansAreSortedByTheRatioThatIsShown() {
    let day = CivilDay.on(2026, 6, 24)
    let slices = [ModelID.minimax, .glm].map {
      TrafficSlice.of($0, at: .at(2026, 6, 24, hour: 12), TokenUsage(input: 1000, output: 100))
    }
    let report = Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: slices, planTraffic: slices,
        recorded: RecordedTime(from: .on(2026, 6, 1)), baseline: .sonnet, now: .at(2026, 6, 25, hour: 1)),
      prices: TestPrices.example)
    // $0.67 of a fee for $0.0045 of work, against a ratio below 1.
    #expect(report.rows.map { report.ratios(of: $0).map { $0.upperBound > .one } } == [false, true])
    #expect(report.sorted(by: .ratio, top: nil).rows.map(\.key.model) == [.glm, .minimax])
  }
}
