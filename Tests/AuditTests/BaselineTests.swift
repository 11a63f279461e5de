import BuiltInPrices
import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

@Suite struct BaselineComparisons {
  let noon = Int64.at(2026, 10, 24, hour: 12)
  let glm = ModelID(provider: "zai", model: "glm-5.3")
  func sonnet(_ version: String) -> ModelID { ModelID(provider: "anthropic", model: "claude-sonnet-\(version)") }

  @Test func theSameTrafficAgainstThreeSonnets() throws {
    // Mostly cache reads, as a coding agent has them: 0.78, 1.17 and 1.97 times.
    let slice = TrafficSlice.of(glm, at: noon, TokenUsage(input: 100_000, cacheRead: 7_000_000, output: 12_050))
    let report = audit(
      [slice], others: [sonnet("5"), sonnet("5-5"), ModelID(provider: "x", model: "y")],
      prices: try PriceTable.embedded())
    let row = report.rows[0]
    #expect(row.cost == .usd("2.01302"))
    #expect(row.ratio?.description == "0.780014")
    #expect(row.others.map { $0.ratio?.description } == ["1.170020", "1.972582", nil])
    // The first one decides.
    #expect(row.verdict == .cheaper)
    #expect(report.otherBaselines.count == 3)
  }

  /// A name that begins like the baseline's is another model, also at the same price.
  @Test func onlyTheBaselineItselfIsNotCompared() {
    var prices = TestPrices.example
    let other = ModelID(provider: ModelID.sonnet.provider, model: ModelID.sonnet.model + "-large")
    prices.add(other, Rates(3, 15, cacheRead: "0.3"))
    let work = TokenUsage(input: 1000, output: 10)
    let report = audit([.of(.sonnet, at: noon, work), .of(other, at: noon, work)], prices: prices)
    #expect(report.models.map(\.verdict) == [.equal, .equal])
    #expect(report.models.map(\.isBaseline) == [true, false])
  }

  @Test func anotherBaselineIsPricedAtTheRequestsTime() throws {
    let tokens = TokenUsage(cacheRead: 1_000_000)
    let slices = [.at(2026, 10, 6, hour: 23), .at(2026, 10, 7)].map { TrafficSlice.of(glm, at: $0, tokens) }
    let row = audit(slices, others: [sonnet("5-5")], prices: try PriceTable.embedded()).rows[0]
    #expect(row.others[0].cost == .usd("0.3"))
  }

