import Foundation
import TestSupport
import Testing

/// A model that was never called has its hours of the day, too, when traffic is priced at it.
struct TargetHoursTests {
  @Test func aSimulationPricesEachHourOfTheTarget() throws {
    try TestContext.with { test in
      let price = #"from: 2025-01-01, input: "3", output: "15", source: "https://prices.example", verified: 2026-01-01"#
      try test.write(
        "provider: anthropic\nmodels:\n  - model: claude-sonnet-4-6\n    prices: [{\(price)}]\n", to: "pricing/a.yaml")
      try test.write(
        "provider: minimax\nmodels:\n  - model: MiniMax-M2.7\n    prices: [{\(price)}]\n", to: "pricing/b.yaml")
      try test.write(
        """
        provider: deepseek
        models:
          - model: flash
            prices:
              - from: 2025-01-01
                input: "1"
                output: "1"
                windows: [{utc: "01:00-04:00", input: "2", output: "2"}]
                source: https://prices.example
                verified: 2026-01-01

        """, to: "pricing/c.yaml")
      // 2026-06-23 at 02:00, in the dear hours, and at 12:00.
      let night = ScopeTests.start - 10 * 3_600_000
      try test.write(
        ScopeTests.call(1, time: night, tokens: 999_990) + ScopeTests.call(2, tokens: 999_990),
        to: ".claude-code-router/logs/a.log")
      let options = ["--pricing", "\(test.home)/pricing", "--baseline", "anthropic/claude-sonnet-4-6"]
      #expect(test.run(["ingest"] + options.prefix(2)).exitCode == 0)
      let outcome = test.run(
        ["simulate", "--all", "--all-to", "deepseek/flash", "--format", "json"] + options.prefix(2))
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.output.contains(#""then_usd": "3""#), "\(outcome.output)")
    }
  }
}
