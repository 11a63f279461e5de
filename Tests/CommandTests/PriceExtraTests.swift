import Foundation
import TestSupport
import Testing

/// What sets a price beside tokens is counted and said, whether or not the pricing table knows it.
struct PriceExtraTests {
  private static func line(_ id: String, second: Int, _ more: String) -> String {
    #"{"isSidechain":false,"sessionId":"11111111-1111-4111-8111-111111111111","message":{"model":"claude-sonnet-4-6","#
      + #""id":"\#(id)","role":"assistant","stop_reason":"end_turn","usage":{"input_tokens":1000,"output_tokens":100,"#
      + #"\#(more)}},"type":"assistant","uuid":"u\#(second)","timestamp":"2026-06-24T10:00:0\#(second).000Z"}"# + "\n"
  }

  @Test func modesAndSearchesAreSaid() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let log = place.folder.appending(path: "s.jsonl")
    let lines = [
      Self.line("msg_01A", second: 1, #""server_tool_use":{"web_search_requests":3}"#),
      Self.line("msg_01B", second: 2, #""service_tier":"priority""#),
      Self.line("msg_01C", second: 3, #""service_tier":"standard","inference_geo":"global""#),
    ]
    try Data(lines.joined().utf8).write(to: log)
    #expect(try place.run(["ingest", log.path(percentEncoded: false)]).exitCode == 0)
    let text = try place.run(["report", "--all", "--scope", "direct"]).output
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    #expect(text.contains("3 web searches by anthropic/claude-sonnet-4-6: billed by the call"))
    #expect(text.contains("1 request in mode priority to anthropic/claude-sonnet-4-6"))
    #expect(!text.contains("mode global"))
    // $0.0135 of tokens; three searches at a cent each.
    #expect(text.contains(", and $0.030 for web searches"))
    let history = place.folder.appending(path: "history.jsonl").path(percentEncoded: false)
    let run = try place.run(["run", "--date", "2026-06-24", "--history", history, log.path(percentEncoded: false)])
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(try String(contentsOfFile: history, encoding: .utf8).contains(#""web_searches": 3"#))
    let check = try place.run(["check", "--history", history]).output
    #expect(check.contains("web searches cost $0.030 beside tokens"))
  }

  /// Claude's plans do not pay for the fast mode: it is billed by the token beside the fee.
  @Test func fastRequestsCostMoneyBesideAPlan() throws {
    try TestContext.with { test in
      try test.write("subscriptions: [{plan: claude-pro, from: 2026-06-01}]\n", to: ".config/ccr-audit/config.yaml")
      func answer(_ number: Int, _ more: String) -> String {
        ScopeTests.answer(number, model: "claude-opus-4-8").replacing(
          #""output_tokens":10"#, with: #""output_tokens":10\#(more)"#)
      }
      try test.write(answer(1, "") + answer(2, #","speed":"fast""#), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let text = test.run("report", "--all").output.replacing(#/\s+/#, with: " ")
      #expect(
        text.contains(
          "1 request in mode fast to anthropic/claude-opus-4-8: not paid by the plan claude-pro, so priced at 2 times the "
            + "rates"), "\(text)")
      let outcome = test.run("report", "--all", "--format", "json")
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      let rows = try #require(report["models"] as? [[String: Any]])
      let costs = Dictionary(rows.map { ($0["billing"] as? String ?? "", $0["cost_usd"] as? String ?? "") }) { $1 }
      // 1,000 × $10 and 10 × $50 a million.
      #expect(costs["per_token"] == "0.0105")
      #expect(rows.count == 2 && costs.keys.contains("subscription"))
    }
  }
}
