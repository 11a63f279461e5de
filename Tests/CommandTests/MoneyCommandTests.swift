import Commands
import Foundation
import TestSupport
import Testing

/// Prices, baselines, simulation and advice at the command line, on the traffic of a real router.
struct MoneyCommandTests {
  private static let prices = """
    provider: ollama
    models:
      - model: glm-5.2
        prices:
          - {from: 2026-01-01, input: "4", output: "4", source: s, verified: 2026-01-01}
          - {from: 2026-06-01, recorded: 2026-07-02, input: "3.5", output: "4", source: s, verified: 2026-01-01}
      - model: kimi-k2.7-code
        prices: [{from: 2026-01-01, input: "1", output: "4", source: s, verified: 2026-01-01}]
    """
  private static let sonnet = """
    provider: anthropic
    models:
      - model: claude-sonnet-4-6
        prices: [{from: 2026-01-01, input: "3", output: "15", cache_read: "0.3", cache_write_5m: "3.75", source: s, verified: 2026-01-01}]
      - model: claude-sonnet-5
        prices: [{from: 2026-01-01, input: "2", output: "10", source: s, verified: 2026-01-01}]
    plans:
      - plan: max
        kind: subscription
        models: [claude-sonnet-5]
        fees: [{from: 2026-01-01, monthly: "100", source: s, verified: 2026-01-01}]
    currencies:
      - currency: EUR
        rates: [{from: 2026-06-01, usd: "1.25", source: s, verified: 2026-01-01}]
    """

