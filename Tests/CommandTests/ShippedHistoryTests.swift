@testable import Audit
import Commands
import Foundation
import Pricing
import TestSupport
import Testing
import Model

/// The history that ships in `fixtures/history`: what `run` wrote about real logs, at prices with a tier, a peak hour
/// and a change in the middle of a day.
struct ShippedHistoryTests {
  private static let path = Fixtures.path("history/history.jsonl")
  private static let pricing = Fixtures.path("history/pricing")
  private static let logs = [Fixtures.path("ccr-v1/logs"), Fixtures.path("claude-code/projects")]

  /// A world in which all of those logs are in the ledger, and the history is made anew.
  private static func with<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = pricing
      context.environment["CCR_AUDIT_HISTORY"] = "\(test.home)/history.jsonl"
      // The table within the program changes, and a random id of the ledger could not be made again.
      context.environment["CCR_AUDIT_BUILTIN"] = "false"
      context.environment["CCR_AUDIT_BASELINE"] = "anthropic/claude-sonnet-4-6"
      context.environment["CCR_AUDIT_ORIGIN"] = "fixtures"
      context.now = { 1_782_950_700_000 }
      test.context = context
      #expect(test.run("ingest", logs[0], logs[1]).exitCode == 0)
      for day in ["2026-06-22", "2026-06-23", "2026-06-24", "2026-06-25", "2026-06-30"] {
        #expect(test.run("run", "--date", day, "--quiet", logs[0]).exitCode == 0)
      }
      return try body(test)
    }
  }

  /// A row of a report, by what must be the same to the last digit.
  private struct Row: Hashable {
    var day: String
    var model: String
    var cost: String?
    var baselineCost: String?
    var ratio: String?
  }

  private static func rows(of json: String) throws -> [[String: Any]] {
    let whole = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return try #require(whole?["models"] as? [[String: Any]])
  }

  @Test func itIsWhatRunWrites() throws {
    let written = try Self.with { try String(contentsOfFile: "\($0.home)/history.jsonl", encoding: .utf8) }
    guard let shipped = try? String(contentsOfFile: Self.path, encoding: .utf8) else {
      try Data(written.utf8).write(to: URL(filePath: Self.path))
      Issue.record("recorded \(Self.path) for the first time; look at it and run the test again")
      return
    }
    #expect(written == shipped)
  }

  @Test func itsAggregatesGiveTheLedgersFiguresToTheLastDigit() throws {
    let ledger = try Self.with { test in
      try Self.rows(of: test.run("report", "--all", "--by", "day", "--format", "json").output)
    }
    let log = try HistoryLog(text: try String(contentsOfFile: Self.path, encoding: .utf8))
    let prices = try PriceTable.load(folder: Self.pricing)
    // Nothing but tokens by part, and the table.
    let again = HistoryRecord.records(
      of: log.newest.of(.routed).flatMap(\.slices),
      baseline: ModelID(provider: "anthropic", model: "claude-sonnet-4-6"),
      timeZone: .gmt, now: 0, prices: prices)
    let fromHistory = Set(
      again.map { record in
        Row(
          day: record.day.description, model: record.model.description,
          cost: record.billing.plan == nil ? record.cost?.description : nil,
          baselineCost: record.baselineCost?.description, ratio: record.ratio?.description)
      })
    let fromLedger = Set(
      ledger.map { row in
        Row(
          day: row["day"] as? String ?? "", model: "\(row["provider"] ?? "")/\(row["model"] ?? "")",
          cost: row["plan"] is NSNull ? row["cost_usd"] as? String : nil,
          baselineCost: row["baseline_cost_usd"] as? String, ratio: row["ratio"] as? String)
      })
    #expect(fromHistory.count > 12)
    #expect(fromHistory == fromLedger)
    #expect(fromHistory.count { $0.ratio != nil } > 7)
  }

  /// Without its parts it would not do: sums of a day lie on both sides of the tier, of the peak hour and of the change.
  @Test func sumsOfADayAloneWouldNotDo() throws {
    let log = try HistoryLog(text: try String(contentsOfFile: Self.path, encoding: .utf8))
    let prices = try PriceTable.load(folder: Self.pricing)
    func crossing(_ model: String) throws -> [HistoryRecord] {
      try log.newest.filter { record in
        guard record.model.model == model, record.parts.count > 1, let first = record.parts.first,
          record.parts.allSatisfy({ $0.variant == first.variant })
        else { return false }
        var whole = record
        whole.parts = [
          HistoryRecord.Part(time: first.time, prompt: first.prompt, counts: record.counts, tokens: record.tokens)
        ]
        let again = HistoryRecord.records(
          of: whole.slices, baseline: record.baseline, timeZone: .gmt, now: 0, prices: prices)
        return try #require(again.first).ratio != record.ratio
      }
    }
    // A tier on five days, one of which a new price cuts too; a peak hour on one.
    #expect(try crossing("MiniMax-M2.7").count >= 4)
    #expect(try crossing("glm-5.2").map(\.day.description) == ["2026-06-24"])
  }

  @Test func theGateNeedsNothingElse() throws {
    try TestContext.with { test in
      var context = test.context
      context.environment["CCR_AUDIT_BUILTIN"] = "false"
      context.environment["CCR_AUDIT_BASELINE"] = "anthropic/claude-sonnet-4-6"
      context.now = { 1_782_950_700_000 }
      test.context = context
      let sides = ["--history", Self.path, "--pricing", Self.pricing]
      let verified = CCRAudit.run(["history", "verify", "--quiet"] + sides, in: test.context)
      #expect(verified == 0)
    }
    let whole = try Self.with { test in
      func figures(_ json: String) throws -> Set<Row> {
        Set(
          try Self.rows(of: json).filter { $0["billing"] as? String == "per_token" }.map {
            Row(
              day: "", model: "\($0["model"] ?? "")", cost: $0["cost_usd"] as? String,
              baselineCost: $0["baseline_cost_usd"] as? String, ratio: $0["ratio"] as? String)
          })
      }
      let gate = test.run("check", "--history", Self.path, "--window", "all", "--max-ratio", "9", "--format", "json")
      return (try figures(gate.output), try figures(test.run("report", "--all", "--format", "json").output))
    }
    #expect(whole.0.count == 2)
    #expect(whole.0 == whole.1)
  }
}
