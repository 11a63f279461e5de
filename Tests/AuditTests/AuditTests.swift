import Audit
import Foundation
import Pricing
import TestPrices
import Testing
import Model

/// An audit in UTC; plans see the same traffic unless told otherwise.
func audit(
  _ slices: [TrafficSlice], since: CivilDay? = nil, until: CivilDay? = nil, plans: [TrafficSlice]? = nil,
  others: [ModelID] = [], judgedBy: RatioKind = .plain,
  now: Int64 = .at(2026, 6, 30), by grouping: Grouping = .model, prices: some PriceBook = TestPrices.example,
  blend: Blend = .even, recordedFrom: CivilDay? = nil
) -> AuditReport {
  let days = slices.map(\.day)
  let period = AuditPeriod(
    since: since ?? days.min() ?? CivilDay(number: 0), until: until ?? days.max() ?? CivilDay(number: 0),
    timeZone: .gmt)
  return Audit.run(
    AuditInput(
      period: period, traffic: slices, planTraffic: plans ?? slices,
      recorded: recordedFrom.map { RecordedTime(from: $0) }, baseline: .sonnet,
      otherBaselines: others, judgedBy: judgedBy, now: now, grouping: grouping, blend: blend),
    prices: prices)
}

@Suite struct WorkedExample {
  let noon = Int64.at(2026, 6, 24, hour: 12)

  @Test(arguments: [
    (TokenUsage(input: 10_000, output: 1000), "0.00336", "0.045", "0.074667"),
    (TokenUsage(input: 10_000), "0.0024", "0.03", "0.080000"),
    (TokenUsage(output: 1000), "0.00096", "0.015", "0.064000"),
  ])
  func ratioOfMiniMax(tokens: TokenUsage, cost: String, baseline: String, ratio: String) {
    let row = audit([.of(.minimax, at: noon, tokens)]).rows[0]
    #expect(row.cost?.description == cost)
    #expect(row.baselineCost?.description == baseline)
    #expect(row.ratio?.description == ratio)
    #expect(row.verdict == .cheaper)
  }

  @Test func planBreaksEvenAtTheBlendedRate() {
    let plan = audit([.of(.glm, at: noon, TokenUsage(input: 1000, output: 1000))]).plans[0]
    #expect(plan.breakEvenNominal == 2_222_223)
    // The mix is the blend: $0.018 for 2,000 tokens.
    #expect(plan.breakEvenActualMix == 2_222_223)
    let inputOnly = audit([.of(.glm, at: noon, TokenUsage(input: 1000))], blend: Blend(input: 1, output: 0)!)
    #expect(inputOnly.plans[0].breakEvenNominal == 6_666_667)
    #expect(inputOnly.plans[0].breakEvenActualMix == 6_666_667)
  }

  @Test func cacheWritesOfBothLivesHaveTheirOwnPrices() {
    let tokens = TokenUsage(
      input: 1_000_000, cacheRead: 1_000_000, cacheWrite5m: 1_000_000, cacheWrite1h: 1_000_000, output: 1_000_000)
    let row = audit([.of(.sonnet, at: noon, tokens)]).rows[0]
    #expect(row.cost?.description == "28.05")
    #expect(row.fallbacks.isEmpty)
  }
}

@Suite struct Verdicts {
  let noon = Int64.at(2026, 6, 24, hour: 12)
  let work = TokenUsage(input: 10_000, output: 1000)

  @Test func verdictLooksAtExactAmounts() {
    var prices = TestPrices.example
    // One picodollar in 45 billion dearer: the rounded ratio cannot tell.
    prices.add(.minimax, from: 1, Rates("3.000001", 15))
    let dearer = audit([.of(.minimax, at: noon, TokenUsage(input: 1, output: 9_000_000))], prices: prices).rows[0]
    #expect(dearer.ratio?.description == "1.000000")
    #expect(dearer.verdict == .dearer)
    prices.add(.minimax, from: 2, Rates(3, 15))
    #expect(audit([.of(.minimax, at: noon, work)], prices: prices).rows[0].verdict == .equal)
  }

