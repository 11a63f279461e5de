import Audit
import Commands
import Foundation
import Pricing
import TestPrices
import TestSupport
import Testing
import Model

/// A scratch repository with a pricing table and a history, as a team has one.
struct Repository {
  let test: TestContext

  static let minimax = """
    provider: minimax
    models:
      - model: MiniMax-M2.7
        prices:
          - {from: 2026-06-01, input: "0.24", output: "0.96", source: s, verified: 2026-06-24}
    """
  static let anthropic = """
    provider: anthropic
    models:
      - model: claude-sonnet-4-6
        prices:
          - {from: 2026-01-01, input: "3", output: "15", cache_read: "0.3", source: s, verified: 2026-06-24}
    plans:
      - plan: ollama-cloud-pro
        kind: subscription
        models: [ollama/glm-5.2]
        fees: [{from: 2026-06-01, monthly: "20", source: s, verified: 2026-06-24}]
    subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]
    """

  /// Makes the repository, with one commit on `main`.
  static func with<Result>(
    environment: [String: String] = [:], _ body: (Repository) throws -> Result
  ) throws -> Result {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try TestContext.with(environment: environment.merging(["PATH": path]) { old, _ in old }) { test in
      let repository = Repository(test: test)
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      context.environment["CCR_AUDIT_HISTORY"] = "\(test.home)/history.jsonl"
      test.context = context
      try repository.write(minimax: minimax)
      try test.write(anthropic, to: "pricing/anthropic.yaml")
      try repository.writeHistory([.minimax])
      try repository.git("init", "-q", "-b", "main")
      try repository.commit()
      return try body(repository)
    }
  }

  func write(minimax: String) throws { try test.write(minimax, to: "pricing/minimax.yaml") }

  func git(_ arguments: String...) throws { try git(arguments) }

  func git(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["git", "-C", test.home, "-c", "user.name=t", "-c", "user.email=t@t"] + arguments
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  func commit() throws {
    try git("add", "-A")
    try git("commit", "-q", "--allow-empty", "-m", "state")
  }

  /// Ten days of some models, 10,000 input and 1,000 output tokens each.
  func writeHistory(
    _ models: [ModelID], baseline: ModelID = .sonnet, tokens: TokenUsage = TokenUsage(input: 10_000, output: 1000)
  ) throws {
    let prices = try PriceTable.load(folder: "\(test.home)/pricing")
    let slices = (0..<10).flatMap { day in
      models.map { TrafficSlice.of($0, at: .at(2026, 6, 24, hour: 12) - Int64(day) * 86_400_000, tokens) }
    }
    let records = HistoryRecord.records(
      of: slices, baseline: baseline, timeZone: .gmt, now: .at(2026, 6, 25), prices: prices)
    try test.write(HistoryLog.text(records), to: "history.jsonl")
  }
}

struct CheckTests {
  private static let dearer = Repository.minimax.replacing("\"0.96\"", with: "\"16\"")

  @Test func aDearerPriceFailsAndIsNamed() throws {
    try Repository.with { repository in
      let test = repository.test
      #expect(test.run("check").exitCode == 0)
      try repository.write(minimax: Self.dearer.replacing("\"0.24\"", with: "\"4\""))
      let outcome = test.run("check", "--base", "git:main", "--max-increase", "10%", "--only-new")
      #expect(outcome.exitCode == 1)
      #expect(outcome.output.contains("minimax/MiniMax-M2.7 costs 1.24×"))
      #expect(outcome.output.contains("0.07× on the base"))
    }
  }

  @Test func raisingTheOutputPriceTo16MakesTheCheckFail() throws {
    try Repository.with { repository in
      try repository.write(minimax: Self.dearer)
      let outcome = repository.test.run("check", "--base", "git:main", "--max-increase", "10%")
      #expect(outcome.exitCode == 1)
      #expect(outcome.output.contains("minimax/MiniMax-M2.7"))
      #expect(outcome.output.contains("it may grow by 10%"))
      // By itself it still is cheaper than Sonnet.
      #expect(repository.test.run("check").exitCode == 0)
    }
  }

  @Test func aPriceOfTheFutureChangesNothingToday() throws {
    try Repository.with { repository in
      try repository.write(
        minimax: Repository.minimax + """

                - {from: 2027-01-01, input: "4", output: "16", source: s, verified: 2026-06-24}
          """)
      let outcome = repository.test.run("check", "--base", "git:main", "--max-increase", "0%", "--format", "json")
      #expect(outcome.exitCode == 0)
      let whole = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let model = try #require((whole?["models"] as? [[String: Any]])?.first)
      #expect(model["ratio"] as? String == model["base_ratio"] as? String)
      #expect(model["ratio"] as? String == "0.074667")
    }
  }

