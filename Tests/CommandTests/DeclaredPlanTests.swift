import Foundation
import TestSupport
import Testing

/// What is said of a plan that direct traffic runs on, and of declaring one.
struct DeclaredPlanTests {
  /// A plan pays for what it covers, by whatever way it went.
  @Test func aPlanOfDirectTrafficIsInTheStatusAndNotInWhatRoutedTrafficSaves() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: claude-max-5x, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      try test.write(ScopeTests.call(1), to: ".claude-code-router/logs/ccr-a.log")
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      #expect(test.run("status").output.contains("claude-max-5x"))
      #expect(test.run("status", "--format", "json").output.contains(#""plan": "claude-max-5x""#))
      let routed = test.run("simulate", "--all", "--without-plan", "claude-max-5x")
      #expect(!routed.output.contains("saved"), "\(routed.output)")
      #expect(routed.errors.contains("`--scope all` says what it saves"), "\(routed.errors)")
      let all = test.run("simulate", "--all", "--without-plan", "claude-max-5x", "--scope", "all").output
      #expect(all.contains("(plan)"), "\(all)")
    }
  }

  /// What a report, a status and the doctor propose is about the files that they were asked about.
  @Test func aCommandThatIsProposedNamesTheFilesOfTheOneThatProposesIt() throws {
    try TestContext.with(width: 60) { test in
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      let files = ["--config", "\(test.home)/own.yaml", "--ledger", "\(test.home)/own.sqlite"]
      try test.write("names: plain", to: "own.yaml")
      #expect(test.run(["ingest"] + files).exitCode == 0)
      let named = "ccr-audit pricing subscribe claude-pro --from 2026-06-24 \(files.joined(separator: " "))\n"
      for command in [["report", "--all"], ["status"], ["advise", "--all"]] {
        let text = test.run(command + files).output
        #expect(text.contains(named), "\(text)")
      }
      #expect(test.run(["report", "--all", "--format", "csv"] + files).output.contains("claude-opus-4-6"))
      #expect(
        try JSONSerialization.jsonObject(with: Data(test.run(["status", "--format", "json"] + files).output.utf8))
          is [String: Any])
    }
  }

  /// Without a day, a plan is paid from the first request on that it covers, also where that has a price by the token.
  @Test func aPlanIsPaidFromTheFirstRequestOnThatItCovers() throws {
    try TestContext.with { test in
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      #expect(test.run("pricing", "subscribe", "claude-max-5x").output.contains("from: 2026-06-24"))
      let again = test.run("pricing", "subscribe", "claude-max-5x")
      #expect(again.errors.contains("`ccr-audit pricing subscribe claude-max-5x --from DAY`"), "\(again.errors)")
      #expect(test.run("pricing", "subscribe", "claude-max-5x", "--from", "2026-06-01").output.contains("2026-06-23"))
    }
  }
}
