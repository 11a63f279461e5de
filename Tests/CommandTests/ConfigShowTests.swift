import Foundation
import TestSupport
import Testing

@Suite struct ConfigShowTests {
  private func show(_ format: String) throws -> Outcome {
    try TestContext.with(environment: ["CCR_AUDIT_BASELINE": "zai/glm-5.2"], width: 400) { test in
      try test.write("logs: [/var/log/a, b]\nthresholds:\n  min_coverage: 95%\n", to: "c.yaml")
      var outcome = test.run("config", "show", "--config", "c.yaml", "--ledger", "l", "--format", format)
      outcome.output.replace(test.home, with: "/home/me")
      return outcome
    }
  }

  @Test func tableIsAligned() throws {
    let outcome = try show("table")
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.isEmpty)
    // The columns are as wide as the real home folder's name, which differs between runs.
    let text = outcome.output.replacing(#/ {2,}/#, with: "  ")
    #expect(
      text == """
        key  value  origin
        config  /home/me/c.yaml  --config
        logs  /var/log/a  /home/me/c.yaml:1:7
          /home/me/b
        router_config  /home/me/.claude-code-router/config.json  default
        ledger  /home/me/l  --ledger
        pricing  built in  default
        builtin  true  default
        subscriptions  none  default
        budgets  none  default
        history  /home/me/.local/share/ccr-audit/history.jsonl  default
        origin  the ledger's own id  default
        scope  routed, else direct  default
        retention_days  none  default
        baseline  zai/glm-5.2  CCR_AUDIT_BASELINE
        other_baselines  none  default
        ratio  plain  default
        cache_life  5m  default
        currency  USD  default
        timezone  UTC  default
        thresholds.max_ratio  1  default
        thresholds.min_requests  0  default
        thresholds.min_cost_usd  0  default
        thresholds.min_coverage  0.95  /home/me/c.yaml:3:17
        policy.max_ratio  as thresholds.max_ratio  default
        policy.max_increase  none  default
        policy.base  none  default
        policy.window  7d  default
        policy.min_requests  as thresholds.min_requests  default
        policy.min_cost_usd  as thresholds.min_cost_usd  default
        policy.min_coverage  as thresholds.min_coverage  default
        policy.fail_on_unpriced  false  default
        policy.only_new  false  default
        thresholds.silent_hours  none  default
        fleet.url  none  default
        fleet.user  none  default
        fleet.password_file  none  default
        fleet.salt_file  none  default
        fleet.team  none  default
        fleet.names  hashed  default
        slack.webhook_url_file  none  default
        slack.recovered  false  default
        slack.plans  false  default
        heartbeat_url_file  none  default
        prometheus_textfile  none  default
        report_url  none  default
        names  hashed  default
        html  none  default
        catch_up_days  31  default
        color  auto  default

        """)
  }

  @Test func valuesStandInOneColumn() throws {
    try TestContext.with(width: 400) { test in
      // A list goes on in lines of its own, which begin with white space.
      let lines = test.run("config", "show").output.split(separator: "\n").filter { !$0.hasPrefix(" ") }
      let columns = lines.map { line in line.ranges(of: #/ {2,}/#).map { $0.upperBound.utf16Offset(in: line) } }
      #expect(Set(columns).count == 1)
      #expect(columns.first?.count == 2)
    }
  }

  @Test func whereTheyDoNotFitOriginsStandInBrackets() throws {
    try TestContext.with(environment: ["CCR_AUDIT_BASELINE": "zai/glm-5.2"], width: 60) { test in
      let lines = test.run("config", "show").output.split(separator: "\n")
      #expect(lines.contains("baseline                 zai/glm-5.2  (CCR_AUDIT_BASELINE)"))
      #expect(lines.contains("currency                 USD"))
    }
  }

  @Test func jsonNamesEveryOrigin() throws {
    struct Document: Decodable {
      struct Setting: Decodable {
        struct Origin: Decodable {
          var kind: String
          var name: String?
          var path: String?
          var line: Int?
        }
        var key: String
        var origin: Origin
      }
      var schema_version: Int
      var config_exists: Bool
      var settings: [Setting]
    }
    let text = try show("json").output
    let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
    #expect(document.schema_version == 1)
    #expect(document.config_exists)
    let origins = Dictionary(uniqueKeysWithValues: document.settings.map { ($0.key, $0.origin) })
    #expect(origins["ledger"]?.kind == "flag")
    #expect(origins["ledger"]?.name == "--ledger")
    #expect(origins["baseline"]?.kind == "environment")
    #expect(origins["logs"]?.path == "/home/me/c.yaml")
    #expect(origins["thresholds.min_coverage"]?.line == 3)
    #expect(origins["color"]?.kind == "default")
    #expect(text.contains("\"value\" : null"), "no pricing folder is null, not an empty text")
    #expect(text.contains("\"/var/log/a\",\n"))
  }
}
