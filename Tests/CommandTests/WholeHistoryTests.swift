import Commands
import Foundation
import TestSupport
import Testing

/// The history has each finished day that the ledger holds once, whatever was run before and whatever became of the
/// ledger.
struct WholeHistoryTests {
  private func history(_ test: TestContext) throws -> [String] {
    try String(contentsOfFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private func days(_ test: TestContext) throws -> Set<String> {
    Set(try history(test).compactMap { $0.firstMatch(of: #/"day": "([^"]+)"/#).map { String($0.1) } })
  }

  private func moveLedgerAway(_ test: TestContext) throws {
    let folder = "\(test.home)/.local/share/ccr-audit"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix("ledger.sqlite") {
      try FileManager.default.moveItem(atPath: "\(folder)/\(name)", toPath: "\(test.home)/\(name)")
    }
  }

  private static let day: Int64 = 86_400_000

  /// A request on each of so many days up to yesterday.
  private func calls(_ days: Int, from first: Int = 0) -> String {
    (first..<days).map { number in
      ScopeTests.call(number, time: TestContext.now - Int64(days - number) * Self.day)
    }.joined()
  }

  @Test(arguments: [1, 3, 50]) func aDayThatWasAskedForFirstLeavesOutNoOther(daysAgo: Int) throws {
    try TestContext.with { test in
      let log = try test.write(calls(60), to: "ccr-20260623000000.log")
      let day = Date(timeIntervalSince1970: Double(TestContext.now) / 1000 - Double(daysAgo) * 86_400)
      #expect(test.run("run", "--date", day.formatted(.iso8601.year().month().day()), log).exitCode == 0)
      #expect(try days(test).count == 1)
      let run = test.run("run", log)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(try days(test).count == 60, "\(run.errors)")
      #expect(try history(test).count == 60)
    }
  }

  /// As the hint on a damaged ledger says.
  @Test func aLedgerMadeAnewCarriesTheHistoryOn() throws {
    try TestContext.with { test in
      let logs = Fixtures.path("ccr-v1/logs")
      #expect(test.run("run", logs).exitCode == 0)
      let before = try history(test)
      try moveLedgerAway(test)
      let ingest = test.run("ingest", logs)
      #expect(ingest.errors.contains("the history of a former ledger"), "\(ingest.errors)")
      #expect(test.run("run", logs).exitCode == 0)
      #expect(try history(test) == before)
    }
  }

  /// The schedule's next ingest can find a log of today alone, or nothing.
  @Test(arguments: [true, false]) func whatItIsMadeOfFirstDoesNotMatter(isEmpty: Bool) throws {
    try TestContext.with { test in
      let logs = try test.write(calls(3), to: "ccr-a.log")
      #expect(test.run("run", logs).exitCode == 0)
      let before = try history(test)
      try moveLedgerAway(test)
      let other = isEmpty ? "" : ScopeTests.call(99, time: TestContext.now - 1000)
      _ = test.run("ingest", try test.write(other, to: "ccr-today.log"))
      #expect(test.run("run", logs).exitCode == 0)
      #expect(try history(test) == before)
    }
  }

  /// Two machines that read copies of the same logs first would overwrite each other's records, were they one.
  @Test func ofAHistoryThatOthersShareNoIDIsTaken() throws {
    try TestContext.with { test in
      try FileManager.default.createDirectory(atPath: "\(test.home)/team", withIntermediateDirectories: true)
      test.context.environment["CCR_AUDIT_HISTORY"] = "\(test.home)/team/history.jsonl"
      let logs = try test.write(calls(3), to: "ccr-a.log")
      #expect(test.run("run", logs).exitCode == 0)
      try moveLedgerAway(test)
      let run = test.run("run", logs)
      #expect(run.errors.contains("count beside them: if this machine wrote them, write `origin: "), "\(run.errors)")
      let text = try String(contentsOfFile: "\(test.home)/team/history.jsonl", encoding: .utf8)
      #expect(Set(text.matches(of: #/"origin": "([^"]+)"/#).map(\.1)).count == 2)
    }
  }

  /// Routers delete their logs: what is left of a day does not replace what the history knows of it.
  @Test func whatIsLeftOfADayDoesNotReplaceAllOfIt() throws {
    try TestContext.with { test in
      let early = try test.write(ScopeTests.call(9, time: TestContext.now - 2 * Self.day - 1000), to: "ccr-early.log")
      let late = try test.write(calls(3), to: "ccr-late.log")
      #expect(test.run("run", early, late).exitCode == 0)
      let before = try history(test)
      try moveLedgerAway(test)
      let run = test.run("run", late)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(try history(test) == before)
      // Nor on the days after.
      test.context.now = { TestContext.now + Self.day }
      #expect(test.run("run", late).exitCode == 0)
      #expect(try history(test) == before)
    }
  }

  /// Another machine's records are nobody else's, and what to do where they were our own is said.
  @Test func anotherMachinesRecordsAreNotTakenForOurs() throws {
    try TestContext.with { test in
      let theirs = try test.write(calls(3), to: "ccr-theirs.log")
      #expect(test.run("run", theirs).exitCode == 0)
      let lines = try history(test)
      let origin = try #require(lines.first?.firstMatch(of: #/"origin": "([^"]+)"/#)).1
      let third = try #require(lines.first).replacing(origin, with: "0123456789abcdef").replacing(
        "2026-", with: "2025-")
      try (lines + [third]).map { $0 + "\n" }.joined().write(
        toFile: "\(test.home)/.local/share/ccr-audit/history.jsonl", atomically: true, encoding: .utf8)
      try moveLedgerAway(test)
      let ours = try test.write(calls(3) + calls(3).replacing("req-", with: "req-1"), to: "ccr-ours.log")
      let ingest = test.run("ingest", ours)
      #expect(ingest.errors.contains("write `origin: \(origin)` into"), "\(ingest.errors)")
      #expect(test.run("run", ours).exitCode == 0)
      #expect(Set(try history(test).compactMap { $0.firstMatch(of: #/"origin": "([^"]+)"/#)?.1 }).count == 3)
    }
  }

  /// A place that somebody named is none of the usual ones, of which not all are in use.
  @Test func aNamedPlaceThatIsNotThereIsSaid() throws {
    try TestContext.with { test in
      try test.write("logs: [logs, typo]", to: ".config/ccr-audit/config.yaml")
      try test.write(calls(3), to: ".config/ccr-audit/logs/ccr-a.log")
      let typo = "\(test.home)/.config/ccr-audit/typo does not exist"
      for command in ["ingest", "run"] {
        let outcome = test.run(command)
        #expect(outcome.exitCode == 0)
        #expect(outcome.errors.contains(typo), "\(outcome.errors)")
      }
      #expect(test.run("doctor").output.replacing(#/\s+/#, with: " ").contains(typo))
    }
    try TestContext.with { test in
      try test.write(calls(3), to: ".claude-code-router/logs/ccr-a.log")
      #expect(!test.run("ingest").errors.contains("does not exist"))
    }
  }
}
