import Audit
import Foundation
import Pricing
@testable import Report
import TestPrices
import Testing
import Model

/// What reports say beside the figures, each only where it applies.
@Suite struct Remarks {
  let noon = Example.noon
  let plain = TrafficSlice.of(.minimax, at: Example.noon, TokenUsage(input: 1_000_000))
  /// The same where a cache would have held nine tenths.
  var cached: TrafficSlice {
    var slice = plain
    slice.caching = PromptCaching(cacheable: 1_000_000, read5m: 900_000)
    return slice
  }

  func report(
    _ traffic: [TrafficSlice], others: [ModelID] = [], judgedBy: RatioKind = .plain,
    prices: some PriceBook = Remarks.prices
  ) -> AuditReport {
    let day = CivilDay.on(2026, 6, 24)
    return Audit.run(
      AuditInput(
        period: AuditPeriod(since: day, until: day, timeZone: .gmt), traffic: traffic, planTraffic: traffic,
        recorded: RecordedTime(from: .on(2026, 6, 1)),
        baseline: .sonnet, otherBaselines: others, judgedBy: judgedBy,
        now: .at(2026, 6, 25, minute: 5)),
      prices: prices)
  }

  /// MiniMax at $1.40: 0.47 of Sonnet as observed, 2.17 of one that caches.
  static var prices: TestPrices {
    var prices = TestPrices.example
    prices.add(.minimax, from: 1, Rates("1.40", "4.40"))
    prices.add(Example.dear, Rates(2, 10))
    prices.plans = []
    return prices
  }

  func lines(_ report: AuditReport) -> [String] {
    TableReport.text(report, style: Style(color: false, width: 400)).split(separator: "\n").map(String.init)
  }

  /// Of a split that nobody knows, only what depends on it is a range.
  @Test func adviceHasNoFigureOnlyWhereItIsARange() throws {
    var prices = Self.prices
    let (relay, other) = (ModelID(provider: "acme", model: "relay"), ModelID(provider: "acme", model: "other"))
    prices.add(relay, Rates(2, 8, cacheRead: "1.9"))
    prices.add(other, Rates(1, 4))
    var slice = TrafficSlice.of(relay, at: noon, TokenUsage(input: 10_000_000))
    slice.variant.isSplitUnknown = true
    let traffic = [slice, .of(other, at: noon, TokenUsage(input: 10))]
    let report = report(traffic, prices: prices)
    let advice = Advice.all(of: report, traffic: traffic, offers: [], prices: prices).filter {
      $0.action == .move(.default, from: relay, to: other)
    }
    let json = AdviceReport.json(advice, of: report, unanswered: [], diff: nil)
    // A cache read costs there what fresh input costs.
    #expect(json.contains(#""instead_usd": "10", "instead_usd_low": "10", "instead_usd_high": "10""#), "\(json)")
    #expect(json.contains(#""cost_usd": null, "cost_usd_low": "19", "cost_usd_high": "20""#))
    #expect(json.contains(#""monthly_saving_usd": null"#))
  }

  /// Records since the 1st, the plan since the 21st: its fee is that of four days.
  @Test func aHistoryCountsTheDaysOnWhichAPlanRan() {
    var prices = Self.prices
    prices.plans = [.pro(fees: [PlanFee(from: .at(2026, 6, 21), monthly: .usd("20"))])]
    let report = report([.of(.glm, at: noon, TokenUsage(input: 1_000_000))], prices: prices)
    let text = HistoryReport.plans(report, style: Style(color: false, width: 400))
    #expect(text.contains(", 4 recorded days of its month"), "\(text)")
  }

  /// One command may end the "no price" of several models.
  @Test func aPlanThatCoversSeveralModelsCoversThem() {
    func notes(_ names: [String]) -> String {
      var report = report(
        names.map { .of(ModelID(provider: "acme", model: $0), at: noon, TokenUsage(input: 10)) })
      for index in report.models.indices { report.models[index].offers = ["acme-pro"] }
      return lines(report).joined(separator: "\n")
    }
    #expect(notes(["a", "b"]).contains("acme/a, acme/b: if you pay for the plan acme-pro, which covers them:"))
    #expect(notes(["a"]).contains("acme/a: if you pay for the plan acme-pro, which covers it:"))
  }

