import Commands
import Foundation
import TestSupport
import Testing

/// What the pages show is what the program prints: each `console` block is run on the records that ship, on 2026-07-02
/// and after the daily job. A line `…` stands for any lines.
struct DocumentationTests {
  private static let pages = ["install", "sources", "plans", "teams", "ci", "pricing", "privacy", "page"]

  @Test func pagesShowRealOutput() throws {
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
      for page in Self.pages {
        let examples = try Self.examples(page)
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

  private static func examples(_ page: String) throws -> [(arguments: [String], output: [String])] {
    let text = try String(contentsOf: Fixtures.package.appending(path: "docs/\(page).md"), encoding: .utf8)
    return text.matches(of: #/```console\n([\s\S]*?)```/#).flatMap { block in
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