  @Test func unpricedModelNeverCostsNothing() {
    let stranger = ModelID(provider: "x", model: "y")
    var prices = TestPrices.example
    prices.nearest = [.glm]
    let report = audit([.of(stranger, at: noon, work), .of(.minimax, at: noon, work)], prices: prices)
    let row = report.rows.first { $0.key.model == stranger }
    #expect(row?.cost == nil)
    #expect(row?.ratio == nil)
    #expect(row?.verdict == .unpriced)
    #expect(row?.unpriced == 1)
    #expect(row?.nearest == [.glm])
    #expect(report.coverage.unpriced == 1)
    #expect(report.coverage.covered == 1)
    // Its baseline cost must not look like money saved.
    #expect(report.totals.baselineCost == .usd("0.045"))
  }

  /// What failed needs no tokens: it lowers no share of what is measured.
  @Test func failedRequestsAreNotAnswered() {
    let counts = RequestCounts(upstream: 3, unknown: 1, failed: 4)
    let coverage = audit([.of(.minimax, at: noon, work, counts: counts)]).coverage
    #expect(coverage.answered == 4)
    #expect(coverage.covered == 3)
    #expect(coverage.counts.requests == 8)
  }

  @Test func unknownTokensAreNotZeroTokens() {
    let counts = RequestCounts(unknown: 54, failed: 8)
    let row = audit([.of(.minimax, at: noon, counts: counts)]).rows[0]
    #expect(row.cost == nil)
    #expect(row.baselineCost == nil)
    #expect(row.ratio == nil)
    #expect(row.verdict == .noUsage)
    #expect(row.counts.requests == 62)
  }

  @Test func unknownAndEstimatedTokensChangeNoFigure() {
    let measured = audit([.of(.minimax, at: noon, work)])
    // A slice that should carry no tokens: nobody measured any.
    let rest = TrafficSlice.of(
      .minimax, at: noon, TokenUsage(input: 999, output: 999), counts: RequestCounts(estimated: 5, unknown: 7))
    let both = audit([.of(.minimax, at: noon, work), rest])
    #expect(both.rows[0].tokens == work)
    #expect(both.rows[0].ratio == measured.rows[0].ratio)
    #expect(both.totals == measured.totals)
    #expect(both.coverage.counts.estimated == 5)
    #expect(both.coverage.share == Ratio(decimal: "0.076923"))
  }

  @Test func baselineWithoutPriceIsSaidNotZero() {
    var prices = TestPrices.example
    prices.entries[.sonnet] = nil
    prices.add(.sonnet, from: .at(2026, 6, 24), Rates(3, 15))
    let report = audit([.of(.minimax, at: .at(2026, 6, 23), work), .of(.minimax, at: noon, work)], prices: prices)
    #expect(report.rows[0].baselineUnpriced == 1)
    #expect(report.rows[0].cost == .usd("0.00672"))
    #expect(report.rows[0].baselineCost == nil)
    #expect(report.rows[0].ratio == nil)
    #expect(report.rows[0].verdict == .unpriced)
    #expect(report.totals.saved == nil)
  }

  @Test func changeOfBillingMakesTwoRows() {
    var prices = TestPrices.example
    prices.add(.glm, Rates("1.40", "4.40", cacheRead: "0.26"))
    prices.plans = [.pro(fees: [PlanFee(from: .at(2026, 6, 25), monthly: .usd("30"))])]
    let report = audit(
      [.of(.glm, at: noon, work), .of(.glm, at: .at(2026, 6, 25), work), .of(.glm, at: .at(2026, 6, 26), work)],
      prices: prices)
    #expect(report.rows.map(\.key.billing) == [.perToken, .plan("ollama-cloud-pro", .subscription)])
    #expect(report.rows[0].ratio?.description == "0.408889")
    #expect(report.rows[1].ratio == nil)
    #expect(report.rows[1].verdict == .plan)
    // Two of the period's three days bear a dollar each.
    #expect(report.rows[1].cost == .usd("2"))
    #expect(report.totals.planFees == .usd("2"))
    #expect(report.totals.cost == .usd("2.0184"))
  }

