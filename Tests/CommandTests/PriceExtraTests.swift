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
      // Without the fast mode the plan pays: that it is dearer by the token is no reason to change nothing.
      let advice = test.run("advise", "--all").output.replacing(#/\s+/#, with: " ")
      #expect(!advice.contains("Nothing to change"))
      #expect(advice.contains("the plan claude-pro pays for its other calls"), "\(advice)")
      #expect(
        test.run("advise", "--all", "--format", "json").output
          .contains(#""dearer_without_advice": ["anthropic/claude-opus-4-8"]"#))
      // A day's ratio is that of the part that was paid by the token.
      #expect(test.run("run", "--date", "2026-06-24").exitCode == 0)
      for format in ["table", "markdown"] {
        let history = test.run("history", "--format", format).output.replacing("`", with: "").replacing(
          #/\s+/#, with: " ")
        let sentence =
          "anthropic/claude-opus-4-8: the ratio is of 1 measured request paid by the token, not of 1 on the plan claude-pro"
        #expect(history.contains(sentence), "\(history)")
      }
      let json = test.run("history", "--format", "json").output
      let counts = #""measured_per_token": 1, "measured_on_plans": 1"#
      #expect(json.contains(counts) && json.contains(counts.replacing(", ", with: ",\n      ")), "\(json)")
      let csv = test.run("history", "--format", "csv").output
      #expect(csv.contains(",provider_assumed,measured_per_token,measured_on_plans\n"))
      #expect(csv.hasSuffix(",assumed,1,1\n"), "\(csv)")
      // Who is told apart is not who paid.
      #expect(test.run("history", "--by", "origin", "--format", "csv").output.hasSuffix(",assumed,,\n"))
    }
  }

  /// A plan pays for a call by all of its modes together, and by its time.
  @Test func whatAPlanDoesNotPayForIsSaidWithAllThatBelongsToIt() throws {
    try TestContext.with { test in
      try test.write("subscriptions: [{plan: claude-pro, from: 2026-06-24}]\n", to: ".config/ccr-audit/config.yaml")
      func answer(_ number: Int, _ more: String, day: Int = 24) -> String {
        ScopeTests.answer(number, time: "2026-06-\(day)T12:00:00.000Z", model: "claude-opus-4-8").replacing(
          #""output_tokens":10"#, with: #""output_tokens":10\#(more)"#)
      }
      let searches = #","server_tool_use":{"web_search_requests":3}"#
      let all = [
        answer(1, #","speed":"fast","inference_geo":"us""# + searches), answer(2, #","inference_geo":"us""#),
        answer(3, searches), answer(4, searches, day: 20),
      ]
      try test.write(all.joined(), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let text = test.run("report", "--all").output.replacing(#/\s+/#, with: " ")
      for sentence in [
        "1 request in mode fast to anthropic/claude-opus-4-8: not paid by the plan claude-pro, so priced at 2 times",
        "1 request in mode us to anthropic/claude-opus-4-8: not paid by the plan claude-pro, so priced at 1.1 times",
        "1 request in mode us to anthropic/claude-opus-4-8: counted within the plan claude-pro",
        // Three in the fast mode and three before the plan began.
        "6 web searches by anthropic/claude-opus-4-8: billed by the call: $0.060 at $0.01 each",
        "3 web searches by anthropic/claude-opus-4-8: paid by the plan claude-pro",
      ] {
        #expect(text.contains(sentence), "\(text)")
      }
    }
  }

  /// A factor that changed inside the period is told by the requests of each time.
  @Test func requestsArePricedAtTheFactorOfTheirTime() throws {
    try TestContext.with { test in
      let fast = [16, 18].map { day in
        ScopeTests.answer(day, time: "2026-02-\(day)T12:00:00.000Z", model: "claude-opus-4-6").replacing(
          #""output_tokens":10"#, with: #""output_tokens":10,"speed":"fast""#)
      }
      try test.write(fast.joined(), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let text = test.run("report", "--all").output.replacing(#/\s+/#, with: " ")
      for factor in [3, 6] {
        #expect(
          text.contains("1 request in mode fast to anthropic/claude-opus-4-6: priced at \(factor) times"), "\(text)")
      }
    }
  }
}
