import Commands
import Foundation
import TestSupport
import Testing

/// What people are notified about beside dear models: each thing once, through the same outbox.
struct NoticeTests {
  /// A machine with a log of eight requests of 2026-06-24, and a configuration.
  private func with(_ configuration: String, _ body: (TestContext) throws -> Void) throws {
    try TestContext.with { test in
      try test.write(configuration, to: ".config/ccr-audit/config.yaml")
      try log(test, day: 0)
      try body(test)
    }
  }

  /// A log of the requests of a day.
  /// - Parameter day: how many days after 2026-06-24.
  private func log(_ test: TestContext, day: Int, model: String = "minimax,MiniMax-M2.7") throws {
    var text = EstimateTests.log(EstimateTests.requests(measured: 8, unknown: 0), model: model)
    let start = 1_782_259_200_000 + day * 86_400_000
    text = text.replacing(#/"time":(\d{13})/#) { match in
      "\"time\":\((Int(match.1) ?? 0) - 1_782_259_200_000 + start)"
    }.replacing("\"pid\":7", with: "\"pid\":\(7 + day)")
    try test.write(text, to: ".claude-code-router/logs/ccr-day\(day).log")
  }

  /// The kinds of the messages, oldest first.
  private func told(_ test: TestContext, at time: String) throws -> [String] {
    let now = try Date.ISO8601FormatStyle().parse(time)
    test.context.now = { Int64(now.timeIntervalSince1970 * 1000) }
    let run = test.run("run")
    #expect(run.exitCode == 0, "\(run.errors)")
    return test.run("alert", "list").output.split(separator: "\n").filter { !$0.hasPrefix(" ") }.map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).dropFirst(2).first.map(String.init) ?? ""
    }
  }

  @Test func aBudgetTellsOnceAPeriodAndThreshold() throws {
    // The eight requests cost $0.0087 at MiniMax's own list: above half a cent, below one.
    try with("budgets: [{amount: \"0.01\", per: month, warn_at: [50%, 100%]}]\n") { test in
      #expect(try told(test, at: "2026-06-25T00:05:00Z") == ["budget"])
      #expect(try told(test, at: "2026-06-25T12:05:00Z") == ["budget"], "the same share of the same month")
      try log(test, day: 1)
      #expect(try told(test, at: "2026-06-26T00:05:00Z") == ["budget", "budget"], "all of it is spent")
      try log(test, day: 2)
      #expect(try told(test, at: "2026-06-27T00:05:00Z") == ["budget", "budget"])
      // Another month begins with nothing spent.
      #expect(try told(test, at: "2026-07-01T00:05:00Z") == ["budget", "budget"])
      try log(test, day: 7)
      #expect(try told(test, at: "2026-07-01T12:05:00Z") == ["budget", "budget", "budget"])
    }
  }

  /// What is spent on the last day of a period is seen by the night after it alone, when another period has begun.
  @Test(arguments: [("day", 0, "2026-06-25"), ("week", 4, "2026-06-29"), ("month", 6, "2026-07-01")])
  func aPeriodIsJudgedOnceMoreWhenItIsOver(period: String, day: Int, night: String) throws {
    try with("budgets: [{amount: \"0.001\", per: \(period)}]\n") { test in
      try FileManager.default.removeItem(atPath: "\(test.home)/.claude-code-router/logs/ccr-day0.log")
      try log(test, day: day)
      #expect(try told(test, at: "\(night)T00:05:00Z") == ["budget"])
      let last = try Date.ISO8601FormatStyle().parse("\(night)T00:00:00Z").addingTimeInterval(-86_400)
      #expect(try texts(test).contains("ccr-audit \(last.ISO8601Format().prefix(10)): a budget is exceeded"))
      #expect(try told(test, at: "\(night)T12:05:00Z") == ["budget"], "once")
      let check = test.run("check", "--budgets", "--from", "ledger")
      #expect(check.exitCode == 1, "\(check.output)")
      test.context.now = { [now = test.context.now()] in now + 86_400_000 }
      #expect(test.run("check", "--budgets", "--from", "ledger").exitCode == 0)
    }
  }

  @Test func daysThatWereMissedHaveTheirBudgetsJudgedWhenTheyAreCaughtUp() throws {
    try with("budgets: [{amount: \"0.001\", per: day}, {amount: \"0.03\", per: week}]\n") { test in
      #expect(try told(test, at: "2026-06-25T00:05:00Z") == ["budget"])
      for day in [1, 2, 4, 5] { try log(test, day: day) }
      // Thursday, Friday, Sunday and Monday, and the week to Sunday: $0.0347 of $0.03.
      #expect(try told(test, at: "2026-06-30T00:05:00Z").count == 6)
      #expect(try told(test, at: "2026-06-30T00:15:00Z").count == 6)
    }
  }

  @Test func aDryRunShowsWhatWouldBeToldOfBudgets() throws {
    try with("budgets: [{amount: \"0.001\", per: day}]\n") { test in
      test.context.now = { 1_782_345_900_000 }
      let dry = test.run("run", "--dry-run")
      #expect(dry.exitCode == 0 && dry.output.contains("ccr-audit 2026-06-24: a budget is exceeded"), "\(dry)")
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local/share/ccr-audit/ledger.sqlite"))
    }
  }

  @Test func aBudgetOfAnOriginIsJudgedByItsOwnRecords() throws {
    try with(
      """
      origin: anna
      budgets:
        - {amount: "0.001", per: month, origin: anna}
        - {amount: "0.001", per: month, origin: ben}

      """
    ) { test in
      #expect(try told(test, at: "2026-06-25T00:05:00Z") == ["budget"])
      #expect(test.run("report").errors.contains("the budget of the origin ben is not judged"))
      // What another machine wrote into the shared history.
      let history = "\(test.home)/.local/share/ccr-audit/history.jsonl"
      let records = try String(contentsOfFile: history, encoding: .utf8)
      try (records + records.replacing("\"anna\"", with: "\"ben\"")).write(
        toFile: history, atomically: true, encoding: .utf8)
      #expect(try told(test, at: "2026-06-25T01:05:00Z") == ["budget", "budget"])
      #expect(!test.run("report").errors.contains("is not judged"))
    }
  }

  @Test func silenceIsToldOnceUntilSomethingIsRecordedAgain() throws {
    try with("thresholds: {silent_hours: 30}\n") { test in
      #expect(try told(test, at: "2026-06-25T00:05:00Z") == [], "a day is shorter")
      #expect(try told(test, at: "2026-06-25T06:05:00Z") == ["silent"])
      #expect(try told(test, at: "2026-06-26T06:05:00Z") == ["silent"])
      try log(test, day: 3)
      #expect(try told(test, at: "2026-06-27T06:05:00Z") == ["silent"])
      #expect(try told(test, at: "2026-06-28T07:05:00Z") == ["silent", "silent"])
    }
  }

  @Test func aPlanThatEndsBeforeItsMonthIsToldOnceAMonth() throws {
    try with("subscriptions: [{plan: small, from: 2026-06-01}]\n") { test in
      // The requests of a day have 26,032 tokens; the month of records could have three and a half such days.
      try test.write(
        """
        provider: relay
        plans:
          - plan: small
            kind: subscription
            models: [little-one]
            fees:
              - {from: 2026-06-01, monthly: "20", included_tokens: 90000, source: "https://relay.example", verified: 2026-06-24}

        """, to: ".config/ccr-audit/pricing/relay.yaml")
      try log(test, day: 0, model: "relay,little-one")
      #expect(try told(test, at: "2026-06-25T00:05:00Z") == [], "one day tells nothing of a month")
      try log(test, day: 1, model: "relay,little-one")
      try log(test, day: 2, model: "relay,little-one")
      #expect(try told(test, at: "2026-06-27T00:05:00Z") == ["plan"])
      #expect(try told(test, at: "2026-06-27T12:05:00Z") == ["plan"])
      // With the fourth day they are used up: another message, and no forecast of what has come.
      try log(test, day: 3, model: "relay,little-one")
      #expect(try told(test, at: "2026-06-28T00:05:00Z") == ["plan", "plan"])
      #expect(try told(test, at: "2026-06-28T12:05:00Z") == ["plan", "plan"])
      let all = try texts(test)
      #expect(all.contains("104,128 of 90,000 included tokens are used of the month from 2026-06-01 to 2026-06-30"))
    }
  }

  /// The texts of all messages that were made.
  private func texts(_ test: TestContext) throws -> String {
    let ledger = "\(test.home)/.local/share/ccr-audit/ledger.sqlite"
    let bytes = try ["", "-wal"].filter { FileManager.default.fileExists(atPath: ledger + $0) }
      .map { try Data(contentsOf: URL(filePath: ledger + $0)) }
    return bytes.map { String(decoding: $0, as: UTF8.self) }.joined()
  }

  @Test func aMessageSaysWhatIsSpentAndNotMore() throws {
    try with("budgets: [{amount: \"0.01\", per: month, warn_at: 50%}]\n") { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      #expect(try texts(test).contains("50% of a budget is spent"))
      #expect(try !texts(test).contains("exceeded"))
    }
    let passed = """
      budgets:
        - {amount: "0.001", per: month, warn_at: [50%, 120%]}
        - {amount: "0.001", per: week, warn_at: 50%}

      """
    try with(passed) { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      #expect(try texts(test).contains("120% of a budget is spent"))
      #expect(try texts(test).contains("a budget is exceeded"))
    }
  }

  @Test(arguments: [
    ("provider: minmax", "provider minmax", "did you mean minimax?"),
    ("model: minimax/MiniMax-M2.77", "model minimax/MiniMax-M2.77", "did you mean minimax/MiniMax-M2.7?"),
    ("plan: ollama-clud-pro", "plan ollama-clud-pro", "did you mean ollama-cloud-pro?"),
    ("plan: ollama-cloud-pro", "plan ollama-cloud-pro", "ccr-audit pricing subscribe ollama-cloud-pro"),
    ("origin: ana", "origin ana", "neither this ledger nor the history has records of it"),
  ])
  func aBudgetOfANameThatNobodyKnowsIsSaid(subject: String, name: String, cure: String) throws {
    try with("budgets: [{amount: 1, per: month, \(subject)}]\n") { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      for command in [["report"], ["status"], ["run"]] {
        let errors = test.run(command).errors
        #expect(errors.components(separatedBy: "the budget of the \(name)").count == 2, "\(command): \(errors)")
        #expect(errors.contains(cure), "\(errors)")
      }
      // A budget that nothing can reach would always be kept; of a plan that nobody pays that is true.
      let isPlan = cure.contains("subscribe")
      let check = test.run("check", "--budgets", "--from", "ledger")
      let said = (check.output + check.errors).replacing(#/\n +/#, with: " ")
      #expect(said.components(separatedBy: "the budget of the \(name)").count == 2 && said.contains(cure), "\(said)")
      #expect(check.exitCode == (isPlan ? 0 : 2), "\(said)")
      let junit = test.run("check", "--budgets", "--from", "ledger", "--format", "junit").output
      #expect(junit.contains("the budget of the \(name)") != isPlan, "\(junit)")
      #expect(junit.contains("name=\"budget: ") == isPlan, "\(junit)")
    }
    // A name that is known is not.
    let known = "{amount: 1, per: month, provider: MINIMAX}, {amount: 1, per: day, model: minimax/minimax-m2.7}"
    try with("budgets: [\(known)]\n") { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      let report = test.run("report", "--all")
      #expect(!report.errors.contains("budget"))
      // Both names are those of the requests.
      #expect(report.output.components(separatedBy: "$0.0087 of $1.00").count == 3, "\(report.output)")
    }
  }

  @Test func anExceededBudgetCountsMoreThanOneThatNobodyKnows() throws {
    try with("budgets: [{amount: \"0.001\", per: month}, {amount: 1, per: month, provider: minmax}]\n") { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      #expect(test.run("check", "--budgets", "--from", "ledger").exitCode == 1)
    }
  }

  /// A prompt's line has the money before all that does not call for action.
  @Test(arguments: [
    ("budgets: []\n", "today ", 2),
    (
      "budgets: [{amount: \"0.01\", per: month, provider: minimax}]\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]\n",
      "budget 87% | 1 alert unsent | today ", 0
    ),
    (
      "budgets: [{amount: \"0.001\", per: month}, {amount: \"0.01\", per: week}]\n",
      "budgets 871%, 87% | 2 alerts unsent | today ", 0
    ),
    (
      "budgets: [\(Array(repeating: "{amount: \"0.001\", per: month}", count: 30).joined(separator: ", "))]\n",
      "budgets 871%, 871%, 871% and 27 more | 1 alert unsent | today ", 0
    ),
  ])
  func aPromptBeginsWithWhatIsWrong(configuration: String, start: String, amounts: Int) throws {
    try with(configuration) { test in
      _ = try told(test, at: "2026-06-24T23:55:00Z")
      // Who has no webhook reads reports: nothing waits for an action.
      #expect(!test.run("status", "--line").output.contains("unsent"))
      test.context.environment["CCR_AUDIT_SLACK_WEBHOOK_URL"] = "https://hooks.example/x"
      let line = test.run("status", "--line").output
      #expect(line.count <= 81 && line.hasPrefix(start), "\(line)")
      #expect(line.matches(of: #/\$\d+\.\d+/#).count >= amounts, "\(line)")
    }
  }

  @Test func aMonthWithNothingButAFeeSaysTheFee() throws {
    try with("subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]\n") { test in
      _ = try told(test, at: "2026-07-05T12:00:00Z")
      let status = test.run("status").output
      #expect(status.contains(#/this month +no requests, \$\d+\.\d\d of fees\n/#), "\(status)")
      #expect(test.run("status", "--line").output.contains("month no requests, $"))
    }
  }

  /// What a page, a report and the daily job's report say of budgets.
  @Test func budgetsStandInEveryReport() throws {
    let budgets = "{amount: \"0.001\", per: month}, {amount: 7, per: week, provider: minimax}"
    try with("budgets: [\(budgets)]\nhtml: ~/page.html\n") { test in
      _ = try told(test, at: "2026-06-25T00:05:00Z")
      #expect(test.run("run").output.contains("\nBudgets\n"))
      let page = test.run("report", "--all", "--format", "html").output
      for text in [
        page, try String(contentsOfFile: "\(test.home)/page.html", encoding: .utf8),
        try String(contentsOfFile: "\(test.home)/page-30-days.html", encoding: .utf8),
      ] {
        #expect(text.contains("id=\"h-budgets\"") && text.contains("of $7.00") && text.contains(" exceeded"))
      }
    }
  }

  /// Budgets of days, weeks and months are read at once, and each says what it says alone.
  @Test func manyBudgetsAreWhatEachIsAlone() throws {
    let all = ["day", "week", "month"].flatMap { period in
      ["", ", provider: minimax", ", model: minimax/MiniMax-M2.7"].map { "{amount: 5, per: \(period)\($0)}" }
    }
    func states(_ budgets: [String]) throws -> [String] {
      var states: [String] = []
      let paid = "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]\n"
      try with("budgets: [\(budgets.joined(separator: ", "))]\n\(paid)") { test in
        for day in 1...3 { try log(test, day: day) }
        _ = try told(test, at: "2026-06-27T09:00:00Z")
        let json = test.run("status", "--format", "json").output
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        states = (value?["budgets"] as? [[String: Any]] ?? []).map { "\($0["name"] ?? "") \($0["spent_usd"] ?? "")" }
      }
      return states
    }
    let together = try states(all)
    #expect(together.count == 9 && Set(together).count == 9)
    #expect(try all.flatMap { try states([$0]) } == together)
  }

  /// Today and the month of `status` are read at once, and each is what a report of it says.
  @Test func statusSaysWhatReportsSay() throws {
    try with("") { test in
      for day in 1...3 { try log(test, day: day) }
      _ = try told(test, at: "2026-06-27T09:00:00Z")
      func json(_ arguments: String...) throws -> [String: Any] {
        let output = test.run(arguments + ["--format", "json"]).output
        return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
      }
      let status = try json("status")
      for (part, first) in [("today", "2026-06-27"), ("month", "2026-06-01")] {
        let said = try #require(status[part] as? [String: Any])
        let report = try json("report", "--since", first, "--until", "2026-06-27")
        let (totals, coverage) = (report["totals"] as? [String: Any], report["coverage"] as? [String: Any])
        #expect(said["cost_usd"] as? String == totals?["cost_usd"] as? String)
        #expect(said["baseline_cost_usd"] as? String == totals?["baseline_cost_usd"] as? String)
        for name in ["cost_usd", "baseline_cost_usd", "saved_usd"] {
          for end in ["_low", "_high"] { #expect(said[name + end] as? String == totals?[name + end] as? String) }
        }
        #expect(said.keys.contains("ratio_low") && said.keys.contains("ratio_high"))
        #expect(said["requests"] as? Int == coverage?["requests"] as? Int)
      }
    }
  }
}
