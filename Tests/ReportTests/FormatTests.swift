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
        ## Paid $1.47 for work that Sonnet 4.6 would have done for $1.44; dear-1 1.72×, dearer; MiniMax-M2.7 0.07×, \
        cheaper; 24% of requests not measured; 6% without a price

        2026-06-24 (UTC), compared with `anthropic/claude-sonnet-4-6`; prices 3f2a9c0d3f2a

        | Model | Requests | Measured | Input | Cache read | Output | Cost | At Sonnet 4.6 | Verdict |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
        | `acme/dear-1` | 3 | 3 | 100,000 | 50,000 | 10,000 | $0.80 | $0.46 | dearer than Sonnet 4.6 (1.72×) |
        | `minimax/MiniMax-M2.7` | 5 | 1 | 10,000 | 0 | 1,000 | $0.0034 | $0.045 | cheaper than Sonnet 4.6 (0.07×) |
        | `ollama/glm-5.2` | 25 | 20 | 200,000 | 100,000 | 20,000 | $0.67 | $0.93 | plan `ollama-cloud-pro` |
        | `vllm/glm-air` | 2 | 2 | 500 | 0 | 0 | – | $0.0015 | no price |

        $1.47 paid ($0.80 by the token, $0.67 as this period's part of plan fees) for measured work that Sonnet 4.6 \
        does for $1.44: $0.030 more than Sonnet 4.6. The fees also paid for requests without measured tokens, which \
        count nothing here

        ### Plans

        - `ollama-cloud-pro`: $20.00 for 2026-06, covers `ollama/glm-5.2`, `ollama/kimi-k2.7-code`
          - $0.93 at Sonnet 4.6 prices in the month so far, $1.16 ($0.93 to $2.20) projected for all of it: 6% of the fee, under \
        break-even
          - 5 of its 25 requests have no measured tokens: the true use is higher
          - breaks even at 2,222,223 tokens a month, 6,881,721 in the mix that it really runs

        ### Coverage

        - 24 of 34 answered requests (71%) have measured tokens and a price; the others: 7 with unknown tokens, 1 \
        estimated, 2 unpriced; 1 more failed
        - measured 26: 21 upstream, 3 router, 2 client
        - 2 of 5 requests to `minimax/MiniMax-M2.7` have no tokens in any record: the router does not log the tokens \
        of an Anthropic passthrough
        - 5 of 25 requests to `ollama/glm-5.2` have no tokens in any record: the router logs none for an Anthropic \
        passthrough, for a stream whose upstream sends none, for one whose usage arrives together with its end, nor \
        below log level debug
        - `vllm/glm-air` has no price in the table at the time of 2 requests (2 measured, 500 tokens); names like it in the \
        table: `ollama/glm-5.2`
        - 50,000 cache read tokens are priced at the input rate of `acme/dear-1`, which publishes none of their own
        - 3 lines of the logs could not be read and were skipped

        """)
  }

  @Test func csv() {
    let none = String(repeating: ",", count: 13)
    let lines = [
      "route,provider,model,billing,plan,requests,measured,estimated,unknown,failed,unpriced,input,cache_read,"
        + "cache_write_5m,cache_write_1h,output,reasoning,cost_usd,baseline_cost_usd,ratio,verdict,"
        + "baseline_cached_cost_usd,ratio_cached,estimated_input,"
        + "estimated_cache_read,estimated_cache_write_5m,estimated_cache_write_1h,estimated_output,estimated_cost_usd,"
        + "estimated_baseline_cost_usd,estimated_error_median,estimated_error_p90,estimated_method,claimed_requests,"
        + "claimed_cost_usd,claimed_audited_cost_usd",
      "default,acme,dear-1,per_token,,3,3,0,0,0,0,100000,50000,0,0,10000,0,0.8,0.465,1.720430,dearer,,\(none)",
      "background,minimax,MiniMax-M2.7,per_token,,1,0,1,0,0,0,,,,,,,,,,no_usage,,\(none)",
      "default,minimax,MiniMax-M2.7,per_token,,4,1,0,2,1,0,10000,0,0,0,1000,0,0.00336,0.045,0.074667,cheaper,,\(none)",
      "default,ollama,glm-5.2,subscription,ollama-cloud-pro,25,20,0,5,0,0,200000,100000,0,0,20000,0,0.666666666667,"
        + "0.93,,plan,,\(none)",
      "default,vllm,glm-air,,,2,2,0,0,0,2,500,0,0,0,0,0,,0.0015,,unpriced,,\(none)",
    ]
    #expect(CSVReport.text(Example.report(by: .route)) == lines.map { $0 + "\n" }.joined())
  }

  @Test func json() throws {
    let text = JSONReport.text(Example.report())
    let report = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(report["schema_version"] as? Int == 1)
    #expect(report["generated_at"] as? String == "2026-06-25T00:05:00Z")
    #expect(report["period"] as? [String: String] == ["since": "2026-06-24", "until": "2026-06-24", "timezone": "UTC"])
    #expect(report["baseline"] as? [String: String] == ["provider": "anthropic", "model": "claude-sonnet-4-6"])
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
    #expect(texts[0].split(separator: "\n").allSatisfy { String($0).displayWidth <= 80 })
    // A row has as many cells as the head, whatever the name holds.
    let cells = texts[1].split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in line.count { $0 == "|" } }
    #expect(cells.count == 3)
    #expect(Set(cells).count == 1)
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
    #expect(text.contains("\"'=HYPERLINK(\"\"http://x\"\",1)\",p,\"'=HYPERLINK(\"\"http://x\"\",1)\","))
  }
}
