import Foundation
import Testing

@testable import Commands

@Suite struct ScheduleTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Whether systemd's checker is there; CI installs it.
  private static let hasSystemd = Tool.path("systemd-analyze") != nil

  private func schedule(
    _ manager: Schedule.Manager, program: String = "/usr/local/bin/ccr-audit", folder: String = "/var/tmp/state",
    options: [String] = ["--config", "/etc/ccr-audit/config.yaml"]
  ) -> Schedule {
    Schedule(
      manager: manager, program: program, options: options, writable: [folder], group: "adm",
      credential: "/etc/ccr-audit/slack-webhook-url", logFolder: "\(folder)/logs")
  }

  @Test func templatesInTheProgramAreThoseOfTheRepository() throws {
    var files: [String: String] = [:]
    for folder in ["systemd/user", "systemd/system", "launchd"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path) {
        files["\(folder)/\(name)"] = try String(
          contentsOf: root.appending(path: "\(folder)/\(name)"), encoding: .utf8)
      }
    }
    #expect(files == unitTemplates)
    #expect(files.count == 10)
  }

  @Test(arguments: Schedule.Manager.allCases) func leavesNoPlaceholderAndNoSecret(manager: Schedule.Manager) throws {
    var plain = schedule(manager)
    plain.options = []
    plain.writable = []
    plain.group = nil
    plain.credential = nil
    for value in [schedule(manager), plain] {
      for unit in try value.units() {
        #expect(!unit.text.contains(/@[A-Z]+@/))
        #expect(!unit.text.contains("hooks.slack.com"))
        #expect(unit.text.hasSuffix("\n"))
      }
    }
    let text = try plain.units().map(\.text).joined()
    for key in ["ReadWritePaths", "SupplementaryGroups=", "LoadCredential="] { #expect(!text.contains(key)) }
  }

  @Test func aPathCannotBringInAPlaceholder() throws {
    let units = try schedule(.systemdUser, program: "/a/@OPTIONS@/b", options: ["@PROGRAM@"]).units()
    #expect(try #require(units.first).text.contains("ExecStart=/a/@OPTIONS@/b ingest @PROGRAM@\n"))
  }

  @Test(arguments: ["/a\nExecStart=/bin/sh", "relative", "", "/a\u{0}", "/a\r"])
  func refusesPathsThatUnitsCannotHold(path: String) {
    for manager in Schedule.Manager.allCases {
      #expect(throws: DeliveryError.self) { try schedule(manager, program: path).units() }
    }
    #expect(throws: DeliveryError.self) { try schedule(.systemdUser, program: path).cronLines() }
    #expect(throws: DeliveryError.self) { try schedule(.systemdUser, folder: path).units() }
  }

  @Test(arguments: ["quo\"te", "it's", "back\\slash"]) func refusesProgramsThatSystemdRefuses(name: String) throws {
    for manager in [Schedule.Manager.systemdUser, .systemdSystem] {
      #expect(throws: DeliveryError.self) { try schedule(manager, program: "/a/\(name)/ccr-audit").units() }
    }
    #expect(try schedule(.launchd, program: "/a/\(name)/ccr-audit").units().count == 2)
  }

  /// systemd itself reads what we wrote: it must find the program at its odd path, and the arguments whole.
  @Test(
    .enabled(if: hasSystemd, "systemd-analyze is not installed"),
    arguments: [Schedule.Manager.systemdUser, .systemdSystem],
    ["plain", "with space", "per%hcent", "dol$HOME", "ünï-漢", "semi;colon #"])
  func systemdAcceptsTheUnits(manager: Schedule.Manager, name: String) throws {
    let folder = TemporaryFolder()
    let program = "\(folder.path)/\(name)/ccr-audit"
    let state = "\(folder.path)/\(name)"
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    try "#!/bin/sh\n".write(toFile: program, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let value = schedule(
      manager, program: program, folder: state, options: ["--config", "\(state)/a %n \"$HOME\" it's \\.yaml"])
    let units = try value.units()
    let paths = units.map { folder.file($0.name, $0.text, mode: 0o644) }
    let user = manager == .systemdUser ? ["--user"] : []
    let environment = ["XDG_RUNTIME_DIR": folder.path]
    let checked = try Tool.run(["systemd-analyze"] + user + ["--recursive-errors=no", "verify"] + paths, environment)
    #expect(checked.status == 0 && checked.output.isEmpty, "\(checked.output)")
    // A checker that accepts all would accept this as well.
    let broken = units[0].text.replacing("UMask=0077", with: "UMask=99\nNoSuchKey=1")
      .replacing("ExecStart=", with: "ExecStart=/nonexistent")
    let refused = try Tool.run(
      ["systemd-analyze"] + user + ["--recursive-errors=no", "verify", folder.file("broken.service", broken)],
      environment)
    #expect(refused.output.contains("NoSuchKey"))
  }

  @Test(.enabled(if: hasSystemd, "systemd-analyze is not installed")) func theCalendarIsTheOneThatIsMeant() throws {
    func times(_ unit: String) throws -> [Substring] {
      let text = try #require(unitTemplates["systemd/user/\(unit).timer"])
      return text.matches(of: /OnCalendar=(.*)/).map { $0.1 }
    }
    func normal(_ expression: Substring) throws -> String {
      let (status, output) = try Tool.run(["systemd-analyze", "calendar", String(expression)])
      #expect(status == 0, "\(output)")
      return output.firstMatch(of: /Normalized form: (.*)/).map { String($0.1) } ?? output
    }
    #expect(try times("ccr-audit-ingest").map(normal) == ["*-*-* *:00/15:00", "*-*-* 23:59:00"])
    #expect(try times("ccr-audit-run").map(normal) == ["*-*-* 00:05:00"])
    for unit in ["ccr-audit-ingest", "ccr-audit-run"] {
      let user = unitTemplates["systemd/user/\(unit).timer"]
      #expect(user == unitTemplates["systemd/system/\(unit).timer"])
      #expect(user?.contains("Persistent=yes") == true)
    }
  }

  @Test func userUnitsAreHardenedAndLow() throws {
    for unit in try schedule(.systemdUser).units() where unit.name.hasSuffix(".service") {
      for line in [
        "UMask=0077", "Nice=10", "IOSchedulingClass=idle", "NoNewPrivileges=yes", "ProtectSystem=strict",
        "ReadWritePaths=-/var/tmp/state", "PrivateTmp=yes", "LockPersonality=yes", "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes", "SystemCallArchitectures=native", "MemoryDenyWriteExecute=yes",
      ] { #expect(unit.text.contains("\n\(line)\n"), "\(line)") }
    }
    let system = try schedule(.systemdSystem).units().first { $0.name.hasSuffix("run.service") }
    for line in [
      "DynamicUser=yes", "User=ccr-audit", "StateDirectory=ccr-audit",
      "LoadCredential=slack-webhook-url:/etc/ccr-audit/slack-webhook-url",
    ] { #expect(system?.text.contains("\n\(line)\n") == true, "\(line)") }
  }

  @Test(arguments: ["/Users/a b", "/Users/<&>\"'", "/Users/ünï"]) func thePropertyListsAreWhole(folder: String) throws {
    let value = schedule(
      .launchd, program: "\(folder)/ccr-audit", folder: folder, options: ["--config", "\(folder)/c.yaml"])
    for (unit, command) in zip(try value.units(), ["ingest", "run"]) {
      let plist = try #require(
        unsafe try PropertyListSerialization.propertyList(from: Data(unit.text.utf8), format: nil) as? [String: Any])
      #expect(plist["Label"] as? String == "ccr-audit.\(command)")
      #expect(
        plist["ProgramArguments"] as? [String]
          == ["\(folder)/ccr-audit", command, "--config", "\(folder)/c.yaml"])
      #expect(plist["Umask"] as? Int == 0o077)
      #expect(plist["LowPriorityIO"] as? Bool == true)
      #expect(plist["ProcessType"] as? String == "Background")
      #expect(plist["StartInterval"] as? Int == (command == "ingest" ? 900 : nil))
      #expect(plist["StandardErrorPath"] as? String == "\(folder)/logs/ccr-audit.\(command).log")
    }
  }

  /// `plutil` comes with macOS and with Swift on Linux; Debian's libplist-utils has `plistutil`.
  @Test(
    .enabled(if: Tool.path("plutil") != nil || Tool.path("plistutil") != nil, "neither plutil nor plistutil is there"))
  func theirToolAcceptsThePropertyLists() throws {
    let folder = TemporaryFolder()
    for unit in try schedule(.launchd, program: "/Users/a <b> & c/ccr-audit").units() {
      let path = folder.file(unit.name, unit.text)
      let broken = folder.file("broken.plist", unit.text.replacing("</dict>", with: ""))
      for (tool, options) in [("plutil", ["-lint"]), ("plistutil", ["-f", "bin", "-o", "/dev/null", "-i"])]
      where Tool.path(tool) != nil {
        // Some versions of plistutil say what is wrong, and exit with 0.
        let accepts = { (path: String) in
          let (status, output) = try Tool.run([tool] + options + [path])
          return status == 0 && !output.contains("ERROR")
        }
        #expect(try accepts(path))
        #expect(try !accepts(broken))
      }
    }
  }

  @Test func cronLinesSurviveCronAndTheShell() throws {
    let folder = TemporaryFolder()
    let odd = "\(folder.path)/it's 100% $HOME \"x\""
    try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: true)
    let script = "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\numask\necho $SWIFT_BACKTRACE\n"
    try script.write(toFile: odd + "/ccr-audit", atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: odd + "/ccr-audit")
    let lines = try schedule(.systemdUser, program: odd + "/ccr-audit", options: ["--config", odd]).cronLines()
    #expect(lines.map { $0.prefix(12) } == ["*/15 * * * *", "59 23 * * * ", "5 0 * * * um"])
    // What cron does to a command: an escaped percent sign is one, any other ends it.
    let command = try #require(lines.last?.split(separator: " ", maxSplits: 5).last)
    #expect(!command.replacing("\\%", with: "").contains("%"))
    let (status, output) = try Tool.run(["sh", "-c", String(command.replacing("\\%", with: "%"))])
    #expect(status == 0)
    #expect(output == "run\n--config\n\(odd)\n0077\nenable=no\n")
  }

  @Test func installsInOrder() throws {
    let user = try InstallPlan.install(schedule(.systemdUser), unitFolder: "/h/.config/systemd/user", userID: 501)
    #expect(user.folders == ["/h/.config/systemd/user", "/var/tmp/state"])
    #expect(
      user.files.map(\.path)
        == ["ingest.service", "ingest.timer", "run.service", "run.timer"].map {
          "/h/.config/systemd/user/ccr-audit-\($0)"
        })
    #expect(
      user.after.map { $0.words.joined(separator: " ") } == [
        "systemctl --user daemon-reload", "systemctl --user enable --now ccr-audit-ingest.timer ccr-audit-run.timer",
      ])
    let agent = try InstallPlan.install(schedule(.launchd), unitFolder: "/h/Library/LaunchAgents", userID: 501)
    #expect(agent.before.allSatisfy { $0.mayFail && $0.words[1] == "bootout" })
    #expect(
      agent.after.map { $0.words.joined(separator: " ") }
        == ["ingest", "run"].map { "launchctl bootstrap gui/501 /h/Library/LaunchAgents/ccr-audit.\($0).plist" })
    for manager in Schedule.Manager.allCases {
      let install = try InstallPlan.install(schedule(manager), unitFolder: "/u", userID: 501)
      let uninstall = InstallPlan.uninstall(manager, unitFolder: "/u", userID: 501)
      #expect(Set(uninstall.removals) == Set(install.files.map(\.path)))
      #expect(uninstall.files.isEmpty)
    }
  }

  @Test func knowsTheNextDailyRun() throws {
    let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
    // 2026-06-24T00:04:59+02:00 and one second later.
    #expect(Schedule.nextDailyRun(after: 1_782_252_299_000, in: zone) == 1_782_252_300_000)
    #expect(Schedule.nextDailyRun(after: 1_782_252_300_000, in: zone) == 1_782_252_300_000 + 86_400_000)
  }
}

