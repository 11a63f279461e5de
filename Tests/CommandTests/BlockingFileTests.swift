import Foundation
import TestSupport
import Testing

/// Where a file should stand something else can: a pipe that nobody writes to, a device that never ends. And a file that
/// may be written to can be full. Each ends with a word and an exit code, by the built program.
struct BlockingFileTests {
  private func run(_ test: TestContext, shell: String? = nil, _ arguments: String...) throws -> Outcome {
    try runBinary(
      arguments: arguments, environment: ["HOME": test.home, "PATH": "/usr/bin:/bin", "TZ": "UTC"], shell: shell,
      timeLimit: .seconds(20))
  }

  private static let files = [
    ".config/ccr-audit/config.yaml", ".local/share/ccr-audit/history.jsonl", ".local/share/ccr-audit/ledger.sqlite",
    ".claude-code-router/config.json",
  ]

  @Test(arguments: files, ["pipe", "/dev/zero"]) func nothingWaitsForWhatIsNoFile(name: String, kind: String) throws {
    try TestContext.with { test in
      try test.write("", to: name)
      let path = "\(test.home)/\(name)"
      try FileManager.default.removeItem(atPath: path)
      if kind == "pipe" {
        let made = unsafe mkfifo(path, 0o600)
        try #require(made == 0)
      } else {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: kind)
      }
      let outcome = try run(test, "run", "--date", "2026-06-25", Self.log)
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("it is not a file"), "\(outcome.errors)")
      #expect([0, 2].contains(try run(test, "doctor").exitCode))
      #expect([0, 2].contains(try run(test, "history").exitCode))
    }
  }

  private static let log = Fixtures.path("ccr-v1/logs/ccr-20260625140000.log")

  /// What somebody names on the command line is opened as carefully as what is configured.
  @Test func noFileThatIsNamedIsWaitedFor() throws {
    try TestContext.with { test in
      #expect(try run(test, "run", "--date", "2026-06-25", Self.log).exitCode == 0)
      let pipe = "\(test.home)/pipe"
      let made = unsafe mkfifo(pipe, 0o600)
      try #require(made == 0)
      for name in [pipe, "/dev/zero"] {
        for arguments in [["check", "--base", name, "--max-increase", "5%"], ["reconcile", name]] {
          let outcome = try runBinary(
            arguments: arguments, environment: ["HOME": test.home, "PATH": "/usr/bin:/bin", "TZ": "UTC"],
            timeLimit: .seconds(20))
          #expect(outcome.exitCode == 2 && outcome.errors.contains("it is not a file"), "\(arguments) \(outcome)")
        }
      }
    }
  }

  @Test func aPipeOfTheShellIsRead() throws {
    try TestContext.with { test in
      let shell = "echo 'timezone: Asia/Seoul' | \"$@\" config show --config /dev/stdin"
      let outcome = try run(test, shell: shell)
      #expect(outcome.output.contains("Asia/Seoul"), "\(outcome)")
    }
  }

  @Test func aLimitOnTheSizeOfFilesIsAnErrorAndLosesNothing() throws {
    try TestContext.with { test in
      let limited = try run(test, shell: "ulimit -f 8; exec \"$@\"", "ingest", Self.log)
      #expect(limited.exitCode == 2, "\(limited)")
      #expect(limited.errors.contains("ledger.sqlite cannot be used"), "\(limited.errors)")
      #expect(try run(test, "ingest", Self.log).exitCode == 0)
      let all = ["report", "--all", "--format", "csv"]
      let whole = try run(test, all[0], all[1], all[2], all[3])
      #expect(whole.exitCode == 0)
      // Where nothing can be written, SQLite has no room for the files beside a ledger, as on a full disk.
      let full = try run(test, shell: "( ulimit -f 0; \"$@\" ) | cat", all[0], all[1], all[2], all[3])
      #expect(full.output == whole.output, "\(full)")
    }
  }
}