  @Test func whatWasRedBeforeIsReportedOnly() throws {
    try Repository.with { repository in
      try repository.write(minimax: Self.dearer.replacing("\"0.24\"", with: "\"4\""))
      try repository.commit()
      #expect(repository.test.run("check", "--base", "git:main").exitCode == 1)
      let outcome = repository.test.run("check", "--base", "git:main", "--only-new")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("above, as before"))
      // The limit is a setting like any other.
      #expect(repository.test.run("check", "--max-ratio", "1.3").exitCode == 0)
      try repository.test.write("thresholds: {max_ratio: \"1.3\"}\n", to: "c.yaml")
      #expect(repository.test.run("check", "--config", "c.yaml").exitCode == 0)
    }
  }

  @Test func aBaseCanBeAFileOrAFolder() throws {
    try Repository.with { repository in
      let test = repository.test
      try FileManager.default.copyItem(atPath: "\(test.home)/pricing", toPath: "\(test.home)/old")
      try FileManager.default.copyItem(atPath: "\(test.home)/history.jsonl", toPath: "\(test.home)/old.jsonl")
      try repository.write(minimax: Self.dearer)
      #expect(test.run("check", "--base", "old", "--max-increase", "10%").exitCode == 1)
      // The same prices on both sides, so only traffic makes a difference.
      #expect(test.run("check", "--base", "old.jsonl", "--max-increase", "10%").exitCode == 0)
      try repository.writeHistory([.minimax], tokens: TokenUsage(input: 10, output: 1000))
      #expect(test.run("check", "--base", "old.jsonl", "--max-increase", "10%").exitCode == 1)
      let missing = test.run("check", "--base", "nothing", "--max-increase", "10%")
      #expect(missing.exitCode == 2)
      #expect(missing.errors.contains("git:REF"))
    }
  }

