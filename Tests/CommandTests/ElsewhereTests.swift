import Foundation
import TestSupport
import Testing

/// What work would cost elsewhere, what of it stays as it is, and who says that it is paid by the token.
struct ElsewhereTests {
  /// A batched answer of 1,000 input and 10 output tokens that no router passed on.
  private static let batched = ScopeTests.answer(1)
    .replacing(#""output_tokens":10"#, with: #""output_tokens":10,"service_tier":"batch""#)

  /// What is printed, as one line.
  private func flat(_ test: TestContext, _ arguments: String...) -> String {
    test.run(arguments).output.replacing(#/\s+/#, with: " ")
  }

  private func amounts(_ test: TestContext, _ options: String...) throws -> [String: [String?]] {
    let outcome = test.run(["simulate", "--all", "--scope", "all", "--format", "json"] + options)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let rows = try #require(json?["routes"] as? [[String: Any]])
    return Dictionary(
      rows.map { ($0["from"] as? String ?? "", [$0["now_usd"] as? String, $0["then_usd"] as? String]) }
    ) { $1 }
  }

  /// Neither the mode of a call nor the endpoint that says whose price applies is lost where nothing moves.
  @Test func whatIsNotMovedCostsTheSame() throws {
    try TestContext.with { test in
      try test.write(Self.batched, to: ".claude/projects/p/s.jsonl")
      // No line of this log has an address: the router's configuration does.
      try test.write(ScopeTests.call(1, pair: "mine,deepseek-v4-flash"), to: ".claude-code-router/logs/a.log")
      try test.write(
        #"{"Providers": [{"name": "mine", "api_base_url": "https://api.deepseek.com/chat/completions"}]}"#,
        to: ".claude-code-router/config.json")
      #expect(test.run("ingest").exitCode == 0)
      let found = try amounts(test, "--route", "think=minimax/MiniMax-M2.7")
      // Half of $0.00315.
      #expect(found["anthropic/claude-sonnet-4-6"] == ["0.001575", "0.001575"])
      #expect(found["mine/deepseek-v4-flash"] == ["0.0001428", "0.0001428"])
    }
  }

  @Test func aMovedCallKeepsTheModesThatItsTargetHasAPriceOf() throws {
    try TestContext.with(width: nil) { test in
      try test.write(Self.batched, to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      // Half of $0.00105.
      let haiku = try amounts(test, "--all-to", "anthropic/claude-haiku-4-5-20251001")
      #expect(haiku["anthropic/claude-sonnet-4-6"] == ["0.001575", "0.000525"])
      let text = flat(test, "simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash")
      #expect(text.contains("1 request in mode batch: of that mode the table has no factor there"), "\(text)")
    }
  }

  @Test func whatNobodyDeclaredIsSaidToCountByTheToken() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        (1...9).map { ScopeTests.answer($0, model: "claude-opus-4-5") }.joined(), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let simulation = flat(test, "simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash")
      #expect(simulation.contains(" now, if by the token, "), "\(simulation)")
      #expect(simulation.contains("ccr-audit pricing subscribe claude-pro --from 2026-06-24"))
      let advice = flat(test, "advise", "--all")
      #expect(advice.contains("9 measured requests cost $0.047, if by the token, there $"), "\(advice)")
      #expect(test.run("report", "--all", "--format", "html").output.contains("<dt>Paid, if by the token</dt>"))
    }
  }

  /// Who adds up what is shown finds the sums that are shown, and sees no difference where nothing moves.
  @Test func rowsAddUp() throws {
    try TestContext.with(width: nil) { test in
      let price = #"from: 2026-01-01, output: "1", source: "https://prices.example", verified: 2026-01-01"#
      let models = ["a": "1", "b": "1", "c": "1", "d": "2", "e": "1"].map {
        "  - {model: \($0), prices: [{\(price), input: \"\($1)\"}]}\n"
      }
      try test.write("provider: p\nmodels:\n" + models.sorted().joined(), to: ".config/ccr-audit/pricing/p.yaml")
      // $0.334 each: $1.336 together.
      let calls = ["a", "b", "c", "e"].enumerated().map { number, model in
        ScopeTests.call(number + 1, pair: "p,\(model)", tokens: 333_990)
      }
      try test.write(calls.joined(), to: ".claude-code-router/logs/a.log")
      #expect(test.run("ingest").exitCode == 0)
      let text = test.run("simulate", "--all", "--all-to", "p/d").output
      let rows = text.matches(of: #/p\/[a-e] .*\$(\d\.\d\d) +\$(\d\.\d\d) +(-?\$\d\.\d+)/#)
      func sum(_ texts: [Substring]) -> Decimal { texts.compactMap { Decimal(string: String($0)) }.reduce(0, +) }
      let total = try #require(text.firstMatch(of: #/\$(\S+) now, \$(\S+) then: \$(\S+) more/#)).output
      #expect(rows.count == 4 && sum(rows.map(\.output.1)) == sum([total.1]), "\(text)")
      #expect(sum(rows.map(\.output.2)) == sum([total.2]), "\(text)")
      #expect(sum([total.2]) - sum([total.1]) == sum([total.3]))
      // The same rows, cent by cent, as a report.
      let report = test.run("report", "--all").output
      #expect(
        report.matches(of: #/p\/[a-e] .*?\$(\d\.\d\d) /#).map(\.output.1) == rows.map(\.output.1), "\(report)")
      let still = test.run("simulate", "--all", "--route", "think=p/d").output
      #expect(still.matches(of: #/p\/[a-e] .* \$0\.00\n/#).count == 4, "\(still)")
    }
  }

  @Test func aModeThatAPlanPaysForIsNotSaidToBePriced() throws {
    try TestContext.with(width: nil) { test in
      try test.write(Self.batched, to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      #expect(flat(test, "report", "--all").contains("claude-sonnet-4-6: priced at 0.5 times the rates"))
      #expect(test.run("pricing", "subscribe", "claude-pro", "--from", "2026-06-01").exitCode == 0)
      let text = flat(test, "report", "--all")
      #expect(
        text.contains(
          "1 request in mode batch to anthropic/claude-sonnet-4-6: counted within the plan claude-pro; what"), "\(text)"
      )
      #expect(!text.contains("times the rates"))
    }
  }

  /// Who asks what cancelling a plan saves learns how to price what would have none.
  @Test func aPlanThatEndedHasItsLastFeeAndAWayToAPrice() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01, until: 2026-06-23}]",
        to: ".config/ccr-audit/config.yaml")
      try test.write(ScopeTests.call(1, pair: "ollama,glm-5.2"), to: ".claude-code-router/logs/a.log")
      #expect(test.run("ingest").exitCode == 0)
      let days = ["--since", "2026-06-20", "--until", "2026-06-24"]
      let dropped = test.run(["simulate", "--without-plan", "ollama-cloud-pro"] + days).output
      #expect(dropped.contains("ccr-audit pricing add ollama/glm-5.2 --input USD --output USD --source PAGE"))
      let kept = test.run(["simulate", "--route", "think=minimax/MiniMax-M2.7"] + days).output
      #expect(kept.contains("ollama-cloud-pro ($20.00 a month) would carry 1 request"), "\(kept)")
    }
  }
}
