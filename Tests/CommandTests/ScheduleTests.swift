import Commands
import Foundation
import Synchronization
import TestSupport
import Testing

/// Installing, asking and removing the schedule, with a service manager that only notes what it is told.
struct ScheduleTests {
  /// Notes every command, and answers those that a test prepared.
  private final class Manager: Sendable {
    let commands = Mutex<[String]>([])
    let answers: [String: ProcessRunner.Result]

    init(_ answers: [String: ProcessRunner.Result]) { self.answers = answers }

    var runner: ProcessRunner {
      ProcessRunner { [self] words, _ in
        let line = words.joined(separator: " ")
        commands.withLock { $0.append(line) }
        guard let answer = answers.first(where: { line.hasPrefix($0.key) })?.value else {
          Issue.record("nothing was prepared for `\(line)`")
          return ProcessRunner.Result(status: 127)
        }
        return answer
      }
    }

    func taken() -> [String] {
      commands.withLock { commands in
        defer { commands = [] }
        return commands
      }
    }
  }

  private static let good = ProcessRunner.Result(status: 0)
  private static let names = ["ingest.service", "ingest.timer", "run.service", "run.timer"]

  /// The service manager knows nothing of the zone of a shell, in which its user reads reports.
  @Test func theZoneOfTheShellIsHandedOver() throws {
    try TestContext.with(environment: ["TZ": "Asia/Seoul"]) { test in
      test.context.timeZone = try #require(TimeZone(identifier: "Asia/Seoul"))
      for arguments in [["--cron"], []] {
        let printed = test.run(["schedule", "print"] + arguments).output
        #expect(printed.contains(" --timezone Asia/Seoul"), "\(printed)")
      }
    }
    try TestContext.with { test in
      #expect(!test.run("schedule", "print", "--cron").output.contains("--timezone"))
    }
  }

  @Test func installsTwiceAndRemovesWhatItWrote() throws {
    try TestContext.with { test in
      let manager = Manager(["systemctl --user": Self.good])
      test.context.processes = manager.runner
      test.context.program = "/opt/ccr audit/ccr-audit"
      let folder = "\(test.home)/.config/systemd/user"
      func units() throws -> [String: String] {
        var units: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
          units[name] = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }
        return units
      }
      try test.write("mine\n", to: ".config/systemd/user/other.service")
      let shown = test.run("schedule", "install", "--print")
      #expect(shown.exitCode == 0)
      #expect(try units().count == 1, "--print writes nothing")
      #expect(manager.taken().isEmpty)

      #expect(test.run("schedule", "install").exitCode == 0)
      let commands = [
        "systemctl --user daemon-reload", "systemctl --user enable --now ccr-audit-ingest.timer ccr-audit-run.timer",
      ]
      #expect(manager.taken() == commands)
      let first = try units()
      #expect(first.keys.sorted() == Self.names.map { "ccr-audit-\($0)" } + ["other.service"])
      for (name, text) in first where name != "other.service" {
        #expect(shown.output.contains("==> \(folder)/\(name) <==\n\(text)\n"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
        #expect(mode == 0o644)
      }
      let state = "\(test.home)/.local/share/ccr-audit"
      let service = try #require(first["ccr-audit-run.service"])
      #expect(
        service.contains(
          "\nExecStart=\"/opt/ccr audit/ccr-audit\" run --ledger \(state)/ledger.sqlite --history \(state)/history.jsonl\n"
        ))
      #expect(service.contains("\nReadWritePaths=-\(state)\n"))

      #expect(test.run("schedule", "install").exitCode == 0)
      #expect(try units() == first)
      #expect(manager.taken() == commands)