  @Test func freeModelCostsNothingAndHasNoRatio() {
    var prices = TestPrices.example
    prices.free = [.minimax]
    let row = audit([.of(.minimax, at: noon, work)], prices: prices).rows[0]
    #expect(row.cost == .zero)
    #expect(row.ratio == nil)
    #expect(row.verdict == .free)
  }

  @Test func rateFallbacksAreShown() {
    let tokens = TokenUsage(cacheRead: 100, cacheWrite5m: 20, cacheWrite1h: 3)
    let row = audit([.of(.minimax, at: noon, tokens), .of(.minimax, at: noon, tokens)]).rows[0]
    #expect(
      row.fallbacks.map { "\($0.model.model) \($0.tokenClass) as \($0.from): \($0.tokens)" } == [
        "MiniMax-M2.7 cacheRead as input: 200", "MiniMax-M2.7 cacheWrite1h as input: 6",
        "MiniMax-M2.7 cacheWrite5m as input: 40",
      ])
  }

  @Test func tierFollowsThePrompt() {
    var prices = TestPrices.example
    prices.entries[.sonnet] = nil
    prices.add(.sonnet, Rates(3, 15), tier: (200_000, Rates(6, "22.50")))
    let at = audit([.of(.sonnet, at: noon, TokenUsage(input: 200_000))], prices: prices)
    let above = audit([.of(.sonnet, at: noon, TokenUsage(input: 200_001))], prices: prices)
    #expect(at.rows[0].cost == .usd("0.6"))
    #expect(above.rows[0].cost == .usd("1.200006"))
  }
}

@Suite struct Properties {
  /// Random traffic of a week over per-token, planned, free and unknown models.
  static func traffic(_ seed: UInt64, count: Int) -> [TrafficSlice] {
    var numbers = SeededNumbers(seed)
    let models: [ModelID] = [.sonnet, .minimax, .glm, .kimi, ModelID(provider: "x", model: "y")]
    return (0..<count).map { _ in
      func tokens(_ limit: Int64) -> Int64 { Int64.random(in: 0...limit, using: &numbers) }
      let usage = TokenUsage(
        input: tokens(300_000), cacheRead: tokens(90_000), cacheWrite5m: tokens(9000), cacheWrite1h: tokens(9000),
        output: tokens(20_000))
      let isMeasured = Bool.random(using: &numbers)
      return .of(
        numbers.pick(models), at: .at(2026, 6, 22) + tokens(7 * 86_400_000 - 1),
        isMeasured ? usage : .zero,
        counts: isMeasured
          ? RequestCounts(upstream: 1)
          : numbers.pick([RequestCounts(estimated: 1), RequestCounts(unknown: 1), RequestCounts(failed: 1)]),
        prompt: usage.prompt, route: numbers.pick(Route.allCases),
        session: numbers.pick(["a", "b", nil]))
    }
  }

  @Test(arguments: Grouping.allCases) func orderOfSlicesChangesNothing(grouping: Grouping) {
    let slices = Self.traffic(1, count: 400)
    var numbers = SeededNumbers(2)
    let shuffled = slices.shuffled(using: &numbers)
    #expect(audit(slices, by: grouping) == audit(shuffled, by: grouping))
    #expect(audit(slices, by: grouping).rows.count > 4)
  }

  @Test func joiningSlicesOfOnePriceChangesNothing() {
    let slices = Self.traffic(3, count: 600)
    let joined = Dictionary(grouping: slices) { "\($0.model) \($0.day)" }.values.map { group in
      var sum = group[0]
      for slice in group.dropFirst() {
        sum.counts += slice.counts
        sum.tokens += slice.tokens
      }
      return sum
    }
    #expect(joined.count < 50)
    #expect(audit(joined) == audit(slices))
  }

