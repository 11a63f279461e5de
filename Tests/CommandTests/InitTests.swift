import Commands
import Foundation
import TestSupport
import Testing

/// From nothing to the first report, and the state in one line.
struct InitTests {
  private func withRecords(_ body: (TestContext) throws -> Void) throws {
    try TestContext.with { test in
      let logs = try fixtureFolder("ccr-v1/logs")
      try FileManager.default.createDirectory(
        atPath: "\(test.home)/.claude-code-router", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: logs, toPath: "\(test.home)/.claude-code-router/logs")
      try body(test)
    }
  }

  private func fixtureFolder(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return root.appending(path: "fixtures/\(name)").path(percentEncoded: false)
  }

  @Test func setsUpReadsAndReports() throws {
    try withRecords { test in
      let outcome = test.run("init", "--yes")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("found      \(test.home)/.claude-code-router/logs"))
      #expect(outcome.output.contains("minimax/MiniMax-M2.7"))
      let path = "\(test.home)/.config/ccr-audit/config.yaml"
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      let shown = test.run("config", "show")
      #expect(shown.exitCode == 0 && shown.output.contains("\(path)"), "the file that it writes is one that it reads")
    }
  }

  @Test func aConfigurationThatIsNamedIsMade() throws {
    try withRecords { test in
      let path = "\(test.home)/team/ccr-audit.yaml"
      #expect(test.run("report", "--config", path).exitCode == 2)
      let outcome = test.run("init", "--yes", "--config", path)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("wrote      \(path)"))
      #expect(test.run("report", "--all", "--config", path).exitCode == 0)
    }
  }

  @Test func changesNothingThatIsThere() throws {
    try withRecords { test in
      let path = try test.write("timezone: Asia/Seoul # mine\n", to: ".config/ccr-audit/config.yaml")
      for _ in 0..<2 {
        let outcome = test.run("init", "--yes")
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.contains("kept       \(path) as it is"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "timezone: Asia/Seoul # mine\n")
      }
    }
  }

  @Test func theFirstRunReportsTheLastDayThatHasRequests() throws {
    try withRecords { test in
      // A month after the last record.
      test.context.now = { 1_785_500_000_000 }
      let first = test.run("run")
      #expect(first.exitCode == 0, "\(first.errors)")
      #expect(first.output.contains("\n2026-06-30 (UTC), compared with"))
      #expect(first.errors.contains("history since 2026-06-22: "))
      let days = try String(contentsOfFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", encoding: .utf8)
        .matches(of: #/"day": "([0-9-]+)"/#).map { String($0.output.1) }
      #expect(Set(days) == ["2026-06-22", "2026-06-23", "2026-06-24", "2026-06-25", "2026-06-30"])
      // From then on a day is what it was.
      #expect(test.run("run").output.hasPrefix("No requests in this period"))
    }
  }

  @Test func theFirstRunReportsTodayWhereAllRecordsAreOfToday() throws {
    try TestContext.with { test in
      try test.write(
        EstimateTests.log(EstimateTests.requests(measured: 8, unknown: 0)), to: ".claude-code-router/logs/ccr-a.log")
      // Noon of 2026-06-24, the day of the records.
      test.context.now = { 1_782_302_400_000 }
      let history = "\(test.home)/.local/share/ccr-audit/history.jsonl"
      for _ in 0..<2 {
        let run = test.run("run")
        #expect(run.exitCode == 0, "\(run.errors)")
        #expect(run.output.contains("\n2026-06-24 (UTC, not over yet), compared with"), "\(run.output)")
        #expect(run.errors.contains("audit of 2026-06-24, the last day with requests, not finished yet: 8 requests"))
        #expect(!FileManager.default.fileExists(atPath: history), "the history is of finished days")
        #expect(test.run("alert", "list").output.isEmpty)
      }
      let summary = test.run("run", "--json").output
      #expect(summary.contains("\"day\": \"2026-06-24\",\n  \"finished\": false"), "\(summary)")
      // The day after, it is a day like any other.
      test.context.now = { 1_782_302_400_000 + 86_400_000 }
      #expect(test.run("run").output.contains("\n2026-06-24 (UTC), compared with"))
      #expect(try String(contentsOfFile: history, encoding: .utf8).contains("\"day\": \"2026-06-24\""))
    }
  }

  @Test func whatOptionsSayStandsInTheConfiguration() throws {
    try withRecords { test in
      try test.write(
        """
        provider: mine
        models:
          - model: own
            prices: [{from: 2026-01-01, input: "4", output: "4", source: s, verified: 2026-01-01}]

        """, to: "prices/mine.yaml")
      let hook = try test.write("http://127.0.0.1:9/hook\n", to: "hook")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: hook)
      let outcome = test.run(
        "init", "--yes", "--ledger", "team/l.sqlite", "--history", "team/h.jsonl", "--pricing", "prices",
        "--timezone", "Asia/Seoul", "--baseline", "anthropic/claude-sonnet-4-6", "--webhook-file", "hook", "--no-color")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      // What another shell finds without any option.
      let shown = test.run("config", "show").output
      for value in [
        "\(test.home)/team/l.sqlite", "\(test.home)/team/h.jsonl", "\(test.home)/prices", "Asia/Seoul",
        "claude-sonnet-4-6", hook,
      ] {
        #expect(shown.contains(value), "\(value): \(shown)")
      }
      #expect(test.run("report", "--all").exitCode == 0)
      let text = try String(contentsOfFile: "\(test.home)/.config/ccr-audit/config.yaml", encoding: .utf8)
      #expect(text.contains("# color:"))
      // A second time nothing is written, and what would differ is said.
      let again = test.run("init", "--yes", "--ledger", "other.sqlite", "--timezone", "Asia/Seoul")
      #expect(again.errors.contains("--ledger holds for this run only"))
      #expect(!again.errors.contains("--timezone holds"))
    }
  }

  @Test(arguments: [
    ["--baseline", "minimax/nothing-of-that-name"],
    ["--subscription", "claude-pro", "--subscription", "claude-max-5x"],
    ["--webhook-file", "no/such/file"], ["--subscription", "no-such-plan"], ["--ledger", ".claude-code-router"],
    ["--pricing", "no/such/folder"], ["--ledger", "a.sqlite", "--ledger", "b.sqlite"],
  ])
  func whatIsRefusedLeavesNothing(options: [String]) throws {
    try withRecords { test in
      let before = try FileManager.default.subpathsOfDirectory(atPath: test.home).sorted()
      let outcome = test.run(["init", "--yes"] + options)
      #expect(outcome.exitCode != 0 && outcome.errors.contains("error: "), "\(outcome.errors)")
      #expect(try FileManager.default.subpathsOfDirectory(atPath: test.home).sorted() == before)
    }
  }

  @Test func whatIsPipedIsSaidNotToBeRead() throws {
    try withRecords { test in
      #expect(test.run("init").errors.contains("standard input is no terminal: nothing is asked"))
    }
    try withRecords { test in #expect(!test.run("init", "--yes").errors.contains("no terminal")) }
  }

  @Test func whereSomethingIsSetUpNobodyIsToldToBegin() throws {
    try TestContext.with { test in
      try test.write("timezone: UTC\n", to: ".config/ccr-audit/config.yaml")
      test.context.processes = ProcessRunner { _, _ in ProcessRunner.Result(status: 1, errors: "no bus\n") }
      for arguments in [
        ["schedule", "status"], ["alert", "test"], ["config", "show"], ["doctor"], ["ledger", "prune"],
      ] {
        #expect(!test.run(arguments).errors.contains("nothing is set up"))
      }
    }
  }

  @Test func aPromptWithoutALedgerStaysEmpty() throws {
    try TestContext.with { test in
      let outcome = test.run("status", "--line", "--quiet")
      #expect(outcome.exitCode == 2 && outcome.output.isEmpty && outcome.errors.isEmpty)
      // What somebody has to mend is said.
      #expect(test.run("status", "--line", "--quiet", "--ledger", "/dev/null").errors.contains("error: "))
    }
  }

  @Test func anEmptyMachineIsToldWhatToDo() throws {
    try TestContext.with { test in
      let outcome = test.run("init", "--yes")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("no records were found"))
      let status = test.run("status", "--line")
      #expect(status.exitCode == 2 && status.output.isEmpty)
      #expect(status.errors.contains("`ccr-audit ingest` makes it"), "a configuration is there now")
    }
  }

  @Test func saysHowThingsStandInOneLine() throws {
    try withRecords { test in
      try FileManager.default.createDirectory(
        atPath: "\(test.home)/.claude", withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: fixtureFolder("claude-code/projects"), toPath: "\(test.home)/.claude/projects")
      _ = test.run("init", "--yes")
      func line(at date: String) throws -> String {
        let time = try Date.ISO8601FormatStyle().parse("\(date)T12:05:00Z")
        test.context.now = { Int64(time.timeIntervalSince1970 * 1000) }
        let outcome = test.run("status", "--line")
        #expect(outcome.exitCode == 0)
        return outcome.output
      }
      #expect(try line(at: "2026-06-25").contains(#/^today 0\.\d\d.*×/#))
      #expect(try line(at: "2026-07-27").hasPrefix("today no requests | month no requests | read "))
      let later = try line(at: "2026-06-27")
      #expect(later == "today no requests | month 0.09–0.11×, $0.49 | coverage 22% | read 2 days ago\n")
      let json = test.run("status", "--format", "json")
      let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect(value?["schema_version"] as? Int == 1)
      #expect((value?["month"] as? [String: Any])?["requests"] as? Int ?? 0 > 0)
      #expect(value?["alerts_pending"] as? Int == 0)
    }
  }

  @Test func whatHasNoPriceIsNotCalledUnmeasured() throws {
    try withRecords { test in
      let log = test.run("ingest", "\(test.home)/.claude-code-router/logs")
      #expect(log.exitCode == 0)
      // Of some days the log holds tokens, of models that nobody sells by the token.
      #expect(
        test.run("status", "--line").output
          == "today 26 requests, none measured | month 180 requests, none with a price | …\n")
    }
  }

  @Test(arguments: [
    (["reprot"], "`ccr-audit report`"), (["alert", "tset"], "`ccr-audit alert test`"),
    (["pricing", "vlaidate"], "`ccr-audit pricing validate`"), (["config", "shwo"], "`ccr-audit config show`"),
    (["help", "reprot"], "`ccr-audit help report`"), (["hlep"], "`ccr-audit help`"),
  ])
  func aMisspeltCommandIsGuessed(arguments: [String], command: String) throws {
    try TestContext.with { test in
      let outcome = test.run(arguments)
      #expect(outcome.exitCode == 64)
      let word = arguments.last ?? ""
      #expect(outcome.errors.hasPrefix("error: there is no command `\(word)`; did you mean \(command)?\n"))
    }
  }

  @Test(arguments: [
    (["foo", "bar"], "error: there is no command `foo`; there are init, run, "),
    (["pricing", "check"], "error: there is no command `check`; of `ccr-audit pricing` there are "),
    (["help", "foo"], "error: there is no command `foo`; there are init, run, "),
    (["foo", "--help"], "error: there is no command `foo`; there are init, run, "),
    (["--versoin"], "error: there is no option `--versoin`; did you mean `ccr-audit --version`?\n"),
  ])
  func whatIsNoCommandNamesThoseThatThereAre(arguments: [String], sentence: String) throws {
    try TestContext.with { test in
      let outcome = test.run(arguments)
      #expect(outcome.exitCode == 64 && outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix(sentence), "\(outcome.errors)")
    }
  }

  @Test(arguments: [["help"], ["--help"], ["help", "pricing"], ["pricing", "--help"], ["help", "pricing", "show"]])
  func helpThatIsAskedForIsNoMistake(arguments: [String]) throws {
    try TestContext.with { test in
      let outcome = test.run(arguments)
      #expect(outcome.exitCode == 0 && outcome.errors.isEmpty && outcome.output.hasPrefix("OVERVIEW: "))
    }
  }

  /// One file that cannot be read costs neither the report nor the next step.
  @Test func aDamagedArchiveCostsTheFirstReportNothing() throws {
    try withRecords { test in
      let archive = "\(test.home)/.claude-code-router/logs/ccr-20260601000000.log.gz"
      try Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0xFF, count: 64)).write(
        to: URL(filePath: archive))
      let outcome = test.run("init", "--yes")
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.contains("minimax/MiniMax-M2.7"), "\(outcome.errors)")
      let next = try #require(outcome.errors.range(of: "next: `ccr-audit schedule install`"), "\(outcome.errors)")
      let error = try #require(outcome.errors.range(of: "error: cannot unpack \(archive)"), "\(outcome.errors)")
      #expect(next.upperBound < error.lowerBound)
    }
  }

  @Test func whatASecondTimeSaysOfItsOptionsIsTrue() throws {
    try withRecords { test in
      #expect(test.run("init", "--yes").output.contains("compared with Sonnet"))
      let other = test.run("init", "--yes", "--baseline", "anthropic/claude-haiku-4-5")
      #expect(other.errors.contains("--baseline holds for this run only"))
      #expect(other.output.contains("compared with anthropic/claude-haiku-4-5"), "\(other.output)")
      #expect(test.run("init", "--yes", "--webhook-file", "no/such/file").exitCode == 2)
      let hook = try test.write("http://127.0.0.1:9/hook\n", to: "hook")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: hook)
      let unsent = test.run("init", "--yes", "--webhook-file", hook)
      #expect(unsent.exitCode == 0 && unsent.errors.contains("--webhook-file changes nothing"), "\(unsent.errors)")
    }
  }

  @Test func aPlaceWhereNothingCanBeWrittenIsNamedBeforeAnythingIsMade() throws {
    try withRecords { test in
      try test.write("no folder\n", to: ".config")
      let outcome = test.run("init", "--yes")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("config.yaml cannot be written: Not a directory\nhint: "), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local"))
    }
  }

  @Test func aConfigurationThatIsALinkStaysOne() throws {
    try withRecords { test in
      let (folder, files) = ("\(test.home)/.config/ccr-audit", FileManager.default)
      for folder in [folder, "\(test.home)/dotfiles"] {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      try files.createSymbolicLink(
        atPath: "\(folder)/config.yaml", withDestinationPath: "\(test.home)/dotfiles/ccr-audit.yaml")
      #expect(test.run("init", "--yes").exitCode == 0)
      #expect(try files.destinationOfSymbolicLink(atPath: "\(folder)/config.yaml").hasSuffix("dotfiles/ccr-audit.yaml"))
      #expect(files.fileExists(atPath: "\(test.home)/dotfiles/ccr-audit.yaml"))
    }
  }

  /// A command that is proposed works on the files that the command line named.
  @Test func whatIsProposedKeepsTheFilesThatWereNamed() throws {
    try withRecords { test in
      let files = ["--config", "a b.yaml", "--ledger=team.sqlite"]
      let first = test.run(["init", "--yes"] + files)
      #expect(first.exitCode == 0, "\(first.errors)")
      #expect(
        first.errors.contains("next: `ccr-audit schedule install --config 'a b.yaml' --ledger team.sqlite` reads"),
        "\(first.errors)")
      let none = test.run("report", "--ledger", "other.sqlite", "--config", "a b.yaml")
      #expect(none.errors.contains("`ccr-audit ingest --ledger other.sqlite --config 'a b.yaml'`"), "\(none.errors)")
      #expect(test.run("reprot").errors.contains("did you mean `ccr-audit report`?"))
      // Several ledgers are not one.
      let several = test.run("report", "--ledger", "team.sqlite", "--ledger", "other.sqlite")
      #expect(!several.errors.contains("other.sqlite`"), "\(several.errors)")
    }
  }

  /// A machine that was set up before it has records is not sent back to the beginning.
  @Test func aMachineWithoutRecordsIsNotSentInACircle() throws {
    try TestContext.with { test in
      for command in [["report"], ["ingest"], ["status"]] {
        #expect(test.run(command).errors.contains("`ccr-audit init`"))
      }
      #expect(test.run("init", "--yes").errors.contains("`ccr-audit ingest PATH`"))
      for command in [["report"], ["ingest"], ["status"]] {
        let errors = test.run(command).errors
        #expect(!errors.contains("`ccr-audit init`") && errors.contains("`ccr-audit ingest"), "\(errors)")
      }
    }
  }

  /// A command is read without the tree of all commands; what it does not settle is the tree's.
  @Test func aCommandAloneIsWhatItIsInTheTree() throws {
    try TestContext.with { test in
      #expect(test.run("report", "--version").output == test.run("--version").output)
      #expect(test.run("report", "--help").output == test.run("help", "report").output)
      let wrong = test.run("report", "--lst", "7d")
      #expect(wrong.exitCode == 64 && wrong.errors.contains("Usage: ccr-audit report"), "\(wrong.errors)")
      #expect(test.run("pricing", "show").errors.contains("Usage: ccr-audit pricing show"))
    }
  }

  @Test func anEmptyPathIsNotThisFolder() throws {
    try TestContext.with { test in
      let outcome = test.run("ingest", "")
      #expect(outcome.exitCode == 64)
      #expect(outcome.errors.contains("a path is empty"))
    }
  }

  @Test func aTestWithoutAWebhookQueuesNothing() throws {
    try withRecords { test in
      _ = test.run("ingest")
      let outcome = test.run("alert", "test")
      #expect(outcome.exitCode == 2 && outcome.errors.contains("no webhook is configured"))
      #expect(test.run("alert", "list").output.isEmpty)
    }
  }

  @Test func aScheduleThatFailsLeavesNothing() throws {
    try TestContext.with { test in
      test.context.processes = ProcessRunner { _, _ in ProcessRunner.Result(status: 1, errors: "no bus\n") }
      #expect(test.run("schedule", "install").exitCode == 2)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: test.home).isEmpty)
      // What was there is there again.
      let unit = try test.write(
        "# Written by ccr-audit schedule install; ccr-audit schedule uninstall removes it.\nold\n",
        to: ".config/systemd/user/ccr-audit-run.timer")
      #expect(test.run("schedule", "install").exitCode == 2)
      #expect(try String(contentsOfFile: unit, encoding: .utf8).hasSuffix("old\n"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(test.home)/.config/systemd/user").count == 1)
    }
  }
}
