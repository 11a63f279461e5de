import BuiltInPrices
import Foundation
import Testing
import Model

@testable import Pricing
import TestSupport

struct PriceTableTests {
  @Test func workedExample() throws {
    let usage = TokenUsage(input: 10_000, output: 1_000)
    let routed = try #require(try cost(shipped, "openrouter/minimax/minimax-m2.7", at: "2026-06-24T00:00:00Z", usage))
    let baseline = try #require(try cost(shipped, "anthropic/claude-sonnet-4-6", at: "2026-06-24T00:00:00Z", usage))
    #expect(routed == "0.00336")
    #expect(baseline == "0.045")
    func ratio(_ usage: TokenUsage) throws -> String? {
      let costs = try ["openrouter/minimax/minimax-m2.7", "anthropic/claude-sonnet-4-6"].map { name in
        let text = try #require(try cost(shipped, name, at: "2026-06-24T00:00:00Z", usage))
        return try #require(Money(decimal: text))
      }
      return costs[0].multiplied(by: 1_000_000_000_000, over: costs[1].picodollars).rounded(places: 6)
    }
    #expect(try ratio(usage) == "0.074667")
    #expect(try ratio(TokenUsage(input: 10_000)) == "0.080000")
    #expect(try ratio(TokenUsage(output: 1_000)) == "0.064000")
    // What nobody declared is not paid.
    #expect(shipped.plans.isEmpty)
    let plan = try #require(shipped.offers.first { $0.name == "ollama-cloud-pro" })
    #expect(plan.monthlyFee(in: try #require(CivilDay("2026-06-24"))).description == "20")
  }

