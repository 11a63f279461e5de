import Audit
import Foundation
@testable import Report
import TestPrices
import Testing
import Model
import Pricing

@Suite struct Tables {
  func text(_ report: AuditReport = Example.report(), width: Int, color: Bool = false) -> String {
    TableReport.text(report, notes: Example.notes, style: Style(color: color, width: width))
  }

  @Test func wide() {
    #expect(
      text(width: 112) == """
        Paid $1.47 for work that Sonnet 4.6 would have done for $1.44; dear-1 1.72×, dearer; MiniMax-M2.7 0.07×,
        cheaper; 24% of requests not measured; 6% without a price
        2026-06-24 (UTC), compared with anthropic/claude-sonnet-4-6; prices 3f2a9c0d3f2a

        Model                 Requests  Measured    Input  Cache read  Output     Cost  At Sonnet 4.6  Ratio  Verdict
        acme/dear-1                  3         3  100,000      50,000  10,000  $0.80          $0.46    1.72×  dearer
        minimax/MiniMax-M2.7         5         1   10,000           0   1,000  $0.0034        $0.045   0.07×  cheaper
        ollama/glm-5.2              25        20  200,000     100,000  20,000  $0.67          $0.93    0.72×  plan
        vllm/glm-air                 2         2      500           0       0   –             $0.0015  –      no price

        $0.80 by the token and $0.67 as this period's share of plan fees: $0.030 more than Sonnet 4.6. The fees also
        paid for requests without measured tokens, which count nothing here

        Plans
          ollama-cloud-pro: $20.00 a month, in 2026-06; covers ollama/glm-5.2, ollama/kimi-k2.7-code
            $0.67 of its fee for work of $0.93 at Sonnet 4.6 prices in this period: 0.72×
            $0.93 at Sonnet 4.6 prices in the month so far, $1.16 ($0.93 to $2.20) projected for all of it: 6% of the
            fee, under break-even
            5 of its 25 requests have no measured tokens: the true use is higher
            breaks even at 2,222,223 tokens a month, 6,881,721 in the mix that it really runs

        Coverage
          24 of 34 answered requests (71%) have measured tokens and a price; 1 more failed
          Requests  Model                 Why not
                 2  minimax/MiniMax-M2.7  passed through, not logged
                 1  minimax/MiniMax-M2.7  counted by the proxy itself, not measured
                 5  ollama/glm-5.2        no tokens in any record
                 2  vllm/glm-air          no price in the table; names like it: ollama/glm-5.2
          measured 26: 21 by the provider, 3 by the router, 2 by the client
          vllm/glm-air: give it one:
              ccr-audit pricing add vllm/glm-air --input USD --output USD --source PAGE
          50,000 cache read tokens are priced at the input rate of acme/dear-1, which publishes none of their own
          3 lines of the logs could not be read and were skipped

        """)
  }

  @Test func medium() {
    #expect(
      text(width: 80) == """
        Paid $1.47 for work that Sonnet 4.6 would have done for $1.44; dear-1 1.72×,
        dearer; MiniMax-M2.7 0.07×, cheaper; 24% of requests not measured; 6% without a
        price
        2026-06-24 (UTC), compared with anthropic/claude-sonnet-4-6; prices 3f2a9c0d3f2a

        Model                 Measured     Cost  At Sonnet 4.6  Ratio  Verdict
        acme/dear-1             3 of 3  $0.80          $0.46    1.72×  dearer
        minimax/MiniMax-M2.7    1 of 4  $0.0034        $0.045   0.07×  cheaper
        ollama/glm-5.2        20 of 25  $0.67          $0.93    0.72×  plan
        vllm/glm-air            2 of 2   –             $0.0015  –      no price

        $0.80 by the token and $0.67 as this period's share of plan fees: $0.030 more
        than Sonnet 4.6. The fees also paid for requests without measured tokens, which
        count nothing here

        Plans
          ollama-cloud-pro: $20.00 a month, in 2026-06; covers ollama/glm-5.2,
            ollama/kimi-k2.7-code
            $0.67 of its fee for work of $0.93 at Sonnet 4.6 prices in this period:
            0.72×
            $0.93 at Sonnet 4.6 prices in the month so far, $1.16 ($0.93 to $2.20)
            projected for all of it: 6% of the fee, under break-even
            5 of its 25 requests have no measured tokens: the true use is higher
            breaks even at 2,222,223 tokens a month, 6,881,721 in the mix that it really
            runs

        Coverage
          24 of 34 answered requests (71%) have measured tokens and a price; 1 more
            failed
          Requests  Model                 Why not
                 2  minimax/MiniMax-M2.7  passed through, not logged
                 1  minimax/MiniMax-M2.7  counted by the proxy itself, not measured
                 5  ollama/glm-5.2        no tokens in any record
                 2  vllm/glm-air          no price in the table; names like it:
                                          ollama/glm-5.2
          measured 26: 21 by the provider, 3 by the router, 2 by the client
          vllm/glm-air: give it one:
              ccr-audit pricing add vllm/glm-air --input USD --output USD --source PAGE
          50,000 cache read tokens are priced at the input rate of acme/dear-1, which
            publishes none of their own
          3 lines of the logs could not be read and were skipped

        """)
  }

  @Test func narrow() {
    #expect(
      text(Example.report(Array(Example.slices.prefix(2))), width: 40) == """
        Paid $0.67 for work that Sonnet 4.6
        would have done for $0.045; MiniMax-M2.7
        0.07×, cheaper; 67% of requests not
        measured
        2026-06-24 (UTC), compared with
        anthropic/claude-sonnet-4-6; prices
        3f2a9c0d3f2a

        minimax/MiniMax-M2.7
          4 requests, 1 measured
          10,000 input, 1,000 output
          $0.0034, at Sonnet 4.6 $0.045: 0.07×
          cheaper

        $0.0034 by the token and $0.67 as this
        period's share of plan fees: $0.62 more
        than Sonnet 4.6

        Plans
          ollama-cloud-pro: $20.00 a month, in
            2026-06; covers ollama/glm-5.2,
            ollama/kimi-k2.7-code
            not used in the month so far
            breaks even at 2,222,223 tokens a
            month

        Coverage
          1 of 3 answered requests (33%) has
            measured tokens and a price; 1 more
            failed
          2 to minimax/MiniMax-M2.7: passed
            through, not logged
          measured 1: 1 by the provider
          3 lines of the logs could not be read
            and were skipped

        """)
  }

  @Test(arguments: [Grouping.session, .day, .route, .project])
  func rowsOnLinesOfTheirOwnHaveTheSumsOfTheTable(grouping: Grouping) throws {
    let report = Example.report(by: grouping)
    let lines = text(report, width: 30).split(separator: "\n").map(String.init)
    let total = try #require(lines.firstIndex(of: "Total"))
    let counts = report.coverage.counts
    #expect(lines[total + 1] == "  \(counts.requests) requests, \(counts.measured) measured")
    let wide = text(report, width: 200).split(separator: "\n")
    let foot = try #require(wide.first { $0.hasPrefix("Total") }).split(separator: " ")
    let block = lines[total...].prefix(8).joined(separator: " ")
    for figure in foot.dropFirst() where figure.contains("$") { #expect(block.contains(figure)) }
  }

  @Test(arguments: [20, 30, 40, 60, 80, 100, 120, 200], Grouping.allCases)
  func noLineIsWiderThanTheTerminal(width: Int, grouping: Grouping) {
    let report = Example.report(by: grouping)
    // A command is there to be copied.
    for line in text(report, width: width).split(separator: "\n") where !line.contains("  ccr-audit ") {
      #expect(line.count <= width)
      #expect(!line.hasSuffix(" "))
    }
  }

  @Test func colorOnlyWhenWanted() {
    #expect(!text(width: 120).contains("\u{1B}"))
    let colored = text(width: 120, color: true)
    #expect(colored.contains("\u{1B}[1;31mdearer\u{1B}[0m"))
    #expect(colored.contains("\u{1B}[32mcheaper\u{1B}[0m"))
    #expect(colored.replacing(/\u{1B}\[[0-9;]*m/, with: "") == text(width: 120))
  }

  @Test func groupsHaveAColumn() {
    #expect(text(Example.report(by: .day), width: 120).contains("2026-06-24  acme/dear-1"))
    #expect(text(Example.report(by: .route), width: 120).contains("background  minimax/MiniMax-M2.7"))
    #expect(text(Example.report(by: .session), width: 120).contains("(none)   acme/dear-1"))
  }

  @Test func headlines() {
    func headline(_ slices: [TrafficSlice]) -> Substring {
      text(Example.report(slices), width: 200).prefix { $0 != "\n" }
    }
    let slices = Example.slices
    #expect(headline([]) == "No requests in this period")
    #expect(
      headline([slices[0]])
        == "Paid $0.67 for work that Sonnet 4.6 would have done for $0.045; MiniMax-M2.7 0.07×, cheaper")
    #expect(
      headline([slices[4]]) == "Paid $1.47 for work that Sonnet 4.6 would have done for $0.46; dear-1 1.72×, dearer")
    #expect(
      headline([slices[3]])
        == "Paid $0.67 for work that Sonnet 4.6 would have done for $0.93; 20% of requests not measured")
    #expect(
      headline([slices[1]])
        == "Paid $0.67; what Sonnet 4.6 would have cost is not known; no per-token model can be compared; "
        + "100% of requests not measured")
    // The baseline is no model to compare with itself.
    let own = TrafficSlice.of(.sonnet, at: Example.noon, TokenUsage(input: 1_000_000))
    #expect(headline([own]) == "Paid $3.67 for work that Sonnet 4.6 would have done for $3.00")
  }

  @Test(arguments: [
    (["cheaper"], "1 more model cheaper"), (["cheaper", "cheaper"], "2 more models cheaper"),
    (["cheaper", "dearer", "cheaper"], "3 more models: 2 cheaper, 1 dearer"),
    (["as dear", "cheaper or dearer"], "2 more models: 1 as dear, 1 cheaper or dearer"),
  ])
  func furtherModelsAreSummedUp(_ verdicts: [String], _ words: String) {
    #expect(ReportSentences.summary(verdicts) == words)
  }

  @Test func passthroughIsExplained() {
    let slice = TrafficSlice.of(.minimax, at: Example.noon, counts: RequestCounts(unknown: 54, failed: 8))
    func table(_ reasons: [MissingTokens]) -> String {
      TableReport.text(
        Example.report([slice]), notes: ReportNotes(reasons: [.minimax: reasons]), style: Style(color: false, width: 80)
      )
    }
    let known = table([.init(requests: 50, reason: "passed through, not logged"), .init(requests: 4, reason: "cut")])
    #expect(known.contains("        50  minimax/MiniMax-M2.7  passed through, not logged\n"))
    #expect(known.contains("         4  minimax/MiniMax-M2.7  cut\n"))
    let sentence = "would have cost is not known: no request has measured tokens"
    #expect(known.replacing("\n", with: " ").contains(sentence))
    // What nobody knows is no reason of a router, and a reason for more requests than there are is none.
    for reasons in [[], [MissingTokens(requests: 55, reason: "cut")]] {
      #expect(table(reasons).contains("        54  minimax/MiniMax-M2.7  no tokens in any record\n"))
    }
  }

  @Test func history() throws {
    let days: [(Int, Int64)] = [(20, 100_000), (21, 100_000), (23, 10_000), (24, 0)]
    let slices = days.flatMap { day, output -> [TrafficSlice] in
      [
        .of(.minimax, at: .at(2026, 6, day), TokenUsage(input: 100_000, output: output)),
        .of(Example.dear, at: .at(2026, 6, day), TokenUsage(input: 100, output: output)),
        .of(.glm, at: .at(2026, 6, day), TokenUsage(input: 100)),
      ]
    }
    let records = HistoryRecord.records(
      of: slices, baseline: .sonnet, timeZone: .gmt, now: 0, prices: Example.prices)
    let trends = Trend.all(of: records)
    #expect(
      HistoryReport.text(trends, style: Style(color: false, width: 80)) == """
        Cost ÷ baseline cost by day, 2026-06-20 to 2026-06-24; below 1 pays

        Model                 Measured  Days  First  Latest  Ratio  Trend
        acme/dear-1             4 of 4     4  1.33×   1.33×  ▄▄ ▄▄  steady
        minimax/MiniMax-M2.7    4 of 4     4  0.07×   0.08×  ▁▁ ▅█  worsening
        ollama/glm-5.2          4 of 4     0  –       –             plan

        """)
    #expect(
      HistoryReport.text(trends, style: Style(color: false, width: 30)) == """
        Cost ÷ baseline cost by day,
        2026-06-20 to 2026-06-24;
        below 1 pays

        acme/dear-1
          ▄▄ ▄▄
          1.33×, steady; 4 of 4
          requests measured
        minimax/MiniMax-M2.7
          ▁▁ ▅█
          0.07× to 0.08×, worsening; 4
          of 4 requests measured
        ollama/glm-5.2
          plan; 4 of 4 requests
          measured

        """)
    #expect(HistoryReport.text([], style: Style(color: false, width: 30)) == "The history is empty\n")
  }

  /// A plan that ended paid for days all the same; and what costs nothing, or has no price, is not without a ratio by chance.
  @Test func aTrendWithoutARatioSaysWhy() {
    var prices = Example.prices
    prices.plans = [
      .pro(fees: [
        PlanFee(from: .at(2026, 6, 1), monthly: .usd("20")), PlanFee(from: .at(2026, 6, 22), monthly: nil),
      ])
    ]
    func words(_ days: [Int], _ model: ModelID = .glm) -> String {
      let slices = days.map { TrafficSlice.of(model, at: .at(2026, 6, $0), TokenUsage(input: 100)) }
      return Trend.all(
        of: HistoryRecord.records(of: slices, baseline: .sonnet, timeZone: .gmt, now: 0, prices: prices))[0].words
    }
    #expect(words([20, 21, 24]) == "plan, then no price")
    #expect(words([20, 21]) == "plan")
    #expect(words([24, 25]) == "no price")
    prices.free = [Example.stranger]
    #expect(words([24, 25], Example.stranger) == "free")
  }

  /// The first and the last day may go another way than all of them: then the sentence says what the direction rests on.
  @Test func aDirectionThatTheEndsDoNotShowIsExplained() {
    let days: [(Int, Int64, Int64)] = [(20, 1000, 1000), (21, 1_000_000, 0), (23, 1_000_000, 1_000_000), (24, 1000, 0)]
    let slices = days.map { day, input, output in
      TrafficSlice.of(.minimax, at: .at(2026, 6, day), TokenUsage(input: input, output: output))
    }
    let trends = Trend.all(
      of: HistoryRecord.records(of: slices, baseline: .sonnet, timeZone: .gmt, now: 0, prices: Example.prices))
    #expect(trends[0].direction == .improving)
    #expect(
      HistoryReport.text(trends, style: Style(color: false, width: 80)).contains(
        "improving: older half 0.08×, newer 0.07×"))
  }
}