  @Test(arguments: Grouping.allCases) func costsAddUp(grouping: Grouping) {
    let slices = Self.traffic(4, count: 500)
    let report = audit(slices, by: grouping)
    func sum(_ report: AuditReport) -> Money { report.rows.compactMap(\.cost).reduce(.zero, +) }
    // The rows of a plan add up to its fee to the last picodollar.
    #expect(sum(report) == report.totals.cost)
    #expect(report.rows.reduce(.zero) { $0 + $1.counts } == report.coverage.counts)
    let half = slices.count / 2
    let (left, right) = (audit(Array(slices[..<half])), audit(Array(slices[half...])))
    #expect(left.totals.perTokenCost + right.totals.perTokenCost == report.totals.perTokenCost)
    #expect(left.totals.baselineCost! + right.totals.baselineCost! == report.totals.baselineCost!)
  }

  @Test func costEqualsAnIndependentDecimalSum() {
    let slices = Self.traffic(5, count: 10_000)
    let rates: [ModelID: [TokenClass: String]] = [
      .minimax: [.input: "0.24", .cacheRead: "0.24", .cacheWrite5m: "0.24", .cacheWrite1h: "0.24", .output: "0.96"],
      .sonnet: [.input: "3", .cacheRead: "0.3", .cacheWrite5m: "3.75", .cacheWrite1h: "6", .output: "15"],
    ]
    func cost(_ model: ModelID, at rates: [TokenClass: String]) -> Decimal {
      slices.filter { $0.model == model }.reduce(into: Decimal.zero) { sum, slice in
        for (tokenClass, rate) in rates {
          sum += Decimal(slice.tokens[tokenClass]) * Decimal(string: rate)! / 1_000_000
        }
      }
    }
    let report = audit(slices)
    for (model, own) in rates {
      let row = report.rows.first { $0.key.model == model }
      #expect(row?.cost?.description == cost(model, at: own).description)
      #expect(row?.baselineCost?.description == cost(model, at: rates[.sonnet]!).description)
    }
  }

  @Test(arguments: UInt64(10)...20) func baselineAgainstItselfIsOne(seed: UInt64) {
    let slices = Self.traffic(seed, count: 50)
    let row = audit(slices).rows.first { $0.key.model == .sonnet }
    #expect(row?.ratio?.description == "1.000000")
    #expect(row?.verdict == .equal)
  }

  /// Some requests name who was paid and some do not: whichever comes last, the plans that may pay are told.
  @Test func plansOnTheMarketAreTheSameInAnyOrder() throws {
    let text = """
      provider: anthropic
      models:
        - model: claude-sonnet-4-6
          prices:
            - {from: 2025-01-01, input: "3", output: "15", source: "https://prices.example", verified: 2026-01-01}
      plans:
        - plan: claude-pro
          kind: subscription
          models: [claude-sonnet-4-6]
          fees:
            - {from: 2025-01-01, monthly: "20", source: "https://prices.example", verified: 2026-01-01}
      """
    let prices = try PriceTable.load(files: [PricingFile(name: "anthropic.yaml", text: text)])
    let named = TrafficSlice.of(.sonnet, at: .at(2026, 6, 24, hour: 12), TokenUsage(input: 10))
    var assumed = named
    assumed.variant.isAssumed = true
    for slices in [[assumed, named], [named, assumed]] {
      #expect(audit(slices, prices: prices).rows.map(\.offers) == [["claude-pro"]])
    }
  }
}

@Suite struct Ratios {
  @Test(arguments: ["0.000000", "0.074667", "1.000000", "12345.678901"]) func readsWhatItWrites(text: String) {
    #expect(Ratio(decimal: text)?.description == text)
  }

  @Test func readsShortForms() {
    #expect(Ratio(decimal: "1") == .one)
    #expect(Ratio(decimal: "1.05") == Ratio(millionths: 1_050_000))
  }

  @Test(arguments: ["", ".", "1.", ".5", "-1", "+1", "1e3", "1.0000001", "1.0.0", "٣"])
  func refusesWhatIsNoRatio(text: String) { #expect(Ratio(decimal: text) == nil) }

  @Test func roundsHalfToEven() {
    #expect(Ratio(.usd("1"), over: .usd("2000000"))?.description == "0.000000")
    #expect(Ratio(.usd("3"), over: .usd("2000000"))?.description == "0.000002")
    #expect(Ratio(.usd("1"), over: .zero) == nil)
  }
}
