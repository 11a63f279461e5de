import Commands
import Foundation
import TestSupport
import Testing

/// What the pages show is what the program prints: each `console` block is run on the records that ship, on 2026-07-02
/// and after the daily job. A line `…` stands for any lines.
struct DocumentationTests {
  private static let pages = [
    "install", "sources", "sources-routers", "sources-claude-code", "plans", "budgets", "teams", "ci", "pricing",
    "privacy", "page",
  ]

  @Test func pagesShowRealOutput() throws {
    try onTheShippedRecords { test in
      for page in Self.pages {
        let text = try Self.text("docs/\(page).md")
        let configuration = "\(test.home)/.config/ccr-audit/config.yaml"
        let demo = try String(contentsOfFile: configuration, encoding: .utf8)
        defer { try? demo.write(toFile: configuration, atomically: true, encoding: .utf8) }
        // Budgets that a page shows are those that its output is of.
        if let budgets = text.firstMatch(of: #/```yaml\n(budgets:\n[\s\S]*?)```/#)?.output.1 {
          try (demo + "\n" + budgets).write(toFile: configuration, atomically: true, encoding: .utf8)
        }
        let examples = Self.examples(text)
        #expect(!examples.isEmpty, "docs/\(page).md shows no output")
        for example in examples {
          let outcome = test.run(example.arguments)
          let shown = outcome.output.replacing(test.home, with: "~")
          #expect(
            Self.matches(example.output, Self.lines(shown)),
            "docs/\(page).md: \(example.arguments) prints:\n\(shown)\(outcome.errors)")
        }
      }
    }
  }

  @Test func theJSONOfTheReadmeIsOfTheReport() throws {
    let sample = try #require(Self.text("README.md").firstMatch(of: #/```json\n([\s\S]*?)```/#)?.output.1)
    try onTheShippedRecords { test in
      let report = test.run("report", "--since", "2026-06-24", "--until", "2026-06-24", "--format", "json").output
      let (shown, whole) = try (
        JSONSerialization.jsonObject(with: Data(sample.utf8)), JSONSerialization.jsonObject(with: Data(report.utf8))
      )
      #expect(Self.isPart(shown, of: whole), "\(report)")
    }
  }

  /// Every link between the pages leads to a file.
  @Test func linksLeadSomewhere() throws {
    let folder = Fixtures.package.appending(path: "docs")
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
    #expect(pages.count > 10)
    for page in ["README.md", "CONTRIBUTING.md"] + pages.map({ "docs/\($0)" }) {
      let place = Fixtures.package.appending(path: page).deletingLastPathComponent()
      for link in try Self.text(page).matches(of: #/\]\(([^)#:]+)(?:#[^)]*)?\)/#).map(\.output.1) {
        let target = place.appending(path: String(link)).standardizedFileURL.path
        #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link)")
      }
    }
  }

  /// Whether all that JSON holds stands in other JSON, of lists in any place.
  private static func isPart(_ part: Any, of whole: Any) -> Bool {
    switch (part, whole) {
    case (let part as [String: Any], let whole as [String: Any]):
      part.allSatisfy { key, value in whole[key].map { isPart(value, of: $0) } ?? false }
    case (let part as [Any], let whole as [Any]):
      part.allSatisfy { value in whole.contains { isPart(value, of: $0) } }
    case (let part as NSObject, let whole as NSObject): part == whole
    default: false
    }
  }

  /// Does something where the shipped records were read and the daily job has run, on 2026-07-02.
  private func onTheShippedRecords(_ body: (TestContext) throws -> Void) throws {
    let environment = ["CCR_AUDIT_TIMEZONE": "Asia/Seoul", "CCR_AUDIT_ORIGIN": "anna"]
    try TestContext.with(environment: environment, width: nil) { test in
      let files = FileManager.default
      for (fixture, place) in [
        ("ccr-v1/logs", ".claude-code-router/logs"), ("claude-code/projects", ".claude/projects"),
        ("demo.yaml", ".config/ccr-audit/config.yaml"),
        ("ccr-v1/configs/config-1-p1-article-config.json", ".claude-code-router/config.json"),
      ] {
        let target = URL(filePath: "\(test.home)/\(place)")
        try files.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try files.copyItem(atPath: Fixtures.path(fixture), toPath: target.path)
      }
      // 2026-07-02T03:00:00Z.
      test.context.now = { 1_782_961_200_000 }
      #expect(test.run("run").exitCode == 0)
      try body(test)
    }
  }

  private static func text(_ page: String) throws -> String {
    try String(contentsOf: Fixtures.package.appending(path: page), encoding: .utf8)
  }

  private static func examples(_ text: String) -> [(arguments: [String], output: [String])] {
    text.matches(of: #/```console\n([\s\S]*?)```/#).flatMap { block in
      lines(String(block.output.1)).reduce(into: [(arguments: [String], output: [String])]()) { examples, line in
        if line.hasPrefix("$ ccr-audit ") {
          examples.append((line.split(separator: " ").dropFirst(2).map(String.init), []))
        } else if !examples.isEmpty {
          examples[examples.count - 1].output.append(line)
        }
      }
    }
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Whether lines are those that are shown, with any number of others where a `…` stands.
  private static func matches(_ shown: [String], _ printed: [String]) -> Bool {
    guard let first = shown.first else { return printed.isEmpty }
    if first == "…" {
      return (0...printed.count).contains { matches(Array(shown.dropFirst()), Array(printed.dropFirst($0))) }
    }
    return printed.first == first && matches(Array(shown.dropFirst()), Array(printed.dropFirst()))
  }
}
