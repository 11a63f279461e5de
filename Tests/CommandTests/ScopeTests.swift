import Commands
import Foundation
import TestSupport
import Testing

/// Which traffic counts, whose it is, and what a report says of the rest. The clock stands at 2026-06-25T00:05Z.
struct ScopeTests {
  /// 2026-06-23T12:00Z.
  static let start: Int64 = 1_782_216_000_000

  /// A line of a transcript that Claude Code wrote without a router.
  static func answer(_ number: Int, time: String = "2026-06-24T12:00:00.000Z", model: String = "claude-sonnet-4-6")
    -> String
  {
    #"{"sessionId":"s","type":"assistant","timestamp":"\#(time)","requestId":"req_\#(number)","message":{"id":"#
      + #""msg_a\#(number)","model":"\#(model)","role":"assistant","content":[],"stop_reason":"end_turn","#
      + #""usage":{"input_tokens":1000,"output_tokens":10}},"uuid":"u\#(number)"}"# + "\n"
  }

  /// The lines of one request in a log of claude-code-router 1.x.
  static func call(_ number: Int, time: Int64 = start, pair: String = "minimax,MiniMax-M2.7", tokens: Int = 1000)
    -> String
  {
    let request = #""pid":7,"hostname":"vm","reqId":"req-\#(number)""#
    let head = #"{"level":30,"time":\#(time),\#(request),"#
    return head + #""req":{"method":"POST","url":"/v1/messages?beta=true","host":"x"},"msg":"incoming request"}"# + "\n"
      + head + #""data":{"model":"\#(pair)","messages":[],"stream":false},"type":"request body"}"# + "\n"
      + #"{"level":20,"time":\#(time + 400),\#(request),"response":{"choices":[],"usage":{"prompt_tokens":\#(tokens),"#
      + #""completion_tokens":10}},"msg":"Original OpenAI response"}"# + "\n"
      + #"{"level":30,"time":\#(time + 500),\#(request),"res":{"statusCode":200},"responseTime":500.1,"#
      + #""msg":"request completed"}"# + "\n"
  }

