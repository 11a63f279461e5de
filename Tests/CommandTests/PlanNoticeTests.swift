import Commands
import Foundation
import TestSupport
import Testing

/// Messages that a plan began to lose money, for those who ask for them.
struct PlanNoticeTests {
  private static let prices = """
    provider: ollama
    models:
      - model: glm-5.2
        prices: [{from: 2026-01-01, input: "4", output: "4", source: s, verified: 2026-01-01}]
    plans:
      - plan: dear
        kind: subscription
        models: [glm-5.2]
        fees: [{from: 2026-06-01, monthly: "FEE", source: s, verified: 2026-01-01}]
    subscriptions: [{plan: dear, from: 2026-06-01}]
    """

  /// The kinds of the messages that a run on 2026-06-30 leaves.
  private func kinds(fee: String, settings: String) throws -> [String] {
    try TestContext.with { test in
      try test.write(Self.prices.replacing("FEE", with: fee), to: "pricing/ollama.yaml")
      try test.write(settings, to: ".config/ccr-audit/config.yaml")
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      context.now = { 1_782_860_400_000 }
      test.context = context
      for _ in 0..<2 {
        let outcome = test.run("run", "--date", "2026-06-29", "--quiet", Fixtures.path("ccr-v1/logs"))
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
      }
      return test.run("alert", "list").output.split(separator: "\n")
        .compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) }
    }
  }

  @Test func aPlanThatBeganToLoseIsToldOnceAndOnlyOnRequest() throws {
    #expect(try kinds(fee: "2000", settings: "slack: {plans: true}\n").filter { $0 == "plan" }.count == 1)
    #expect(try kinds(fee: "2000", settings: "").filter { $0 == "plan" }.isEmpty)
    #expect(try kinds(fee: "0.5", settings: "slack: {plans: true}\n").filter { $0 == "plan" }.isEmpty)
  }
}
