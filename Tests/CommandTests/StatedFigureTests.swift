import Commands
import Foundation
import TestSupport
import Testing

/// What one output says of a ledger, every other output says, too, in each window and format.
struct StatedFigureTests {
  /// The text as one line.
  private func flat(_ text: String) -> String { text.replacing(#/\s+/#, with: " ") }

  private func json(_ outcome: Outcome) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
  }

  /// A plan that $8.40 of work ran on in the four days since records begin, as of a moment of 2026-11.
  private func withPlan(asOf time: Int64, _ body: (TestContext) throws -> Void) throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "baseline: anthropic/claude-sonnet-4-6\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]",
        to: ".config/ccr-audit/config.yaml")
      test.context.now = { time }
      // 2026-11-21T00:00Z; $2.10 a day at $3 and $15 a million tokens.
      let start: Int64 = 1_795_219_200_000
      let calls = (0..<4).map {
        ScopeTests.call($0 + 1, time: start + Int64($0) * 86_400_000, pair: "ollama,glm-5.2", tokens: 699_950)
      }
      let log = try test.write(calls.joined(), to: "ccr-20261121000000.log")
      #expect(test.run("ingest", log).exitCode == 0)
      try body(test)
    }
  }

  /// The first and the fifth worked example of the newer rules, in what is printed.
  @Test func feesAndProjectionsCountFromTheFirstRecord() throws {
    // 2026-11-25T00:00Z.
    try withPlan(asOf: 1_795_564_800_000) { test in
      for window in [["--all"], ["--since", "2026-11-01"], ["--since", "2026-06-01"]] {
        let window = window + (window == ["--all"] ? [] : ["--until", "2026-11-24"])
        let report = try json(test.run(["report", "--format", "json"] + window))
        let plan = try #require((report["plans"] as? [[String: Any]])?.first)
        #expect((plan["period_fee_usd"] as? String)?.hasPrefix("2.66666666666") == true)
        #expect(plan["projected_monthly_baseline_usd"] as? String == "63")
        #expect(plan["utilisation"] as? String == "3.150000")
        #expect(plan["ratio"] as? String == "0.317460")
        #expect(((report["totals"] as? [String: Any])?["saved_usd"] as? String)?.hasPrefix("5.7333333333") == true)
        let text = flat(test.run(["report"] + window).output)
        #expect(text.contains("records begin on 2026-11-21: 4 of the month's 24 days so far"))
        #expect(text.contains("$2.67 of its fee for work of $8.40 at Sonnet 4.6 prices in this period: 0.32×"))
        #expect(text.contains("315% of the fee, it pays"))
      }
    }
  }

  /// Where all is paid by plans, their fees add up to what was paid, on the page, too.
  @Test func feesOfSeveralPlansAddUp() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: claude-max-20x, from: 2026-06-01}, {plan: ollama-cloud-pro, from: 2026-06-01}]",
        to: ".config/ccr-audit/config.yaml")
      try test.write(ScopeTests.answer(1), to: ".claude/projects/p/s.jsonl")
      let call = ScopeTests.call(1, time: ScopeTests.start + 86_400_000, pair: "ollama,glm-5.2")
      try test.write(call, to: ".claude-code-router/logs/a.log")
      #expect(test.run("ingest").exitCode == 0)
      // A day of $200 and of $20 a month: $6.666667 and $0.666667.
      let day = ["report", "--since", "2026-06-24", "--until", "2026-06-24", "--scope", "all"]
      let text = test.run(day).output
      #expect(text.contains("Paid $7.33 for work"), "\(text)")
      #expect(text.contains("$7.33 as this period's share of plan fees"), "\(text)")
      let rows = text.matches(of: #/(?:sonnet-4-6\*|glm-5\.2) .*? \$(\d\.\d\d) /#).prefix(2).map(\.output.1)
      #expect(rows.compactMap { Decimal(string: String($0)) }.reduce(0, +) == Decimal(string: "7.33"), "\(text)")
      let page = test.run(day + ["--format", "html"]).output.replacing(#/<[^>]*>/#, with: " ")
      let kpi = try #require(page.firstMatch(of: #/Difference\s+(\$\d\.\d\d)\s+lost/#), "\(page.prefix(9000))")
      #expect(text.contains("share of plan fees: \(kpi.output.1) more than"))
    }
  }

  @Test func fewerThanThreeRecordedDaysProjectNothing() throws {
    // 2026-11-23T12:00Z.
    try withPlan(asOf: 1_795_435_200_000) { test in
      let report = try json(test.run("report", "--all", "--format", "json"))
      let plan = try #require((report["plans"] as? [[String: Any]])?.first)
      #expect(plan["status"] as? String == "too_early")
      #expect(plan["projected_monthly_baseline_usd"] is NSNull && plan["utilisation"] is NSNull)
      #expect(flat(test.run("report", "--all").output).contains("too early to project, fewer than 3 days are recorded"))
    }
  }

  /// A request whose cache split nobody knows costs between the same two ends whatever period it is shown in, and in the
  /// history.
  @Test func rangesAreTheSameInEveryWindowAndInTheHistory() throws {
    try TestContext.with { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      // 2026-07-02T00:05Z.
      test.context.now = { 1_782_950_700_000 }
      #expect(test.run("ingest", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")).exitCode == 0)
      func ends(_ window: String...) throws -> [Decimal] {
        let report = try json(test.run(["report", "--format", "json"] + window))
        let totals = try #require(report["totals"] as? [String: Any])
        return ["baseline_cost_usd_low", "baseline_cost_usd_high"].map {
          (totals[$0] as? String).flatMap { Decimal(string: $0) } ?? 0
        }
      }
      let whole = try ends("--since", "2026-06-24", "--until", "2026-06-30")
      #expect(whole[0] < whole[1])
      var sums = [Decimal(0), 0]
      for day in (24...30).map({ "2026-06-\($0)" }) {
        for (index, end) in try ends("--since", day, "--until", day).enumerated() { sums[index] += end }
      }
      #expect(sums == whole)
      // A plan's month by the report, a check and the history.
      let report = flat(test.run("report", "--since", "2026-06-24", "--until", "2026-06-30").output)
      let share = try #require(report.firstMatch(of: #/at that pace: (\d+%) to (\d+%) of the fee/#)).output
      let check = flat(test.run("check", "--from", "ledger", "--window", "all").output)
      #expect(check.contains("is projected to be used for \(share.1) to \(share.2) of its fee"), "\(check)")
      let period = try #require(report.firstMatch(of: #/of its fee for work of (\$[\d.]+ to \$[\d.]+) at/#)).output.1
      #expect(flat(test.run("history", "--from", "ledger").output).contains("for work of \(period) at"))
    }
  }

  /// What a month is worth does not depend on which of its days somebody looks at.
  @Test func aPlansMonthIsTheSameInEveryWindowOfOneEnd() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      // 2026-07-02T00:05Z.
      test.context.now = { 1_782_950_700_000 }
      #expect(test.run("ingest", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")).exitCode == 0)
      var months: Set<String> = []
      for since in ["2026-06-01", "2026-06-24", "2026-06-30"] {
        let text = flat(test.run("report", "--since", since, "--until", "2026-06-30").output)
        months.insert(String(try #require(text.firstMatch(of: #/\S+ to \S+ at [^$]* in the month, .*? of the fee/#)).0))
      }
      // Sonnet 5 is the baseline of the last day only.
      #expect(months.count == 1 && months.allSatisfy { $0.contains("at Sonnet prices in the month") }, "\(months)")
    }
  }

  @Test func howMuchOfAPlanIsUsedIsARangeEverywhere() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      // 2026-06-30T23:59Z.
      test.context.now = { 1_782_863_940_000 }
      let records = [Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")]
      #expect(test.run(["ingest"] + records).exitCode == 0)
      let report = flat(test.run("report", "--month", "2026-06").output)
      let share = try #require(report.firstMatch(of: #/(\d+% to \d+%) of the fee/#)).output.1
      #expect(flat(test.run("status").output).contains("(\(share) of its fee)"))
      let check = flat(test.run("check", "--from", "ledger", "--window", "all").output)
      #expect(check.contains("ollama-cloud-pro is projected to be used for \(share) of its fee"))
    }
  }

  @Test func anInferredProviderIsSaidToBeAssumedInEveryCommandAndFormat() throws {
    try TestContext.with(width: nil) { test in
      let lines = (1...3).map { ScopeTests.answer($0, model: "claude-opus-4-6") }
      try test.write(lines.joined(), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("run", "--date", "2026-06-24").exitCode == 0)
      for command in [["check", "--window", "all"], ["history"]] {
        let text = test.run(command).output
        #expect(text.contains("anthropic/claude-opus-4-6* ") && text.contains("* provider assumed"), "\(text)")
        let markdown = test.run(command + ["--format", "markdown"]).output
        #expect(markdown.contains("(assumed)"), "\(markdown)")
        let models = try json(test.run(command + ["--format", "json"]))["models"] as? [[String: Any]]
        #expect(models?.first?["assumed"] as? Bool == true)
      }
      #expect(test.run("history", "--format", "csv").output.contains(",assumed"))
      let check = flat(test.run("check", "--window", "all").output)
      #expect(check.contains("(3 measured requests; provider assumed)"))
      #expect(check.contains("ccr-audit pricing subscribe claude-pro --from 2026-06-24"))
    }
  }

  /// A request that failed has nothing to measure.
  @Test func measuredIsOfWhatWasAnsweredInEveryTable() throws {
    try TestContext.with(width: nil) { test in
      let calls = (1...4).map { ScopeTests.call($0) }
      let failed = calls[3].replacing(#""statusCode":200"#, with: #""statusCode":500"#)
        .split(separator: "\n").filter { !$0.contains("usage") }.joined(separator: "\n")
      let log = try test.write(calls.prefix(3).joined() + failed + "\n", to: ".claude-code-router/logs/ccr-1.log")
      #expect(test.run("run", log, "--date", "2026-06-23").exitCode == 0)
      for command in [["report", "--all"], ["report", "--all", "--by", "day"], ["history"]] {
        let text = test.run(command).output
        #expect(text.contains(" 3 of 3 "), "\(text)")
      }
      let coverage = flat(test.run("report", "--all").output)
      #expect(coverage.contains("3 of 3 answered requests (100%) have measured tokens and a price; 1 more failed"))
    }
  }

  /// What nobody measured would not cost nothing once no plan pays for it.
  @Test func droppingAPlanSavesNoSumThatNobodyKnows() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      let log = EstimateTests.log(EstimateTests.requests(measured: 0, unknown: 4), model: "ollama,glm-5.2")
      let path = try test.write(log, to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let text = flat(test.run("simulate", "--all", "--without-plan", "ollama-cloud-pro").output)
      #expect(
        text.contains("now; then what 4 requests without measured tokens would cost, which is not known"), "\(text)")
      #expect(!text.contains("saved"))
    }
  }

  /// What a plan pays for, now or then, counts by its fee although it has no price of its own.
  @Test func whatAPlanPaysForIsNotOnNeitherSide() throws {
    try TestContext.with(width: nil) { test in
      let log = try test.write(ScopeTests.call(1, pair: "ollama,glm-5.2"), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let taken = flat(test.run("simulate", "--all", "--plan", "ollama-cloud-pro").output)
      #expect(
        taken.contains("1 request to ollama/glm-5.2 has no price now, and then costs nothing beside the fees"),
        "\(taken)")
      #expect(!taken.contains("neither side") && !taken.contains("without these"), "\(taken)")
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      let dropped = flat(test.run("simulate", "--all", "--without-plan", "ollama-cloud-pro").output)
      #expect(
        dropped.contains("1 request to ollama/glm-5.2 has no price without ollama-cloud-pro, which pays for it now"),
        "\(dropped)")
    }
  }

  /// Who declared a plan for other days is not asked whether it is paid at all.
  @Test(arguments: [("ollama,glm-5.2", "ollama-cloud-pro"), ("", "claude-max-5x")])
  func aPlanThatIsDeclaredForOtherDaysIsNamedAsThat(pair: String, plan: String) throws {
    try TestContext.with(width: nil) { test in
      try test.write("subscriptions: [{plan: \(plan), from: 2026-07-01}]", to: ".config/ccr-audit/config.yaml")
      let path =
        pair.isEmpty
        ? try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
        : try test.write(ScopeTests.call(1, pair: pair), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let commands = [["report", "--all"], ["check", "--from", "ledger", "--window", "all"]]
      for command in commands + (pair.isEmpty ? [] : [["status"], ["doctor"]]) {
        let text = flat(test.run(command).output)
        #expect(
          text.contains(" \(plan), which covers \(pair.isEmpty ? "them" : "it"), is declared for other days"), "\(text)"
        )
        #expect(!text.contains("if you pay") && !text.contains("No plan is declared"), "\(text)")
        #expect(text.contains("ccr-audit pricing subscribe \(plan)"), "\(text)")
      }
      let cure = ["pricing", "subscribe", plan] + (pair.isEmpty ? ["--from", "2026-06-24"] : [])
      #expect(test.run(cure).output.contains("until: 2026-06-30"))
      #expect(!test.run("report", "--all").output.contains("other days"))
    }
  }

  /// A plan that ended has a past, and no month to come; what has no price now did not cost nothing.
  @Test func aPlanThatEndedIsJudgedByTheDaysThatWerePaid() throws {
    try withPlan(asOf: 1_795_564_800_000) { test in
      try test.write(
        "baseline: anthropic/claude-sonnet-4-6\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01, "
          + "until: 2026-11-23}]", to: ".config/ccr-audit/config.yaml")
      let report = flat(test.run("report", "--all").output)
      // $2.10 a day, of a fee of $0.67 a day.
      #expect(
        report.contains("$6.30 at Sonnet 4.6 prices in the month so far, $63.00 in a whole month at that pace: 315%"))
      #expect(!report.contains("projected"), "\(report)")
      #expect(test.run("status").output.contains("pays, ended (315% of its fee)"))
      let after = flat(test.run("report", "--since", "2026-11-24", "--until", "2026-11-24").output)
      #expect(after.hasPrefix("What was paid is not known; "), "\(after)")
      #expect(!after.contains("$0.00") && after.contains("is declared for other days"), "\(after)")
    }
  }

  /// What an ended plan did is no projection, and a plan of some days rests on those.
  @Test(arguments: [("until: 2026-11-24", "was used"), ("until: 2026-11-30", "is projected to be used")])
  func aCheckSaysOnHowManyDaysAPlanRan(until: String, words: String) throws {
    try withPlan(asOf: 1_795_694_400_000) { test in
      try test.write(
        "baseline: anthropic/claude-sonnet-4-6\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-11-22, fee: 200, "
          + "\(until)}]", to: ".config/ccr-audit/config.yaml")
      let check = flat(test.run("check", "--from", "ledger", "--window", "all").output)
      #expect(
        check.contains("ollama-cloud-pro \(words) for 32% of its fee of $200.00, over 3 recorded days"), "\(check)")
      let advice = flat(test.run("advise", "--all").output)
      #expect(advice.contains("is under break-even so far") == (words != "was used"), "\(advice)")
    }
  }

  /// A plan of one scope is no cost of the other, in a simulation as in a report.
  @Test func aSimulationCountsTheFeesThatAReportCounts() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: claude-max-5x, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      try test.write(ScopeTests.call(1), to: ".claude-code-router/logs/ccr-20260623000000.log")
      #expect(test.run("ingest").exitCode == 0)
      for scope in ["routed", "direct", "all"] {
        let report = try json(test.run("report", "--all", "--scope", scope, "--format", "json"))
        let totals = try #require(report["totals"] as? [String: Any])
        let move = ["simulate", "--all", "--scope", scope, "--all-to", "minimax/MiniMax-M2.7", "--format", "json"]
        let simulated = try #require(try json(test.run(move))["totals"] as? [String: Any])
        #expect(simulated["now_usd"] as? String == totals["cost_usd"] as? String, "\(scope)")
      }
      // What an alias stands for is what a plan covers.
      let same = flat(test.run("simulate", "--all", "--scope", "direct", "--all-to", "anthropic/claude-sonnet").output)
      #expect(same.contains("then: the same") && same.contains("claude-max-5x ($100.00 a month) would carry 1 request"))
    }
  }

  @Test func whatIsNotShownAndWhatIsAssumedIsSaidInAStatus() throws {
    try TestContext.with(width: nil) { test in
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let direct = flat(test.run("status").output)
      #expect(direct.contains("traffic none through a router; all went straight to its provider"), "\(direct)")
      #expect(direct.contains(" paid, if by the token, for work of "))
      #expect(direct.contains("provider Assumed: only the client's record") && direct.contains("No plan is declared"))
      #expect(flat(test.run("report", "--all").output).contains(#/^Paid \$[\d.]+, if by the token, for work/#))
      let log = try test.write(ScopeTests.call(1), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let routed = flat(test.run("status").output)
      #expect(routed.contains("traffic without 1 request that went straight to their provider (1,010 measured tokens)"))
      #expect(!routed.contains("assumed"), "\(routed)")
    }
  }

  /// A log that has another name than doctor looks for is in the ledger all the same.
  @Test func doctorDoesNotCallARouterMissingThatTheLedgerKnows() throws {
    try TestContext.with { test in
      let log = try test.write(ScopeTests.call(1), to: "a.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let findings = try json(test.run("doctor", "--format", "json"))["findings"] as? [[String: Any]]
      let missing = try #require(findings?.first { $0["id"] as? String == "router-missing" })
      #expect(missing["severity"] as? String == "advice")
      #expect((missing["why"] as? String)?.hasPrefix("The ledger holds what one wrote down") == true)
    }
  }

  /// A prompt's line has 80 columns, and says where it leaves something out.
  @Test func theLineOfAPromptIsNoLongerThanALine() throws {
    try withPlan(asOf: 1_795_564_800_000) { test in
      try test.write(
        "baseline: anthropic/claude-sonnet-4-6\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]\n"
          + "budgets: [{amount: 5, per: month}, {amount: 0.01, per: month, provider: ollama}]",
        to: ".config/ccr-audit/config.yaml")
      let line = test.run("status", "--line").output
      #expect(line == "today no requests | month 0.32×, $2.67 | coverage 100% | read 0 min ago | …\n")
      #expect(line.hasSuffix("%)\n") || line.hasSuffix(" | …\n") || line.hasSuffix("%\n"), "\(line)")
      let text = test.run("status").output
      #expect(text.contains("$2.67 paid for work of $8.40 at Sonnet 4.6 prices: 0.32×"), "\(text)")
    }
  }

  @Test func aSimulationMarksProvidersThatAreAssumed() throws {
    try TestContext.with(width: nil) { test in
      try test.write(ScopeTests.answer(1, model: "claude-opus-4-6"), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let command = ["simulate", "--all", "--all-to", "deepseek/deepseek-v4-flash"]
      let text = test.run(command).output
      #expect(text.contains("anthropic/claude-opus-4-6* ") && text.contains("* provider assumed: "), "\(text)")
      let rows = try json(test.run(command + ["--format", "json"]))["routes"] as? [[String: Any]]
      #expect(rows?.map { $0["provider_assumed"] as? Bool } == [true])
    }
  }

  @Test func aCheckThatJudgedNothingSaysSo() throws {
    try TestContext.with(width: nil) { test in
      let failed = EstimateTests.log(EstimateTests.requests(measured: 0, unknown: 4))
        .replacing(#""statusCode":200"#, with: #""statusCode":429"#)
      let path = try test.write(failed, to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let check = ["check", "--from", "ledger", "--window", "all"]
      let judged = test.run(check).output
      #expect(judged.hasPrefix("Check passed; no model was judged\n2026-06-24 (UTC), against Sonnet 4.6"), "\(judged)")
      let more = try test.write(ScopeTests.call(2), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", more).exitCode == 0)
      #expect(test.run(check).output.hasPrefix("Check passed\n"))
    }
  }

  /// Two sellers of one model are told apart, and long names do not make lines too wide.
  @Test func modelsOfOneNameAreNamedWithTheirProviders() throws {
    try TestContext.with(width: nil) { test in
      let long = "openrouter,nvidia/llama-3.1-nemotron-ultra-253b-v1-with-a-name-that-is-very-long"
      let pairs = ["anthropic,claude-opus-4-6", "bedrock,claude-opus-4-6", long]
      let calls = pairs.enumerated().map {
        ScopeTests.call($0.offset + 1, time: ScopeTests.start + Int64($0.offset) * 60_000, pair: $0.element)
      }
      let path = try test.write(calls.joined(), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      try test.write(
        """
        provider: bedrock
        models:
          - model: claude-opus-4-6
            prices: [{from: 2026-01-01, input: "6", output: "30"}]

        """, to: ".config/ccr-audit/pricing/bedrock.yaml")
      let headline = flat(test.run("report", "--all").output)
      #expect(headline.contains("; anthropic/claude-opus-4-6 ") && headline.contains("; bedrock/claude-opus-4-6 "))
      let check = test.run("check", "--from", "ledger", "--window", "all").output
      for line in check.split(separator: "\n") where !line.contains("ccr-audit ") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  /// One word of the configuration for two routes is no evidence for either.
  @Test func aModelOfTwoRoutesIsSaidToBeOnEither() throws {
    try TestContext.with(width: nil) { test in
      let routes = #"{"default": "minimax,MiniMax-M2.7", "webSearch": "minimax,MiniMax-M2.7"}"#
      let config = try test.write(#"{"Providers": [], "Router": \#(routes)}"#, to: "config.json")
      let log = try test.write(ScopeTests.call(1), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", "--router-config", config, log).exitCode == 0)
      let text = test.run("report", "--all", "--by", "route").output
      #expect(text.contains(#/(?m)^default or webSearch  minimax/MiniMax-M2\.7 /#), "\(text)")
    }
  }

  /// How little stands behind a verdict or an advice is said beside it, and the baseline is no model to compare.
  @Test func whatLittleIsMeasuredIsNamedWithTheVerdict() throws {
    try TestContext.with(width: nil) { test in
      let requests = EstimateTests.requests(measured: 3, unknown: 22)
      let log = try test.write(EstimateTests.log(requests), to: "ccr-20260624000000.log")
      let baseline = try test.write(
        ScopeTests.call(90, pair: "anthropic,claude-sonnet-4-6"), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", log, baseline).exitCode == 0)
      let report = flat(test.run("report", "--all").output)
      let headline = report.prefix { !$0.isNewline && $0 != "(" }
      #expect(headline.contains(#/MiniMax-M2\.7 0\.\d+×, cheaper; 85% of requests not measured /#), "\(headline)")
      #expect(!headline.contains("claude-sonnet-4-6") && !headline.contains("as dear"), "\(headline)")
      #expect(report.contains(#/anthropic\/claude-sonnet-4-6 .* as dear/#))
      let advice = flat(test.run("advise", "--all").output)
      #expect(advice.contains("Judged by 4 of 26 answered requests; 85% of requests not measured"), "\(advice)")
    }
  }

  /// A single figure stands where both ends are one, and nowhere else.
  @Test func aRangeHasNoSingleFigureAndAFigureNoRange() throws {
    func check(_ value: Any, _ place: String) throws {
      if let object = value as? [String: Any] {
        for (key, low) in object where key.hasSuffix("_low") {
          let name = String(key.dropLast(4))
          let high = object[name + "_high"]
          #expect((low is NSNull) == (high is NSNull), "\(place).\(key)")
          guard let low = low as? String, let high = high as? String, let single = object[name] else { continue }
          #expect(low == high ? single as? String == low : single is NSNull, "\(place).\(name)")
          let (least, most) = (try #require(Double(low)), try #require(Double(high)))
          #expect(least <= most, "\(place).\(name)")
        }
        for (key, value) in object { try check(value, "\(place).\(key)") }
      }
      for value in value as? [Any] ?? [] { try check(value, place) }
    }
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      test.context.now = { 1_782_950_700_000 }
      #expect(test.run("ingest", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")).exitCode == 0)
      for command in [["report"], ["report", "--by", "day"], ["simulate", "--all-to", "deepseek/deepseek-v4-flash"]] {
        try check(try json(test.run(command + ["--all", "--format", "json"])), command[0])
      }
    }
  }

  /// A plan that begins later costs nothing yet, and says nothing of it.
  @Test func daysBeforeAPlanBeginsHaveNoShareOfItsFee() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      let path = try test.write(ScopeTests.call(1), to: "ccr-20260623000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      let text = test.run("report", "--since", "2026-06-23", "--until", "2026-06-23").output
      #expect(text.contains(" by the token: $") && !text.contains("share of plan fees"), "\(text)")
    }
  }
}
