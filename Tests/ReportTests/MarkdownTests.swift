import Audit
import Model
import Pricing
@testable import Report
import TestPrices
import Testing

/// A report in Markdown fits a comment of GitHub, which takes 65,536 characters.
@Suite struct MarkdownFits {
  private func report(sessions: Int, models: Int = 1) -> AuditReport {
    let slices = (0..<sessions).map { index in
      TrafficSlice.of(
        ModelID(provider: "vllm", model: "unpriced-model-\(index % models)"), at: Example.noon,
        TokenUsage(input: 5), counts: RequestCounts(upstream: 1, unknown: 1),
        session: "6623c445-a301-49be-abd3-\(100_000_000_000 + index)")
    }
    return Example.report(slices, by: .session)
  }

  @Test(arguments: [(1, 1), (300, 1), (1500, 1), (1500, 1200)]) func aComment(sessions: Int, models: Int) {
    let report = report(sessions: sessions, models: models)
    let text = MarkdownReport.text(report)
    #expect(text.utf16.count <= 65_536, "\(text.utf16.count)")
    #expect(text.contains("</details>"))
    let rows = text.split(separator: "\n").count { $0.hasPrefix("| `6623c445") }
    if rows < sessions {
      #expect(text.contains("*Left out, because GitHub takes no longer comment: \(Figures.count(sessions - rows)) of "))
    } else {
      #expect(!text.contains("Left out, because"))
    }
    // The sum stands below the rows, of which it is the sum.
    if sessions > 1 { #expect(text.contains("| Total | ")) }
  }

  @Test func dollarsAreNoMathematics() {
    #expect(MarkdownText.escapingDollars("$1 and $2") == #"\$1 and \$2"#)
    #expect(MarkdownText.escapingDollars("`$HOME` costs $1 of `a$b`") == #"`$HOME` costs \$1 of `a$b`"#)
  }
}
