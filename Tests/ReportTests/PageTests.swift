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
    #expect(ReportSentences(report: report, quote: { $0 }).headline.hasPrefix("What was paid is not known;"))
    #expect(RowColumn.tokens(report).map(\.foot) == ["–", "–"])
    let page = try Self.page(report, keep: "unmeasured")
    #expect(PageReading(page).problems.isEmpty)
    #expect(page.contains("not known: no request is measured"))
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
    for _ in 0..<30 {
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
    #expect(answer([.of(.minimax, at: Example.noon, few)]) == "MiniMax-M2.7 is cheaper than Sonnet 4.6")
    #expect(
      answer([.of(Example.dear, at: Example.noon, few), .of(Example.stranger, at: Example.noon, few)])
        == "dear-1 is dearer than Sonnet 4.6; 1 more cannot be compared")
    #expect(
      answer([.of(Example.dear, at: Example.noon, few), .of(.minimax, at: Example.noon, few)])
        == "1 of 2 per-token models is dearer than Sonnet 4.6")
    #expect(
      answer([.of(Example.stranger, at: Example.noon, few)])
        == "Nothing can be compared: no request has measured tokens and a price")
    #expect(answer([.of(.glm, at: Example.noon, few)], plans: false) == "No model is paid by the token")
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
