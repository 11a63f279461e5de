import Commands
import Foundation
import TestSupport
import Testing

/// Ledgers of several machines, added up without a server. The clock stands at 2026-06-25T00:05Z.
struct SeveralLedgersTests {
  private func ingest(_ test: TestContext, _ ledger: String, _ lines: String) throws {
    let log = try test.write(lines, to: "logs-\(ledger)/a.log")
    let outcome = test.run("ingest", "--ledger", "\(test.home)/\(ledger)", log)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
  }

  /// Logs of two machines: what each holds, and the same in one ledger.
  private func machines(_ body: (TestContext, _ both: [String], _ whole: String) throws -> Void) throws {
    try TestContext.with { test in
      let minute: Int64 = 60_000
      let first = (1...5).map { ScopeTests.call($0, time: ScopeTests.start + Int64($0) * 7 * minute) }
      let second = (6...9).map {
        ScopeTests.call($0, time: ScopeTests.start + Int64($0) * 31 * minute, pair: "deepseek,deepseek-v4-flash")
      }
      try ingest(test, "a.sqlite", first.joined())
      try ingest(test, "b.sqlite", second.joined() + ScopeTests.call(10))
      try ingest(test, "whole.sqlite", (first + second).joined() + ScopeTests.call(10))
      try body(
        test, ["--ledger", "\(test.home)/b.sqlite", "--ledger", "\(test.home)/a.sqlite"],
        "\(test.home)/whole.sqlite")
    }
  }

  @Test func theirReportIsThatOfOneLedgerWithAllTheirRequests() throws {
    try machines { test, both, whole in
      for by in ["model", "day", "route", "source"] {
        let options = ["report", "--all", "--format", "json", "--by", by]
        let sum = test.run(options + both)
        #expect(sum.exitCode == 0, "\(sum.errors)")
        #expect(sum.output == test.run(options + ["--ledger", whole]).output, "by \(by)")
      }
      for command in [
        ["simulate", "--all", "--all-to", "anthropic/claude-sonnet-5"],
        ["check", "--from", "ledger", "--window", "all", "--format", "json"],
      ] {
        let sum = test.run(command + both)
        #expect(sum.output == test.run(command + ["--ledger", whole]).output, "\(command)")
        #expect(!sum.output.isEmpty)
      }
    }
  }

  @Test func rowsCanBeToldApartByTheLedgerThatHoldsThem() throws {
    try machines { test, both, _ in
      let outcome = test.run(["report", "--all", "--format", "json", "--by", "origin"] + both)
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      let rows = try #require(report["models"] as? [[String: Any]])
      #expect(Set(rows.compactMap { $0["origin"] as? String }).count == 2)
      #expect(rows.compactMap { $0["requests"] as? Int }.sorted() == [1, 4, 5])
    }
  }

  @Test func aCopyOfALedgerDoesNotCountTwice() throws {
    try machines { test, _, whole in
      #expect(test.run("ledger", "backup", "--ledger", whole, "\(test.home)/copy.sqlite").exitCode == 0)
      _ = test.run("report", "--all", "--by", "origin", "--ledger", whole)
      #expect(test.run("ledger", "backup", "--ledger", whole, "--force", "\(test.home)/copy.sqlite").exitCode == 0)
      let outcome = test.run("report", "--all", "--ledger", whole, "--ledger", "\(test.home)/copy.sqlite")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("would count twice"))
      #expect(test.run("report", "--all", "--ledger", whole, "--ledger", whole).exitCode == 64)
    }
  }

  /// Such as one that was copied before anybody asked it who it is, and grew, or lost rows to retention, since.
  @Test(arguments: ["as it was", "grown", "told apart", "pruned"])
  func aCopyWithoutAnIDDoesNotCountTwice(_ history: String) throws {
    try machines { test, _, whole in
      let copy = "\(test.home)/copy.sqlite"
      if history == "pruned" {
        let outcome = test.run("ledger", "prune", "--days", "1", "--ledger", whole)
        #expect(outcome.errors.contains("removed 10 requests"), "\(outcome.errors)")
      }
      #expect(test.run("ledger", "backup", "--ledger", whole, copy).exitCode == 0)
      if history == "grown" { try ingest(test, "whole.sqlite", ScopeTests.call(11)) }
      if history == "told apart" {
        // Each draws one of its own.
        for ledger in [whole, copy] { _ = test.run("run", "--ledger", ledger, "--history", "\(ledger).jsonl") }
      }
      for ledgers in [[whole, copy], [copy, whole]] {
        let outcome = test.run(["report", "--all"] + ledgers.flatMap { ["--ledger", $0] })
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty, "\(outcome.errors)")
        #expect(outcome.errors.contains("would count twice"), "\(outcome.errors)")
        #expect(outcome.errors.contains(whole) && outcome.errors.contains(copy), "\(outcome.errors)")
        #expect(outcome.errors.contains("`ccr-audit ledger separate`"), "\(outcome.errors)")
      }
    }
  }

  @Test func requestsOfALogThatWasReadIntoTwoLedgersAreCounted() throws {
    try machines { test, both, _ in
      let shared = (3...5).map { ScopeTests.call($0, time: ScopeTests.start + Int64($0) * 7 * 60_000) }
      try ingest(test, "c.sqlite", shared.joined() + ScopeTests.call(12))
      let outcome = test.run(["report", "--all"] + both + ["--ledger", "\(test.home)/c.sqlite"])
      #expect(outcome.exitCode == 0)
      #expect(outcome.errors.contains("3 requests are in \(test.home)/a.sqlite and in \(test.home)/c.sqlite"))
      #expect(!outcome.errors.contains("b.sqlite and"), "\(outcome.errors)")
    }
  }

  /// Such as a copy that broke off: the sum is without a machine, and says so.
  @Test func aLedgerWithoutRequestsIsNamed() throws {
    try machines { test, both, whole in
      try test.write("", to: "empty.sqlite")
      let all = test.run(["report", "--all"] + both)
      #expect(!all.errors.contains("holds no requests"))
      let outcome = test.run(["report", "--all"] + both + ["--ledger", "\(test.home)/empty.sqlite"])
      #expect(outcome.output == all.output)
      #expect(outcome.errors.contains("empty.sqlite holds no requests"), "\(outcome.errors)")
    }
  }

  @Test func whatIsAboutOneLedgerTakesOne() throws {
    try machines { test, both, _ in
      for command in [["ingest"], ["ledger", "check"], ["export", "--all"], ["status"], ["run"]] {
        let outcome = test.run(command + both)
        #expect(outcome.exitCode == 64, "\(command): \(outcome.errors)")
        #expect(outcome.errors.contains("--ledger names 2"), "\(command): \(outcome.errors)")
      }
    }
  }
}