  @Test func shippedTableHasNoWarnings() { #expect(shipped.warnings.isEmpty) }

  @Test func embeddedCopyEqualsTheFolder() throws {
    let folder = try PriceTable.load(folder: repository.appendingPathComponent("pricing").path)
    #expect(folder.version == shipped.version)
    #expect(folder.models.map(\.id) == shipped.models.map(\.id))
    #expect(folder.models.map(\.prices) == shipped.models.map(\.prices))
    #expect(folder.grain == shipped.grain)
    #expect(folder.offers == shipped.offers && folder.currencies == shipped.currencies)
    #expect(!shipped.currencies.isEmpty && shipped.offers.contains { $0.fees.contains { $0.hardware != nil } })
  }

  @Test(arguments: [
    // Published cases: Sonnet's tiers count for the whole request, strictly above the limit
    // (https://platform.claude.com/docs/en/about-claude/pricing; genai-prices 0.2.3 gives the same).
    ("anthropic/claude-sonnet-4-5", "2026-01-15T00:00:00Z", TokenUsage(input: 200_000), "0.6"),
    ("anthropic/claude-sonnet-4-5", "2026-01-15T00:00:00Z", TokenUsage(input: 200_001), "1.200006"),
    ("anthropic/claude-sonnet-4-5", "2026-01-15T00:00:00Z", TokenUsage(input: 300_000, output: 100_000), "4.05"),
    // The tier ended for 4.6 on 2026-03-13; for those before with the beta of longer prompts on 2026-04-30.
    ("anthropic/claude-sonnet-4-5", "2026-04-29T23:59:59Z", TokenUsage(input: 200_001), "1.200006"),
    ("anthropic/claude-sonnet-4-5", "2026-04-30T00:00:00Z", TokenUsage(input: 200_001), "0.600003"),
    ("anthropic/claude-sonnet-4-20250514", "2025-08-11T23:59:59Z", TokenUsage(input: 200_001), "0.600003"),
    ("anthropic/claude-sonnet-4-20250514", "2025-08-12T00:00:00Z", TokenUsage(input: 200_001), "1.200006"),
    ("anthropic/claude-sonnet-4-6", "2026-03-12T23:59:59Z", TokenUsage(cacheRead: 200_001), "0.1200006"),
    ("anthropic/claude-sonnet-4-6", "2026-03-13T00:00:00Z", TokenUsage(input: 200_001), "0.600003"),
    // A request of Claude Code's as genai-prices 0.2.3 prices it.
    (
      "anthropic/claude-sonnet-4-6", "2026-06-24T00:00:00Z",
      TokenUsage(input: 10, cacheRead: 15_030, cacheWrite5m: 8_655, output: 260), "0.04089525"
    ),
    (
      "anthropic/claude-sonnet-4-6", "2026-06-24T00:00:00Z", TokenUsage(cacheWrite5m: 60_000, cacheWrite1h: 40_000),
      "0.465"
    ),
    // The router's own case, at the prices of https://docs.z.ai/guides/overview/pricing; genai-prices gives the same.
    (
      "zai/glm-5.2", "2026-06-24T00:00:00Z", TokenUsage(input: 52, cacheRead: 248_128, output: 7), "0.06461688"
    ),
    // https://api-docs.deepseek.com/quick_start/pricing; genai-prices 0.2.3 gives the same.
    (
      "deepseek/deepseek-v4-flash", "2026-08-16T15:59:59Z", TokenUsage(input: 5_369, output: 13_615), "0.00456386"
    ),
    // Cache hits cost a tenth from then on, by a note of that page, and V4 Pro a quarter, for good since 2026-05-22.
    ("deepseek/deepseek-v4-pro", "2026-04-26T12:14:59Z", TokenUsage(input: 1_000_000), "1.74"),
    ("deepseek/deepseek-v4-pro", "2026-04-26T12:15:00Z", TokenUsage(input: 1_000_000), "0.435"),
    ("deepseek/deepseek-chat", "2026-04-26T12:14:59Z", TokenUsage(cacheRead: 1_000_000), "0.028"),
    ("deepseek/deepseek-chat", "2026-04-26T12:15:00Z", TokenUsage(cacheRead: 1_000_000), "0.0028"),
    ("deepseek/deepseek-reasoner", "2026-05-10T00:00:00Z", TokenUsage(cacheRead: 1_000_000), "0.0028"),
    // 01:00–04:00 and 06:00–10:00 are peak, on Saturday 2026-08-22 too; weekends are off-peak from the day after.
    ("deepseek/deepseek-v4-flash", "2026-08-16T16:00:00Z", TokenUsage(input: 1_000_000), "0.22"),
    ("deepseek/deepseek-v4-flash", "2026-08-17T00:59:59Z", TokenUsage(output: 1_000_000), "0.66"),
    ("deepseek/deepseek-v4-flash", "2026-08-17T01:00:00Z", TokenUsage(input: 1_000_000), "0.44"),
    ("deepseek/deepseek-v4-flash", "2026-08-17T04:00:00Z", TokenUsage(input: 1_000_000), "0.22"),
    ("deepseek/deepseek-v4-flash", "2026-08-22T09:59:59Z", TokenUsage(cacheRead: 1_000_000), "0.014"),
    ("deepseek/deepseek-v4-flash", "2026-08-23T09:59:59Z", TokenUsage(cacheRead: 1_000_000), "0.007"),
    ("deepseek/deepseek-v4-flash", "2026-09-09T23:59:59Z", TokenUsage(input: 1_000_000), "0.22"),
    ("deepseek/deepseek-v4-flash", "2026-09-10T00:00:00Z", TokenUsage(input: 1_000_000), "0.15"),
    ("deepseek/deepseek-v4-flash", "2026-09-10T03:59:59Z", TokenUsage(output: 1_000_000), "1.2"),
    ("deepseek/deepseek-v4-flash", "2026-09-12T03:59:59Z", TokenUsage(cacheRead: 1_000_000), "0.003"),
    ("anthropic/claude-sonnet-5-5", "2026-10-06T23:59:59Z", TokenUsage(cacheRead: 1_000_000), "0.2"),
    ("anthropic/claude-sonnet-5-5", "2026-10-07T00:00:00Z", TokenUsage(cacheRead: 1_000_000), "0.1"),
  ])
  func published(model: String, instant: String, usage: TokenUsage, expected: String) throws {
    #expect(try cost(shipped, model, at: instant, usage) == expected)
  }

  @Test func theRoutersOwnPublishedCases() throws {
    // claude-code-router's own test: 1M in, 0.5M out, 250k read, 100k write at 2/8/0.5/3.
    let usage = TokenUsage(input: 1_000_000, cacheRead: 250_000, cacheWrite5m: 100_000, output: 500_000)
    let routed = try rates("2", "8", "0.5", "3")
    // Its figure of 6.425 is 2 + 4 + 0.125 + 0.3.
    #expect(routed.cost(of: usage).description == "6.425")
    // 120k written to the cache, of which the usage names 60k for 5 minutes and 40k for 1 hour: the rest is 5 minutes.
    let writes = try rates("3", "15", nil, "3", "6").cost(of: TokenUsage(cacheWrite5m: 80_000, cacheWrite1h: 40_000))
    #expect(writes.description == "0.48")
  }

  @Test(arguments: [
    ("anthropic/claude-sonnet-4.6", "anthropic/claude-sonnet-4-6"),
    ("Anthropic/Claude-Sonnet-4-6[1m]", "anthropic/claude-sonnet-4-6"),
    ("anthropic/anthropic/claude-sonnet-4.6", "anthropic/claude-sonnet-4-6"),
    ("anthropic/claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
    ("anthropic/claude-sonnet-4-5@20250929", "anthropic/claude-sonnet-4-5"),
    ("anthropic/claude-sonnet-4-5-2025-09-29[1m]", "anthropic/claude-sonnet-4-5"),
    ("minimax/minimax-m2.7", "minimax/MiniMax-M2.7"),
    ("ollama/GLM-5.2", "ollama/glm-5.2"),
  ])
  func resolves(name: String, canonical: String) throws {
    #expect(shipped.resolve(try #require(ModelID(name)))?.description == canonical)
  }

  @Test(arguments: [
    // Half a name, a size, a variant or a date that nobody sells.
    "anthropic/claude-sonnet-4-6:free", "anthropic/claude-sonnet-46", "anthropic/sonnet", "anthropic/claude",
    "anthropic/claude-sonnet-4-5-20251399", "openrouter/claude", "openrouter/sonnet-4.6", "zai/glm-52", "zai/glm",
    "openai/gpt-5-micro", "deepseek/v4-flash",
    // A seller that the table does not know.
    "relay/claude-sonnet-4-6",
  ])
  func neverGuesses(name: String) throws {
    let model = try #require(ModelID(name))
    #expect(shipped.resolve(model) == nil)
    guard case .unpriced = shipped.answer(for: model, at: try time("2026-06-24T00:00:00Z"), prompt: 1) else {
      Issue.record("\(name) has a price")
      return
    }
  }

  @Test func offersNearNames() throws {
    func near(_ name: String) throws -> [String] {
      guard case .unpriced(let names) = shipped.answer(for: try #require(ModelID(name)), at: 0, prompt: 0) else {
        return []
      }
      return names.map(\.description)
    }
    #expect(try near("zai/glm-5.20").first == "zai/glm-5.2")
    #expect(try near("zai/glm-5.20").count == 3)
    #expect(try near("anthropic/claude-sonnet-4-66").first == "anthropic/claude-sonnet-4-6")
    #expect(try near("vllm/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz").isEmpty)
    // The name is known, only no price at that time.
    #expect(try near("minimax/MiniMax-M2.7").isEmpty)
  }

  @Test func aPlanWinsWhileItRuns() throws {
    let table = try table(
      """
      provider: ollama
      aliases: [Ollama-Cloud]
      models:
        - model: glm-5.2
          aliases: ["glm-5.2:cloud"]
          prices:
            - {from: 2026-01-01, input: 1, output: 2, source: s, verified: 2026-01-01}
            - {from: 2026-06-01, ends: true}
            - {from: 2026-07-10, input: "3", output: "4", source: s, verified: 2026-01-01}
        - {model: gemma, billing: free}
        - model: nothing
          prices: [{from: 2026-01-01, input: "0", output: "0.000", source: s, verified: 2026-01-01}]
      plans:
        - plan: pro
          kind: subscription
          models: [glm-5.2, vllm/glm-air]
          fees:
            - {from: 2026-06-05, monthly: 20, source: s, verified: 2026-01-01}
        - plan: max
          kind: subscription
          models: [glm-5.2]
          fees: [{from: 2026-01-01, monthly: "100", source: s, verified: 2026-01-01}]
      subscriptions: [{plan: pro, from: 2026-06-05, until: 2026-06-30}]
      """)
    func word(_ name: String, _ instant: String) throws -> String {
      switch table.answer(for: try #require(ModelID(name)), at: try time(instant), prompt: 10) {
      case .perToken(let price): price.rates.input.description
      case .plan(let plan): plan.name
      case .free: "free"
      case .unpriced: "unpriced"
      }
    }
    #expect(try word("ollama/glm-5.2", "2025-12-31T23:59:59Z") == "unpriced")
    #expect(try word("ollama/glm-5.2", "2026-05-31T23:59:59Z") == "1")
    #expect(try word("ollama/glm-5.2", "2026-06-01T00:00:00Z") == "unpriced")
    #expect(try word("ollama-cloud/glm-5.2:cloud", "2026-06-05T00:00:00Z") == "pro")
    #expect(try word("vllm/glm-air", "2026-06-05T00:00:00Z") == "pro")
    #expect(try word("ollama/glm-5.2", "2026-07-01T00:00:00Z") == "unpriced")
    #expect(try word("ollama/glm-5.2", "2026-07-10T00:00:00Z") == "3")
    #expect(try word("ollama/gemma", "1970-01-01T00:00:00Z") == "free")
    #expect(try word("ollama/nothing", "2026-01-01T00:00:00Z") == "free")
    #expect(table.plans.map(\.name) == ["pro"])
    #expect(table.offers.map(\.name) == ["max", "pro"])
    #expect(table.plans[0].covers(ModelID(provider: "vllm", model: "GLM-Air")))
    #expect(!table.plans[0].covers(ModelID(provider: "ollama", model: "glm-air")))
  }

  @Test func theGrainNamesEveryChange() throws {
    let cuts = Set(shipped.grain.cuts)
    for instant in ["2026-03-13T00:00:00Z", "2026-08-16T16:00:00Z", "2026-10-07T00:00:00Z", "2026-06-30T00:00:00Z"] {
      #expect(cuts.contains(try time(instant)))
    }
    #expect(Set(shipped.grain.promptLimits).isSuperset(of: [200_000, 512_000]))
    #expect(Set(shipped.grain.weeklyCuts).isSuperset(of: [60, 240, 360, 600]))
    // Between two neighbours of the grain the answer never changes.
    var random = SeededGenerator(seed: 4)
    let models = ["deepseek/deepseek-v4-flash", "anthropic/claude-sonnet-4-6", "ollama/glm-5.2"].compactMap {
      ModelID($0)
    }
    var known: [[Int]: PriceAnswer] = [:]
    let grain = shipped.grain
    for _ in 0..<3000 {
      let instant = Int64.random(in: 1_767_225_600_000...1_798_000_000_000, using: &random)
      let prompt = Int64.random(in: 199_990...200_010, using: &random)
      let model = Int.random(in: 0..<models.count, using: &random)
      let cell = [
        model, grain.cuts.partitioningIndex { $0 > instant }, grain.promptClass(of: prompt),
        grain.weeklyClass(of: instant),
      ]
      let answer = shipped.answer(for: models[model], at: instant, prompt: prompt)
      #expect(known.updateValue(answer, forKey: cell) ?? answer == answer)
    }
  }

  @Test func windowsMayCrossMidnightAndTheWeek() throws {
    let table = try table(
      """
      provider: p
      models:
        - model: m
          prices:
            - from: 2026-01-01
              input: "1"
              output: "1"
              windows: [{utc: "22:00-02:00", days: "sun,wed", input: "2", output: "2"}]
      """)
    func rate(_ instant: String) throws -> String? {
      try cost(table, "p/m", at: instant, TokenUsage(input: 1_000_000))
    }
    // 2026-06-28 is a Sunday.
    #expect(try rate("2026-06-28T21:59:59Z") == "1")
    #expect(try rate("2026-06-28T22:00:00Z") == "2")
    #expect(try rate("2026-06-29T01:59:59Z") == "2")
    #expect(try rate("2026-06-29T02:00:00Z") == "1")
    #expect(try rate("2026-06-29T23:00:00Z") == "1")
    #expect(try rate("2026-07-02T00:00:00Z") == "2")
    #expect(table.grain.weeklyCuts == [0, 120, 2 * 1440 + 1320, 3 * 1440 + 120, 6 * 1440 + 1320])
    #expect(table.warnings.count == 2)
  }
}
