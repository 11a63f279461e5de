import Commands
import Foundation
import TestSupport
import Testing

/// Views of a report at the command line, and the schemas of what programs read.
struct ViewTests {
  private func world<Result>(names: String = "hashed", _ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      var context = test.context
      context.environment["CCR_AUDIT_NAMES"] = names
      context.now = { 1_783_000_000_000 }
      test.context = context
      try test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
      return try body(test)
    }
  }

  private func rows(_ test: TestContext, _ arguments: String...) throws -> [[String: Any]] {
    let outcome = test.run(["report", "--all", "--scope", "all", "--format", "json"] + arguments)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require(report?["models"] as? [[String: Any]])
  }

  @Test func aProjectIsAFoldersNameAndHashedUnlessPlain() throws {
    let hashed = try world { test in
      let names = Set(try rows(test, "--by", "project").compactMap { $0["project"] as? String })
      #expect(!names.isEmpty)
      #expect(names.allSatisfy { $0.wholeMatch(of: #/project-[0-9a-f]{12}/#) != nil })
      return names
    }
    try world(names: "plain") { test in
      let names = Set(try rows(test, "--by", "project").compactMap { $0["project"] as? String })
      #expect(names.count == hashed.count)
      #expect(names.allSatisfy { !$0.contains("/") && !$0.contains("\\") })
    }
  }

  @Test func sessionsHaveTimesAndProjectsAndCanBeSorted() throws {
    try world { test in
      let sessions = try rows(test, "--by", "session", "--sort", "cost", "--top", "5")
      #expect(sessions.count == 5)
      let costs = sessions.compactMap { ($0["cost_usd"] as? String).flatMap { Decimal(string: $0) } }
      #expect(costs == costs.sorted(by: >))
      for session in sessions {
        let first = try #require(session["first_request"] as? String)
        #expect(first <= (try #require(session["last_request"] as? String)))
      }
      let table = test.run("report", "--all", "--by", "session", "--top", "2", "--full-ids", "--format", "markdown")
        .output
      #expect(table.contains("Total of all "))
      let ids = sessions.compactMap { $0["session"] as? String }
      #expect(ids.allSatisfy { $0.count > 12 })
    }
  }

  @Test func periodsByName() throws {
    try world { (test) throws in
      // 2026-07-02, in UTC.
      func period(_ arguments: String...) throws -> String {
        let outcome = test.run(["report", "--format", "json"] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let period = try #require(report?["period"] as? [String: String])
        return "\(period["since"] ?? "") \(period["until"] ?? "")"
      }
      #expect(try period("--month", "2026-06") == "2026-06-01 2026-06-30")
      #expect(try period("--month", "2026-07") == "2026-07-01 2026-07-02")
      #expect(try period("--since", "yesterday") == "2026-07-01 2026-07-02")
      #expect(try period("--since", "yesterday", "--until", "yesterday") == "2026-07-01 2026-07-01")
      #expect(try period("--last", "24h") == "2026-07-01 2026-07-02")
      #expect(test.run("report", "--month", "2026-13").exitCode == 64)
      #expect(test.run("report", "--month", "2026-06", "--all").exitCode == 64)
      #expect(test.run("report", "--since", "today", "--until", "yesterday").exitCode == 64)
      #expect(test.run("report", "--top", "0").exitCode == 64)
    }
  }

  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func everyJSONOutputIsValidByItsSchema() throws {
    try world { (test) throws in
      var reports: [String] = []
      for grouping in ["model", "day", "week", "month", "route", "session", "source", "project", "origin", "program"] {
        reports.append(test.run("report", "--all", "--by", grouping, "--format", "json").output)
      }
      reports.append(test.run("report", "--all", "--scope", "all", "--estimate", "--format", "json").output)
      reports.append(test.run("report", "--since", "2020-01-01", "--until", "2020-01-02", "--format", "json").output)
      #expect(try complaints(test, "report", reports) == [])
      #expect(test.run("run", "--date", "2026-06-24", "--quiet", Fixtures.path("ccr-v1/logs")).exitCode == 0)
      let histories = [[], ["--by", "origin"]].map { test.run(["history", "--format", "json"] + $0).output }
      #expect(try complaints(test, "history", histories) == [])
      #expect(try complaints(test, "check", [test.run("check", "--format", "json").output]) == [])
    }
  }

  private func complaints(_ test: TestContext, _ schema: String, _ outputs: [String]) throws -> [String] {
    let check = SchemaCheck(test.run("schema", schema).output)
    return try check.complaints(about: outputs).compactMap { $0 ?? "no JSON" }.filter { !$0.isEmpty }
  }

  /// The lines are OTLP's JSON; what they add up to is what the report says, and unknown tokens are in no sum.
  @Test func openTelemetryGetsTheMeasuredTokensAndCountsTheOthers() throws {
    try world { (test) throws in
      let outcome = test.run("export", "--all", "--scope", "all", "--format", "otel")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      var (tokens, requests): ([String: Int], [String: Int]) = ([:], [:])
      for line in outcome.output.split(separator: "\n") {
        for (metric, point, attributes) in try points(String(line)) {
          #expect(attributes["gen_ai.operation.name"] == "chat")
          let model = "\(attributes["gen_ai.provider.name"] ?? "")/\(attributes["gen_ai.request.model"] ?? "")"
          if metric == "gen_ai.client.token.usage" {
            #expect((point["count"] as? String).flatMap { Int($0) } ?? 0 > 0)
            tokens["\(model) \(attributes["gen_ai.token.type"] ?? "")", default: 0] += try #require(
              point["sum"] as? Int)
          } else {
            let count = try #require(point["asInt"] as? String)
            requests["\(model) \(attributes["ccr_audit.state"] ?? "")", default: 0] += Int(count) ?? 0
          }
        }
      }
      for row in try rows(test) {
        let model = "\(row["provider"] ?? "")/\(row["model"] ?? "")"
        let classes = try #require(row["tokens"] as? [String: Int])
        let input = ["input", "cache_read", "cache_write_5m", "cache_write_1h"].reduce(0) { $0 + (classes[$1] ?? 0) }
        let measured = try #require(row["measured"] as? Int)
        #expect(tokens["\(model) input"] == (measured > 0 ? input : nil))
        #expect(tokens["\(model) output"] == (measured > 0 ? classes["output"] : nil))
        #expect(requests["\(model) measured"] ?? 0 == measured)
        let all = ["measured", "estimated", "unknown", "failed"].reduce(0) { $0 + (requests["\(model) \($1)"] ?? 0) }
        #expect(all == row["requests"] as? Int)
      }
    }
  }

  /// The points of a line of OTLP's JSON: the metric, the point, and its attributes.
  private func points(_ line: String) throws -> [(String, [String: Any], [String: String])] {
    func objects(_ value: Any?, _ name: String) -> [[String: Any]] {
      (value as? [String: Any])?[name] as? [[String: Any]] ?? []
    }
    let root = try JSONSerialization.jsonObject(with: Data(line.utf8))
    let metrics = objects(root, "resourceMetrics").flatMap { objects($0, "scopeMetrics") }
      .flatMap { objects($0, "metrics") }
    #expect(!metrics.isEmpty)
    return metrics.flatMap { metric in
      objects(metric["histogram"] ?? metric["sum"], "dataPoints").map { point in
        let attributes = objects(point, "attributes").map { attribute in
          (attribute["key"] as? String ?? "", (attribute["value"] as? [String: String])?["stringValue"] ?? "")
        }
        return (metric["name"] as? String ?? "", point, Dictionary(attributes) { $1 })
      }
    }
  }

  @Test func aHistoryInEveryFormat() throws {
    try world { test in
      #expect(test.run("run", "--date", "2026-06-24", "--quiet", Fixtures.path("ccr-v1/logs")).exitCode == 0)
      let csv = test.run("history", "--format", "csv").output.split(separator: "\n")
      #expect(
        csv.first
          == "day,provider,model,cost_usd,baseline_cost_usd,ratio,provider_assumed,measured_per_token,measured_on_plans"
      )
      #expect(csv.dropFirst().allSatisfy { $0.hasPrefix("2026-06-2") })
      let markdown = test.run("history", "--format", "markdown").output
      #expect(markdown.hasPrefix("## Cost ÷ baseline cost by day"))
      // A model without a ratio has a dash, not an empty box.
      #expect(!markdown.contains(#/`\s*`/#))
      #expect(test.run("history", "--format", "html").output.hasPrefix("<!doctype html>"))
      #expect(test.run("history").output.hasPrefix("Cost ÷ baseline cost by day"))
    }
  }
}
