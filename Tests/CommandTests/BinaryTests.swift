import Commands
import Foundation
import GRDB
import TestSupport
import Testing

/// The built program, from outside.
@Suite struct BinaryTests {
  @Test func help() throws {
    let outcome = try runBinary("--help")
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.isEmpty)
    #expect(try differenceFromSnapshot(outcome.output, "help.txt") == nil)
  }

  @Test func version() throws {
    #expect(try runBinary("--version") == Outcome(exitCode: 0, output: "\(ProgramVersion.current)\n", errors: ""))
  }

  @Test(arguments: [["--nope"], ["config", "show", "--nope"], ["nope"], ["config", "show", "-q", "-v"]])
  func wrongUsage(arguments: [String]) throws {
    let outcome = try runBinary(arguments: arguments)
    #expect(outcome.exitCode == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("error: "))
    #expect(outcome.errors.contains("Usage: ccr-audit"))
  }

  @Test func pipedOutputHasNoColor() throws {
    let outcome = try runBinary("config", "show", environment: ["HOME": "/nonexistent", "TERM": "xterm-256color"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.contains("/nonexistent/.claude-code-router/logs"))
    #expect(!outcome.output.contains("\u{1B}"))
  }

  @Test func aReaderWhoLeavesIsNoError() throws {
    let outcome = try runBinary("config", "show", "--quiet", shell: #"{ sleep 0.2; "$@"; echo $? >&2; } | true"#)
    #expect(outcome.errors == "0\n")
  }

  @Test func aFullDiskIsAnError() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let outcome = try runBinary("config", "show", "--quiet", shell: #""$@" >/dev/full"#)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors == "error: cannot write to standard output: No space left on device\n")
  }

  @Test(arguments: [4, 8, 12])
  func tooFewFilesIsAnError(limit: Int) throws {
    for command in [["report"], ["run"], ["alert", "list"], ["ledger", "check"]] {
      let outcome = try runBinary(
        arguments: command, environment: ["HOME": "/nonexistent"], shell: #"ulimit -n \#(limit); exec "$@""#)
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("error: Too many open files: only ") && outcome.errors.contains("`ulimit -n"))
    }
    #expect(try runBinary("--version", shell: #"ulimit -n 64; exec "$@""#).exitCode == 0)
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.isLinux, "limits of other systems are not looked at"), arguments: [64, 256])
  func tooSmallAStackIsAnError(limit: Int) throws {
    for command in [["report"], ["ingest", "/"]] {
      let outcome = try runBinary(
        arguments: command, environment: ["HOME": "/nonexistent"], shell: #"ulimit -s \#(limit); exec "$@""#)
      #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
      #expect(
        outcome.errors.hasPrefix("error: the stack may be \(limit) KiB large") && outcome.errors.contains("`ulimit -s"))
    }
    #expect(try runBinary("pricing", "list", shell: #"ulimit -s 512; exec "$@""#).exitCode == 0)
  }

  /// A folder that is gone is not the root of the file system, all of whose files would be read.
  @Test(arguments: [["ingest", "."], ["ingest", "logs"], ["report", "--ledger", "made.sqlite"]])
  func nothingIsReadOrMadeInAFolderThatIsGone(arguments: [String]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-gone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try runBinary(
      arguments: arguments, environment: ["HOME": folder.path, "PATH": "/usr/bin:/bin"],
      shell: #"mkdir "$HOME/here" && cd "$HOME/here" && rmdir ../here && exec "$@""#, timeLimit: .seconds(20))
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.errors.contains("the current folder was removed"), "\(outcome.errors)")
  }

  /// Commands for `/bin/sh` in which the home folder is a disk that is mounted to be read.
  private static let mountedToBeRead =
    #"unshare -rm sh -c 'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" && exec "$@"' sh "$@""#

  private static var canMount: Bool {
    let home = FileManager.default.temporaryDirectory.path
    let outcome = try? runBinary(
      arguments: ["--version"], environment: ["HOME": home, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
      shell: mountedToBeRead)
    return outcome?.exitCode == 0
  }

  /// A ledger on such a disk: no permissions help, whichever of its files is met first.
  @Test(
    .enabled(if: BinaryTests.canMount, "this system mounts nothing for tests"),
    arguments: [[], ["-wal"], ["-wal", "-shm"]])
  func aDiskThatIsMountedToBeReadIsCalledSo(left: [String]) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let environment = ["HOME": place.path, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    #expect(try place.run(["ingest", Fixtures.path("litellm/spendlogs.jsonl.gz")]).exitCode == 0)
    // As a program that was killed leaves them.
    try withExtendedLifetime(DatabaseQueue(path: place.ledger)) { queue in
      try queue.write { try $0.execute(sql: "UPDATE job SET started = started + 1") }
      for suffix in left {
        try FileManager.default.copyItem(atPath: place.ledger + suffix, toPath: place.ledger + suffix + ".kept")
      }
    }
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: place.ledger + suffix)
      guard left.contains(suffix) else { continue }
      try FileManager.default.moveItem(atPath: place.ledger + suffix + ".kept", toPath: place.ledger + suffix)
    }
    for words in [["ledger", "rebuild"], ["ingest", Fixtures.path("ccr-v1/logs")]] {
      let outcome = try runBinary(
        arguments: words + ["--ledger", place.ledger], environment: environment, shell: Self.mountedToBeRead)
      #expect(outcome.exitCode == 2, "\(outcome)")
      #expect(outcome.errors.contains("read-only file system; name another ledger with --ledger"), "\(outcome.errors)")
      #expect(!outcome.errors.contains("permissions"), "\(outcome.errors)")
    }
    let report = try runBinary(
      arguments: ["report", "--all", "--ledger", place.ledger], environment: environment, shell: Self.mountedToBeRead)
    #expect(report.exitCode == 0 && !report.output.isEmpty, "\(report)")
  }

  /// What the dynamic linker would load, by its own word.
  private func libraries(_ program: URL) throws -> String {
    try runBinary(arguments: [], environment: ["LD_TRACE_LOADED_OBJECTS": "1"], program: program).output
  }

  @Test(.enabled(if: ProcessInfo.processInfo.isLinux, "on macOS the client is part of Foundation"))
  func theNetworkClientIsLoadedWhenSomethingIsSent() throws {
    let program = try libraries(builtProgram)
    #expect(program.contains("libc.so"))
    #expect(!program.contains("libFoundationNetworking") && !program.contains("libcurl"))
  }

  /// Whoever copies the one file that was built has alerts that work.
  @Test func theProgramAloneSends() throws {
    let server = LoopbackServer(.status(200))
    let folder = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-alone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appending(path: "ccr-audit")
    // Not by this process: the kernel refuses to run what a child of it may still hold open.
    _ = try runBinary(
      arguments: [builtProgram, program].map { $0.path(percentEncoded: false) }, program: URL(filePath: "/bin/cp"))
    let environment = ["HOME": folder.path(percentEncoded: false), "CCR_AUDIT_SLACK_WEBHOOK_URL": server.address]
    let outcome = try runBinary(arguments: ["alert", "test"], environment: environment, program: program)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(server.received.count == 1)
  }

  @Test func aProgramThatHangsIsKilled() {
    #expect(throws: TimeLimitExceeded.self) { try runBinary(shell: "exec sleep 30", timeLimit: .seconds(1)) }
  }
}

extension ProcessInfo {
  fileprivate var isLinux: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }
}
