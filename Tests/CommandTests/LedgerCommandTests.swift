import Foundation
import GRDB
import TestSupport
import Testing

/// Housekeeping of the ledger from outside.
struct LedgerCommandTests {
  private func filled() throws -> AuditTests.Place {
    let place = try AuditTests.Place()
    try place.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
    return place
  }

  private func reports(_ place: AuditTests.Place, formats: [String] = ["csv", "table"]) throws -> [String] {
    // Sessions alone are gone.
    try ["model", "day", "route", "source"].flatMap { group in
      try formats.map { format in
        try place.run(["report", "--all", "--by", group, "--scope", "all", "--format", format]).output
      }
    }
  }

  @Test func pruningChangesNoReportOfDays() throws {
    let place = try filled()
    defer { place.remove() }
    let run = ["run", "--date", "2026-06-23", Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")]
    #expect(try place.run(run).exitCode == 0)
    let before = try reports(place)
    let history = try String(contentsOfFile: place.history, encoding: .utf8)
    // The fixtures end long before today.
    let asked = try place.run(["ledger", "prune", "--days", "1", "--dry-run"])
    #expect(asked.errors.contains("would remove"))
    #expect(try reports(place) == before)
    let pruned = try place.run(["ledger", "prune", "--days", "1"])
    #expect(pruned.exitCode == 0)
    #expect(pruned.errors == asked.errors.replacing("would remove", with: "removed"))
    #expect(!pruned.errors.contains(" 0 requests"))
    #expect(try reports(place) == before)
    #expect(try place.run(["ledger", "check"]).exitCode == 0)

    // Copies of the logs are new files: they are read again, and add nothing. The history finds the same figures.
    let copies = "\(place.path)/copies"
    try FileManager.default.copyItem(atPath: Fixtures.path("ccr-v1/logs"), toPath: copies)
    let again = try place.run(["run", "--date", "2026-06-23", copies])
    #expect(again.exitCode == 0)
    #expect(again.errors.contains("ingest: 0 new requests"), "\(again.errors)")
    #expect(again.errors.contains("history of 2026-06-23: holds the day already"), "\(again.errors)")
    #expect(try String(contentsOfFile: place.history, encoding: .utf8) == history)
    #expect(try reports(place) == before)
    #expect(try place.run(["ledger", "prune", "--days", "1"]).errors.contains("removed 0 requests"))
    #expect(try place.run(["ledger", "vacuum"]).exitCode == 0)
    #expect(try reports(place) == before)
    let rebuilt = try place.run(["ledger", "rebuild"])
    #expect(rebuilt.exitCode == 0)
    #expect(rebuilt.errors.contains("summed 0 requests"), "\(rebuilt.errors)")
    #expect(try reports(place) == before)
  }

  @Test func keepsAllUnlessToldOtherwise() throws {
    let place = try filled()
    defer { place.remove() }
    let outcome = try place.run(["ledger", "prune"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.contains("all requests are kept"))
    #expect(try place.run(["ledger", "prune", "--days", "0"]).exitCode == 64)
    #expect(try place.run(["ledger", "prune", "--days", "99999999999999999999"]).exitCode == 64)
    #expect(try place.run(["ledger", "prune", "--days", "9223372036854775807"]).errors.contains("removed 0"))
  }

  @Test func copiesAndChecks() throws {
    let place = try filled()
    defer { place.remove() }
    let copy = "\(place.path)/copy.sqlite"
    #expect(try place.run(["ledger", "backup", copy]).exitCode == 0)
    let refused = try place.run(["ledger", "backup", copy])
    #expect(refused.exitCode == 2)
    #expect(refused.errors.contains("--force"))
    #expect(try place.run(["ledger", "backup", copy, "--force"]).exitCode == 0)
    #expect(
      try place.run(["ledger", "check", "--ledger", copy])
        == Outcome(exitCode: 0, output: "", errors: "\(copy) is whole\n"))
    let all = ["report", "--all", "--format", "csv"]
    #expect(try place.run(all + ["--ledger", copy]).output == place.run(all).output)

    // A copy whose middle is overwritten.
    let handle = try FileHandle(forUpdating: URL(filePath: copy))
    let size = try handle.seekToEnd()
    for page in 2..<size / 4096 {
      try handle.seek(toOffset: page * 4096 + 8)
      try handle.write(contentsOf: Data(repeating: 0xA5, count: 2000))
    }
    try handle.close()
    let damaged = try place.run(["ledger", "check", "--ledger", copy])
    #expect(damaged.exitCode == 2)
    #expect(damaged.errors.contains("damaged"), "\(damaged)")
    #expect(try place.run(["ledger", "check", "--ledger", "\(place.path)/none"]).exitCode == 2)
  }

  /// What a proxy counted itself is no measured prompt, in no sum.
  @Test func sumsOfRequestsThatAProxyCountedAreWhole() throws {
    try TestContext.with { test in
      #expect(test.run("ingest", Fixtures.path("litellm/spendlogs.jsonl.gz")).exitCode == 0)
      let check = test.run("ledger", "check")
      #expect(check.exitCode == 0, "\(check.output)\(check.errors)")
      #expect(!test.run("doctor").output.contains("sums of the ledger"))
    }
  }

  /// Sums that another program changed, or a disk did, in what they are found by.
  @Test(arguments: [
    "hour_rollup SET bucket = bucket + 100000", "day_rollup SET bucket = bucket - 1000",
    "hour_rollup SET route = route + 100",
    "day_rollup SET route = route + 100", "day_rollup SET upstream = upstream + 1",
    "hour_rollup SET output = output + 1",
  ])
  func wrongSumsAreFoundAndMadeAnew(change: String) throws {
    let place = try filled()
    defer { place.remove() }
    let (doctor, finding) = (["doctor", "--format", "json"], "are not those of its requests")
    let sound = try reports(place, formats: ["csv"])
    #expect(try place.run(doctor).output.contains(finding) == false)
    try DatabaseQueue(path: place.ledger).write { try $0.execute(sql: "UPDATE \(change)") }
    let found = try place.run(doctor).output
    #expect(found.contains(finding) && found.contains("ccr-audit ledger rebuild"), "\(found)")
    for words in [["report", "--all"], ["report", "--all", "--by", "day", "--format", "json"]] {
      let refused = try place.run(words)
      #expect(refused.exitCode == 2 && refused.output.isEmpty, "\(refused)")
      #expect(refused.errors.contains("`ccr-audit ledger rebuild` corrects them"), "\(refused.errors)")
    }
    let checked = try place.run(["ledger", "check"])
    #expect(checked.exitCode == 2)
    #expect(checked.errors.contains("hint: `ccr-audit ledger rebuild` rebuilds them"), "\(checked)")
    #expect(try place.run(["ledger", "rebuild"]).exitCode == 0)
    #expect(try place.run(["ledger", "check"]).exitCode == 0)
    #expect(try place.run(doctor).output.contains(finding) == false)
    #expect(try reports(place, formats: ["csv"]) == sound)
  }

  @Test(arguments: ["report --all", "doctor", "ledger check"])
  func aLinkToNowhereIsCalledSo(command: String) throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let ledger = "\(place.path)/linked.sqlite"
    try FileManager.default.createSymbolicLink(
      atPath: ledger, withDestinationPath: "\(place.path)/unmounted/ledger.sqlite")
    let outcome = try place.run(command.split(separator: " ").map(String.init) + ["--ledger", ledger])
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("error: \(ledger) is a symbolic link to nowhere"), "\(outcome)")
  }
}
