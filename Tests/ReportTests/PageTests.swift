import Audit
import Foundation
import Model
import Pricing
@testable import Report
import TestPrices
import TestSupport
import Testing

/// The page for a browser. What only a browser can tell is in `Tests/Browser`; with PAGE_FOLDER the pages are kept for it.
@Suite struct Pages {
  static func page(
    _ report: AuditReport, days: [AuditRow] = [], trends: [Trend] = [], keep name: String? = nil
  ) throws -> String {
    let text = ReportPage(report, notes: Example.notes, days: days, trends: trends, program: "ccr-audit 0.0.0").text
    if let name, let folder = ProcessInfo.processInfo.environment["PAGE_FOLDER"] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name).html"))
    }
    return text
  }

  /// Several models over several days.
  static func report(
    _ slices: [TrafficSlice], days: ClosedRange<CivilDay>, by grouping: Grouping = .model, prices: TestPrices
  ) -> AuditReport {
    Audit.run(
      AuditInput(
        period: AuditPeriod(since: days.lowerBound, until: days.upperBound, timeZone: .gmt), traffic: slices,
        planTraffic: slices, recorded: RecordedTime(from: days.lowerBound), baseline: .sonnet,
        now: days.upperBound.advanced(by: 1).start(in: .gmt), grouping: grouping), prices: prices)
  }

  @Test func theWholePage() throws {
    let page = try Self.page(Example.report(), days: Example.report(by: .day).rows, keep: "example")
    #expect(try differenceFromSnapshot(page, "page.html") == nil)
  }

  @Test func aPageWithoutRequests() throws {
    let page = try Self.page(Example.report([]), keep: "empty")
    #expect(PageReading(page).problems.isEmpty)
    #expect(page.contains("No requests in this period"))
    #expect(!page.contains("All figures"))
  }

  @Test func whatNobodyMeasuredIsNeitherPaidNorZero() throws {
    let unknown = RequestCounts(unknown: 3)
    var report = Example.report(
      [.of(.minimax, at: Example.noon, counts: unknown), .of(Example.dear, at: Example.noon, counts: unknown)])
    report.plans = []
    report.totals.planFees = .zero
    #expect(ReportSentences(report: report, quote: { $0 }).headline.hasPrefix("What was paid is not known;"))
    #expect(RowColumn.tokens(report).map(\.foot) == ["–", "–"])
    let page = try Self.page(report, keep: "unmeasured")
    #expect(PageReading(page).problems.isEmpty)
    #expect(page.contains("not known: no request has measured tokens"))
    #expect(!page.contains("$0.00"))
  }

  @Test func namesCannotLeaveTheirPlaces() throws {
    var numbers = SeededGenerator(seed: 18)
    let pieces = [
      "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><b>", "</style>", "</title>", "<!--", "-->",
      "]]>", "&lt;script&gt;", "&#60;", "&amp", "`", "``", "\u{E000}", "\u{E001}", "\u{202E}", "\u{2066}", "\0", "\n",
      "\r\n", "\t", "\u{301}", "javascript:alert(1)", " style=\"x\"", " onload=x", "/", "//", "a", "glm-5.2", "模型", "🦊",
      "\u{200D}", "\u{FEFF}", "\\", "$1", "%s", "{{x}}", "<svg/onload=x>", "\u{2028}", "=", "<", ">", "\"", "'", "&",
    ]
    func name() -> String {
      let text = (0..<Int.random(in: 1...6, using: &numbers)).map { _ in pieces.randomElement(using: &numbers) ?? "" }
      return text.joined()
    }
    for _ in Thoroughness.seeds(30, few: 10) {
      var prices = TestPrices.example
      let models = (0..<4).map { _ in ModelID(provider: name(), model: name()) }
      for model in models.prefix(3) { prices.add(model, Rates(4, 20)) }
      prices.plans = [
        Plan(
          name: name(), kind: .subscription, models: [models[1]],
          fees: [PlanFee(from: .at(2026, 1, 1), monthly: .usd("20"))])
      ]
      prices.nearest = [models[0]]
      let slices = models.flatMap { model in
        (20..<24).map { day in
          TrafficSlice.of(
            model, at: .at(2026, 6, day, hour: 12), TokenUsage(input: 1000, output: 100),
            counts: RequestCounts(upstream: 1, unknown: 1), session: name())
        }
      }
      let days = CivilDay.on(2026, 6, 20)...CivilDay.on(2026, 6, 23)
      let report = Self.report(slices, days: days, by: .session, prices: prices)
      let byDay = Self.report(slices, days: days, by: .day, prices: prices)
      let problems = PageReading(try Self.page(report, days: byDay.rows, keep: "hostile")).problems
      #expect(problems.isEmpty, "\(problems.prefix(3)) with \(models)")
    }
  }

  @Test func everyShapeCanBeSeenWithoutTheStyleSheet() throws {
    let page = try Self.page(Example.report(), days: Example.report(by: .day).rows)
    let shapes = page.matches(of: #/<(?:rect|circle|path|line|text)\b[^>]*>/#).map { String($0.output) }
    #expect(shapes.count > 20)
    for shape in shapes {
      #expect(shape.contains(" fill=") || shape.contains(" stroke="), "\(shape)")
    }
    #expect(!page.contains("style="))
  }

  @Test func thirtyModelsOverAQuarterAreSmall() throws {
    var (prices, numbers) = (TestPrices.example, SeededGenerator(seed: 91))
    var slices: [TrafficSlice] = []
    let days = CivilDay.on(2026, 4, 1)...CivilDay.on(2026, 6, 30)
    for index in 0..<30 {
      let model = ModelID(provider: ["zai", "deepseek", "moonshot"][index % 3], model: "model-number-\(index)")
      if index != 29 {
        prices.add(
          model, Rates(Dollars(integerLiteral: Int64(1 + index / 4)), Dollars(integerLiteral: Int64(4 + index))))
      }
      for day in days.lowerBound.number...days.upperBound.number {
        let time = CivilDay(number: day).start(in: .gmt) + 1
        slices.append(
          .of(
            model, at: time,
            TokenUsage(
              input: .random(in: 1000...9_000_000, using: &numbers), output: .random(in: 1...400_000, using: &numbers)),
            counts: RequestCounts(upstream: .random(in: 1...900, using: &numbers), unknown: 7, failed: 2)))
      }
    }
    let page = try Self.page(
      Self.report(slices, days: days, prices: prices),
      days: Self.report(slices, days: days, by: .day, prices: prices).rows, keep: "many")
    #expect(page.utf8.count <= 200_000, "\(page.utf8.count)")
    #expect(PageReading(page).problems.isEmpty)
    #expect(page.contains("18 more models"))
  }

  /// Whatever a ledger holds: thousands of models and sessions with long names of characters that have to be escaped.
  @Test func noPageIsLargerThanAMegabyte() throws {
    var prices = TestPrices.example
    var slices: [TrafficSlice] = []
    for index in 0..<400 {
      let long = String(repeating: index % 2 == 0 ? "\"" : "\u{202E}", count: 200)
      let model = ModelID(provider: "\(long)\(index)", model: "\(index)\(long)")
      if index % 3 != 0 { prices.add(model, Rates(Dollars(integerLiteral: Int64(index % 9)), 4)) }
      slices.append(
        .of(
          model, at: Example.noon, TokenUsage(input: 1_000_000, output: 10),
          counts: RequestCounts(upstream: 2, unknown: 1), session: long + "\(index)"))
    }
    prices.plans = [
      Plan(
        name: String(repeating: "'", count: 300), kind: .subscription, models: slices.suffix(200).map(\.model),
        fees: [PlanFee(from: .at(2026, 1, 1), monthly: .usd("20"))])
    ]
    let day = CivilDay.on(2026, 6, 24)
    let page = try Self.page(
      Self.report(slices, days: day...day, by: .session, prices: prices),
      days: Self.report(slices, days: day...day, by: .day, prices: prices).rows, keep: "huge")
    #expect(page.utf8.count <= 1_000_000, "\(page.utf8.count)")
    #expect(PageReading(page).problems.isEmpty)
  }

  @Test func theAnswerInAWord() {
    func answer(_ slices: [TrafficSlice], plans: Bool = true) -> String {
      var report = Example.report(slices)
      if !plans { report.plans = [] }
      return ReportSentences(report: report, quote: { $0 }).answer.sentence
    }
    let few = TokenUsage(input: 1000, output: 100)
    #expect(answer([]) == "No requests in this period")
    #expect(answer([.of(.minimax, at: Example.noon, few)], plans: false) == "MiniMax-M2.7 is cheaper than Sonnet 4.6")
    #expect(
      answer([.of(Example.dear, at: Example.noon, few), .of(Example.stranger, at: Example.noon, few)], plans: false)
        == "dear-1 is dearer than Sonnet 4.6; 1 more cannot be compared")
    #expect(
      answer([.of(Example.dear, at: Example.noon, few), .of(.minimax, at: Example.noon, few)], plans: false)
        == "1 of 2 per-token models is dearer than Sonnet 4.6")
    #expect(
      answer([.of(Example.stranger, at: Example.noon, few)])
        == "Nothing can be compared: no request has measured tokens and a price")
    #expect(answer([.of(.glm, at: Example.noon, few)], plans: false) == "No model is paid by the token")
    #expect(
      answer([.of(.sonnet, at: Example.noon, few)], plans: false) == "Only Sonnet 4.6 itself is paid by the token")
  }

  /// A model that is cheaper is no good news beside a plan that loses more.
  @Test func theAnswerNamesPlansThatDoNotPay() {
    func answer(_ slices: [TrafficSlice]) -> Finding {
      ReportSentences(report: Example.report(slices), quote: { $0 }).answer
    }
    let few = TokenUsage(input: 1000, output: 100)
    #expect(
      answer([.of(.minimax, at: Example.noon, few), .of(.glm, at: Example.noon, few)])
        == Finding(
          tone: .bad, sentence: "MiniMax-M2.7 is cheaper than Sonnet 4.6; plan ollama-cloud-pro is under break-even"))
    #expect(
      answer([.of(.glm, at: Example.noon, few)])
        == Finding(
          tone: .bad, sentence: "Plan ollama-cloud-pro is under break-even; no model is paid by the token"))
    // $60 of work in 24 days.
    #expect(
      answer([.of(.glm, at: Example.noon, TokenUsage(input: 20_000_000))])
        == Finding(tone: .good, sentence: "Plan ollama-cloud-pro pays; no model is paid by the token"))
    // It can have been used where nothing is recorded.
    #expect(
      answer([.of(.minimax, at: Example.noon, few)])
        == Finding(
          tone: .none,
          sentence: "MiniMax-M2.7 is cheaper than Sonnet 4.6; plan ollama-cloud-pro has no answered request"))
    let found = ReportSentences(report: Example.report([.of(.minimax, at: Example.noon, few)]), quote: { $0 })
      .findings(days: [], limit: 8)
    #expect(
      found.map(\.sentence)
        == ["Plan ollama-cloud-pro has no answered request in 2026-06: $0.67 of its fee in this period"])
  }

  @Test func whereAllFailedNothingIsPaidAndNothingIsMissing() throws {
    let failed = RequestCounts(failed: 2)
    var report = Example.report(
      [.of(.minimax, at: Example.noon, counts: failed), .of(Example.dear, at: Example.noon, counts: failed)])
    report.plans = []
    report.totals.planFees = .zero
    let words = ReportSentences(report: report, quote: { $0 })
    #expect(words.answer.sentence == "No request was answered; 4 failed")
    #expect(words.headline == "No request was answered; 4 failed")
    #expect(words.coverage == "No request was answered; 4 failed")
    #expect(words.totals == "Nothing was paid: no request was answered")
    #expect(report.rows.map { words.verdict($0, naming: true) } == ["failed", "failed"])
    let page = try Self.page(report)
    #expect(PageReading(page).problems.isEmpty)
    for claim in ["$0.00", "0 of 0", "0 requests", "not measured:"] { #expect(!page.contains(claim), "\(claim)") }
  }

  /// What is said of a row above the table is what stands in the table.
  @Test func everySentenceHasTheFiguresOfTheTable() throws {
    // $1.004 and $2.004 and $3.004 are $6.012 together: shown as $1.01 + $2.00 + $3.00.
    var prices = TestPrices.example
    prices.plans = []
    let models = (1...3).map { ModelID(provider: "acme", model: "dear-\($0)") }
    for model in models { prices.add(model, Rates(4, 20)) }
    let day = CivilDay.on(2026, 6, 24)
    let slices = zip(models, [251_000, 501_000, 751_000]).map { model, input in
      TrafficSlice.of(model, at: Example.noon, TokenUsage(input: input))
    }
    let report = Self.report(slices, days: day...day, prices: prices)
    let page = try Self.page(report)
    let text = page.replacing(#/<[^>]*>/#, with: "")
    let costs = report.rows.map { RoundedCosts(report)?[$0].map { Figures.money($0) } ?? "" }
    #expect(costs == ["$1.01", "$2.00", "$3.00"])
    for (model, cost) in zip(models, costs) {
      #expect(text.contains("acme/\(model.model) costs 1.33× of Sonnet 4.6: \(cost) instead of $"))
    }
    // The last table's cells add up to its foot, as in the other tables.
    let table = try #require(page.firstMatch(of: #/<table class="plain figures"[\s\S]*<\/table>/#)?.output)
    for cost in costs + ["$6.01"] { #expect(table.contains(">\(cost)</td>"), "\(cost)") }
    #expect(!table.contains("$1.00"))
    let rows = TableReport.text(report, style: Style(color: false, width: 200)).split(separator: "\n")
    for (model, cost) in zip(models, costs) {
      #expect(rows.contains { $0.hasPrefix("acme/\(model.model)") && $0.contains(" \(cost) ") })
    }
  }

  @Test func anAxisHoldsWhateverRatioThereIs() {
    func ratio(_ millionths: Int128) -> Ratio { Ratio(millionths: millionths) }
    let usual = LogAxis([ratio(70_000)])
    #expect(usual.ticks.map(LogAxis.label) == ["0.05×", "0.1×", "0.2×", "0.5×", "1×", "2×"])
    let wide = LogAxis([ratio(100), ratio(7_950_180_000)])
    #expect(wide.ticks.map(LogAxis.label) == ["0.0001×", "0.01×", "1×", "100×", "10,000×"])
    #expect(wide.place(ratio(100)) == 0)
    #expect(wide.place(ratio(7_950_180_000)) < 1)
    #expect(wide.place(ratio(7_950_180_000)) > wide.place(1000))
    #expect(LogAxis([ratio(1)]).ticks.first.map(LogAxis.label) == "0.000001×")
  }

  /// A full dot would say that five requests and more stand behind it, of which a history says nothing.
  @Test func aHistoryClaimsNothingOfTheRequestsOfADay() throws {
    let days = CivilDay.on(2026, 6, 20)...CivilDay.on(2026, 6, 23)
    let slices = (20...23).map {
      TrafficSlice.of(.minimax, at: .at(2026, 6, $0), TokenUsage(input: 1000, output: 100))
    }
    let records = HistoryRecord.records(
      of: slices, baseline: .sonnet, timeZone: .gmt, now: .at(2026, 6, 24), prices: TestPrices.example)
    let report = Self.report(slices, days: days, prices: .example)
    let past = try Self.page(report, trends: Trend.all(of: records))
    #expect(past.contains("A dotted line bridges days without a ratio."))
    #expect(!past.contains("hollow"))
    let page = try Self.page(report, days: Self.report(slices, days: days, by: .day, prices: .example).rows)
    #expect(page.contains("A hollow dot rests on fewer than 5 measured requests"))
  }

  /// A year and a month later, the same month has the same name.
  @Test func daysOfSeveralYearsNameTheirYears() throws {
    let days = CivilDay.on(2025, 5, 22)...CivilDay.on(2026, 6, 25)
    let slices = [days.lowerBound, days.upperBound].map {
      TrafficSlice.of(.minimax, at: $0.start(in: .gmt) + 1, TokenUsage(input: 1000, output: 100))
    }
    var prices = TestPrices.example
    prices.plans = []
    let page = try Self.page(
      Self.report(slices, days: days, prices: prices),
      days: Self.report(slices, days: days, by: .day, prices: prices).rows)
    #expect(page.contains(">22 May 2025</text>"))
    #expect(page.contains(">25 Jun 2026</text>"))
  }

  /// A label that is longer than usual is not cut off.
  @Test func labelsHaveRoom() throws {
    var prices = TestPrices.example
    prices.plans = []
    prices.add(Example.dear, Rates(16_000, 60_000))
    let days = CivilDay.on(2026, 6, 20)...CivilDay.on(2026, 6, 23)
    let slices = (20...23).map { TrafficSlice.of(Example.dear, at: .at(2026, 6, $0), TokenUsage(input: 40_000)) }
    let page = try Self.page(
      Self.report(slices, days: days, prices: prices),
      days: Self.report(slices, days: days, by: .day, prices: prices).rows)
    let last = try #require(page.firstMatch(of: #/<svg width="(\d+)"[^>]*><text x="4"[^>]*>5,333.33×</#))
    #expect(try #require(Int(last.output.1)) > 9 * 8)
    // A loss of four digits stays beside its sign, and is set smaller, so that it stays in its place.
    #expect(page.contains(#/<b class="long"><span class="k"><svg[^>]*><path[^>]*><\/svg> \$\d/#))
  }

  @Test func whatIsWorstComesFirstAndTheGapNeverFallsOff() {
    var slices = Example.slices
    for index in 0..<20 {
      slices.append(
        .of(ModelID(provider: "vllm", model: "unpriced-\(index)"), at: Example.noon, TokenUsage(input: 9)))
    }
    let words = ReportSentences(report: Example.report(slices), quote: { $0 })
    let found = words.findings(days: [], limit: 8).map(\.sentence)
    #expect(found.count == 8)
    #expect(found.first == "acme/dear-1 costs 1.72× of Sonnet 4.6: $0.80 instead of $0.46")
    #expect(found[6].hasSuffix("more findings: in the figures below"))
    #expect(found.last?.contains("`ccr-audit doctor` says what to change") == true)
  }
}
