import Commands
import Foundation
import TestSupport
import Testing

/// What cannot be meant: said what, where and what there is instead, with nothing read or written.
struct WrongInputTests {
  private static let log = EstimateTests.log(EstimateTests.requests(measured: 2, unknown: 0))

  @Test(arguments: [["ingest"], ["run"], ["run", "--dry-run"]])
  func anEmptyMachineIsLeftEmpty(arguments: [String]) throws {
    try TestContext.with { (test) throws in
      let outcome = test.run(arguments)
      #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("`ccr-audit init`"))
      #expect(try FileManager.default.subpathsOfDirectory(atPath: test.home).isEmpty)
    }
  }

  @Test(arguments: [
    ["report"], ["status"], ["history"], ["check"], ["doctor"], ["simulate", "--all-to", "minimax/MiniMax-M2.7"],
    ["advise"],
    ["alert", "list"], ["ledger", "check"], ["export"], ["reconcile", "x.csv"], ["history", "verify"],
  ])
  func everyCommandOnAnEmptyMachineNamesInit(arguments: [String]) throws {
    try TestContext.with { (test) throws in
      let outcome = test.run(arguments)
      #expect((outcome.output + outcome.errors).contains("ccr-audit init"), "\(outcome)")
    }
  }

  @Test(arguments: ["ingest", "run"])
  func anEmptyPathIsWrongUsage(command: String) throws {
    try TestContext.with { (test) throws in
      let outcome = test.run(command, "")
      #expect(outcome.exitCode == 64 && outcome.errors.contains("a path is empty"))
      #expect(try FileManager.default.subpathsOfDirectory(atPath: test.home).isEmpty)
    }
  }