@Suite struct JobStatusTests {
  /// As systemd 252 prints it with `--timestamp=unix`.
  private let show = """
    Id=ccr-audit-ingest.service
    ActiveState=activating
    Result=success
    ExecMainStatus=0
    ExecMainExitTimestamp=@1789914670

    Id=ccr-audit-ingest.timer
    ActiveState=active
    Result=success
    LastTriggerUSec=@1789914652
    NextElapseUSecRealtime=@1789915500

    Id=ccr-audit-run.service
    ActiveState=failed
    Result=exit-code
    ExecMainStatus=2
    ExecMainExitTimestamp=@1789914700

    Id=ccr-audit-run.timer
    ActiveState=active
    Result=success
    LastTriggerUSec=@1789914600
    NextElapseUSecRealtime=Tue 2026-10-06 00:05:00 UTC

    """

  @Test func readsSystemd() {
    let jobs = JobStatus.systemd(show)
    #expect(jobs.map(\.job) == [.ingest, .run])
    #expect(jobs[0].isActive && jobs[0].isRunning)
    #expect(jobs[0].lastRun == 1_789_914_670_000 && jobs[0].result == "success" && jobs[0].exitCode == 0)
    #expect(jobs[0].nextRun == 1_789_915_500_000)
    #expect(!jobs[1].isRunning && jobs[1].exitCode == 2 && jobs[1].result == "exit-code")
    #expect(jobs[1].nextRun == 1_791_245_100_000)
  }

