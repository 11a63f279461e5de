import Foundation
import TestSupport
import Testing

/// `report --format html` on the fixtures, and pages in files.
struct PageTests {
  /// The cells of the table of all figures, a row a line, without elements and references.
  static func figures(_ page: String) throws -> [[String]] {
    let table = try #require(page.firstMatch(of: #/<table class="plain figures"[\s\S]*?<\/table>/#)?.output)
    let body = try #require(table.firstMatch(of: #/<tbody>[\s\S]*<\/tbody>/#)?.output)
    return body.matches(of: #/<tr>([\s\S]*?)<\/tr>/#).map { row in
      row.output.1.matches(of: #/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/#).map { text(String($0.output.1)) }
    }
  }

  static func text(_ html: String) -> String {
    html.replacing(#/<[^>]*>/#, with: "").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
  }

  @Test func thePageOfTheFixturesSaysWhatTheTableAndTheJSONSay() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try place.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
    let outcome = try place.run(["report", "--all", "--format", "html"])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let page = outcome.output
    let json = try place.report("--all")
    let models = try #require(json["models"] as? [[String: Any]])
    let rows = try Self.figures(page)
    #expect(rows.count == models.count)
    for (row, model) in zip(rows, models) {
      let tokens = try #require(model["tokens"] as? [String: Int])
      let writes = (tokens["cache_write_5m"] ?? 0) + (tokens["cache_write_1h"] ?? 0)
      let expected = [
        model["requests"] as? Int, model["measured"] as? Int, tokens["input"], tokens["cache_read"], writes,
        tokens["output"],
      ]
      #expect(row.first == "\(model["provider"] ?? "")/\(model["model"] ?? "")")
      #expect(row.dropFirst().prefix(6).map { Int($0.replacing(",", with: "")) } == expected)
    }
    // The table in Markdown, which has all columns, has the same cells, and the same sentences.
    let table = try place.run(["report", "--all", "--format", "markdown"]).output.replacing("\\$", with: "$")
      .replacing(#/\s+/#, with: " ")
    let said = Self.text(page).replacing(#/\s+/#, with: " ")
    for row in rows { for cell in row.dropFirst(3) where cell.hasPrefix("$") { #expect(table.contains(cell)) } }
    let headline = try #require(
      table.firstMatch(of: #/Paid [\s\S]*? would have done for \$[0-9.,]+(?: to \$[0-9.,]+)?/#))
    #expect(said.contains(String(headline.output)))
  }

  @Test func aReportGoesIntoAFileWholeOrNotAtAll() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    try place.ingest(fixtures: "ccr-v1/logs")
    let file = "\(place.path)/report.md"
    let shown = try place.run(["report", "--all", "--format", "markdown"]).output
    let written = try place.run(["report", "--all", "--format", "markdown", "--output", file])
    #expect(written.exitCode == 0)
    #expect(written.output.isEmpty)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == shown)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".part") }.isEmpty)
    // A link stays one, and what it leads to is written.
    try FileManager.default.createSymbolicLink(atPath: "\(place.path)/link", withDestinationPath: file)
    #expect(try place.run(["report", "--all", "--format", "csv", "-o", "\(place.path)/link"]).exitCode == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("provider,model,"))
    // So does one whose file is not there yet.
    try FileManager.default.createSymbolicLink(atPath: "\(place.path)/early", withDestinationPath: "late.csv")
    #expect(try place.run(["report", "--all", "--format", "csv", "-o", "\(place.path)/early"]).exitCode == 0)
    #expect(try String(contentsOfFile: "\(place.path)/late.csv", encoding: .utf8).hasPrefix("provider,model,"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(place.path)/early") == "late.csv")
    #expect(try place.run(["report", "--all", "-o", "/dev/null"]).exitCode == 0)
    #expect(try place.run(["report", "--all", "-o", "-"]).output == place.run(["report", "--all"]).output)
    let missing = try place.run(["report", "--all", "-o", "\(place.path)/no/such/folder"])
    #expect(missing.exitCode == 2)
    #expect(missing.errors.contains("No such file"))
    for ours in [place.ledger, "\(place.ledger)-wal", place.history] {
      let refused = try place.run(["report", "--all", "-o", ours])
      #expect(refused.exitCode == 64)
      #expect(refused.errors.contains("cannot be written over"))
    }
    #expect(try place.run(["report", "--all"]).exitCode == 0)
  }

  @Test func aRunWritesThePageOfTheDayAndOneOfThirtyDays() throws {
    let place = try AuditTests.Place()
    defer { place.remove() }
    let page = "\(place.path)/costs.html"
    let outcome = try place.run([
      "run", "--date", "2026-06-24", "--html", page, Fixtures.path("ccr-v1/logs"),
    ])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let day = try String(contentsOfFile: page, encoding: .utf8)
    let month = try String(contentsOfFile: "\(place.path)/costs-30-days.html", encoding: .utf8)
    #expect(day.contains("24 June 2026"))
    #expect(day.contains("href=\"./costs-30-days.html\""))
    #expect(month.contains("26 May – 24 June 2026"))
    #expect(month.contains("href=\"./costs.html\""))
  }
}