  @Test func aSourceThatTheContentContradictsReadsNothing() throws {
    try TestContext.with { (test) throws in
      let path = try test.write(Self.log, to: "logs/a.log")
      for place in [path, "\(test.home)/logs"] {
        let outcome = test.run("ingest", "--source", "litellm", place)
        #expect(outcome.exitCode == 2)
        #expect(
          outcome.errors.contains("\(path) is a record of claude-code-router, not of litellm"), "\(outcome.errors)")
      }
      #expect(test.run("ingest", path).errors.contains("2 new requests"))
    }
  }

  @Test func aFolderWithoutAnyRecordIsNamed() throws {
    try TestContext.with { (test) throws in
      let log = try test.write(Self.log, to: "logs/a.log")
      let empty = "\(test.home)/empty"
      try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
      try test.write("not a log\n", to: "texts/deep/notes.txt")
      for folder in [empty, "\(test.home)/texts"] {
        for _ in 0..<2 {
          let outcome = test.run("ingest", folder)
          #expect(outcome.exitCode == 2)
          #expect(outcome.errors.contains("\(folder) holds no record"), "\(outcome.errors)")
        }
      }
      // It stops nothing else, and a folder whose records are all read holds some.
      #expect(test.run("ingest", empty, log).errors.contains("2 new requests"))
      #expect(test.run("ingest", "\(test.home)/logs").exitCode == 0)
    }
  }

  @Test(arguments: [
    (["report", "--since", "2026-06-26"], "--since 2026-06-26 is in the future; today is 2026-06-25"),
    (["report", "--month", "2026-07"], "--month 2026-07 is in the future"),
    (["advise", "--since", "2030-01-01"], "is in the future"),
    (["run", "--date", "2026-06-26"], "is in the future"),
    (
      ["simulate", "--route", "bogus=minimax/MiniMax-M2.7"],
      "there is no route bogus; there are default, background, think"
    ),
    (["simulate", "--route", "think"], "it must be ROUTE=PROVIDER/MODEL"),
    (["init", "--yes", "--subscription", "ollama-cloud"], "the table has no plan ollama-cloud; there are"),
    (["init", "--yes", "--subscription", "claude-pro=yesterday"], "claude-pro=yesterday must be a plan, or PLAN=DAY"),
  ])
  func whatCannotBeIsWrongUsage(arguments: [String], sentence: String) throws {
    try TestContext.with { (test) throws in
      #expect(test.run("ingest", try test.write(Self.log, to: "a.log")).exitCode == 0)
      let outcome = test.run(arguments)
      #expect(outcome.exitCode == 64)
      #expect(outcome.errors.replacing("\n", with: " ").contains(sentence), "\(outcome.errors)")
    }
  }

  @Test func aRouteThatNothingTookIsSaid() throws {
    try TestContext.with { (test) throws in
      #expect(test.run("ingest", try test.write(Self.log, to: "a.log")).exitCode == 0)
      let outcome = test.run("simulate", "--route", "webSearch=anthropic/claude-sonnet-4-6")
      #expect(outcome.exitCode == 0)
      #expect(outcome.errors.contains("no request of the period took the route webSearch; it has "))
    }
  }

  @Test(arguments: [
    ("Mars/Olympus", false), ("KST-9", false), ("nonsense", false), ("UTC", true), ("UTC0", true), ("Asia/Seoul", true),
    (":Asia/Seoul", true), ("", true), ("/usr/share/zoneinfo/Asia/Seoul", true), ("/etc/passwd", false),
    (":/dev/null", false),
  ])
  func aZoneThatNobodyCanLookUpCountsNoDays(zone: String, isOne: Bool) throws {
    try TestContext.with(environment: ["TZ": zone]) { test in
      let outcome = test.run("config", "show")
      #expect(outcome.exitCode == (isOne ? 0 : 2))
      #expect(isOne || outcome.errors.contains("TZ: \"\(zone)\" is no name of a time zone"))
      // Foundation takes both for UTC.
      if zone.contains("Seoul"), zone != "Asia/Seoul" {
        #expect(outcome.output.contains(/timezone +Asia\/Seoul/), "\(outcome.output)")
      }
      #expect(test.run("config", "show", "--timezone", "Asia/Seoul").exitCode == 0, "what is said goes before it")
    }
  }

  @Test func aRevisionThatIsNotThereIsNamed() throws {
    try TestContext.with { (test) throws in
      try test.write("provider: x\n", to: "pricing/x.yaml")
      let outcome = test.run("pricing", "diff", "v99")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("\(test.home)/v99") && outcome.errors.contains("hint: "), "\(outcome.errors)")
    }
  }

  @Test func whatIsPaidIsWrittenDown() throws {
    try TestContext.with { (test) throws in
      try test.write(
        EstimateTests.log(EstimateTests.requests(measured: 2, unknown: 0), model: "ollama,glm-5.2"),
        to: ".claude-code-router/logs/a.log")
      let outcome = test.run("init", "--yes", "--subscription", "ollama-cloud-pro=2026-06-01")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("ollama-cloud-pro: $20.00 a month"))
      let text = try String(contentsOfFile: "\(test.home)/.config/ccr-audit/config.yaml", encoding: .utf8)
      #expect(text.contains("\nsubscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]\n"))
    }
  }

  /// The command that a report names for days before a subscription must not clash with it.
  @Test func whatWasPaidBeforeASubscriptionCanBeSaid() throws {
    try TestContext.with { (test) throws in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-25}]\n", to: ".config/ccr-audit/config.yaml")
      let log = EstimateTests.log(EstimateTests.requests(measured: 2, unknown: 0), model: "ollama,glm-5.2")
      #expect(test.run("ingest", try test.write(log, to: "a.log")).exitCode == 0)
      #expect(test.run("report").output.contains("ccr-audit pricing subscribe ollama-cloud-pro"))
      let said = test.run("pricing", "subscribe", "ollama-cloud-pro")
      #expect(said.exitCode == 0, "\(said.errors)")
      #expect(said.output.contains("{plan: ollama-cloud-pro, from: 2026-06-24, until: 2026-06-24}"))
      #expect(!test.run("report").output.contains("no price"))
    }
  }

  /// A colleague's ledger, a backup, a read-only disk.
  @Test(arguments: [
    ["report", "--all"], ["status"], ["export", "--all"], ["schedule", "status"], ["advise", "--all"],
    ["report", "--all", "--by", "origin"], ["check", "--from", "ledger", "--window", "all"], ["alert", "list"],
    ["doctor"],
  ])
  func aLedgerThatMayOnlyBeReadIsRead(arguments: [String]) throws {
    try TestContext.with { (test) throws in
      let log = try test.write(Self.log, to: "a.log")
      #expect(test.run("ingest", log, "--ledger", "\(test.home)/theirs/ledger.sqlite").exitCode == 0)
      let copy = "\(test.home)/ccr-audit"
      _ = try runBinary(
        arguments: [builtProgram.path(percentEncoded: false), copy], program: URL(filePath: "/bin/cp"))
      let files = FileManager.default
      for name in try files.contentsOfDirectory(atPath: "\(test.home)/theirs") {
        try files.setAttributes([.posixPermissions: 0o444], ofItemAtPath: "\(test.home)/theirs/\(name)")
      }
      try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: "\(test.home)/theirs")
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: test.home)
      defer { try? files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(test.home)/theirs") }
      let isRoot = getuid() == 0
      let outcome = try runBinary(
        arguments: (isRoot ? ["--reuid=65534", "--regid=65534", "--clear-groups", copy] : []) + arguments
          + ["--ledger", "\(test.home)/theirs/ledger.sqlite"],
        environment: ["HOME": test.home, "PATH": "/usr/bin:/bin", "TZ": "UTC"],
        program: URL(filePath: isRoot ? "/usr/bin/setpriv" : copy))
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
  }
}