@Suite struct NumbersForPeople {
  @Test(arguments: [
    ("0", "$0.00"), ("0.00336", "$0.0034"), ("0.045", "$0.045"), ("0.465", "$0.46"), ("0.475", "$0.48"),
    ("0.999", "$1.00"), ("1", "$1.00"), ("1.005", "$1.00"), ("1.015", "$1.02"), ("1234567.891", "$1,234,567.89"),
    ("0.000000000001", "$0.000000000001"), ("-0.0301", "-$0.030"), ("-1234.5", "-$1,234.50"),
  ]) func money(amount: String, text: String) { #expect(Figures.money(.usd(amount)) == text) }

  @Test(arguments: [0, 7, 123, 1234, 123_456, 1_234_567, -1234])
  func counts(number: Int) {
    #expect(Figures.count(number).replacing(",", with: "") == String(number))
    #expect(Figures.count(1_234_567) == "1,234,567")
    #expect(Figures.count(-123_456) == "-123,456")
  }

  @Test(arguments: [
    ("0.780000", "0.78×"), ("0.000000", "0.00×"), ("0.000001", "<0.01×"), ("1.000000", "1.00×"),
    ("1.000400", "1.0004×"), ("0.996869", "0.997×"), ("0.999999", "0.999999×"), ("12.345678", "12.35×"),
  ]) func ratios(ratio: String, text: String) { #expect(Figures.ratio(Ratio(decimal: ratio)) == text) }

  @Test func minutes() {
    let noon = Example.noon
    #expect(Figures.minutes(noon...noon + 59_000, in: .gmt) == "2026-06-24 12:00")
    #expect(Figures.minutes(noon...noon + 3_600_000, in: .gmt) == "2026-06-24 12:00 to 13:00")
    #expect(Figures.minutes(noon...noon + 86_400_000, in: .gmt) == "2026-06-24 12:00 to 2026-06-25 12:00")
  }

  @Test(arguments: [("0", "0%"), ("0.001", "<1%"), ("0.42", "42%"), ("0.999", ">99%"), ("1", "100%"), ("1.2", "120%")])
  func percents(ratio: String, text: String) throws {
    #expect(Figures.percent(try #require(Ratio(decimal: ratio))) == text)
  }
}

@Suite struct Widths {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("模型", 4), ("e\u{301}", 1), ("🚀x", 3), ("👩‍👩‍👧", 2), ("한국어", 6), ("×–▁", 3), ("ﾊﾝｶｸ", 4),
  ]) func displayWidth(text: String, width: Int) { #expect(text.displayWidth == width) }

  @Test func wideNamesAlign() {
    let slices = ["模型", "abcd", "🚀🚀"].map { name in
      TrafficSlice.of(ModelID(provider: "p", model: name), at: Example.noon, TokenUsage(input: 1))
    }
    let table = TableReport.text(Example.report(slices), style: Style(color: false, width: 120))
    let rows = table.split(separator: "\n").filter { $0.hasPrefix("p/") }
    #expect(rows.count == 3)
    #expect(Set(rows.map { String($0).displayWidth }).count == 1)
  }

  @Test func wrapsAtSpacesAndInLongWords() {
    #expect("aa bb cc".wrapped(to: 5) == ["aa bb", "cc"])
    #expect("aa bb cc".wrapped(to: 6, indent: "- ", hanging: "  ") == ["- aa", "  bb", "  cc"])
    #expect("abcdefgh".wrapped(to: 3) == ["abc", "def", "gh"])
    #expect("模型模型".wrapped(to: 5) == ["模型", "模型"])
    #expect("".wrapped(to: 5) == [""])
  }

  @Test func truncates() {
    #expect("abcdef".truncated(to: 4) == "abc…")
    #expect("abcd".truncated(to: 4) == "abcd")
    #expect("模型模型".truncated(to: 6) == "模型…")
  }
}