  /// A ledger of the fixture's traffic, and the prices above.
  private func world<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      try test.write(Self.prices, to: "pricing/ollama.yaml")
      try test.write(Self.sonnet, to: "pricing/anthropic.yaml")
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      // All of the traffic is over.
      context.now = { 1_783_000_000_000 }
      test.context = context
      try test.ingest(fixtures: "ccr-v1/logs")
      return try body(test)
    }
  }

  @Test func severalBaselines() throws {
    try world { test in
      let outcome = test.run(
        "report", "--all", "--baseline", "anthropic/claude-sonnet-4-6", "--baseline", "anthropic/claude-sonnet-5")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains(#/ollama/glm-5\.2: \d\.\d\d× of Sonnet 4\.6, \d\.\d\d× of Sonnet 5\n/#))
      let unknown = test.run("report", "--all", "--baseline", "anthropic/claude-sonnet-4-6", "--baseline", "a/b")
      #expect(unknown.exitCode == 2)
      #expect(unknown.errors.contains("the baseline a/b is not in the pricing table"))
    }
  }

  @Test func asItWasKnown() throws {
    try world { test in
      let known = test.run("report", "--all", "--as-known-on", "2026-07-01")
      #expect(known.exitCode == 0)
      #expect(known.output.contains("as known on 2026-07-01"))
      #expect(known.output.contains("ollama/glm-5.2: prices were corrected since: "))
      #expect(!known.output.contains("ollama/kimi-k2.7-code: prices were corrected"))
      #expect(!test.run("report", "--all", "--as-known-on", "2026-07-02").output.contains("corrected since"))
    }
  }

  @Test func aCorrectionOfTheHistoryIsTold() throws {
    try world { test in
      let before = Self.prices.split(separator: "\n").filter { !$0.contains("recorded") }.joined(separator: "\n")
      try test.write(before, to: "pricing/ollama.yaml")
      #expect(test.run("run", Fixtures.path("ccr-v1/logs"), "--date", "2026-06-23").exitCode == 0)
      let day = ["report", "--since", "2026-06-23", "--until", "2026-06-23"]
      #expect(!test.run(day[0], day[1], day[2], day[3], day[4]).output.contains("corrected"))
      try test.write(Self.prices, to: "pricing/ollama.yaml")
      let after = test.run(day[0], day[1], day[2], day[3], day[4])
      #expect(after.output.contains("ollama/glm-5.2: prices were corrected since: "))
      #expect(after.output.contains(" in the history, "))
    }
  }

  @Test func anotherCurrency() throws {
    try world { test in
      let euros = test.run("report", "--all", "--currency", "EUR")
      #expect(euros.output.contains("Amounts are in EUR at $1.25 each"))
      let yen = test.run("report", "--all", "--currency", "JPY")
      #expect(yen.exitCode == 2)
      #expect(yen.errors.contains("the pricing table has no rate of JPY for 2026-06-30"))
      #expect(test.run("report", "--all", "--currency", "yen").exitCode == 64)
    }
  }

  @Test func cachedRatiosAreWorkedOut() throws {
    try world { test in
      let json = test.run("report", "--all", "--format", "json").output
      #expect(json.contains(#/"ratio_cached": "\d+\.\d{6}"/#))
      let grouped = test.run("report", "--all", "--by", "session", "--format", "json").output
      #expect(grouped.contains(#/"ratio_cached": "\d+\.\d{6}"/#))
    }
  }

  @Test func simulates() throws {
    try world { test in
      let moved = test.run("simulate", "--all", "--all-to", "anthropic/claude-sonnet-5", "--plan", "max")
      #expect(moved.exitCode == 0)
      #expect(moved.output.contains(#/ollama/glm-5\.2 +anthropic/claude-sonnet-5 +\d+ +[\d,]+ +\$\d\.\d\d +\$0\.00/#))
      #expect(moved.output.contains(#/\(plan\) +max/#))
      let json = test.run("simulate", "--all", "--route", "background=anthropic/claude-sonnet-5", "--format", "json")
      #expect(json.output.contains(#""to": "anthropic/claude-sonnet-5""#))
      let typo = test.run("simulate", "--all", "--all-to", "anthropic/claude-sonet-5")
      #expect(typo.exitCode == 2)
      #expect(typo.errors.contains("names like it: anthropic/claude-sonnet-5"))
      #expect(test.run("simulate", "--all", "--plan", "none").errors.contains("claude-pro, copilot-business"))
      #expect(test.run("simulate", "--all").exitCode == 64)
      #expect(test.run("simulate", "--route", "nowhere=a/b").exitCode == 64)
    }
  }

  private static let config = """
    {
      "Providers": [
        {"name": "ollama", "api_base_url": "http://x/v1", "api_key": "sk-CANARY", "models": ["glm-5.2"]}
      ],
      "Router": {
        "default": "ollama,glm-5.2",
        "background": "ollama,glm-5.2",
        "longContextThreshold": 60000
      }
    }
    """

  @Test func advises() throws {
    try world { test in
      let path = try test.write(Self.config, to: "router.json")
      let outcome = test.run("advise", "--all", "--router-config", path)
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("take ollama/glm-5.2 off the routing"))
      #expect(
        outcome.output.contains(
          """
          --- \(path)
          +++ \(path)
          @@ -6 +6 @@
          -    "default": "ollama,glm-5.2",
          +    "default": "ollama,kimi-k2.7-code",
          @@ -7 +7 @@
          -    "background": "ollama,glm-5.2",
          +    "background": "ollama,kimi-k2.7-code",
          """))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == Self.config)
      let json = test.run("advise", "--all", "--router-config", path, "--format", "json")
      #expect(json.output.contains(#""action": "take_off""#))
      #expect(!(outcome.output + json.output + json.errors).contains("CANARY"))
    }
  }

  @Test func aConfigurationOnOneLineIsNotShown() throws {
    try world { test in
      let path = try test.write(Self.config.replacing("\n", with: " "), to: "router.json")
      let outcome = test.run("advise", "--all", "--router-config", path)
      #expect(outcome.output.contains("In Router, set \"default\" to \"ollama,kimi-k2.7-code\"."))
      #expect(!outcome.output.contains("CANARY"))
      #expect(!outcome.output.contains("+++"))
    }
  }
}
