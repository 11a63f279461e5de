import Foundation
import TestSupport
import Testing

/// The history's own commands.
struct HistoryCommandTests {
  private func filled() throws -> AuditTests.Place {
    let place = try AuditTests.Place()
    for day in ["2026-06-23", "2026-06-24"] {
      let outcome = try place.run([
        "run", "--date", day, Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects"),
      ])
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
    return place
  }

  private func lines(_ place: AuditTests.Place) throws -> [String] {
    try String(contentsOfFile: place.history, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: [String], _ place: AuditTests.Place) throws {
    try (lines.joined(separator: "\n") + "\n").write(toFile: place.history, atomically: false, encoding: .utf8)
  }

  @Test func theTrendIsWhatIsShown() throws {
    let place = try filled()
    defer { place.remove() }
    let trend = try place.run(["history"])
    #expect(trend.exitCode == 0 && trend.output.contains("minimax/MiniMax-M2.7"))
    #expect(try place.run(["history", "show"]) == trend)
    #expect(try place.run(["history", "--history", "/none"]).exitCode == 2)
  }

  @Test func everyKindOfDamageIsFoundWithItsLine() throws {
    let place = try filled()
    defer { place.remove() }
    let good = try lines(place)
    let whole = try place.run(["history", "verify"])
    #expect(whole == Outcome(exitCode: 0, output: "", errors: "\(good.count) records, \(good.count) computed again\n"))

    let index = try #require(good.firstIndex { $0.contains(#/"billing": "per_token".*"ratio": "0\.\d+"/#) })
    let line = good[index]
    func change(_ pattern: Regex<Substring>, _ text: String) -> String {
      line.replacing(pattern, with: text, maxReplacements: 1)
    }
    let cases: [(line: String, finding: String)] = [
      (change(try Regex(#""ratio": "[0-9.]+""#), #""ratio": "0.5""#), "has a wrong `ratio`"),
      (change(try Regex(#""cost_usd": "[0-9.]+""#), #""cost_usd": "0.5""#), "has a wrong `cost_usd`"),
      (
        change(try Regex(#""baseline_cost_usd": "[0-9.]+""#), #""baseline_cost_usd": "0.5""#),
        "has a wrong `baseline_cost_usd`"
      ),
      (change(try Regex(#""billing": "per_token""#), #""billing": "free""#), "has a wrong `billing`"),
      (
        change(try Regex(#""requests": \d+"#), #""requests": 999999"#),
        "has `requests` that are not the sum of its parts"
      ),
      (change(try Regex(#""timezone": "[^"]*""#), #""timezone": "Mars/Base""#), "has no valid `timezone`"),
      (change(try Regex(#""day": "[^"]*""#), #""day": "2026-05-01""#), "has `parts` of another day"),
      (String(line.dropLast(9)), "is not a JSON object"),
    ]
    for (broken, finding) in cases {
      #expect(broken != line)
      var lines = good
      lines[index] = broken
      try write(lines, place)
      let outcome = try place.run(["history", "verify"])
      #expect(outcome.exitCode == 2, "\(finding)")
      #expect(outcome.output == "\(place.history):\(index + 1): \(finding)\n")
    }
    // Merged twice is no damage; two truths of one instant are.
    try write(good + [line], place)
    #expect(try place.run(["history", "verify"]).exitCode == 0)
    let other = change(try Regex(#""timezone": "[^"]*""#), #""timezone": "Asia/Tokyo""#)
    try write(good + ["", other], place)
    let twice = try place.run(["history", "verify"])
    #expect(twice.exitCode == 2)
    #expect(
      twice.output
        == "\(place.history):\(good.count + 2): differs from line \(index + 1), which was made at the same time\n")

    try Data([0x7B, 0xFF, 0x0A]).write(to: URL(filePath: place.history))
    #expect(try place.run(["history", "verify"]).output == "\(place.history):1: is not UTF-8 text\n")
    // Another table's figures are not judged by this one.
    let changed = change(try Regex(#""ratio": "[0-9.]+""#), #""ratio": "0.5""#)
      .replacing(#/"pricing": "[0-9a-f]+"/#, with: #""pricing": "00""#)
    try write([changed], place)
    let outcome = try place.run(["history", "verify"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.contains("0 computed again; 1 priced by other tables"))
  }

  @Test func pruningLeavesWhatReadersRead() throws {
    let place = try filled()
    defer { place.remove() }
    let good = try lines(place)
    // What a newer program may add to a line stays in it.
    let old = good[0].replacing(#/"recorded_at": "[^"]*"/#, with: #""recorded_at": "2026-06-25T00:00:00Z""#)
    let newest = good[1].replacing(
      #/"recorded_at": "[^"]*"/#, with: #""recorded_at": "2036-06-25T00:00:00Z", "new": 1"#)
    try write([old, newest] + good + [good[2]], place)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place.history)
    let link = "\(place.path)/link.jsonl"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.history)
    let trend = try place.run(["history"]).output
    let text = try lines(place)

    let asked = try place.run(["history", "prune", "--dry-run"])
    #expect(asked.errors == "would drop 3 superseded records of \(place.history)\n")
    #expect(try lines(place) == text)
    #expect(try place.run(["history", "prune", "--history", link]).exitCode == 0)
    #expect(try lines(place) == [newest, good[0]] + good[3...] + [good[2]])
    #expect(try place.run(["history"]).output == trend)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == place.history)
    #expect(try FileManager.default.attributesOfItem(atPath: place.history)[.posixPermissions] as? Int == 0o644)
    #expect(try place.run(["history", "prune"]).errors.contains("dropped 0"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).allSatisfy { !$0.hasSuffix(".part") })

    try write(good + ["{"], place)
    let broken = try place.run(["history", "prune"])
    #expect(broken.exitCode == 2)
    #expect(try lines(place) == good + ["{"])
    #expect(try place.run(["history", "prune", "--history", "/none"]).exitCode == 2)
  }
}
