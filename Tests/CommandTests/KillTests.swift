import Foundation
import TestSupport
import Testing

/// Runs that end in the middle, and runs at the same time.
struct KillTests {
  /// Everything the report says of all time, but not when it says it.
  private func figures(_ place: AuditTests.Place) throws -> String {
    try place.run(["report", "--all", "--by", "session", "--format", "csv"]).output
  }

  private func reference() throws -> String {
    let place = try AuditTests.Place()
    defer { place.remove() }
    _ = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    return try figures(place)
  }

  @Test func killedAtAnyMomentAndStartedAgainItEndsWithTheSameFigures() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    // Kills at growing delays until a run gets through: the first fall into the start, the later into the reading.
    var kills = 0
    for step in 0..<60 {
      let delay = String(format: "%.3f", Double(step) * (Thoroughness.isFull ? 0.004 : 0.015))
      let outcome = try place.run(
        ["ingest", Fixtures.path("ccr-v1/logs")],
        shell: #""$@" & child=$!; sleep \#(delay); kill -KILL $child 2>/dev/null; wait $child"#)
      if outcome.exitCode == 0 { break }
      kills += 1
    }
    #expect(kills > 0)
    let last = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    #expect(last.exitCode == 0)
    #expect(try figures(place) == reference())
  }

  /// The copy that it works on may lie beside that of a router's store, prompts and all.
  @Test func aDryRunThatIsKilledLeavesNothingToTheNextRun() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let temporary = "\(place.path)/tmp"
    let files = FileManager.default
    try files.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    let logs = Fixtures.path("ccr-v1/logs")
    var left = 0
    // Some early and some late: how long it works depends on the machine.
    let delays = [0.02, 0.05, 0.1, 0.2, 0.4, 0.6] + (Thoroughness.isFull ? [0.03, 0.07, 0.15, 0.3, 0.5, 0.8] : [])
    for delay in delays {
      _ = try place.run(
        ["run", "--dry-run", "--date", "2026-06-24", logs],
        shell: #""$@" & child=$!; sleep \#(delay); kill -KILL $child 2>/dev/null; wait $child; exit 0"#,
        environment: ["TMPDIR": temporary])
      let names = try files.contentsOfDirectory(atPath: temporary)
      #expect(names.count <= 1)
      left += names.count
    }
    #expect(left > 0)
    #expect(try place.run(["ingest", logs], environment: ["TMPDIR": temporary]).exitCode == 0)
    #expect(try files.contentsOfDirectory(atPath: temporary) == [])
  }

  @Test func runsAtTheSameTimeWaitForEachOther() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let outcome = try place.run(
      ["ingest", Fixtures.path("ccr-v1/logs")],
      shell: #""$@" & one=$!; "$@" & two=$!; "$@"; three=$?; wait $one && wait $two && exit $three"#)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try figures(place) == reference())
  }
}
