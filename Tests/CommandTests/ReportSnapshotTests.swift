import Commands
import Foundation
import TestSupport
import Testing

/// Whole reports as people read them, for each kind of user. Each was read by hand when it was recorded.
struct ReportSnapshotTests {
  /// The tables within the program change with prices; what is said does not.
  private func expect(_ text: String, is name: String) throws {
    let plain = text.replacing(#/prices\s[0-9a-f]{12}/#, with: "prices VERSION")
      .replacing(#/pricing\s[0-9a-f]{12}/#, with: "pricing VERSION")
    if let difference = try differenceFromSnapshot(plain, name) { Issue.record("\(difference)") }
    for line in plain.split(separator: "\n") where !line.contains("  ccr-audit ") && !line.hasPrefix("error: ") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func anEmptyHome() throws {
    try TestContext.with(width: nil) { test in
      let outcome = test.run("report")
      #expect(outcome.exitCode == 2)
      try expect(outcome.output + outcome.errors.replacing(test.home, with: "HOME"), is: "report-empty-home.txt")
    }
  }

  @Test func aLogOfDeepSeekAlone() throws {
    try TestContext.with(width: nil) { test in
      let log = EstimateTests.log(EstimateTests.requests(measured: 6, unknown: 2), model: "deepseek,deepseek-v4-flash")
      let path = try test.write(log, to: "ccr-20260624000000.log")
      #expect(test.run("ingest", path).exitCode == 0)
      try expect(test.run("report").output, is: "report-deepseek.txt")
    }
  }

  @Test func transcriptsWithoutARouter() throws {
    try TestContext.with(width: nil) { test in
      try test.ingest(fixtures: "claude-code/projects")
      try expect(test.run("report").output, is: "report-transcripts.txt")
    }
  }

  @Test func aPlanFromTheMiddleOfAMonth() throws {
    try TestContext.with(width: nil) { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-24}]", to: ".config/ccr-audit/config.yaml")
      var context = test.context
      context.now = { 1_783_000_000_000 }
      test.context = context
      try test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
      try expect(test.run("report", "--since", "2026-06-01", "--until", "2026-06-30").output, is: "report-plan.txt")
    }
  }

  @Test func twoOrigins() throws {
    try TestContext.with(width: nil) { test in
      var context = test.context
      context.environment["CCR_AUDIT_HISTORY"] = "\(test.home)/history/"
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      let people = [("anna", "ccr-20260622091000.log"), ("ben", "ccr-20260623211500.log")]
      for (origin, log) in people {
        context.environment["CCR_AUDIT_ORIGIN"] = origin
        context.environment["CCR_AUDIT_LEDGER"] = "\(test.home)/\(origin).sqlite"
        test.context = context
        for day in ["2026-06-22", "2026-06-23"] {
          let run = test.run("run", "--date", day, Fixtures.path("ccr-v1/logs/\(log)"))
          #expect(run.exitCode == 0, "\(run.errors)")
        }
      }
      let together = test.run("history").output
      let apart = test.run("history", "--by", "origin").output
      let check = test.run("check", "--window", "all").output
      try expect([together, apart, check].joined(separator: "\n"), is: "history-two-origins.txt")
    }
  }
}

/// The first thing that anybody reads.
struct ReadmeTests {
  /// What `make demo` prints at last.
  @Test func itsSampleIsTheDemosReport() throws {
    let demo = try TestContext.with(width: nil) { test in
      var context = test.context
      context.environment["CCR_AUDIT_TIMEZONE"] = "Asia/Seoul"
      context.environment["CCR_AUDIT_CONFIG"] = Fixtures.path("demo.yaml")
      // Any day after the last one of the records.
      context.now = { 1_795_000_000_000 }
      test.context = context
      let run = test.run(
        "run", "--date", "2026-06-23", "--router-config",
        Fixtures.path("ccr-v1/configs/config-1-p1-article-config.json"), Fixtures.path("ccr-v1/logs"),
        Fixtures.path("claude-code/projects"))
      #expect(run.exitCode == 0, "\(run.errors)")
      return test.run("report", "--all").output
    }
    let readme = try String(contentsOf: Fixtures.package.appending(path: "README.md"), encoding: .utf8)
    let sample = try #require(readme.firstMatch(of: #/```\n(Paid[\s\S]*?)```\n/#)).output.1
    func plain(_ text: some StringProtocol) -> String {
      String(text).replacing(#/prices [0-9a-f]{12}/#, with: "prices VERSION")
    }
    #expect(plain(sample) == plain(demo), "\(demo)")
  }
}
