import Commands
import Foundation
import TestSupport
import Testing

/// `ccr-audit schema`.
struct SchemaTests {
  private static let root = Fixtures.package

  private func schema(_ file: String) throws -> String {
    try TestContext.with { test in
      let outcome = test.run("schema", file)
      #expect(outcome.exitCode == 0)
      #expect(outcome.errors.isEmpty)
      return outcome.output
    }
  }

  @Test(arguments: ["pricing", "config", "report", "history", "check"]) func publishedFilesAreWhatTheCommandPrints(
    file: String
  ) throws {
    let published = Self.root.appending(path: "docs/schema/\(file).schema.json")
    #expect(try String(contentsOf: published, encoding: .utf8) == (try schema(file)))
  }

  @Test func theConfigurationsSchemaHasEverySettingAndNoOther() throws {
    func leaves(_ schema: [String: Any], _ prefix: String) throws -> [String] {
      let properties = try #require(schema["properties"] as? [String: [String: Any]])
      #expect(schema["additionalProperties"] as? Bool == false)
      return try properties.flatMap { name, value in
        value["properties"] == nil ? [prefix + name] : try leaves(value, "\(prefix)\(name).")
      }
    }
    let whole = try JSONSerialization.jsonObject(with: Data(try schema("config").utf8))
    let keys = try leaves(try #require(whole as? [String: Any]), "")
    let shown = try TestContext.with { test in
      let text = test.run("config", "show", "--format", "json").output
      let whole = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      return try #require(whole?["settings"] as? [[String: Any]]).compactMap { $0["key"] as? String }
    }
    #expect(keys.sorted() == shown.filter { $0 != "config" }.sorted())
  }

  /// Examples in the documentation are read by the program and by the schema.
  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func exampleConfigurationsAreFine() throws {
    var examples: [String] = []
    for page in ["README.md", "docs/ci.md"] {
      let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
      examples += text.matches(of: #/```yaml\n((?:# yaml-language-server|logs:|policy:)[\s\S]*?)```/#).map {
        String($0.output.1)
      }
    }
    #expect(examples.count == 2)
    #expect(try SchemaCheck(try schema("config")).complaints(about: examples) == examples.map { _ in "" })
    try TestContext.with { test in
      for example in examples {
        try test.write(example, to: "c.yaml")
        #expect(test.run("config", "show", "--config", "c.yaml").exitCode == 0)
      }
    }
  }

  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func theConfigurationsSchemaRefusesWhatTheProgramRefuses() throws {
    let texts = ConfigurationTests.refused.map(\.0)
    let accepted = zip(texts, try SchemaCheck(try schema("config")).complaints(about: texts)).filter { $1 == "" }
    // A schema knows neither the environment nor all time zones, and YAML reads 1e0 as 1.
    #expect(
      accepted.map(\.0) == [
        "ledger: ~bob/x", "ledger: ${NOPE}/x", "thresholds: {max_ratio: 1e0}", "timezone: Asia/Seol",
        "timezone: Seoul", "timezone: GMT+9",
      ])
  }
}
