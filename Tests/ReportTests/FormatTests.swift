import Audit
import Foundation
@testable import Report
import TestPrices
import Testing
import Model

@Suite struct Formats {
  @Test func markdown() {
    #expect(
      MarkdownReport.text(Example.report(), notes: Example.notes) == """
        ## Paid \\$1.47 for work that Sonnet 4.6 would have done for \\$1.44; `dear-1` 1.72×, dearer; \
        `MiniMax-M2.7` 0.07×, cheaper; 24% of requests not measured; 6% without a price

        2026-06-24 (UTC), compared with `anthropic/claude-sonnet-4-6`; prices 3f2a9c0d3f2a

        | Model | Requests | Measured | Input | Cache read | Output | Cost | At Sonnet 4.6 | Ratio | Verdict |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
        | `acme/dear-1` | 3 | 3 | 100,000 | 50,000 | 10,000 | \\$0.80 | \\$0.46 | 1.72× | dearer |
        | `minimax/MiniMax-M2.7` | 5 | 1 | 10,000 | 0 | 1,000 | \\$0.0034 | \\$0.045 | 0.07× | cheaper |
        | `ollama/glm-5.2` | 25 | 20 | 200,000 | 100,000 | 20,000 | \\$0.67 | \\$0.93 | 0.72× | plan `ollama-cloud-pro` |
        | `vllm/glm-air` | 2 | 2 | 500 | 0 | 0 | – | \\$0.0015 | – | no price |

        \\$0.80 by the token and \\$0.67 as this period's share of plan fees: \\$0.030 more than Sonnet 4.6. The fees also \
        paid for requests without measured tokens, which count nothing here

        ### Plans

        - `ollama-cloud-pro`: \\$20.00 a month, in 2026-06; covers `ollama/glm-5.2`, `ollama/kimi-k2.7-code`
          - \\$0.67 of its fee for work of \\$0.93 at Sonnet 4.6 prices in this period: 0.72×
          - \\$0.93 at Sonnet 4.6 prices in the month so far, \\$1.16 (\\$0.93 to \\$2.20) projected for all of it: 6% of the \
        fee, under break-even
          - 5 of its 25 requests have no measured tokens: the true use is higher
          - breaks even at 2,222,223 tokens a month, 6,881,721 in the mix that it really runs

        <details><summary>Coverage</summary>

        24 of 34 answered requests (71%) have measured tokens and a price; 1 more failed

        | Requests | Model | Why not |
        | ---: | --- | --- |
        | 2 | `minimax/MiniMax-M2.7` | passed through, not logged |
        | 1 | `minimax/MiniMax-M2.7` | counted by the proxy itself, not measured |
        | 5 | `ollama/glm-5.2` | no tokens in any record |
        | 2 | `vllm/glm-air` | no price in the table; names like it: `ollama/glm-5.2` |

        - measured 26: 21 by the provider, 3 by the router, 2 by the client
        - `vllm/glm-air`: give it one: `ccr-audit pricing add vllm/glm-air --input USD --output USD --source PAGE`
        - 50,000 cache read tokens are priced at the input rate of `acme/dear-1`, which publishes none of their own
        - 3 lines of the logs could not be read and were skipped

        </details>

        """)
  }

  @Test func csv() {
    // Nothing assumed, no split unknown; then both ends of cost, baseline cost and ratio.
    func ends(_ ends: String) -> String { ",,,0,\(ends)\(String(repeating: ",", count: 14))" }
    let lines = [
      "route,provider,model,billing,plan,requests,measured,estimated,unknown,failed,unpriced,input,cache_read,"
        + "cache_write_5m,cache_write_1h,output,reasoning,cost_usd,baseline_cost_usd,ratio,verdict,"
        + "baseline_cached_cost_usd,ratio_cached,provider_assumed,split_unknown,cost_usd_low,cost_usd_high,"
        + "baseline_cost_usd_low,baseline_cost_usd_high,ratio_low,ratio_high,estimated_input,"
        + "estimated_cache_read,estimated_cache_write_5m,estimated_cache_write_1h,estimated_output,estimated_cost_usd,"
        + "estimated_baseline_cost_usd,estimated_error_median,estimated_error_p90,estimated_method,claimed_requests,"
        + "claimed_cost_usd,claimed_audited_cost_usd,cure",
      "default,acme,dear-1,per_token,,3,3,0,0,0,0,100000,50000,0,0,10000,0,0.8,0.465,1.720430,dearer,"
        + ends("0.8,0.8,0.465,0.465,1.720430,1.720430"),
      "background,minimax,MiniMax-M2.7,per_token,,1,0,1,0,0,0,,,,,,,,,,no_usage," + ends(",,,,,"),
      "default,minimax,MiniMax-M2.7,per_token,,4,1,0,2,1,0,10000,0,0,0,1000,0,0.00336,0.045,0.074667,cheaper,"
        + ends("0.00336,0.00336,0.045,0.045,0.074667,0.074667"),
      "default,ollama,glm-5.2,subscription,ollama-cloud-pro,25,20,0,5,0,0,200000,100000,0,0,20000,0,0.666666666667,"
        + "0.93,,plan," + ends("0.666666666667,0.666666666667,0.93,0.93,,"),
      "default,vllm,glm-air,,,2,2,0,0,0,2,500,0,0,0,0,0,,0.0015,,unpriced," + ends(",,0.0015,0.0015,,")
        + "ccr-audit pricing add vllm/glm-air --input USD --output USD --source PAGE",
    ]
    #expect(CSVReport.text(Example.report(by: .route)) == lines.map { $0 + "\n" }.joined())
  }

  @Test func json() throws {
    let text = JSONReport.text(Example.report())
    let report = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(report["schema_version"] as? Int == 1)
    #expect(report["generated_at"] as? String == "2026-06-25T00:05:00Z")
    #expect(report["period"] as? [String: String] == ["since": "2026-06-24", "until": "2026-06-24", "timezone": "UTC"])
    let baseline = try #require(report["baseline"] as? [String: Any])
    #expect(baseline["provider"] as? String == "anthropic")
    #expect(baseline["model"] as? String == "claude-sonnet-4-6")
    let coverage = try #require(report["coverage"] as? [String: Any])
    let counts = ["requests": 35, "measured": 26, "estimated": 1, "unknown": 7, "unpriced": 2, "failed": 1]
    #expect(coverage.compactMapValues { $0 as? Int } == counts)

    let models = try #require(report["models"] as? [[String: Any]])
    #expect(models.compactMap { $0["verdict"] as? String } == ["dearer", "cheaper", "plan", "unpriced"])
    let minimax = models[1]
    #expect(minimax["cost_usd"] as? String == "0.00336")
    #expect(minimax["baseline_cost_usd"] as? String == "0.045")
    #expect(minimax["ratio"] as? String == "0.074667")
    #expect(minimax["plan"] is NSNull)
    let tokens: [String: Int] = [
      "input": 10_000, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0, "output": 1000, "reasoning": 0,
    ]
    #expect(minimax["tokens"] as? [String: Int] == tokens)
    let sources = ["upstream": 1, "router": 0, "client": 0, "estimated": 1, "unknown": 2]
    #expect(minimax["usage_sources"] as? [String: Int] == sources)
    #expect(models[2]["ratio"] is NSNull)
    #expect(models[3]["cost_usd"] is NSNull)

    let plan = try #require((report["plans"] as? [[String: Any]])?.first)
    #expect(plan["models"] as? [String] == ["ollama/glm-5.2", "ollama/kimi-k2.7-code"])
    #expect(plan["break_even_tokens_nominal"] as? Int == 2_222_223)
    #expect(plan["break_even_tokens_actual_mix"] as? Int == 6_881_721)
    #expect(plan["projected_monthly_baseline_usd"] as? String == "1.1625")
    #expect(plan["status"] as? String == "under_break_even")
    let totals = try #require(report["totals"] as? [String: Any])
    #expect(totals["cost_usd"] as? String == "1.470026666667")
    #expect(totals["baseline_cost_usd"] as? String == "1.44")
    #expect(totals["saved_usd"] as? String == "-0.030026666667")
  }

  /// Programs read why requests are not measured, and the least that went into them.
  @Test func jsonTellsWhatIsKnownOfTheUnknown() throws {
    let notes = ReportNotes(
      reasons: [.minimax: [MissingTokens(requests: 3, reason: "cut", codes: ["router_log.cut": 2])]],
      bounds: [LowerBound(model: .glm, requests: 1, tokens: TokenUsage(input: 70, output: 1))])
    let text = JSONReport.text(Example.report(), notes: notes)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let models = try #require(report["not_measured"] as? [[String: Any]])
    #expect(models.compactMap { $0["model"] as? String } == ["MiniMax-M2.7", "glm-5.2"])
    let reasons = try #require(models[0]["reasons"] as? [[String: Any]])
    #expect(reasons.map { $0["code"] as? String } == ["router_log.cut", nil])
    #expect(reasons.map { $0["requests"] as? Int } == [2, 1])
    #expect(models[0]["at_least"] is NSNull)
    let least = try #require(models[1]["at_least"] as? [String: Any])
    #expect(least["requests"] as? Int == 1)
    #expect((least["tokens"] as? [String: Int])?["input"] == 70)
    // A row has what its model has.
    let rows = try #require(report["models"] as? [[String: Any]])
    for (model, reasons) in [("MiniMax-M2.7", 2), ("glm-5.2", 0)] {
      let row = try #require(rows.first { $0["model"] as? String == model })
      let missing = try #require(row["not_measured"] as? [String: Any])
      #expect((missing["reasons"] as? [Any])?.count == reasons)
      #expect((missing["at_least"] is NSNull) == (reasons > 0))
    }
  }

  /// What was counted of answers that broke off is in the figures, and is not among what is unknown.
  @Test func whatIsCountedInPartIsSaidAndNotCalledUnknown() {
    let notes = ReportNotes(
      bounds: [LowerBound(model: .glm, requests: 2, tokens: TokenUsage(input: 70, output: 3), isCounted: true)])
    #expect(
      MarkdownReport.text(Example.report(), notes: notes).contains(
        "2 requests with measured tokens broke off, or lost the client; the figures hold 3 tokens of answer"))
    #expect(JSONReport.text(Example.report(), notes: notes) == JSONReport.text(Example.report()))
  }

  @Test func jsonKeepsTheOrderOfTheContract() {
    let text = JSONReport.text(Example.report())
    let names = [
      "schema_version", "generated_at", "period", "baseline", "pricing", "coverage", "models", "billing", "requests",
      "measured", "tokens", "usage_sources", "cost_usd", "baseline_cost_usd", "ratio", "verdict", "plans",
      "monthly_fee_usd", "utilisation", "status", "totals", "saved_usd",
    ]
    var rest = text[...]
    for name in names {
      let range = rest.firstRange(of: "\"\(name)\": ")
      #expect(range != nil, "\(name)")
      if let range { rest = rest[range.upperBound...] }
    }
  }

  @Test func groupsAreMembersOfRows() throws {
    func rows(_ grouping: Grouping) throws -> [[String: Any]] {
      let text = JSONReport.text(Example.report(by: grouping))
      let report = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      return try #require(report?["models"] as? [[String: Any]])
    }
    #expect(try rows(.day).allSatisfy { $0["day"] as? String == "2026-06-24" })
    #expect(try rows(.route).compactMap { $0["route"] as? String }.contains("background"))
    #expect(try rows(.session).contains { $0["session"] as? String == "s" })
    #expect(try rows(.session).contains { $0["session"] is NSNull })
    #expect(try rows(.model).allSatisfy { $0["day"] == nil && $0["route"] == nil && $0["session"] == nil })
  }
}