  @Test func aServiceThatNeverRanHasNoResult() {
    let jobs = JobStatus.systemd(
      """
      Id=ccr-audit-run.service
      ActiveState=inactive
      Result=success
      ExecMainStatus=0
      ExecMainExitTimestamp=

      Id=ccr-audit-run.timer
      ActiveState=inactive
      LastTriggerUSec=n/a
      NextElapseUSecRealtime=
      """)
    #expect(jobs[1] == JobStatus(job: .run, isActive: false))
    #expect(JobStatus.systemd("") == [JobStatus(job: .ingest, isActive: false), JobStatus(job: .run, isActive: false)])
    #expect(JobStatus.systemd("\u{0}=\n=\n\nId=\n@") == JobStatus.systemd(""))
  }

  @Test func afterAStartOfTheMachineTheTimerKnows() {
    let jobs = JobStatus.systemd(
      "Id=ccr-audit-run.timer\nActiveState=active\nLastTriggerUSec=@1789914600\nNextElapseUSecRealtime=@1789999999\n")
    #expect(jobs[1].lastRun == 1_789_914_600_000)
    #expect(jobs[1].result == nil)
  }

  private func print(_ fields: String) -> String {
    """
    gui/501/ccr-audit.run = {
    \tactive count = 0
    \tpath = /Users/a/Library/LaunchAgents/ccr-audit.run.plist
    \ttype = LaunchAgent
    \(fields)
    \tprogram = /usr/local/bin/ccr-audit
    \targuments = {
    \t\t/usr/local/bin/ccr-audit
    \t\trun
    \t}
    \tevent triggers = {
    \t\tccr-audit.run.268435595 => {
    \t\t\tstate = 1
    \t\t\tstream = com.apple.launchd.calendarinterval
    \t\t}
    \t}
    \tendpoints = {
    \t\tstate = active
    \t\tlast exit code = 99
    \t}
    }
    """
  }