      #expect(test.run("schedule", "uninstall").exitCode == 0)
      #expect(try units() == ["other.service": "mine\n"])
      #expect(manager.taken().first?.hasPrefix("systemctl --user disable --now") == true)
      let again = test.run("schedule", "uninstall")
      #expect(again.exitCode == 0 && again.errors.contains("nothing is installed"))
      #expect(manager.taken().isEmpty)
    }
  }

  @Test func leavesUnitsOfOthersAlone() throws {
    try TestContext.with { test in
      let manager = Manager(["systemctl --user": Self.good])
      test.context.processes = manager.runner
      let path = try test.write("[Unit]\n", to: ".config/systemd/user/ccr-audit-run.service")
      let refused = test.run("schedule", "install")
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("\(path) was not written by `schedule install`"))
      #expect(manager.taken().isEmpty)
      #expect(test.run("schedule", "uninstall").errors.contains("it stays"))
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.config/systemd/user/ccr-audit-ingest.timer"))
    }
  }

  @Test func aManagerThatRefusesIsAFailure() throws {
    try TestContext.with { test in
      let bus = ProcessRunner.Result(status: 1, errors: "Failed to connect to bus: No medium found\n")
      test.context.processes = Manager(["systemctl": bus]).runner
      let outcome = test.run("schedule", "install")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("`systemctl --user daemon-reload` failed: Failed to connect to bus"))
      #expect(outcome.errors.contains("--cron"))
    }
  }

  @Test func handsOverWhatTheJobsWouldNotFind() throws {
    try TestContext.with(environment: ["CCR_AUDIT_LOGS": "/var/log/a b:/var/log/c", "CCR_AUDIT_BASELINE": "a/b"]) {
      test in
      let config = try test.write("timezone: Asia/Seoul\npricing: prices\n", to: ".config/ccr-audit/config.yaml")
      let outcome = test.run("schedule", "install", "--print", "--router-config", "x")
      #expect(outcome.exitCode == 64, "an option of ingest")
      let printed = test.run("schedule", "print", "--ledger", "l/ledger.sqlite")
      let history = "\(test.home)/.local/share/ccr-audit"
      // The configuration says the rest by itself.
      #expect(
        printed.output.contains(
          "ccr-audit ingest --config \(config) --ledger \(test.home)/l/ledger.sqlite --history \(history)/history.jsonl "
            + "\"/var/log/a b\" /var/log/c\n"))
      #expect(printed.output.contains("ReadWritePaths=-\(history) -\(test.home)/l\n"))
      #expect(printed.errors.contains("CCR_AUDIT_BASELINE is set in this shell only"))
      #expect(!printed.errors.contains("CCR_AUDIT_LOGS"))
    }
  }

  /// As where the disk of the data is not mounted: another ledger would tell everything again, and count it twice.
  @Test func aLedgerThatIsGoneIsNotMadeAnew() throws {
    try TestContext.with { test in
      let log = try test.write(ScopeTests.call(1), to: "logs/a.log")
      #expect(!test.run("schedule", "print", "--cron").output.contains("--existing-ledger"))
      #expect(test.run("ingest", log).exitCode == 0)
      let line = test.run("schedule", "print", "--cron").output
      #expect(line.contains("ccr-audit/ledger.sqlite --existing-ledger --history "), "\(line)")
      for command in ["ingest", "run"] {
        #expect(test.run(command, "--existing-ledger", log).exitCode == 0)
      }
      let data = "\(test.home)/.local/share/ccr-audit"
      try FileManager.default.removeItem(atPath: data)
      for command in ["ingest", "run"] {
        let outcome = test.run(command, "--existing-ledger", log)
        #expect(outcome.exitCode == 2)
        #expect(outcome.errors.contains("there is no ledger at \(data)/ledger.sqlite"), "\(outcome.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: data))
      #expect(test.run("ingest", log).exitCode == 0)
    }
  }

  @Test func theMachineHasItsOwnPlaces() throws {
    try TestContext.with { test in
      let outcome = test.run(
        "schedule", "install", "--system", "--print", "--group", "adm", "--credential", "/etc/ccr-audit/url")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("==> /etc/systemd/system/ccr-audit-run.service <=="))
      #expect(outcome.output.contains("--ledger /var/lib/ccr-audit/ledger.sqlite --history /var/lib/ccr-audit/"))
      for line in ["SupplementaryGroups=adm", "LoadCredential=slack-webhook-url:/etc/ccr-audit/url"] {
        #expect(outcome.output.contains("\n\(line)\n"))
      }
      #expect(outcome.output.contains("$ systemctl daemon-reload\n"))
      #expect(outcome.errors.contains("no logs are configured"))
    }
    try TestContext.with(platform: .macOS) { test in
      #expect(test.run("schedule", "install", "--system", "--print").exitCode == 64)
    }
  }

  @Test func launchdHasItsAgents() throws {
    try TestContext.with(platform: .macOS) { test in
      let manager = Manager(["launchctl bootout": ProcessRunner.Result(status: 3), "launchctl bootstrap": Self.good])
      test.context.processes = manager.runner
      test.context.userID = 501
      #expect(test.run("schedule", "install").exitCode == 0)
      let folder = "\(test.home)/Library/LaunchAgents"
      #expect(
        manager.taken() == [
          "launchctl bootout gui/501/ccr-audit.ingest", "launchctl bootout gui/501/ccr-audit.run",
          "launchctl bootstrap gui/501 \(folder)/ccr-audit.ingest.plist",
          "launchctl bootstrap gui/501 \(folder)/ccr-audit.run.plist",
        ])
      for job in ["ingest", "run"] {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/ccr-audit.\(job).plist"))
        let list = unsafe try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any]
        #expect((list?["ProgramArguments"] as? [String])?.prefix(2) == ["/usr/local/bin/ccr-audit", job])
        let log = try #require(list?["StandardErrorPath"] as? String)
        #expect(FileManager.default.fileExists(atPath: URL(filePath: log).deletingLastPathComponent().path))
      }
      #expect(test.run("schedule", "uninstall").exitCode == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func saysHowTheJobsGo() throws {
    try TestContext.with { test in
      // 2026-06-24T23:59:30Z, 2026-06-24T00:05:02Z, 2026-06-25T00:15:00Z, 2026-06-26T00:05:00Z.
      let show = """
        Id=ccr-audit-ingest.service
        ActiveState=inactive
        Result=success
        ExecMainStatus=0
        ExecMainExitTimestamp=@1782345570

        Id=ccr-audit-ingest.timer
        ActiveState=active
        NextElapseUSecRealtime=@1782346500

        Id=ccr-audit-run.service
        ActiveState=failed
        Result=exit-code
        ExecMainStatus=2
        ExecMainExitTimestamp=@1782259502

        Id=ccr-audit-run.timer
        ActiveState=active
        NextElapseUSecRealtime=@1782432300
        """
      test.context.processes = Manager(["systemctl --user show": ProcessRunner.Result(status: 0, output: show)]).runner
      let outcome = test.run("schedule", "status")
      #expect(outcome.exitCode == 0)
      #expect(
        outcome.output == """
          job     state      last run          ended                    last success  next run
          ingest  scheduled  2026-06-24 23:59  success                  -             2026-06-25 00:15
          run     scheduled  2026-06-24 00:05  exit-code (exit code 2)  -             2026-06-26 00:05

          """)
      #expect(outcome.errors == "warning: the daily run has never ended well\n")
      let silent = test.run("schedule", "status", "--timezone", "Asia/Seoul")
      #expect(silent.output.contains("2026-06-25 08:59"))

      test.context.processes = Manager(["systemctl": ProcessRunner.Result(status: 1)]).runner
      let alone = test.run("schedule", "status")
      #expect(alone.exitCode == 0)
      #expect(alone.output.contains("run     unknown"))
      #expect(alone.errors.contains("systemd does not answer"))
    }
  }

  private static let hasAnalyze = ["/usr/bin", "/bin"].contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/systemd-analyze")
  }

  /// The files of a plan as `--print` shows it.
  private func files(_ text: String) -> [(path: String, text: String)] {
    text.split(separator: "==> ", omittingEmptySubsequences: false).dropFirst().compactMap { part in
      guard let end = part.firstRange(of: " <==\n") else { return nil }
      let body = part[end.upperBound...].split(separator: "\n$ ")[0]
      return (String(part[..<end.lowerBound]), String(body) + "\n")
    }
  }

  @Test(.enabled(if: hasAnalyze, "systemd-analyze is not installed"), arguments: [[], ["--system", "--group", "adm"]])
  func systemdAcceptsWhatIsPrinted(options: [String]) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let printed = try place.run(["schedule", "install", "--print"] + options)
    let paths = try files(printed.output).map { file -> String in
      let path = "\(place.path)/\(URL(filePath: file.path).lastPathComponent)"
      try file.text.write(toFile: path, atomically: false, encoding: .utf8)
      return path
    }
    #expect(paths.count == 4)
    let user = options.isEmpty ? "--user" : ""
    let checked = try runBinary(
      arguments: paths, environment: ["PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": place.path],
      shell: "shift; systemd-analyze \(user) --recursive-errors=no verify \"$@\"")
    #expect(checked == Outcome(exitCode: 0, output: "", errors: ""))
    // A checker that accepts all would accept this as well.
    try "[Service]\nExecStart=/nonexistent\nNoSuchKey=1\n".write(
      toFile: "\(place.path)/broken.service", atomically: false, encoding: .utf8)
    let refused = try runBinary(
      arguments: ["\(place.path)/broken.service"],
      environment: ["PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": place.path],
      shell: "shift; systemd-analyze \(user) --recursive-errors=no verify \"$@\"")
    #expect(refused.errors.contains("NoSuchKey"))
  }

  /// The words of an `ExecStart=` as systemd reads them.
  private func words(_ line: some StringProtocol) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    var rest = line[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"": (isQuoted, word) = (!isQuoted, word ?? "")
      case "\\": word = (word ?? "") + String(rest.removeFirst())
      case "%", "$":
        word = (word ?? "") + String(character)
        if rest.first == character { rest.removeFirst() }
      case " " where !isQuoted:
        if let word { words.append(word) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    return words + [word].compactMap(\.self)
  }

  @Test func theLinesOfTheUnitsRunAsWritten() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let odd = "\(place.path)/100% $HOME \"x\""
    try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: true)
    let config = "\(odd)/config.yaml"
    try "logs: [\(Fixtures.path("ccr-v1/logs"))]\ntimezone: Asia/Seoul\n".write(
      toFile: config, atomically: false, encoding: .utf8)
    let printed = try place.run([
      "schedule", "install", "--print", "--config", config, "--ledger", "\(odd)/state/ledger.sqlite",
    ])
    #expect(printed.exitCode == 0, "\(printed.errors)")
    let lines = printed.output.matches(of: #/\nExecStart=(.*)\n/#).map { String($0.1) }
    #expect(lines.count == 2)
    for (line, job) in zip(lines, ["ingest", "run"]) {
      let words = words(line)
      #expect(words.dropFirst().first == job)
      #expect(words.contains(config))
      let home = "\(place.path)/home-\(job)"
      // A manager hands over little more than a home folder.
      let outcome = try runBinary(
        arguments: words, environment: ["HOME": home, "PATH": "/usr/bin:/bin"], shell: "shift; exec \"$@\"")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains(job == "ingest" ? "249 new requests" : "6 unchanged"), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: home), "all that is written has its place in the line")
    }
    #expect(FileManager.default.fileExists(atPath: "\(odd)/state/ledger.sqlite"))
  }

  @Test func cronLinesNameEveryPlace() throws {
    try TestContext.with { test in
      let outcome = test.run("schedule", "print", "--cron", "--ledger", "/l/ledger.sqlite")
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count == 3)
      for line in lines {
        #expect(line.contains("/usr/local/bin/ccr-audit ") && line.contains("--ledger /l/ledger.sqlite"))
      }
    }
  }
}
