import Commands
import Foundation
import TestSupport
import Testing
import Model

@Suite struct ConfigurationTests {
  @Test func everyLayerWinsOverTheOneBelow() throws {
    try TestContext.with { test in
      func ledger(_ flags: [FlagValue] = []) throws -> Sourced<String> {
        try Settings.load(in: test.context, flags: flags).ledger
      }
      let data = "\(test.home)/.local/share/ccr-audit"
      #expect(try ledger() == Sourced("\(data)/ledger.sqlite", .default))

      let file = try test.write("# ours\nledger: a.sqlite\n", to: ".config/ccr-audit/config.yaml")
      let folder = "\(test.home)/.config/ccr-audit"
      #expect(try ledger() == Sourced("\(folder)/a.sqlite", .file(path: file, line: 2, column: 9)))

      test.context.environment["CCR_AUDIT_LEDGER"] = "b.sqlite"
      #expect(try ledger() == Sourced("\(test.home)/b.sqlite", .environment("CCR_AUDIT_LEDGER")))

      let flag = FlagValue(\.ledger, "--ledger", ["/c.sqlite"])
      #expect(try ledger([flag]) == Sourced("/c.sqlite", .flag("--ledger")))

      test.context.environment["CCR_AUDIT_LEDGER"] = ""
      #expect(try ledger().value == "\(folder)/a.sqlite", "an empty variable is not set")
    }
  }

  @Test func readsEveryKeyOfAFile() throws {
    try TestContext.with(environment: ["LOGS": "/var/log/ccr"]) { test in
      let file = try test.write(
        """
        logs: [~/one, ./two, "${LOGS}/three"]
        router_config: router.json
        ledger: /l.sqlite
        pricing: ~/prices
        history: h.jsonl
        retention_days: 400
        baseline: openrouter/anthropic/claude-sonnet-4.6
        timezone: Asia/Seoul
        thresholds:
          max_ratio: 1.10
          min_requests: 20
          min_cost_usd: "0.000001"
          min_coverage: 97.5%
        color: never
        """, to: "etc/c.yaml")
      let settings = try Settings.load(in: test.context, config: file)
      #expect(settings.logs.value == ["\(test.home)/one", "\(test.home)/etc/two", "/var/log/ccr/three"])
      #expect(settings.routerConfig.value == "\(test.home)/etc/router.json")
      #expect(settings.ledger.value == "/l.sqlite")
      #expect(settings.pricing.value == "\(test.home)/prices")
      #expect(settings.history.value == "\(test.home)/etc/h.jsonl")
      #expect(settings.baseline.value == ModelID(provider: "openrouter", model: "anthropic/claude-sonnet-4.6"))
      #expect(settings.timeZone.value.identifier == "Asia/Seoul")
      #expect(settings.retentionDays.value == 400)
      #expect(settings.maxRatio == Sourced(Decimal(110) / 100, .file(path: file, line: 10, column: 14)))
      #expect(settings.minRequests.value == 20)
      #expect(settings.minCostUSD.value == Decimal(sign: .plus, exponent: -6, significand: 1))
      #expect(settings.minCoverage.value == Decimal(sign: .plus, exponent: -3, significand: 975))
      #expect(settings.color.value == .never)
    }
  }