@Suite struct HostileNames {
  static let names = [
    "a\nb | c", "\u{1B}[31mred\u{1B}[0m", "x\u{202E}evil", "`code` | `x`", "back\\|slash", "<img src=x>", "@team",
    "=HYPERLINK(\"http://x\")", "+1", "\u{7}", "a,b", "a\"b", "", " ", "\u{85}\u{2028}", "\u{9B}31m", "&lt;",
    String(repeating: "long", count: 5000),
  ]

  @Test(arguments: names) func neverReachATerminal(name: String) {
    let report = Example.report(named: name)
    let style = Style(color: false, width: 80)
    let records = HistoryRecord.records(
      of: [.of(ModelID(provider: "p", model: name), at: Example.noon, TokenUsage(input: 1))], baseline: .sonnet,
      timeZone: .gmt, now: 0, prices: Example.prices)
    let texts = [
      TableReport.text(report, style: style), MarkdownReport.text(report), JSONReport.text(report),
      CSVReport.text(report), HistoryReport.text(Trend.all(of: records), style: style),
      HistoryLog.text(records),
    ]
    for text in texts {
      #expect(!text.unicodeScalars.contains { $0.isUnprintable && $0 != "\n" })
    }
    #expect(texts[3].split(separator: "\n").count == 2)
    #expect(texts[5].split(separator: "\n").count == 1)
    // A command is there to be copied.
    let lines = texts[0].split(separator: "\n").filter { !$0.contains("  ccr-audit ") }
    #expect(lines.allSatisfy { String($0).displayWidth <= 80 })
    // A row has as many cells as the head of its table, whatever the name holds.
    let tables = texts[1].split(separator: "\n\n").map { $0.split(separator: "\n") }
      .filter { $0.allSatisfy { $0.hasPrefix("|") } }
    #expect(tables.map(\.count) == [3, 3])
    for table in tables { #expect(Set(table.map { line in line.count { $0 == "|" } }).count == 1) }
  }

  @Test(arguments: names) func jsonGivesThemBack(name: String) throws {
    let text = JSONReport.text(Example.report(named: name))
    let report = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let row = try #require((report?["models"] as? [[String: Any]])?.first)
    #expect(row["model"] as? String == name)
    #expect(row["session"] as? String == name)
  }

  @Test func areNoMarkup() {
    #expect(SafeText.markdown("glm_5.2") == "`glm_5.2`")
    #expect(SafeText.markdown("a|b`<x>") == "<code>a&#124;b&#96;&#60;x&#62;</code>")
    #expect(SafeText.markdown("a\u{202E}b") == "<code>a&#92;u&#123;202e&#125;b</code>")
  }

  @Test func areNoFormulas() {
    #expect(SafeText.csv("=1+1") == "'=1+1")
    #expect(SafeText.csv("glm=1") == "glm=1")
    let text = CSVReport.text(Example.report(named: "=HYPERLINK(\"http://x\",1)"))
    #expect(text.contains("\"'=HYPERLINK(\"\"http://x\"\",1)\",,,,p,\"'=HYPERLINK(\"\"http://x\"\",1)\","))
  }
}