  @Test func nothingWhereNothingApplies() {
    let text = lines(report([plain])).dropFirst().joined()
    #expect(!text.contains("×, "))
    #expect(!text.contains("prompt cache"))
    #expect(!text.contains("corrected"))
  }

  @Test func sensitivity() {
    let line = "minimax/MiniMax-M2.7: 0.47× of Sonnet 4.6, 0.70× of acme/dear-1"
    let report = report([plain], others: [Example.dear])
    #expect(lines(report).contains(line))
    #expect(MarkdownReport.text(report).contains("- `minimax/MiniMax-M2.7`: 0.47× of Sonnet 4.6, 0.70× of"))
    let json = JSONReport.text(report)
    #expect(json.contains(#"{"provider": "acme", "model": "dear-1"}"#))
    #expect(
      json.contains(
        #"{"provider": "acme", "model": "dear-1", "baseline_cost_usd": "2", "ratio": "0.700000"}"#))
  }

  /// Two sellers of one model's name are told apart in the headline.
  @Test func theHeadlineSaysWhoseWhereTwoSellOneName() {
    var prices = Self.prices
    let relay = ModelID(provider: "acme", model: "MiniMax-M2.7")
    prices.add(relay, Rates(2, 8))
    let headline = lines(report([plain, .of(relay, at: noon, TokenUsage(input: 1_000_000))], prices: prices))[0]
    #expect(headline.hasSuffix("acme/MiniMax-M2.7 0.67×, cheaper; minimax/MiniMax-M2.7 0.47×, cheaper"), "\(headline)")
    // A plan or an unknown price of the other is no reason to name neither.
    let unpriced = ModelID(provider: "other", model: "MiniMax-M2.7")
    let one = lines(report([plain, .of(unpriced, at: noon, TokenUsage(input: 1_000_000))], prices: prices))[0]
    #expect(one.contains("; minimax/MiniMax-M2.7 0.47×, cheaper"), "\(one)")
  }

  @Test func twoVerdicts() {
    let words =
      "minimax/MiniMax-M2.7 is cheaper than Sonnet 4.6 by its observed tokens (0.47×), but granted its own prompt cache, "
      + "dearer than it (2.17×): "
    let plainDecides = lines(report([cached]))
    #expect(plainDecides.contains(words + "the observed tokens decide"))
    #expect(
      plainDecides[0]
        == "Paid $1.40 for work that Sonnet 4.6 would have done for $0.64 to $3.00; MiniMax-M2.7 0.47×, cheaper")
    let cachedDecides = lines(report([cached], judgedBy: .cached))
    #expect(cachedDecides.contains(words + "the prompt cache decides"))
    #expect(
      cachedDecides[0]
        == "Paid $1.40 for work that Sonnet 4.6 would have done for $0.64 to $3.00; MiniMax-M2.7 2.17×, dearer")
    #expect(cachedDecides.contains { $0.hasSuffix("  2.17×  dearer") })
    let json = JSONReport.text(report([cached], judgedBy: .cached))
    #expect(json.contains(#""judged_by": "cached""#))
    // The contract's own members stay plain.
    #expect(json.contains(#""ratio": "0.466667""#))
    #expect(json.contains(#""verdict": "cheaper""#))
    #expect(json.contains(#""baseline_cached_cost_usd": "0.645""#))
    #expect(json.contains(#""ratio_cached": "2.170543""#))
    #expect(json.contains(#""verdict_cached": "dearer""#))
    #expect(CSVReport.text(report([cached])).contains("cheaper,0.645,2.170543,"))
    #expect(
      plainDecides.contains(
        "$1.40 by the token: from $0.76 more than Sonnet 4.6 to $1.60 saved, the first if Sonnet 4.6 is granted its own "
          + "prompt cache"))
  }

  /// The specification's second example of the newer rules, and its like.
  @Test(
    arguments: [
      ("16.67", "88.15", "24.149478", "$24.15 to $88.15", "saved $7.48 to $71.48, the first if Sonnet 4.6"),
      ("16.67", "88.15", "84", "$88.15", "$71.48 saved"),
      ("50", "88.15", "24.15", "$24.15 to $88.15", "from $25.85 more than Sonnet 4.6 to $38.15 saved, the first if"),
      ("100", "88.15", "24.15", "$24.15 to $88.15", "$11.85 to $75.85 more than Sonnet 4.6"),
      ("16.67", "24.15", "88.15", "$24.15 to $88.15", "saved $7.48 to $71.48, the second with Sonnet 4.6's own"),
      ("16.674", "24.149", nil, "$24.15", "$7.48 saved"),
    ] as [(String, String, String?, String, String)])
  func theHeadlineAndTheSumsAreOneClaim(fee: String, plain: String, cached: String?, cost: String, outcome: String) {
    var report = Example.report([Example.slices[3]])
    (report.totals.perTokenCost, report.totals.planFees) = (.zero, .usd(fee))
    (report.totals.baselineCost, report.totals.baselineCachedCost) = (.usd(plain), cached.map { .usd($0) })
    let lines = lines(report)
    #expect(lines[0].hasPrefix("Paid \(Figures.money(.usd(fee))) for work that Sonnet 4.6 would have done for \(cost)"))
    #expect(lines.contains { $0.contains("as this period's share of plan fees: \(outcome)") }, "\(lines)")
  }

  @Test func anotherCurrency() {
    var report = report([plain])
    report.currency = ReportCurrency(
      code: "EUR", rate: CurrencyRate(from: .at(2026, 6, 1), dollars: .usd("1.25")))
    let text = lines(report)
    #expect(text.contains("Amounts are in EUR at $1.25 each, the rate since 2026-06-01"))
    #expect(text.contains { $0.contains("EUR 1.12") && $0.contains("EUR 2.40") })
    #expect(!text.joined().replacing("$1.25", with: "").contains("$"))
    // Programs get dollars.
    #expect(JSONReport.text(report).contains(#""cost_usd": "1.4""#))
    #expect(JSONReport.text(report).contains(#""currency": {"code": "EUR", "usd": "1.25", "from": "2026-06-01"}"#))
  }

  @Test func corrections() {
    var newer = Remarks.prices
    newer.add(.minimax, from: 2, Rates("0.70", "1"))
    var old = report([plain])
    old.corrections = Correction.between(old, report([plain], prices: newer))
    #expect(
      lines(old).contains(
        "minimax/MiniMax-M2.7: prices were corrected since: $1.40 in the history, $0.70 now; 0.47× then, 0.23× now"))
    old.knownOn = .on(2026, 7, 1)
    #expect(lines(old).contains { $0.hasSuffix("as known on 2026-07-01") })
    #expect(lines(old).contains { $0.contains("$1.40 as known on 2026-07-01, $0.70 now") })
    #expect(JSONReport.text(old).contains(#""known_on": "2026-07-01""#))
  }

  @Test func ownHardware() throws {
    let text = """
      provider: ollama
      plans:
        - plan: spark
          kind: self_hosted
          models: [glm-5.2]
          fees:
            - {from: 2026-06-01, hardware: "4699", amortisation_months: 36, watts: 240, tariff_per_kwh: "0.15",
               tokens_per_second: 300}
      subscriptions: [{plan: spark, from: 2026-06-01}]
      """
    let sonnet = """
      provider: anthropic
      models: [{model: claude-sonnet-4-6, prices: [{from: 2026-01-01, input: "3", output: "15"}]}]
      """
    let table = try PriceTable.load(files: [
      PricingFile(name: "o", text: text), PricingFile(name: "a", text: sonnet),
    ])
    let report = report(
      [.of(.glm, at: noon, TokenUsage(input: 20_000_000, output: 5_000_000), prompt: 1)], prices: table)
    let lines = lines(report)
    #expect(lines.contains("    $5.02 a million tokens as it is used, idle time included"))
    #expect(
      lines.contains(
        "    $0.20 a million output tokens if it were busy at 300 tokens a second all the time"))
    #expect(
      lines.contains("    breaks even at 0.266 busy hours a day at that speed, 0.177 in its real mix"))
    #expect(JSONReport.text(report).contains(#""break_even_hours_a_day_nominal": "0.266""#))
  }

  @Test func plansTerms() {
    var prices = Remarks.prices
    var pro = Plan.pro(fees: [
      PlanFee(
        from: .at(2026, 1, 1), monthly: .usd("40"), seats: 2, includedTokens: 1_000_000,
        overage: Rate(picodollarsPerToken: 1_000_000))
    ])
    pro.billingDay = 20
    pro.patterns = [ModelID(provider: "ollama", model: "*")]
    prices.plans = [pro]
    let lines = lines(report([.of(.glm, at: noon, TokenUsage(input: 3_000_000), prompt: 1)], prices: prices))
    #expect(
      lines.contains(
        "  ollama-cloud-pro: $40.00 (2 seats) a month, in 2026-06-20 to 2026-07-19; covers ollama/glm-5.2, "
          + "ollama/kimi-k2.7-code, ollama/*"))
    #expect(
      lines.contains("    3,000,000 of 1,000,000 included tokens are used; $2.00 to pay for those beyond"))
  }

  @Test func simulations() {
    let day = CivilDay.on(2026, 6, 24)
    let simulation = Simulation.run(
      [plain, .of(.glm, at: noon, counts: RequestCounts(unknown: 2), route: .think)],
      in: AuditPeriod(since: day, until: day, timeZone: .gmt), moves: [.init(route: .default, to: .sonnet)],
      recorded: RecordedTime(from: .on(2026, 6, 1)), now: .at(2026, 6, 25), prices: TestPrices.example,
      then: TestPrices.example)
    #expect(
      SimulationReport.text(simulation, style: Style(color: false, width: 120)) == """
        The same tokens elsewhere, 2026-06-24 (UTC); nothing was changed

        Route    From                  To                           Requests     Tokens    Now   Then  Difference
        default  minimax/MiniMax-M2.7  anthropic/claude-sonnet-4-6         1  1,000,000  $0.24  $3.00       $2.76
        think    ollama/glm-5.2        (same)                              2          –   –      –           –
        (plan)   ollama-cloud-pro                                                        $0.67  $0.67       $0.00

        $0.91 now, $3.67 then: $2.76 more
        2 requests without measured tokens count nothing here
        ollama-cloud-pro ($20.00 a month) would carry 2 requests (none with measured tokens) for its fee alone; its limits are
        not in the table, so whether it allows that is not known

        """)
    #expect(
      SimulationReport.text(simulation, style: Style(color: false, width: 80)).contains(
        """
        Route    Model                 Requests     Tokens    Now   Then  Difference
        default  minimax/MiniMax-M2.7         1  1,000,000  $0.24  $3.00       $2.76
            → anthropic/claude-sonnet-4-6
        think    ollama/glm-5.2               2          –   –      –           –
        (plan)   ollama-cloud-pro                           $0.67  $0.67       $0.00
        """))
    for width in 20...120 {
      let text = SimulationReport.text(simulation, style: Style(color: false, width: width))
      #expect(text.split(separator: "\n").allSatisfy { String($0).displayWidth <= width }, "\(width)")
    }
    let json = SimulationReport.json(simulation)
    #expect(json.contains(#""totals": {"now_usd": "0.906666666667", "then_usd": "3.666666666667""#))
  }
}
