import AuditCommands
import Foundation
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
    #expect(try runBinary("--version") == Outcome(exitCode: 0, output: "\(CCRAudit.version)\n", errors: ""))
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
    let outcome = try runBinary("config", "show", shell: #"{ sleep 0.2; "$@"; echo $? >&2; } | true"#)
    #expect(outcome.errors == "0\n")
  }

  @Test func aFullDiskIsAnError() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let outcome = try runBinary("config", "show", shell: #""$@" >/dev/full"#)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors == "error: cannot write to standard output: No space left on device\n")
  }

  @Test func aProgramThatHangsIsKilled() {
    #expect(throws: TimeLimitExceeded.self) { try runBinary(shell: "exec sleep 30", timeLimit: .seconds(1)) }
  }
}
