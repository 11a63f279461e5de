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
    }
  }
}