  static let refused: [(String, String)] = [
    ("ledgr: x", ":1:1: there is no key \"ledgr\"; did you mean \"ledger\"?"),
    (
      "ledger: x\nthresholds:\n  max_ration: 1",
      ":3:3: there is no key \"thresholds.max_ration\"; did you mean \"thresholds.max_ratio\"?"
    ),
    ("max_ratio: 1", ":1:1: there is no key \"max_ratio\"; did you mean \"thresholds.max_ratio\"?"),
    ("webhook: x", ":1:1: there is no key \"webhook\""),
    ("ledger: x\n\thistory: y", ":2:1: YAML is indented with spaces, and here is a tab"),
    ("ledger: x\ncolor: auto\nledger: y", ":3:1: a key is there twice: \"ledger\""),
    ("ledger: [a, b]", ":1:9: ledger must be one value, not a list"),
    ("ledger: {a: b}", ":1:9: ledger must be a value, not keys and values"),
    ("color: auto\nledger:", ":2:8: ledger has no value"),
    ("ledger: ''", ":1:9: ledger has no value"),
    ("ledger: ~bob/x", ":1:9: ledger is \"~bob/x\"; write another user's home folder in full"),
    ("ledger: ${NOPE}/x", ":1:9: ledger is \"${NOPE}/x\", but the environment has no NOPE"),
    ("logs: []", ":1:7: logs needs at least one value"),
    ("logs: [a, {b: c}]", ":1:11: logs must be a list of texts"),
    (
      "thresholds: 3",
      ":1:13: thresholds must hold keys: max_ratio, min_requests, min_cost_usd, min_coverage, "
        + "silent_hours"
    ),
    (
      "thresholds: {max_ratio: 1e0}",
      ":1:25: thresholds.max_ratio is \"1e0\", but must be a decimal such as \"1.05\" (at most 12 places)"
    ),
    ("thresholds: {max_ratio: 0}", ":1:25: thresholds.max_ratio must be above 0"),
    (
      "thresholds: {min_requests: -1}",
      ":1:28: thresholds.min_requests is \"-1\", but must be a whole number from 0 on"
    ),
    (
      "thresholds: {min_coverage: 95}",
      ":1:28: thresholds.min_coverage is \"95\", but must be a share up to 1 (0.95) or a percentage up to 100% (95%)"
    ),
    ("timezone: Asia/Seol", ":1:11: timezone is \"Asia/Seol\", which is no time zone; did you mean \"Asia/Seoul\"?"),
    ("timezone: Seoul", ":1:11: timezone is \"Seoul\", which is no time zone; did you mean \"Asia/Seoul\"?"),
    (
      "budgets:\n  - {amount: 5, per: day}\n  - {amount: 5, per: year}",
      ":3:5: budgets has a fault in entry 2: per must be day, week or month"
    ),
    ("logs: [a, \"\"]", ":1:11: logs has no value"),
    ("timezone: GMT+9", ":1:11: timezone is \"GMT+9\", which is no time zone"),
    ("baseline: sonnet", ":1:11: baseline is \"sonnet\", but must be written provider/model"),
    ("color: no", ":1:8: color is \"no\", which is none of \"auto\", \"always\", \"never\""),
    ("- ledger", ":1:1: a configuration is made of keys and values"),
    (
      "policy: {max_increase: -1}",
      ":1:24: policy.max_increase is \"-1\", but must be a percentage such as 10% or a share such as 0.1"
    ),
    (
      "policy: {max_increase: 10}",
      ":1:24: policy.max_increase is \"10\", which is 10 times as much; write 10% for a percentage"
    ),
    (
      "budgets: [{amount: 5, per: month, warn_at: 80}]",
      ":1:11: budgets has a fault in the entry: warn_at is \"80\", which is 80 times as much; write 80% for a percentage"
    ),
    (
      "budgets: [{amount: 5, per: month, warn_at: null}]",
      ":1:11: budgets has a fault in the entry: warn_at is \"null\", but must be a percentage such as 10% or a share such "
        + "as 0.1"
    ),
    (
      "budgets: [{amount: $5, per: month}]",
      ":1:11: budgets has a fault in the entry: amount must be dollars above 0, such as 50 or 0.50"
    ),
    (
      "policy:\n  window: 7", ":2:11: policy.window is \"7\", but must be days or weeks such as 7d or 4w, or all"
    ),
    ("policy: {only_new: maybe}", ":1:20: policy.only_new is \"maybe\", but must be true or false"),
    (
      "policy: {max_rate: 1}", ":1:10: there is no key \"policy.max_rate\"; did you mean \"policy.max_ratio\"?"
    ),
  ]

  @Test(arguments: refused)
  func refusesWithThePlace(yaml: String, problem: String) throws {
    try TestContext.with { test in
      let file = try test.write(yaml, to: "c.yaml")
      let outcome = test.run("config", "show", "--config", file)
      #expect(outcome == Outcome(exitCode: 2, output: "", errors: "error: \(file)\(problem)\n"))
    }
  }

