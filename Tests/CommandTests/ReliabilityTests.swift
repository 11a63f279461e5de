import Commands
import Foundation
import TestSupport
import Testing

/// What a tool that runs unattended meets on its worst night, with the built program.
struct ReliabilityTests {
  /// The lines of one request in a router's log.
  private func call(_ number: Int, at time: Int64) -> String {
    let head = #""pid":7,"hostname":"vm","reqId":"req-\#(number)""#
    return """
      {"level":30,"time":\(time),\(head),"req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}
      {"level":30,"time":\(time),\(head),"data":{"model":"ollama,glm-5.2","messages":[],"stream":false},"type":"request body"}
      {"level":20,"time":\(time + 400),\(head),"response":{"usage":{"prompt_tokens":1000,"completion_tokens":10}},"msg":"Original OpenAI response"}
      {"level":30,"time":\(time + 500),\(head),"res":{"statusCode":200},"responseTime":500.1,"msg":"request completed"}

      """
  }

  private static let start: Int64 = 1_782_216_000_000
  private static let key = "sk-CANARY-0123456789"

  private func requests(_ test: TestContext) throws -> Int {
    let outcome = test.run("report", "--all", "--format", "json")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return (json?["coverage"] as? [String: Any])?["requests"] as? Int ?? -1
  }

