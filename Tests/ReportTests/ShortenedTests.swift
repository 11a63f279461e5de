import Audit
import Foundation
import Model
import TestPrices
import Testing

@testable import Report

/// Two hundred thousand models in a day are no table for people.
struct ShortenedTests {
  private func report(models: Int) -> AuditReport {
    Example.report(
      (0..<models).map { number in
        .of(
          ModelID(provider: "p", model: "m\(number)"), at: Example.noon,
          TokenUsage(input: 5), counts: RequestCounts(upstream: number == 999 ? 7 : 1))
      })
  }

  @Test func thoseWithTheMostRequestsAreShownAndTheRestIsCounted() {
    let report = report(models: 1500)
    let text = TableReport.text(report, style: Style(color: false, width: 200))
    #expect(text.contains("500 more rows with fewer requests are in --format csv and json"))
    #expect(text.split(separator: "\n").count < 1700)
    // By name, both would come after a thousand others.
    #expect(text.contains("m999") && !text.contains("m998"))
    #expect(MarkdownReport.text(report).utf16.count < 65_536)
    // Programs get all of them.
    #expect(CSVReport.text(report).split(whereSeparator: \.isNewline).count == 1501)
    #expect(JSONReport.text(report).matches(of: /"model": "m/).count >= 1500)
  }

  @Test func whatFitsStandsWhole() {
    let report = report(models: 20)
    #expect(report.shortened().note == nil && report.shortened().report == report)
    #expect(["a", "b", "c"].shortened(to: 2) == ["a", "b", "and 1 more of the kind"])
  }
}