  @Test func aSlipOfTheFingerFindsItsKey() throws {
    let keys = [
      "logs", "router_config", "ledger", "pricing", "history", "baseline", "timezone", "max_ratio", "min_requests",
      "min_cost_usd", "min_coverage", "color",
    ]
    var random = SeededGenerator(seed: 7)
    try TestContext.with { test in
      for _ in 0..<300 {
        let key = try #require(keys.randomElement(using: &random))
        var letters = Array(key)
        let place = Int.random(in: 0..<letters.count - 1, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: letters.remove(at: place)
        case 1: letters.insert("x", at: place)
        case 2: letters[place] = "x"
        default: letters.swapAt(place, place + 1)
        }
        guard String(letters) != key else { continue }
        try test.write("\(String(letters)): 1", to: "c.yaml")
        let error = #expect(throws: ConfigurationError.self) {
          try Settings.load(in: test.context, config: "c.yaml")
        }
        let sentence = try #require(error).description
        #expect(sentence.hasSuffix("\(key)\"?"), "\(sentence)")
      }
    }
  }

  @Test func aNamedFileMustExistAndTheDefaultOneNeedNot() throws {
    try TestContext.with { test in
      #expect(test.run("config", "show").exitCode == 0)
      let reason = "No such file or directory"
      #expect(
        test.run("config", "show", "--config", "nope.yaml").errors
          == "error: cannot read the configuration \(test.home)/nope.yaml, named by --config: \(reason)\n")
      test.context.environment["CCR_AUDIT_CONFIG"] = "~/nope.yaml"
      let outcome = test.run("config", "show")
      #expect(outcome.exitCode == 2)
      #expect(
        outcome.errors
          == "error: cannot read the configuration \(test.home)/nope.yaml, named by CCR_AUDIT_CONFIG: \(reason)\n")
    }
  }

  @Test func emptyFilesHoldNothing() throws {
    try TestContext.with { test in
      for text in ["", "# only this\n", "---\n", "{}\n"] {
        let file = try test.write(text, to: "c.yaml")
        let settings = try Settings.load(in: test.context, config: file)
        #expect(settings.configExists)
        #expect(settings.ledger.origin == .default)
      }
      #expect(throws: Never.self) { try Settings.load(in: test.context, config: "/dev/null") }
    }
  }

  @Test func variablesSetEveryKey() throws {
    try TestContext.with(
      environment: [
        "CCR_AUDIT_LOGS": "/a:b", "CCR_AUDIT_THRESHOLDS_MAX_RATIO": "0.9", "CCR_AUDIT_TIMEZONE": "UTC",
      ]
    ) { test in
      let settings = try Settings.load(in: test.context)
      #expect(settings.logs == Sourced(["/a", "\(test.home)/b"], .environment("CCR_AUDIT_LOGS")))
      #expect(settings.maxRatio.value == Decimal(9) / 10)
      #expect(settings.timeZone.value.ianaName == "UTC")

      test.context.environment["CCR_AUDIT_LEGDER"] = "x"
      let outcome = test.run("config", "show")
      #expect(outcome.exitCode == 2)
      #expect(
        outcome.errors
          == "error: CCR_AUDIT_LEGDER: there is no such variable; did you mean \"CCR_AUDIT_LEDGER\"?\n")
    }
  }

  @Test func aBadFlagIsWrongUsageAndADollarInItIsMeant() throws {
    try TestContext.with { test in
      #expect(test.run("config", "show", "--timezone", "Mars/Phobos").exitCode == 64)
      let flags = [FlagValue(\.ledger, "--ledger", ["${HOME}/x"])]
      let ledger = try Settings.load(in: test.context, flags: flags).ledger
      #expect(ledger.value == "\(test.home)/${HOME}/x")
    }
  }

  @Test func defaultPlacesFollowThePlatform() throws {
    try TestContext.with(platform: .macOS) { test in
      test.context.environment["XDG_DATA_HOME"] = "/data"
      let settings = try Settings.load(in: test.context)
      #expect(settings.ledger.value == "\(test.home)/Library/Application Support/ccr-audit/ledger.sqlite")
      #expect(settings.config.value == "\(test.home)/.config/ccr-audit/config.yaml")
    }
    try TestContext.with(environment: ["XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/etc/me"]) { test in
      let settings = try Settings.load(in: test.context)
      #expect(settings.history.value == "/data/ccr-audit/history.jsonl")
      #expect(settings.config.value == "/etc/me/ccr-audit/config.yaml")
      test.context.environment["XDG_DATA_HOME"] = "relative"
      #expect(try Settings.load(in: test.context).ledger.value.hasPrefix("\(test.home)/.local/share/"))
    }
  }
}