  /// Bytes that no JSON is made of; the first ones trap Foundation's decoder.
  @Test(arguments: [
    Data([0x7B, 0xFC, 0x62, 0x65, 0x72, 0x3A, 0x20, 0x31, 0x7D]),
    Data([0x7B, 0xFE, 0xFF, 0xFF, 0xFF, 0x3A, 0x31, 0x7D]),
    Data(), Data("{".utf8), Data([0xFF, 0xFE]) + Data("{\"a\": \"\(key)\"}".utf8),
    Data(repeating: UInt8(ascii: "["), count: 100_000), Data("{\"Providers\": [{\"api_key\": \"\(key)\"".utf8),
  ])
  func anyBytesOfTheRoutersConfigurationLeaveItsLogsReadable(bytes: Data) throws {
    try TestContext.with { test in
      let logs = try test.write(call(1, at: Self.start), to: "logs/a.log")
      try test.write("", to: ".claude-code-router/config.json")
      try bytes.write(to: URL(filePath: "\(test.home)/.claude-code-router/config.json"))
      let outcome = test.run("ingest", logs)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("config.json is no router configuration"))
      #expect(!(outcome.errors + outcome.output + test.run("doctor").errors).contains("CANARY"))
      #expect(try requests(test) == 1)
    }
  }

  @Test func aPlaceThatIsGoneStopsNoOther() throws {
    try TestContext.with { test in
      try test.write(call(1, at: Self.start), to: "logs/a.log")
      let outcome = test.run("ingest", "\(test.home)/absent", "\(test.home)/logs")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("\(test.home)/absent does not exist; everything else was read"))
      #expect(try requests(test) == 1)
    }
  }

  /// What an unmounted disk leaves of a pricing folder, and a folder that nobody made.
  @Test(arguments: [true, false])
  func withoutItsPricesADayIsReadAndNotAudited(isFolder: Bool) throws {
    try TestContext.with { test in
      test.context.now = { Self.start + 86_400_000 }
      let logs = try test.write(call(1, at: Self.start), to: "logs/a.log")
      let folder = "\(test.home)/prices"
      if isFolder { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
      try test.write("pricing: \(folder)\n", to: ".config/ccr-audit/config.yaml")
      let outcome = test.run("run", logs)
      #expect(outcome.exitCode == 2)
      #expect(
        outcome.errors.contains("the pricing folder \(folder) \(isFolder ? "holds no *.yaml file" : "does not exist")"))
      #expect(outcome.errors.contains("1 new request;"))
      for command in [
        ["report", "--all"], ["pricing", "list"], ["status"], ["doctor"], ["check", "--from", "ledger"],
      ] {
        let refused = test.run(command)
        #expect(refused.exitCode == 2 && refused.output.isEmpty, "\(command)")
        #expect(refused.errors.contains("the pricing folder \(folder)"), "\(command)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local/share/ccr-audit/history.jsonl"))
      try test.write("provider: acme\nmodels:\n  - {model: own, billing: free}\n", to: "prices/acme.yaml")
      #expect(test.run("run", logs).exitCode == 0)
      #expect(try requests(test) == 1)
    }
  }

  @Test func theFirstFileOfAnEmptyPricingFolderCanBeWritten() throws {
    try TestContext.with { test in
      let folder = "\(test.home)/prices"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let price = ["--input", "1", "--output", "2", "--source", "https://acme.example", "--pricing", folder]
      #expect(test.run(["pricing", "show", "acme/own", "--pricing", folder]).exitCode == 2)
      #expect(test.run(["pricing", "add", "acme/own"] + price).exitCode == 0)
      #expect(test.run(["pricing", "show", "acme/own", "--pricing", folder]).exitCode == 0)
    }
  }

  @Test func aFolderThatMayNotBeOpenedStopsNoOther() throws {
    try TestContext.with { test in
      try test.write(call(1, at: Self.start), to: "logs/a.log")
      try test.write(call(2, at: Self.start), to: "logs/closed/b.log")
      let file = try test.write(call(3, at: Self.start), to: "logs/closed.log")
      let closed = "\(test.home)/logs/closed"
      for path in [closed, file] {
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
      }
      defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: closed) }
      guard let outcome = try runUnprivileged(test, "ingest", "\(test.home)/logs") else { return }
      #expect(outcome.exitCode == 2, "\(outcome.errors)")
      #expect(outcome.errors.contains("cannot read \(closed): permission denied"))
      #expect(outcome.errors.contains("cannot read \(file): permission denied"))
      #expect(outcome.errors.contains("1 new request;"))
      let report = try runUnprivileged(test, "report", "--all", "--format", "csv")
      #expect(report?.output.contains("ollama,glm-5.2,,,1,") == true, "\(String(describing: report))")
    }
  }

  /// A ledger, or records, in a folder that may not be entered are not missing: nobody is sent to `init`.
  @Test func whatMayNotBeLookedAtIsNotMissing() throws {
    try TestContext.with { test in
      for folder in [".local/share/ccr-audit", ".claude"] { try test.write("", to: "\(folder)/any") }
      func set(_ mode: Int, _ folder: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(test.home)/\(folder)")
      }
      try set(0, ".local/share/ccr-audit")
      for command in ["report", "status", "doctor", "ingest"] {
        guard let outcome = try runUnprivileged(test, command, "--config", "/dev/null") else { return }
        #expect(outcome.exitCode == 2, "\(command)")
        #expect(
          outcome.errors.contains("\(test.home)/.local/share/ccr-audit may not be entered; mend the permissions"),
          "\(command): \(outcome.errors)")
        #expect(!outcome.errors.contains("init"), "\(command): \(outcome.errors)")
      }
      try set(0o777, ".local/share/ccr-audit")
      try FileManager.default.createDirectory(atPath: "\(test.home)/closed", withIntermediateDirectories: true)
      try set(0o555, "closed")
      let unmade = try runUnprivileged(
        test, "ingest", "\(test.home)/.claude", "--config", "/dev/null", "--ledger", "\(test.home)/closed/a/b.sqlite")
      let reason = "\(test.home)/closed may not be written to: permission denied"
      #expect(unmade?.errors.contains(reason) ?? true, "\(String(describing: unmade))")
      try set(0, ".claude")
      let outcome = try runUnprivileged(test, "ingest", "--config", "/dev/null")
      #expect(outcome?.exitCode == 2)
      #expect(outcome?.errors.contains(".claude/projects: permission denied") == true, "\(String(describing: outcome))")
    }
  }

  /// An editor empties a file, and writes it: what stands there in between is not its configuration.
  @Test(arguments: [".config/ccr-audit/config.yaml", ".config/ccr-audit/pricing/acme.yaml"])
  func whatIsBeingRewrittenIsReadAfterwards(file: String) throws {
    try TestContext.with { test in
      let isPricing = file.contains("pricing")
      let text =
        isPricing
        ? #"{provider: acme, models: [{model: own, prices: [{from: 2026-01-01, input: "1", output: "2"}]}]}"#
        : "catch_up_days: 77\n"
      try test.write("", to: file)
      let url = URL(filePath: "\(test.home)/\(file)")
      let isWritten = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: 0.1)
        try? Data(text.utf8).write(to: url)
        isWritten.signal()
      }
      let outcome = isPricing ? test.run("pricing", "show", "acme/own") : test.run("config", "show")
      isWritten.wait()
      #expect(outcome.exitCode == 0 && outcome.output.contains(isPricing ? "per token" : "77"), "\(outcome)")
    }
  }

  /// Runs the program as somebody to whom files can be closed, as nothing is to root; `nil` where root cannot become
  /// anybody else.
  private func runUnprivileged(_ test: TestContext, _ arguments: String...) throws -> Outcome? {
    let environment = ["HOME": test.home, "PATH": "/usr/bin:/bin"]
    guard geteuid() == 0 else { return try runBinary(arguments: arguments, environment: environment) }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else { return nil }
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: test.home)
    // Nobody may look into the folder of the build.
    let copy = "\(test.home)/ccr-audit"
    if !FileManager.default.fileExists(atPath: copy) {
      // Not by this process: the kernel refuses to run what a child of it may still hold open.
      _ = try runBinary(
        arguments: [builtProgram.path(percentEncoded: false), copy], program: URL(filePath: "/bin/cp"))
    }
    return try runBinary(
      arguments: ["--reuid=65534", "--regid=65534", "--clear-groups", copy] + arguments, environment: environment,
      program: URL(filePath: "/usr/bin/setpriv"))
  }

  /// A container without room for another thread: nothing waits for one for ever.
  @Test func aSystemThatStartsNoThreadIsSaid() throws {
    guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit") else { return }
    try TestContext.with { test in
      guard try runUnprivileged(test, "--version")?.exitCode == 0 else { return }
      // Of a user who has no other process.
      for command in ["report", "ingest", "doctor"] {
        let outcome = try runBinary(
          arguments: [
            "--nproc=1", "/usr/bin/setpriv", "--reuid=64917", "--regid=64917", "--clear-groups",
            "\(test.home)/ccr-audit", command,
          ], environment: ["HOME": test.home, "PATH": "/usr/bin:/bin"], program: URL(filePath: "/usr/bin/prlimit"))
        #expect(outcome.exitCode == 2, "\(command)")
        #expect(outcome.errors.contains("only 0 threads can be started"), "\(outcome.errors)")
      }
    }
  }

  @Test func whatBelongsToALedgerAndIsClosedIsNamed() throws {
    try TestContext.with { test in
      let logs = try test.write(call(1, at: Self.start), to: "logs/a.log")
      guard try runUnprivileged(test, "ingest", logs)?.exitCode == 0 else { return }
      let log = try test.write("", to: ".local/share/ccr-audit/ledger.sqlite-wal")
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: log)
      let ingest = try runUnprivileged(test, "ingest", logs)
      #expect(ingest?.exitCode == 2)
      #expect(ingest?.errors.contains("\(log), which belongs to it, may not be read; mend its permissions") == true)
      // Nothing is in it.
      let report = try runUnprivileged(test, "report", "--all", "--format", "csv")
      #expect(report?.output.contains("ollama,glm-5.2,,,1,") == true, "\(String(describing: report))")
    }
  }

  @Test func aDateInTheFutureIsRefused() throws {
    try TestContext.with { test in
      let logs = try test.write(call(1, at: Self.start), to: "logs/a.log")
      let outcome = test.run("run", "--date", "2030-01-01", logs)
      #expect(outcome.exitCode == 64)
      #expect(outcome.errors.contains("is in the future"))
    }
  }

  @Test func aHistoryWhoseLastLineIsTornIsGoneOnWith() throws {
    try TestContext.with { test in
      func at(_ date: String, _ logs: String) throws -> Outcome {
        let time = try Date.ISO8601FormatStyle().parse("\(date)T00:05:00Z")
        test.context.now = { Int64(time.timeIntervalSince1970 * 1000) }
        return test.run("run", logs)
      }
      let day: Int64 = 86_400_000
      let logs = try test.write(call(1, at: Self.start) + call(2, at: Self.start + day), to: "logs/a.log")
      #expect(try at("2026-06-24", logs).exitCode == 0)
      let path = "\(test.home)/.local/share/ccr-audit/history.jsonl"
      let whole = try Data(contentsOf: URL(filePath: path))
      for torn in [whole.dropLast(40), whole.prefix(3), whole.dropLast() + Data(count: 4096), whole + Data(count: 512)]
      {
        try torn.write(to: URL(filePath: path))
        let outcome = try at("2026-06-25", logs)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("the history ended with half a record or NUL bytes"))
        // The day that was torn, and the new one.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.matches(of: /"day": "2026-06-24"/).count == 1)
        #expect(text.matches(of: /"day": "2026-06-23"/).count == 1)
        #expect(test.run("history", "show").exitCode == 0)
      }
    }
  }

  /// One slip of a name, and the daily run would write into a router's log.
  @Test func whatIsNoHistoryIsNotWrittenTo() throws {
    try TestContext.with { test in
      let logs = try test.write(call(1, at: Self.start), to: "logs/a.log")
      let other = try test.write("notes\nof somebody\n", to: "notes.txt")
      let outcome = test.run("run", "--date", "2026-06-23", "--history", other, logs)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("is no history: none of its lines is a record"), "\(outcome.errors)")
      #expect(try String(contentsOfFile: other, encoding: .utf8) == "notes\nof somebody\n")
    }
  }

  @Test func logsThatComeLateChangeTheHistoryOfTheirDay() throws {
    try TestContext.with { test in
      func at(_ date: String, _ logs: String) throws -> Outcome {
        let time = try Date.ISO8601FormatStyle().parse("\(date)T00:05:00Z")
        test.context.now = { Int64(time.timeIntervalSince1970 * 1000) }
        return test.run("run", logs)
      }
      let logs = "\(test.home)/logs"
      try test.write(call(1, at: Self.start), to: "logs/a.log")
      #expect(try at("2026-06-24", logs).exitCode == 0)
      #expect(try at("2026-06-25", logs).errors.contains("nothing changed since"))
      try test.write(call(2, at: Self.start + 9000), to: "logs/late.log")
      #expect(try at("2026-06-26", logs).errors.contains("history of 2026-06-23: 1 record appended"))
      #expect(try at("2026-06-26", logs).errors.contains("nothing changed since"))
    }
  }

  @Test func aNamePrintsNoEscapesAndNoCommands() throws {
    try TestContext.with { test in
      let outcome = test.run("ingest", "\(test.home)/\u{1B}[2J\n::error::forged")
      #expect(outcome.exitCode == 2)
      #expect(!outcome.errors.contains("\u{1B}"))
      #expect(!outcome.errors.split(separator: "\n").contains { $0.hasPrefix("::") })
    }
  }

  @Test func aProgramThatComplainsALotBlocksNobody() throws {
    try compare(byGit: "head -c 300000 /dev/zero | tr '\\0' x >&2")
  }

  /// As a watcher of files does that a repository has git start.
  @Test func aProgramThatLeavesAnotherBehindBlocksNobody() throws { try compare(byGit: "sleep 60 &") }

  /// Compares a table with that of a revision, where `git` does what a line of the shell says before it answers.
  private func compare(byGit line: String) throws {
    try TestContext.with { test in
      let git = try test.write("#!/bin/sh\n\(line)\necho true\n", to: "bin/git")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: git)
      try test.write("provider: local\nmodels:\n  - {model: m, billing: free}\n", to: "pricing/local.yaml")
      let outcome = try runBinary(
        "pricing", "diff", "HEAD", "--pricing", "\(test.home)/pricing",
        environment: ["PATH": "\(test.home)/bin:/usr/bin:/bin", "HOME": test.home], timeLimit: .seconds(30))
      // No file of the table was there before, by what this `git` says.
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("local/m: added to the table"), "\(outcome.errors.prefix(300))")
    }
  }

  /// Of models without a price: what people read of them ends somewhere.
  @Test func thousandsOfModelsAreNoListForPeople() throws {
    try TestContext.with { test in
      let lines = (1...1200).map { call($0, at: Self.start).replacing("glm-5.2", with: "model-\($0)") }
      let logs = try test.write(lines.joined(), to: "logs/a.log")
      #expect(test.run("run", "--date", "2026-06-23", logs).exitCode == 0)
      for command in [["doctor"], ["history"], ["check"], ["report", "--all"]] {
        let outcome = test.run(command)
        #expect(outcome.output.split(separator: "\n").count < 1700, "\(command)")
        #expect(outcome.output.contains(" more "), "\(command)")
      }
    }
  }

  /// What somebody else looks after keeps its mode, its names and the links to it, whichever command writes to it.
  @Test(arguments: [false, true]) func filesOfOthersStayWhatTheyAre(isLink: Bool) throws {
    try TestContext.with { test in
      let price =
        "[{from: 2025-01-01, input: \"1.5\", output: \"2.5\", source: \"https://x.example\", verified: 2026-01-01}]"
      let text = "provider: local\nmodels:\n  - model: m\n    prices: \(price)\n"
      let files = FileManager.default
      let file = try test.write(text, to: isLink ? "real.yaml" : "pricing/local.yaml")
      let named = "\(test.home)/pricing/local.yaml"
      if isLink {
        try files.createDirectory(atPath: "\(test.home)/pricing", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: named, withDestinationPath: file)
      } else {
        try files.linkItem(atPath: file, toPath: "\(test.home)/other.yaml")
      }
      try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      let outcome = test.run(
        "pricing", "add", "local/new", "--input", "1", "--output", "2", "--source", "https://x.example", "--from",
        "2026-01-01", "--pricing", "\(test.home)/pricing")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let attributes = try files.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try String(contentsOfFile: file, encoding: .utf8).contains("new"))
      if isLink {
        #expect(try files.destinationOfSymbolicLink(atPath: named) == file)
      } else {
        #expect(try String(contentsOfFile: "\(test.home)/other.yaml", encoding: .utf8).contains("new"))
      }
    }
  }

  /// A file under two names is written where it is: on a full disk it is as it was.
  @Test func aFileOfOthersIsWholeWhereTheDiskIsFull() throws {
    try TestContext.with { test in
      let price = "[{from: 2025-01-01, input: 1.5, output: 2.5, source: \"https://x.example\", verified: 2026-01-01}]"
      var text = "provider: local\nmodels:\n"
      for number in 100..<350 { text += "  - model: m\(number)\n    prices: \(price)\n" }
      text += "# " + String(repeating: "x", count: 32_500 - text.utf8.count) + "\n"
      let file = try test.write(text, to: "pricing/local.yaml")
      try FileManager.default.linkItem(atPath: file, toPath: "\(test.home)/other.yaml")
      // A limit on the size of files, 32 KiB, stands for the full disk.
      let outcome = try runBinary(
        "pricing", "fmt", "--pricing", "\(test.home)/pricing",
        environment: ["PATH": "/usr/bin:/bin", "HOME": test.home],
        shell: #"trap '' XFSZ; ulimit -f 64; exec "$@""#)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("cannot write \(file)"), "\(outcome.errors)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
      #expect(test.run("pricing", "fmt", "--pricing", "\(test.home)/pricing").exitCode == 0)
      #expect(try String(contentsOfFile: "\(test.home)/other.yaml", encoding: .utf8).contains("input: \"1.5\""))
    }
  }
}