  @Test func anotherMethodResetsTheComparison() throws {
    try Repository.with { repository in
      try repository.writeHistory([.minimax], baseline: .minimax)
      try repository.commit()
      try repository.writeHistory([.minimax])
      try repository.write(minimax: Self.dearer)
      let outcome = repository.test.run("check", "--base", "git:main", "--max-increase", "10%")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("measured in another way"))

      let history = try String(contentsOfFile: "\(repository.test.home)/history.jsonl", encoding: .utf8)
      try repository.test.write(
        history.replacing("\"schema_version\": 1", with: "\"schema_version\": 2"), to: "new.jsonl")
      let newer = repository.test.run("check", "--base", "new.jsonl", "--max-increase", "10%")
      #expect(newer.exitCode == 0)
      #expect(newer.output.contains("has schema_version 2"))
      // On the side that is to be judged it is no answer.
      #expect(repository.test.run("check", "--history", "new.jsonl").exitCode == 2)
    }
  }

  @Test func brokenHistoriesAreNoPass() throws {
    try Repository.with { repository in
      let test = repository.test
      #expect(test.run("check", "--history", "none.jsonl").exitCode == 2)
      try test.write("", to: "empty.jsonl")
      let empty = test.run("check", "--history", "empty.jsonl")
      #expect(empty.exitCode == 2)
      #expect(empty.output.contains("no request in the window"))
      let history = try String(contentsOfFile: "\(test.home)/history.jsonl", encoding: .utf8)
      try test.write(history + "{\"CANARY\n", to: "broken.jsonl")
      let broken = test.run("check", "--history", "broken.jsonl")
      #expect(broken.exitCode == 2)
      #expect(broken.errors.contains("line 11 of the history"))
      #expect(!broken.errors.contains("CANARY"))
      #expect(test.run("check", "--base", "broken.jsonl", "--max-increase", "1%").exitCode == 2)
      // Lines twice are one.
      try test.write(history + history, to: "twice.jsonl")
      let twice = test.run("check", "--history", "twice.jsonl", "--window", "all")
      #expect(twice.exitCode == 0)
      #expect(twice.output == test.run("check", "--window", "all").output)
    }
  }

  @Test func gitInTrouble() throws {
    try Repository.with { repository in
      let test = repository.test
      let unknown = test.run("check", "--base", "git:no-such\u{1B}[31m", "--max-increase", "10%")
      #expect(unknown.exitCode == 2)
      #expect(unknown.errors.contains("no revision"))
      #expect(!unknown.errors.contains("\u{1B}"))
      #expect(test.run("check", "--base", "git:--help", "--max-increase", "10%").exitCode == 2)
      let empty = test.run("check", "--base", "git:", "--max-increase", "10%")
      #expect(empty.exitCode == 2)
      #expect(empty.errors.contains("git: names no revision"))
      let neither = test.run("pricing", "diff", "nothing")
      #expect(neither.exitCode == 2)
      #expect(neither.errors.contains("there is no folder \(test.home)/nothing, and there is no revision nothing"))

      try repository.commit()
      try repository.git("clone", "-q", "--depth", "1", "file://\(test.home)", "\(test.home)/shallow")
      let shallow = test.run(
        "check", "--base", "git:HEAD~1", "--max-increase", "10%", "--pricing", "shallow/pricing", "--history",
        "shallow/history.jsonl")
      #expect(shallow.exitCode == 2)
      #expect(shallow.errors.contains("fetch-depth: 0"))

      var context = test.context
      context.environment["PATH"] = "/nonexistent"
      test.context = context
      let without = test.run("check", "--base", "git:main", "--max-increase", "10%")
      #expect(without.exitCode == 2)
      #expect(without.errors.contains("there is no git program"))
    }
    try TestContext.with(environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]) { test in
      try test.write(Repository.anthropic, to: "pricing/a.yaml")
      try test.write("", to: "h.jsonl")
      let outcome = test.run(
        "check", "--base", "git:main", "--max-increase", "1%", "--pricing", "pricing", "--history", "h.jsonl")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("not a git repository"))
    }
  }

  @Test func aRevisionWithoutATableResetsTheComparison() throws {
    try Repository.with { repository in
      try repository.git("rm", "-rq", "--cached", "pricing")
      try repository.git("commit", "-q", "-m", "no table")
      let outcome = repository.test.run("check", "--base", "git:main", "--max-increase", "10%")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("main has no pricing table"))
    }
  }

  @Test func aLedgerWillDo() throws {
    try TestContext.with { test in
      // Without anybody who pays for the plan, no measured request would have a price.
      try test.write(
        "subscriptions: [{plan: ollama-cloud-pro, from: 2026-06-01}]", to: ".config/ccr-audit/config.yaml")
      try test.ingest(fixtures: "ccr-v1/logs")
      var context = test.context
      context.now = { 1_783_000_000_000 }
      test.context = context
      let outcome = test.run("check", "--from", "ledger", "--window", "all", "--format", "json")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("glm-5.2"))
      #expect(test.run("check", "--from", "ledger", "--window", "all", "--min-coverage", "99%").exitCode == 2)
    }
  }

  /// What the history carries is enough, also where a tier, a peak hour and a change of price cut through its days.
  @Test func theHistoryGivesWhatTheLedgerGives() throws {
    try TestContext.with { test in
      func glm(_ entry: String) -> String {
        """
        provider: ollama
        models:
          - model: glm-5.2
            prices:
              - {from: 2026-01-01, input: "1.4", output: "4.4", source: s, verified: 2026-06-24, \(entry)}
              - {from: "2026-06-23T06:00:00Z", input: "1.3", output: "4.1", source: s, verified: 2026-06-24}
          - model: kimi-k2.7-code
            prices:
              - from: 2026-01-01
                input: "1"
                output: "4"
                windows: [{utc: "01:00-04:00", days: mon-fri, input: "2", output: "8"}]
                source: s
                verified: 2026-06-24
        """
      }
      try test.write(
        glm("tiers: [{above_input_tokens: 20000, input: \"3\", output: \"9\"}]"), to: "pricing/ollama.yaml")
      try test.write(Repository.anthropic.components(separatedBy: "plans:")[0], to: "pricing/anthropic.yaml")
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      context.now = { 1_783_000_000_000 }
      test.context = context
      for day in 22...30 { _ = test.run("run", "--date", "2026-06-\(day)", Fixtures.path("ccr-v1/logs")) }
      _ = test.run("run", "--date", "2026-07-01")
      func models(_ source: String) throws -> NSArray {
        let text = test.run("check", "--from", source, "--window", "all", "--max-ratio", "9", "--format", "json").output
        let whole = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(whole?["models"] as? NSArray)
      }
      let models = (try models("history"), try models("ledger"))
      #expect(models.0.count > 2)
      #expect(models.0 == models.1)
    }
  }

  /// `policy:` holds where no flag is given, and `thresholds:` where it says nothing.
  @Test func theConfigurationsPolicyHolds() throws {
    try Repository.with { repository in
      let test = repository.test
      // 0.24 + 0.096 of 3 + 1.5: a ratio of 0.0746…, 1,000 tokens of output a day.
      func code(_ policy: String, _ flags: [String] = []) throws -> Int32 {
        try test.write(policy, to: "team/c.yaml")
        return CCRAudit.run(["check", "--config", "team/c.yaml"] + flags, in: test.context)
      }
      #expect(try code("policy: {max_ratio: \"0.07\"}") == 1)
      #expect(try code("policy: {max_ratio: \"0.08\"}") == 0)
      #expect(try code("policy: {max_ratio: \"0.07\"}", ["--max-ratio", "0.08"]) == 0)
      #expect(try code("thresholds: {max_ratio: \"0.07\"}") == 1)
      #expect(try code("thresholds: {max_ratio: \"0.07\"}\npolicy: {max_ratio: \"0.08\"}") == 0)
      #expect(try code("thresholds: {max_ratio: \"0.08\"}\npolicy: {max_ratio: \"0.07\"}") == 1)
      // Seven days with a request each; what is too little is not judged.
      #expect(try code("policy: {max_ratio: \"0.07\", min_requests: 8}") == 0)
      #expect(try code("policy: {max_ratio: \"0.07\", min_requests: 8, window: 8d}") == 1)
      #expect(try code("policy: {max_ratio: \"0.07\", min_requests: 8, window: 8d}", ["--window", "7d"]) == 0)
      #expect(try code("policy: {max_ratio: \"0.07\", min_cost_usd: \"0.0235\"}") == 1)
      #expect(try code("policy: {max_ratio: \"0.07\", min_cost_usd: \"0.0236\"}") == 0)
      #expect(try code("policy: {max_ratio: \"0.07\"}", ["--min-cost-usd", "0.0236"]) == 0)
      _ = test.run("config", "show")

      try repository.writeHistory([.minimax, ModelID(provider: "nobody", model: "m")])
      #expect(try code("") == 0)
      #expect(try code("policy: {min_coverage: 51%}") == 2)
      #expect(try code("policy: {fail_on_unpriced: true}") == 2)
      #expect(try code("policy: {fail_on_unpriced: true}", ["--no-fail-on-unpriced"]) == 0)
    }
  }

  @Test func thePolicysBaseIsReadFromTheConfigurationsFolder() throws {
    try Repository.with { repository in
      let test = repository.test
      try FileManager.default.createDirectory(atPath: "\(test.home)/team", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: "\(test.home)/pricing", toPath: "\(test.home)/team/old")
      try repository.write(minimax: Self.dearer)
      for base in ["old", "git:main"] {
        try test.write("policy: {base: \"\(base)\", max_increase: 10%}", to: "team/c.yaml")
        let outcome = test.run("check", "--config", "team/c.yaml")
        #expect(outcome.exitCode == 1, "\(outcome)")
        #expect(test.run("check", "--config", "team/c.yaml", "--max-increase", "9999%").exitCode == 0)
      }
      try test.write("policy: {base: \"git:main\", only_new: true, max_ratio: \"0.01\"}", to: "team/c.yaml")
      #expect(test.run("check", "--config", "team/c.yaml").output.contains("above, as before"))
      #expect(test.run("check", "--config", "team/c.yaml", "--no-only-new").exitCode == 1)
    }
  }

  @Test func aRuleAboutABaseNeedsOne() throws {
    try Repository.with { repository in
      let test = repository.test
      try test.write("policy:\n  max_increase: 10%\n", to: "c.yaml")
      let outcome = test.run("check", "--config", "c.yaml")
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("c.yaml:2:17: policy.max_increase needs a base"))
      #expect(test.run("check", "--config", "c.yaml", "--base", "git:main").exitCode == 0)
    }
  }

  @Test func whatIsNotComparedIsSaid() throws {
    try Repository.with { repository in
      let test = repository.test
      var context = test.context
      context.environment["CCR_AUDIT_PRICING"] = nil
      context.environment["CCR_AUDIT_RATIO"] = "cached"
      test.context = context
      let outcome = test.run("check", "--base", "git:main", "--max-increase", "10%")
      #expect(outcome.exitCode == 0)
      #expect(outcome.errors.contains("both sides have the prices within the program"))
      // What decides, decides here too.
      #expect(test.run("check", "--format", "json").output.contains(#""judged_by": "cached""#))
      #expect(!outcome.errors.contains("does not apply here"))
    }
  }

  @Test func wrongUsage() throws {
    try TestContext.with { test in
      #expect(test.run("check", "--max-increase", "10%").exitCode == 64)
      #expect(test.run("check", "--only-new").exitCode == 64)
      #expect(test.run("check", "--window", "0d").exitCode == 64)
      #expect(test.run("check", "--base", "x", "--max-increase", "-1%").exitCode == 64)
    }
  }
}