  @Test func readsLaunchd() {
    func status(_ fields: String) -> JobStatus { JobStatus.launchd(print(fields), job: .run) }
    let good = status("\tstate = not running\n\truns = 818\n\tlast exit code = 0")
    #expect(good.isActive && !good.isRunning && good.exitCode == 0 && good.result == "success")
    let bad = status("\tstate = not running\n\tlast exit code = 78: EX_CONFIG")
    #expect(bad.exitCode == 78 && bad.result == "exit-code")
    let fresh = status("\tstate = running\n\tlast exit code = (never exited)")
    #expect(fresh.isRunning && fresh.exitCode == nil && fresh.result == nil)
    let killed = status("\tstate = not running\n\tlast terminating signal = Killed: 9")
    #expect(killed.result == "signal Killed: 9")
    #expect(!JobStatus.launchd("Bad request.\nCould not find service \"x\"", job: .run).isActive)
  }

  @Test func warnsAfter26Hours() {
    #expect(JobStatus.warning(lastSuccess: nil, now: 0) != nil)
    #expect(JobStatus.warning(lastSuccess: 0, now: 26 * 3_600_000 - 1) == nil)
    #expect(JobStatus.warning(lastSuccess: 0, now: 26 * 3_600_000) == "the daily run last ended well 26 hours ago")
    #expect(JobStatus.warning(lastSuccess: 10, now: 0) == nil)
  }

  @Test(.enabled(if: Tool.path("systemctl") != nil, "systemctl is not installed")) func theCommandIsUnderstood() throws
  {
    // Without a running manager it can only fail for that reason, and not for its options.
    let (_, output) = try Tool.run(JobStatus.systemdCommand(.systemdUser))
    #expect(!output.contains("nrecognized") && !output.contains("nvalid"), "\(output)")
  }
}
