import Commands
import Foundation
import TestSupport
import Testing

/// One ledger, looked at through every window.
struct WindowTests {
  @Test func noWindowContradictsAnotherWithoutSayingWhy() throws {
    try TestContext.with { test in
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      var context = test.context
      // 2026-07-02T00:05Z.
      context.now = { 1_782_950_700_000 }
      test.context = context
      try test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
      let windows: [[String]] =
        [["--all"], ["--last", "30d"], ["--last", "7d"]]
        + (22...30).map { ["--since", "2026-06-\($0)", "--until", "2026-06-\($0)"] }
      var saved: [[String]: Double] = [:]
      for window in windows {
        let json = test.run(["report", "--format", "json"] + window).output
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let totals = try #require(whole["totals"] as? [String: Any])
        // A window without records has no sign.
        guard let low = (totals["saved_usd_low"] as? String).flatMap(Double.init) else { continue }
        saved[window] = low
        // The fees of the days that are recorded, whatever window is asked for: never more than of those.
        let recorded = try #require(whole["recorded"] as? [String: Any])
        let fees = try #require((totals["plan_fees_usd"] as? String).flatMap(Double.init))
        #expect(fees <= 20 / 30 * Double(recorded["days"] as? Int ?? 0) + 0.001, "\(window)")
      }
      let all = try #require(saved[["--all"]])
      #expect(saved.count > 5)
      for (window, amount) in saved where (amount < 0) != (all < 0) {
        let table = test.run(["report"] + window).output.replacing("\n", with: " ")
        let reasons = ["no request at all", "Records begin on", "No requests in this period"]
        #expect(reasons.contains(where: table.contains), "\(window): \(table)")
      }
    }
  }
}
