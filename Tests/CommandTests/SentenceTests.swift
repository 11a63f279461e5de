import TestSupport
import Testing

/// Sentences that have to follow from the figures for people of every kind, from their records to what is printed.
struct SentenceTests {
  /// A transcript of calls that Claude Code made, each with 100,000 tokens of prompt.
  private static func transcript(_ model: String, calls: Int = 10) -> String {
    (0..<calls).map { call in
      #"{"type":"assistant","timestamp":"2026-06-24T10:0\#(call % 10):00.000Z","sessionId":"s1","requestId":"req_\#(call)","#
        + #""isSidechain":false,"message":{"id":"msg_\#(call)","type":"message","role":"assistant","model":"\#(model)","#
        + #""stop_reason":"end_turn","content":[],"usage":{"input_tokens":100000,"output_tokens":100,"#
        + #""cache_creation_input_tokens":0,"cache_read_input_tokens":0}}}"# + "\n"
    }.joined()
  }

  @Test func whereEverythingFailedNothingWasPaidOrCompared() throws {
    try TestContext.with(width: nil) { test in
      let log = EstimateTests.log(EstimateTests.requests(measured: 0, unknown: 4))
        .replacing(#""statusCode":200"#, with: #""statusCode":429"#)
      let path = try test.write(log, to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let report = test.run("report", "--all").output
      #expect(report.hasPrefix("No request was answered; 4 failed\n"), "\(report)")
      #expect(report.contains(#/MiniMax-M2\.7 .* failed\n/#))
      #expect(!report.contains("$0.00") && !report.contains("not measured"))
      let status = test.run("status").output
      #expect(status.contains("4 requests, all failed") && status.contains("no request of this month was answered"))
      let check = test.run("check", "--from", "ledger", "--window", "all").output
      #expect(check.contains(#/MiniMax-M2\.7 .* failed\n/#), "\(check)")
    }
  }

  /// What is paid for differently is no price that was wrong.
  @Test func aPlanThatIsDeclaredLaterCorrectsNoPrice() throws {
    try TestContext.with(width: nil) { test in
      try test.write(Self.transcript("claude-opus-4-8"), to: ".claude/projects/p/s1.jsonl")
      #expect(test.run("run").exitCode == 0)
      #expect(test.run("pricing", "subscribe", "claude-max-5x", "--from", "2026-06-01").exitCode == 0)
      let report = test.run("report", "--all").output.replacing("\n", with: " ")
      #expect(report.contains("claude-opus-4-8: a plan was declared since that pays for it"), "\(report)")
      #expect(!report.contains("corrected"))
    }
  }

  /// Who logs in to a plan saves nothing by taking a cheaper model.
  @Test func adviceSaysThatAPlanMayPay() throws {
    try TestContext.with(width: nil) { test in
      try test.write(Self.transcript("claude-opus-4-8"), to: ".claude/projects/p/s1.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let advice = test.run("advise").output
      #expect(advice.contains(". use anthropic/claude-sonnet in place of anthropic/claude-opus-4-8"), "\(advice)")
      #expect(advice.contains("  ccr-audit pricing subscribe claude-pro --from 2026-06-24\n"), "\(advice)")
    }
  }

  /// A team with another proxy misses no router.
  @Test func aProxysRecordsAreMeasuredWithoutARouter() throws {
    try TestContext.with { test in
      #expect(test.run("ingest", Fixtures.path("litellm/a/standard_logging.jsonl.gz")).exitCode == 0)
      let doctor = test.run("doctor").output
      #expect(doctor.contains(#/advice +no claude-code-router was found/#), "\(doctor)")
      #expect(!doctor.contains("Only what clients write down"))
      // Calls that failed before a provider was chosen are nobody's that could be found out.
      #expect(!doctor.contains("whose provider nobody knows"))
    }
  }

  @Test func theFirstRunAfterTheSetUpSumsNothingTwice() throws {
    try TestContext.with(width: nil) { test in
      let log = EstimateTests.log(EstimateTests.requests(measured: 4, unknown: 0))
      try test.write(log, to: ".claude-code-router/logs/ccr-20260624000000.log")
      #expect(test.run("init", "--yes").exitCode == 0)
      let run = test.run("run")
      #expect(run.exitCode == 0 && !run.errors.contains("anew"), "\(run.errors)")
    }
  }

  /// The general endpoint of the same host sells by the token.
  @Test func aCallAtAPlansEndpointHasNoListPrice() throws {
    func log(_ url: String) -> String {
      EstimateTests.log(EstimateTests.requests(measured: 4, unknown: 0), model: "zai,glm-5.2")
        .replacing(#""requestUrl":"u""#, with: #""requestUrl":"\#(url)""#)
    }
    try TestContext.with(width: nil) { test in
      let path = try test.write(
        log("https://api.z.ai/api/coding/paas/v4/chat/completions"), to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let report = test.run("report", "--all").output
      #expect(report.contains("  ccr-audit pricing subscribe glm-coding-lite"), "\(report)")
      // Its name is right: no other is proposed.
      #expect(!report.contains("by the token") && !report.contains("names like it"))
      #expect(test.run("pricing", "subscribe", "glm-coding-lite", "--from", "2026-06-01").exitCode == 0)
      let after = test.run("report", "--all").output
      #expect(after.contains("glm-coding-lite: $18.00 a month"), "\(after)")
      #expect(after.contains("zai/glm-5.2"))
      #expect(!after.contains("no price"))
    }
    try TestContext.with(width: nil) { test in
      let path = try test.write(log("https://api.z.ai/api/paas/v4/chat/completions"), to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      #expect(test.run("report", "--all").output.contains("by the token"))
    }
  }
}
