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
    ["schedule", "status"], ["schedule", "uninstall"], ["alert", "test"], ["alert", "flush"], ["config", "show"],
    ["config", "show", "--format", "json"], ["fleet", "check"], ["fleet", "clean"], ["push"], ["ledger", "prune"],
    ["history", "prune"], ["status", "--line"], ["ledger", "vacuum"],
  ])
  func everyCommandOnAnEmptyMachineNamesInit(arguments: [String]) throws {
    try TestContext.with { (test) throws in
      test.context.processes = ProcessRunner { _, _ in ProcessRunner.Result(status: 1, errors: "no bus\n") }
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
    (
      ["init", "--yes", "--subscription", "ollama-cloud"],
      "the table has no plan \"ollama-cloud\"; did you mean ollama-cloud-max or ollama-cloud-pro?"
    ),
    (["init", "--yes", "--subscription", "ollama-pro"], "\"ollama-pro\"; did you mean ollama-cloud-pro?"),
    (["init", "--yes", "--subscription", "claude"], "did you mean claude-max-20x or claude-max-5x or claude-pro?"),
    (["init", "--yes", "--subscription", "gold"], "the table has no plan \"gold\"; there are "),
    (["init", "--yes", "--timezone", "Seoul"], "\"Seoul\", which is no time zone; did you mean \"Asia/Seoul\"?"),
    (["reconcile", ""], "an argument is empty"), (["ledger", "backup", ""], "an argument is empty"),
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

  /// A byte that is not UTF-8, as the command line's text has it.
  private static let odd = "x\u{10FFFF}"

  @Test(arguments: [
    ["report", "--config", odd], ["report", "--ledger", odd], ["ingest", "--ledger", odd],
    ["ingest", "--ledger", "a", "--config", odd],
    ["report", "--pricing", odd], ["run", "--history", odd], ["run", "--html", odd], ["report", "--output", odd],
    ["ledger", "backup", odd], ["pricing", "export", odd], ["check", "--base", odd],
    ["init", "--yes", "--ledger", odd],
  ])
  func ownFilesHaveNamesOfText(arguments: [String]) throws {
    try TestContext.with { test in
      try test.write(Self.log, to: ".claude-code-router/logs/a.log")
      let outcome = test.run(arguments)
      #expect([2, 64].contains(outcome.exitCode))
      #expect(outcome.errors.contains("x\\xFF") && outcome.errors.contains("UTF-8"), "\(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: test.home) == [".claude-code-router"])
    }
  }

  @Test func aLogThatIsNotThereIsNamedByItsBytesAndHasANextStep() throws {
    try TestContext.with { test in
      let outcome = test.run("ingest", Self.odd)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("x\\xFF does not exist\nhint: name a file or folder that is there"))
    }
  }

  /// Whoever pastes the URL in place of its file reads nothing of it again.
  @Test(arguments: [
    ["init", "--yes", "--webhook-file", "https://hooks.example/T0/secret"], ["alert", "list", "--config", "c.yaml"],
  ])
  func aURLInPlaceOfItsFileIsNotRepeated(arguments: [String]) throws {
    try TestContext.with { test in
      try test.write("timezone: UTC\nslack: {webhook_url_file: \"https://hooks.example/T0/secret\"}\n", to: "c.yaml")
      let outcome = test.run(arguments)
      #expect([2, 64].contains(outcome.exitCode))
      #expect(outcome.errors.contains("must be the path of a file, and not the URL itself"), "\(outcome.errors)")
      #expect(!(outcome.output + outcome.errors).contains("secret\"") && !outcome.errors.contains("hooks.example"))
    }
  }

  @Test func aHomeOfNoTextIsRefused() throws {
    let outcome = try runBinary("config", "show", shell: #"HOME=$(printf '/tmp/h\377'); export HOME; exec "$@""#)
    #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("HOME is /tmp/h\\xFF, which is not UTF-8"), "\(outcome.errors)")
  }

  @Test func inAFolderOfNoTextLogsAreReadAndNothingIsKept() throws {
    let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: place) }
    try Self.log.write(toFile: "\(place)/a.log", atomically: true, encoding: .utf8)
    let enter = #"cd "$HOME" && d=$(printf 'd\377') && mkdir -p "$d" && cp a.log "$d" && cd "$d" && exec "$@""#
    let read = try runBinary("ingest", "a.log", environment: ["HOME": place], shell: enter)
    #expect(read.errors.contains("2 new requests"), "\(read.errors)")
    let kept = try runBinary("report", "--ledger", "l.sqlite", environment: ["HOME": place], shell: enter)
    #expect(kept.exitCode == 64 && kept.errors.contains("d\\xFF, a name that is not UTF-8"), "\(kept.errors)")
  }

  /// POSIX reads `UTC+9` as behind UTC, Foundation as ahead.
  @Test(arguments: ["UTC+9", "GMT-5", "UTC-05:30", "JST-9", "<+09>-9"])
  func aZoneOfAnOffsetIsRefused(zone: String) throws {
    try TestContext.with(environment: ["TZ": zone]) { test in
      let outcome = test.run("config", "show")
      #expect(outcome.exitCode == 2 && outcome.errors.contains("TZ: \"\(zone)\" is no name of a time zone"))
      #expect(outcome.errors.contains("TZ=Etc/GMT-9"))
      #expect(test.run("config", "show", "--timezone", "Asia/Seoul").exitCode == 0)
    }
  }

  @Test(arguments: [
    ("EST", "EST"), ("Etc/GMT+9", "Etc/GMT+9"), ("UTC0", "UTC"), ("UTC", "UTC"), ("GMT", "UTC"), ("ROK", "ROK"),
    (":Asia/Seoul", "Asia/Seoul"), ("Asia/Seoul", "Asia/Seoul"),
  ])
  func aNamedZoneIsThatOne(variable: String, zone: String) throws {
    try TestContext.with(environment: ["TZ": variable]) { test in
      let shown = test.run("config", "show").output.split(separator: "\n").first { $0.hasPrefix("timezone") }
      #expect(shown?.contains(" \(zone)") == true, "\(shown ?? "")")
    }
  }

  /// Whoever may not enter a folder is told so, and not that nothing is there.
  @Test(.enabled(if: getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")))
  func aDenialSaysWhatToDo() throws {
    let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: place) }
    try Self.log.write(toFile: "\(place)/a.log", atomically: true, encoding: .utf8)
    let shell = #"""
      cd "$HOME"; umask 0
      [ -e prog ] || { ln "$1" prog 2>/dev/null || cp "$1" prog; touch l l.lock c.yaml; mkdir closed; }
      chmod 600 l.lock c.yaml; chmod 700 closed; chmod 777 .; shift
      exec /usr/bin/setpriv --reuid 65534 --clear-groups "$HOME/prog" "$@"
      """#
    for (arguments, words) in [
      (["report", "--ledger", "closed/x"], "closed may not be entered; mend the permissions, or name another ledger"),
      (["status", "--ledger", "closed/x"], "closed may not be entered; mend the permissions, or name another ledger"),
      (["ingest", "--ledger", "closed/x", "a.log"], "mend the permissions, or name another ledger with --ledger"),
      (
        ["ingest", "--ledger", "l", "a.log"], "l.lock: permission denied; mend the permissions, or name another ledger"
      ),
      (["report", "--config", "c.yaml"], "Permission denied; mend the permissions of it and its folders"),
    ] {
      let outcome = try runBinary(arguments: arguments, environment: ["HOME": place], shell: shell)
      #expect(outcome.exitCode == 2 && outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
    }
  }

  /// What a shell offers after options that name files, and after --source.
  @Test func completionsKnowFilesAndSources() throws {
    try TestContext.with { test in
      let bash = test.run("--generate-completion-script", "bash").output
      for option in ["--config", "--ledger", "--history", "--base"] {
        let offers = bash.matches(of: #/'(--[a-z-]+)'(?:\|'-[a-z]')?\)\n *([^\n]*)\n/#)
          .filter { $0.output.1 == option }
        #expect(!offers.isEmpty && offers.allSatisfy { $0.output.2.contains("add_completions -f") }, "\(option)")
      }
      #expect(bash.contains(#/'--pricing'\)\n *[^\n]*add_completions -d/#))
      for shell in ["bash", "zsh", "fish"] {
        let script = test.run("--generate-completion-script", shell).output
        #expect(script.contains(#/claude-code-router['$\\n ]+claude-code['$ ]/#), "\(shell)")
      }
    }
  }
}