  private func report(_ test: TestContext, _ options: String...) throws -> [String: Any] {
    let outcome = test.run(["report", "--all", "--format", "json"] + options)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test func anAlertOfDirectTrafficSaysThatItsProviderIsAssumedAndThatAPlanMayPay() throws {
    try TestContext.with { test in
      try test.write(
        (1...30).map { Self.answer($0, model: "claude-opus-4-5-20251101") }.joined(), to: ".claude/projects/p/s.jsonl")
      let alert = test.run("run", "--date", "2026-06-24", "--dry-run").output
      #expect(alert.contains("`anthropic/claude-opus-4-5-20251101` ratio"))
      #expect(alert.contains("30 requests, 30 measured (100.0 %); provider assumed"))
      #expect(alert.contains("Use a cheaper model for such work, or declare the plan that pays for it."))
    }
  }

  @Test func transcriptsWithoutARouterAreNotNoRequests() throws {
    try TestContext.with { test in
      try test.write(Self.answer(1) + Self.answer(2), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let report = try report(test)
      #expect(report["scope"] as? String == "direct")
      #expect(report["scope_stands_in"] as? Bool == true)
      #expect(report["left_out"] is NSNull)
      #expect((report["coverage"] as? [String: Any])?["requests"] as? Int == 2)
      let row = try #require((report["models"] as? [[String: Any]])?.first)
      #expect(row["assumed"] as? Bool == true)
      let table = test.run("report", "--all").output
      #expect(table.contains("Nothing went through a router"))
      #expect(table.contains("anthropic/claude-sonnet-4-6* "))
      #expect(table.contains("* provider assumed"))
      #expect(!table.contains("No requests"))
      #expect(test.run("report", "--all", "--format", "markdown").output.contains("(assumed)"))
      #expect(test.run("report", "--all", "--format", "csv").output.contains(",assumed,"))
      // Who asks for routed traffic gets none, and is told of the rest.
      #expect(test.run("report", "--all", "--scope", "routed").output.contains("Left out: 2 requests"))
      #expect(test.run("report", "--all", "--direct").output.contains("Traffic that went straight"))
      #expect(test.run("report", "--all", "--scope", "all", "--direct").exitCode == 64)
    }
  }

  @Test func whatIsLeftOutIsNamedWithItsSize() throws {
    try TestContext.with { test in
      try test.write(Self.answer(1), to: ".claude/projects/p/s.jsonl")
      try test.write(Self.call(1) + Self.call(2), to: ".claude-code-router/logs/a.log")
      #expect(test.run("ingest").exitCode == 0)
      let routed = try report(test)
      #expect(routed["scope"] as? String == "routed")
      #expect((routed["left_out"] as? [String: Any])?["requests"] as? Int == 1)
      #expect((routed["left_out"] as? [String: Any])?["option"] as? String == "--scope direct")
      #expect((routed["coverage"] as? [String: Any])?["requests"] as? Int == 2)
      let all = try report(test, "--scope", "all")
      #expect(all["left_out"] is NSNull)
      #expect((all["coverage"] as? [String: Any])?["requests"] as? Int == 3)
      for command in [["simulate", "--all", "--all-to", "anthropic/claude-sonnet-4-6"], ["advise", "--all"]] {
        #expect(test.run(command).output.contains("Left out: 1 request"), "\(command)")
        #expect(!test.run(command + ["--scope", "all"]).output.contains("Left out"), "\(command)")
      }
    }
  }

  @Test func theFirstRunBeginsTheHistoryWithTheRecords() throws {
    try TestContext.with { test in
      try test.write(
        Self.call(1, time: Self.start - 86_400_000) + Self.call(2) + Self.call(3, time: Self.start + 86_400_000),
        to: ".claude-code-router/logs/a.log")
      let outcome = test.run("run")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let history = try String(contentsOfFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", encoding: .utf8)
      let days = history.split(separator: "\n").compactMap { $0.firstMatch(of: /"day": "([0-9-]+)"/)?.1 }
      #expect(days == ["2026-06-22", "2026-06-23", "2026-06-24"])
      // Nothing is added by the next one.
      #expect(test.run("run").exitCode == 0)
      #expect(
        try String(contentsOfFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", encoding: .utf8) == history)
    }
  }

  @Test func noDayToComeIsAudited() throws {
    try TestContext.with { test in
      let outcome = test.run("run", "--date", "2026-06-26")
      #expect(outcome.exitCode == 64)
      #expect(outcome.errors.contains("--date 2026-06-26 is in the future"))
    }
  }

  @Test func aDryRunReadsAndKeepsNothing() throws {
    try TestContext.with { test in
      try test.write(Self.call(1, time: Self.start + 86_400_000), to: ".claude-code-router/logs/a.log")
      let outcome = test.run("run", "--dry-run")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("(1 request): there is nothing to send"))
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local/share/ccr-audit/ledger.sqlite"))
    }
  }

  @Test func originsHaveFilesOfTheirOwnAndAddUp() throws {
    try TestContext.with { test in
      try FileManager.default.createDirectory(atPath: "\(test.home)/team", withIntermediateDirectories: true)
      for (origin, count) in [("a", 1), ("b", 2)] {
        let log = try test.write(
          (1...count).map { Self.call($0, time: Self.start + 86_400_000) }.joined(), to: "\(origin).log")
        test.context.environment = ["CCR_AUDIT_ORIGIN": origin]
        let outcome = test.run(
          "run", log, "--date", "2026-06-24", "--ledger", "\(test.home)/\(origin).sqlite", "--history",
          "\(test.home)/team")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(test.home)/team").sorted()
      #expect(files == ["a.jsonl", "b.jsonl"])
      let sum = test.run("history", "--history", "\(test.home)/team").output
      #expect(sum.contains("3 of 3"))
      let apart = test.run("history", "--history", "\(test.home)/team", "--by", "origin").output
      #expect(apart.contains("1 of 1") && apart.contains("2 of 2"))
      #expect(test.run("history", "verify", "--history", "\(test.home)/team").exitCode == 0)
    }
  }
}
