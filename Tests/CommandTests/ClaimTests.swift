import Commands
import Foundation
import TestSupport
import Testing

/// What a report says follows from what it knows: a test for each of the eleven kinds of claim, by their numbers.
struct ClaimTests {
  private static let day: Int64 = 86_400_000

  private func members(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  private func totals(_ test: TestContext, _ options: String...) throws -> [String: Any] {
    let outcome = test.run(["report", "--format", "json"] + options)
    return try #require(try members(outcome.output)["totals"] as? [String: Any], "\(outcome.errors)")
  }

  /// The text as one line.
  private func flat(_ text: String) -> String { text.replacing(#/\s+/#, with: " ") }

  /// A ledger of a real router's and its clients' records, read on 2026-07-02.
  private func withFixtures(_ body: (TestContext) throws -> Void) throws {
    try TestContext.with(width: nil) { test in
      test.context.now = { 1_783_000_000_000 }
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      try test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
      try body(test)
    }
  }

  /// A router's calls, a day each from 2026-06-21 on.
  private func calls(_ pairs: [String], days: Int = 4) -> String {
    var text = ""
    for day in 0..<days {
      let morning: Int64 = ScopeTests.start + Int64(day - 2) * Self.day
      for (index, pair) in pairs.enumerated() {
        let time: Int64 = morning + Int64(index) * 60_000
        text += ScopeTests.call(1 + day * 10 + index, time: time, pair: pair)
      }
    }
    return text
  }

  @Test("1. Only a declared plan is charged, and it pays for all that runs on it")
  func plans() throws {
    try TestContext.with { test in
      let models = ["claude-opus-4-6", "claude-haiku-4-5-20251001", "claude-sonnet-4-6"]
      var lines = ""
      for day in 21...24 {
        for (index, model) in models.enumerated() {
          lines += ScopeTests.answer(day * 10 + index, time: "2026-06-\(day)T12:00:00.000Z", model: model)
        }
      }
      try test.write(lines, to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      #expect(try totals(test, "--all")["plan_fees_usd"] as? String == "0")
      // Whether a plan pays, a client's record does not say: the report does not pretend to know.
      let text = test.run("report", "--all").output
      #expect(text.contains("No plan is declared"))
      let command = try #require(text.firstMatch(of: #/ccr-audit (pricing subscribe .+)/#)).output.1
      #expect(command == "pricing subscribe claude-pro --from 2026-06-21")
      #expect(test.run(command.split(separator: " ").map(String.init)).exitCode == 0)
      let period = ["--since", "2026-06-01", "--until", "2026-06-24"]
      let report = try members(test.run(["report", "--format", "json"] + period).output)
      let rows = try #require(report["models"] as? [[String: Any]])
      let plans: [String] = rows.compactMap { $0["plan"] as? String }
      #expect(plans == ["claude-pro", "claude-pro", "claude-pro"])
      // 4 of 30 days of $20.
      let fees = (report["totals"] as? [String: Any])?["plan_fees_usd"] as? String
      #expect(fees?.hasPrefix("2.66666666666") == true)
      let shown = flat(test.run(["report"] + period).output)
      #expect(!shown.contains("No plan is declared"))
      // A long list of models is no sentence.
      #expect(shown.contains("15 models; here anthropic/claude-haiku-4-5-20251001, anthropic/claude-opus-4-6"))
      // What the plan pays for is nothing to change.
      #expect(test.run(["advise"] + period).output.contains("Nothing to change"))
    }
  }

  @Test("2. Time counts from the first record on, in fees and in the pace of advice")
  func recordedTime() throws {
    try TestContext.with { test in
      try test.write("subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      let log = try test.write(
        calls(["ollama,glm-5.2", "anthropic,claude-opus-4-6", "minimax,MiniMax-M2.7"]), to: "a.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let june = ["--since", "2026-06-01", "--until", "2026-06-24"]
      let text = flat(test.run(["report"] + june).output)
      #expect(text.contains("Records begin on 2026-06-21: 4 of the period's 24 days; fees count from then on"))
      // A longer window makes no saving smaller.
      func savings(_ period: [String]) throws -> [String] {
        let advice = try members(test.run(["advise", "--format", "json"] + period).output)["advice"]
        return try #require(advice as? [[String: Any]]).compactMap { $0["monthly_saving_usd"] as? String }
      }
      #expect(try !savings(june).isEmpty)
      #expect(try savings(june) == savings(["--all"]))
      #expect(flat(test.run(["advise"] + june).output).contains("at the pace of 4 recorded days"))
    }
  }

  @Test("3. Sonnet is granted its own prompt cache wherever money is compared with it")
  func cachedBaseline() throws {
    try withFixtures { test in
      let totals = try totals(test, "--all")
      #expect(totals["saved_usd_low"] as? String != totals["saved_cached_usd"] as? String)
      let text = flat(test.run("report", "--all").output)
      #expect(text.contains("the first if Sonnet is granted its own prompt cache"))
    }
  }

  @Test("4. A split that nobody knows makes ranges, also of what if")
  func splitUnknown() throws {
    try TestContext.with { test in
      try test.ingest(fixtures: "claude-code/projects")
      let what = ["simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash"]
      let rows = try #require(
        try members(test.run(what + ["--format", "json"]).output)["routes"] as? [[String: Any]])
      let row = try #require(rows.first { $0["from"] as? String == "unknown/glm-5.2" })
      let (low, high) = (row["then_usd_low"] as? String, row["then_usd_high"] as? String)
      #expect(low != nil && high != nil && low != high)
      let text = flat(test.run(what).output)
      #expect(text.contains("is not known: costs are ranges, from as much as like requests had, or all, to nothing"))
      #expect(text.contains(#/unknown\/glm-5\.2\* [^$]*\$[\d.]+ to \$[\d.]+/#))
    }
  }

  @Test("5. What is left out is named, whatever is asked")
  func scopes() throws {
    try withFixtures { test in
      let commands = [
        ["report", "--all"], ["advise", "--all"], ["check", "--from", "ledger", "--window", "all"],
        ["simulate", "--all", "--all-to", "anthropic/claude-sonnet-5"],
      ]
      for command in commands {
        #expect(flat(test.run(command).output).contains("Left out: 30 requests that went straight"), "\(command)")
      }
    }
  }

  @Test("6. The baseline is the newest Sonnet of each request's day")
  func baselineOfTheDay() throws {
    try withFixtures { test in
      let text = flat(test.run("report", "--all").output)
      #expect(text.contains("compared with Sonnet 4.6, from 2026-06-30 on Sonnet 5, the newest Sonnet of the day"))
    }
  }

  @Test("7. A plan has a ratio, in the history, too")
  func ratiosOfPlans() throws {
    try withFixtures { test in
      for day in ["2026-06-23", "2026-06-25"] {
        #expect(test.run("run", "--date", day, Fixtures.path("ccr-v1/logs")).exitCode == 0)
      }
      let text = flat(test.run("history").output)
      #expect(text.contains(#/plan ollama-cloud-pro: \$[\d.]+ of its fee for work of \$[^:]+: [\d.]+×/#))
    }
  }

  @Test("8. Several people's records add up")
  func origins() throws {
    try TestContext.with { test in
      for (origin, calls) in [("anna", 1...1), ("ben", 2...3)] {
        test.context.environment = ["CCR_AUDIT_ORIGIN": origin]
        let log = try test.write(calls.map { ScopeTests.call($0) }.joined(), to: "\(origin).log")
        #expect(test.run("ingest", log, "--ledger", "\(test.home)/\(origin).sqlite").exitCode == 0)
      }
      test.context.environment = [:]
      let ledgers = ["--ledger", "\(test.home)/anna.sqlite", "--ledger", "\(test.home)/ben.sqlite"]
      let report = try members(test.run(["report", "--all", "--by", "origin", "--format", "json"] + ledgers).output)
      let rows = try #require(report["models"] as? [[String: Any]])
      #expect(rows.compactMap { $0["requests"] as? Int }.sorted() == [1, 2])
      #expect((report["coverage"] as? [String: Any])?["requests"] as? Int == 3)
    }
  }

  @Test("9. An estimate stands apart, says how sure it is, and is refused where too little is measured")
  func estimates() throws {
    for (measured, isEstimated) in [(40, true), (29, false)] {
      try TestContext.with { test in
        let log = try test.write(
          EstimateTests.log(EstimateTests.requests(measured: measured, unknown: 5)), to: "ccr-20260624000000.log")
        #expect(test.run("ingest", log).exitCode == 0)
        let text = test.run("report", "--all", "--estimate").output
        #expect(text.contains("at 90% confidence") == isEstimated, "\(text)")
        #expect(text.contains("\(measured) of \(measured + 5)"))
      }
    }
  }

  @Test("10. Nothing is called zero, saved or settled of which nobody knows the price")
  func unknownIsNotZero() throws {
    try TestContext.with { test in
      let log = try test.write(calls(["acme,wonder-1"], days: 1), to: "a.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let what = ["simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash"]
      let text = test.run(what).output
      #expect(text.contains("Nothing can be compared: no measured request has a price"))
      #expect(!text.contains(#/\$0\.00(?!\d)/#))
      // One model has one cure, whoever names it.
      #expect(text.contains("ccr-audit pricing add acme/wonder-1"))
      #expect(test.run("report", "--all").output.contains("ccr-audit pricing add acme/wonder-1"))
      #expect(test.run("advise", "--all").output.contains("Nothing can be judged"))

      let pair = "openrouter,deepseek/deepseek-chat-v3.1:free"
      let free = try test.write(
        ScopeTests.call(101, pair: pair) + ScopeTests.call(102, time: ScopeTests.start + 1000, pair: pair), to: "b.log")
      #expect(test.run("ingest", free).exitCode == 0)
      let report = flat(test.run("report", "--all").output)
      #expect(report.contains("2 requests to free models cost nothing; what 1 more without a price cost is not known"))
      #expect(!report.contains("Nothing was paid"))
      #expect(test.run("advise", "--all").output.contains("Nothing to change in what can be judged"))
      #expect(test.run("run", "--date", "2026-06-27").exitCode == 64)
    }
  }

  @Test("11. Everything fits 80 columns, and what is shown adds up")
  func words() throws {
    try withFixtures { test in
      #expect(test.run("run", "--date", "2026-06-23", Fixtures.path("ccr-v1/logs")).exitCode == 0)
      let commands = [
        ["report", "--all"], ["report", "--all", "--by", "day"], ["report", "--all", "--by", "session", "--top", "3"],
        ["status"], ["advise", "--all"], ["history"], ["doctor"], ["check", "--window", "all"], ["alert", "list"],
        ["pricing", "list"], ["simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash"],
        ["simulate", "--all", "--without-plan", "ollama-cloud-pro"],
      ]
      for command in commands {
        for line in test.run(command).output.split(separator: "\n")
        where !line.contains("ccr-audit ") && !line.contains(test.home) {
          #expect(line.count <= 80, "\(command): \(line)")
        }
      }
      let report = test.run("report", "--all").output
      func cents(_ text: Substring) -> Int { Int(text.replacing(".", with: "")) ?? 0 }
      let paid = try #require(report.firstMatch(of: #/Paid \$(\d+\.\d\d) for/#)).output.1
      let rows = report.matches(of: #/(?m)^(?:minimax|ollama)\/\S+ +\d+ of \d+ +\$(\d+\.\d\d) /#).map(\.output.1)
      #expect(rows.count == 3)
      #expect(rows.map(cents).reduce(0, +) == cents(paid), "\(report)")
      let parts = try #require(
        flat(report).firstMatch(of: #/\$(\d+\.\d\d) by the token and \$(\d+\.\d\d) as this period's share/#)
      ).output
      #expect(cents(parts.1) + cents(parts.2) == cents(paid))
      #expect(flat(report).contains("$\(parts.2) of its fee for work of"))
    }
  }
}