  @Test func costsOfAGrowingConversation() {
    // Prompts of 10,000, 11,000 and 12,000 tokens, of which 10,500 and 11,300 were read.
    var slice = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 33_000, output: 900))
    slice.caching = PromptCaching(cacheable: 33_000, read5m: 21_800, read1h: 33_000)
    let row = audit([slice]).rows[0]
    // 33,000 × 3 + 900 × 15 against 11,200 written × 3.75 + 21,800 read × 0.30 + 900 × 15.
    #expect(row.baselineCost == .usd("0.1125"))
    #expect(row.baselineCachedCost == .usd("0.06204"))
    // 33,000 × 0.24 + 900 × 0.96.
    #expect(row.ratioCached == Ratio(.usd("0.008784"), over: .usd("0.06204")))
    #expect(row.verdictCached == .cheaper)
    #expect(audit([slice]).totals.baselineCachedCost == .usd("0.06204"))
    // Requests that nobody worked out leave no figure, instead of a wrong one.
    let unknown = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 33_000, output: 900))
    #expect(audit([slice, unknown]).rows[0].baselineCachedCost == nil)
    #expect(audit([unknown]).rows[0].baselineCachedCost == nil)
  }

  @Test func cachingCanTurnTheVerdict() {
    // All fresh input: 0.08 of Sonnet. Had Sonnet read nine tenths from its cache at a tenth of the price …
    var prices = TestPrices.example
    prices.add(.minimax, from: 1, Rates("1.40", "4.40"))
    var slice = TrafficSlice.of(.minimax, at: noon, TokenUsage(input: 1_000_000))
    slice.caching = PromptCaching(cacheable: 1_000_000, read5m: 900_000)
    let report = audit([slice], prices: prices)
    let row = report.rows[0]
    #expect(row.ratio?.description == "0.466667")
    // … 0.27 + 0.375 = $0.645.
    #expect(row.baselineCachedCost == .usd("0.645"))
    #expect(row.ratioCached?.description == "2.170543")
    #expect(row.isDisputed)
    #expect(row.verdict(by: .plain) == .cheaper)
    #expect(row.verdict(by: .cached) == .dearer)
    #expect(row.ratio(by: .cached) == row.ratioCached)
    slice.caching = .zero
    #expect(!audit([slice], prices: prices).rows[0].isDisputed)
  }

  @Test func aModelOfAnotherTokenizer() throws {
    func table(_ factor: String) throws -> PriceTable {
      try PriceTable.load(files: [
        PricingFile(
          name: "a.yaml",
          text: """
            provider: anthropic
            models:
              - model: claude-sonnet-4-6
                baseline_token_factor: "\(factor)"
                prices:
                  - {from: 2020-01-01, input: "3", output: "15", tiers: [{above_input_tokens: 1000, input: "6", output: "30"}]}
            """),
        PricingFile(
          name: "b.yaml",
          text: """
            provider: p
            models:
              - model: m
                baseline_token_factor: "1.25"
                prices: [{from: 2020-01-01, input: "1", output: "2"}]
            """),
      ])
    }
    let model = ModelID(provider: "p", model: "m")
    func row(_ tokens: TokenUsage, _ table: PriceTable, _ model: ModelID) -> AuditRow {
      audit([.of(model, at: noon, tokens)], prices: table).rows[0]
    }
    let plain = try table("1")
    // 800 tokens of the model are 1,000 of Sonnet, 801 are 1,001: above its tier's limit.
    #expect(row(TokenUsage(input: 800), plain, model).baselineCost == .usd("0.003"))
    #expect(row(TokenUsage(input: 801), plain, model).baselineCost == .usd("0.0060075"))
    #expect(row(TokenUsage(output: 1000), plain, model).baselineCost == .usd("0.01875"))
    #expect(row(TokenUsage(output: 1000), plain, model).cost == .usd("0.002"))
    #expect(row(TokenUsage(output: 1000), plain, model).tokenFactor.description == "1.25")
    // Where nobody published how one of both counts, tokens are taken as they are.
    let other = try PriceTable.load(files: [
      PricingFile(
        name: "a.yaml",
        text: """
          provider: anthropic
          models:
            - {model: claude-sonnet-4-6, prices: [{from: 2020-01-01, input: "3", output: "15"}]}
            - {model: m, baseline_token_factor: "1.25", prices: [{from: 2020-01-01, input: "3", output: "15"}]}
          """)
    ])
    let counted = row(TokenUsage(output: 1000), other, ModelID(provider: "anthropic", model: "m"))
    #expect(counted.tokenFactor == .one && counted.ratio == .one)
    // The ledger must not sum prompts on both sides of the limit.
    #expect(plain.grain.promptLimits.contains(800))
    // A baseline with a factor of its own: only what is left counts, and for itself nothing.
    #expect(row(TokenUsage(output: 1000), try table("1.25"), model).baselineCost == .usd("0.015"))
    let itself = row(TokenUsage(input: 900, output: 7), try table("1.25"), .sonnet)
    #expect(itself.ratio == .one)
    #expect(itself.verdict == .equal)
  }

  @Test func raisingARateNeverLowersACost() {
    var numbers = SeededNumbers(77)
    func rate() -> Rate { Rate(picodollarsPerToken: .random(in: 0...20_000_000, using: &numbers)) }
    func optional(_ rate: Rate) -> Rate? { Bool.random(using: &numbers) ? rate : nil }
    for _ in 0..<2000 {
      let rates = Rates(
        input: rate(), output: rate(), cacheRead: optional(rate()), cacheWrite5m: optional(rate()),
        cacheWrite1h: optional(rate()))
      func tokens() -> Int64 { .random(in: 0...1_000_000, using: &numbers) }
      let usage = TokenUsage(
        input: tokens(), cacheRead: tokens(), cacheWrite5m: tokens(), cacheWrite1h: tokens(), output: tokens())
      var raised = rates
      func raise(_ rate: Rate) -> Rate {
        Rate(picodollarsPerToken: rate.picodollarsPerToken + .random(in: 0...9, using: &numbers))
      }
      switch Int.random(in: 0..<5, using: &numbers) {
      case 0: raised.input = raise(rates.input)
      case 1: raised.output = raise(rates.output)
      case 2: raised.cacheRead = rates.cacheRead.map(raise)
      case 3: raised.cacheWrite5m = rates.cacheWrite5m.map(raise)
      default: raised.cacheWrite1h = rates.cacheWrite1h.map(raise)
      }
      #expect(raised.cost(of: usage) >= rates.cost(of: usage))
    }
  }

  @Test func factorsKeepCostsAdditive() {
    var numbers = SeededNumbers(78)
    let rates = Rates("3.75", "15.000001", cacheRead: "0.30")
    for _ in 0..<500 {
      let scaled = rates.scaled(by: TokenFactor(millionths: .random(in: 1...3_000_000, using: &numbers)))
      func usage() -> TokenUsage {
        TokenUsage(
          input: .random(in: 0...99_999, using: &numbers), cacheRead: .random(in: 0...99_999, using: &numbers),
          output: .random(in: 0...99_999, using: &numbers))
      }
      let (left, right) = (usage(), usage())
      #expect(scaled.cost(of: left) + scaled.cost(of: right) == scaled.cost(of: left + right))
    }
  }
}
