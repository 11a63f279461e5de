import Commands
import Foundation
import TestSupport
import Testing

/// Every "no price" ends with a command, and the commands that were printed lead to a priced report: in an empty home, as
/// after an installation.
struct PricingCureTests {
  /// 2026-11-25T12:00:00Z, a Wednesday.
  private static let start: Int64 = 1_795_608_000_000

  /// Pairs that users of routers name in public, of docs/pricing-coverage.md.
  private static func pairs() throws -> [String] {
    let text = try String(contentsOf: Fixtures.package.appending(path: "docs/pricing-coverage.md"), encoding: .utf8)
    return text.matches(of: #/(?m)^\| `([^`]+)` \| `([^`]+)` \| /#).map { "\($0.output.1),\($0.output.2)" }
  }

  /// A ledger with a request to each.
  private func with(_ pairs: [String], _ body: (TestContext) throws -> Void) throws {
    try TestContext.with { test in
      test.context.now = { Self.start + 86_400_000 }
      let calls = pairs.enumerated().map { number, pair in
        ScopeTests.call(number, time: Self.start + Int64(number) * 1000, pair: pair)
      }
      let log = try test.write(calls.joined(), to: "logs/a.log")
      #expect(test.run("ingest", log).exitCode == 0)
      try body(test)
    }
  }

  private func report(_ test: TestContext) throws -> [String: Any] {
    let outcome = test.run("report", "--all", "--format", "json")
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  private func unpriced(_ test: TestContext) throws -> Int {
    try #require((try report(test)["coverage"] as? [String: Any])?["unpriced"] as? Int)
  }

  /// The commands of a text, each alone on its line or at the end of one.
  private func commands(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      line.firstRange(of: "ccr-audit pricing ").map { String(line[$0.lowerBound...]) }
    }
  }

  /// The words of a shell's command line, with figures in place of what only a user can know.
  private func words(_ command: String) -> [String] {
    var words: [String] = []
    var (word, isQuoted, isEscaped) = ("", false, false)
    for character in command {
      switch character {
      case _ where isEscaped:
        word.append(character)
        isEscaped = false
      case "\\" where !isQuoted: isEscaped = true
      case "'": isQuoted.toggle()
      case " " where !isQuoted:
        words.append(word)
        word = ""
      default: word.append(character)
      }
    }
    let figures = ["USD": "0.5", "PAGE": "https://relay.example/pricing"]
    return (words + [word]).dropFirst().map { figures[$0] ?? $0.replacing("=FACTOR", with: "=2") }
  }

  @Test func manyOddRatesAreCountedAndTheFirstShown() throws {
    try TestContext.with { test in
      let price = #"{from: 2026-01-01, input: "0.0001", output: "1"}"#
      let models = (1...12).map { "  - {model: m\($0), prices: [\(price)]}" }
      try test.write("provider: acme\nmodels:\n" + models.joined(separator: "\n") + "\n", to: "own/acme.yaml")
      let shown = test.run("pricing", "show", "acme/m1", "--pricing", "own").errors.split(separator: "\n")
      #expect(shown.filter { $0.contains("is outside 0.001 to 500") }.count == 10)
      #expect(shown.contains { $0.contains("2 more warnings of the pricing folder: `ccr-audit pricing validate ") })
      let all = test.run("pricing", "validate", "own")
      #expect(all.output.split(separator: "\n").filter { $0.contains("is outside 0.001 to 500") }.count == 12)
    }
  }

  /// A file has no provider with a slash in its name, and no option begins so: the commands work all the same.
  @Test func commandsForOddNamesOfProvidersWork() throws {
    try with(["relay/eu,acme/m1", "relay/eu,acme/m2", "-x,m3", "relay,eu/acme/m1"]) { test in
      let found = Set(commands(in: test.run("report", "--all").output))
      #expect(found.contains("ccr-audit pricing add --input USD --output USD --source PAGE -- -x/m3"))
      let before = try unpriced(test)
      #expect(before == 4)
      for command in found.sorted() {
        let outcome = test.run(words(command))
        #expect(outcome.exitCode == 0, "\(command): \(outcome.errors)")
      }
      // Two of the models have one name in a command; which is meant is told by which has no price yet.
      for command in commands(in: test.run("report", "--all").output) {
        #expect(test.run(words(command)).exitCode == 0, "\(command)")
      }
      #expect(try unpriced(test) == 0)
    }
  }

  /// No price is written for a seller that only looks like the one that is called.
  @Test func aSlashInAProvidersNameMakesNoOtherSeller() throws {
    try with(["relay/eu,m"]) { test in
      try test.write("provider: relay-eu\nhosts: [relay.example]\n", to: ".config/ccr-audit/pricing/relay-eu.yaml")
      let command = try #require(commands(in: test.run("report", "--all").output).first)
      let outcome = test.run(words(command))
      #expect(outcome.exitCode == 2 && outcome.errors.contains("relay-eu is another one"), "\(outcome.errors)")
    }
  }

  /// Where Ollama's answers came from nobody knows: on hardware of one's own they mostly cost nothing.
  @Test func anOllamaModelThatNoPlanCoversIsNotAskedForAPrice() throws {
    try with(["ollama,qwen3:8b", "ollama,qwen3-coder:480b-cloud"]) { test in
      let report = test.run("report", "--all").output
      #expect(commands(in: report).contains("ccr-audit pricing add ollama/qwen3:8b --free"))
      #expect(commands(in: report).contains("ccr-audit pricing subscribe ollama-cloud-pro"))
      let text = report.replacing(#/\s+/#, with: " ")
      #expect(text.contains("if it runs on hardware of your own that is not to be counted: "), "\(text)")
    }
  }

  @Test func itsOwnCommandsLeadToAPricedReport() throws {
    // Of more models than fifty without a price, the doctor and Markdown say how many they leave out.
    let pairs = try Array(Self.pairs().prefix(200)) + ["my relay,gpt-5-turbo", "relay,a 'quoted' model"]
    #expect(pairs.count > 100)
    try with(pairs) { test in
      let before = try unpriced(test)
      #expect(before > 2)
      let rows = try #require(try report(test)["models"] as? [[String: Any]])
      let cures = Set(rows.compactMap { $0["cure"] as? String })
      #expect(Set(commands(in: test.run("report", "--all").output)) == cures)
      // Markdown has the one with a backslash in it as character references.
      let markdown = test.run("report", "--all", "--format", "markdown").output.replacing("`", with: "")
      #expect(cures.subtracting(commands(in: markdown)).map { $0.contains("\\") } == [true])
      // The doctor, the check and the status count the same requests and say the same.
      let findings =
        try JSONSerialization.jsonObject(
          with: Data(test.run("doctor", "--format", "json").output.utf8)) as? [String: Any]
      let found = try #require(findings?["findings"] as? [[String: Any]])
        .filter { $0["id"] as? String == "unpriced-model" }
      #expect(Set(found.compactMap { $0["change"] as? String }) == cures)
      let counts = found.compactMap { ($0["what"] as? String)?.firstMatch(of: #/for ([0-9]+) measured/#)?.output.1 }
      #expect(counts.compactMap { Int($0) }.reduce(0, +) == before)
      let check = test.run("check", "--from", "ledger").output
      #expect(Set(commands(in: check)) == cures)
      let judged = check.replacing(#/\s+/#, with: " ").matches(of: #/([0-9]+) requests? to /#).compactMap {
        Int($0.output.1)
      }
      #expect(judged.reduce(0, +) == before)
      #expect(Set(commands(in: test.run("status").output)) == cures)
      for command in cures.sorted() {
        let outcome = test.run(words(command))
        #expect(outcome.exitCode == 0, "\(command): \(outcome.errors)")
      }
      #expect(try unpriced(test) == 0)
      let text = test.run("report", "--all").output
      #expect(!text.contains("no price") && commands(in: text).isEmpty)
      #expect(!test.run("doctor").output.contains("has no price"))
      // The same once more does no harm: a price stands already, a plan is paid already.
      for command in cures.sorted() { _ = test.run(words(command)) }
      #expect(try unpriced(test) == 0)
    }
  }

  @Test func anExportLoadsUnchanged() throws {
    try with(["moonshot,kimi-k2.6", "relay,own", "kimi,kimi-k2.6", "deepseek,deepseek-v4-flash"]) { test in
      #expect(
        test.run("pricing", "add", "relay/own", "--input", "1", "--output", "2", "--source", "s").exitCode == 0)
      #expect(test.run("pricing", "subscribe", "ollama-cloud-pro", "--from", "2026-06-01").exitCode == 0)
      func version(_ options: String...) -> Substring? {
        test.run(["pricing", "list"] + options).errors.split(separator: "\n").last { $0.hasPrefix("pricing ") }
      }
      // With the program's prices below, what is used says the same once more.
      #expect(test.run("pricing", "export", "some", "--used").exitCode == 0)
      let files = try FileManager.default.contentsOfDirectory(atPath: "\(test.home)/some").sorted()
      #expect(files == ["anthropic.yaml", "deepseek.yaml", "moonshot.yaml", "relay.yaml"])
      // Alone, the models that are used have their prices, and the baseline its name.
      try test.write("builtin: false\n", to: "alone.yaml")
      let alone = test.run("report", "--all", "--config", "alone.yaml", "--pricing", "some", "--format", "json")
      #expect(alone.output.contains("\"unpriced\": 0"), "\(alone.errors)")
      // A whole table is the same table again, and no file is written over.
      let before = try #require(version("--config", "alone.yaml", "--pricing", "some"))
      let outcome = test.run("pricing", "export", "whole", "--config", "alone.yaml", "--pricing", "some")
      #expect(outcome.output.hasSuffix("/whole\n"), "\(outcome.errors)")
      #expect(version("--config", "alone.yaml", "--pricing", "whole") == before)
      #expect(test.run("pricing", "validate", "whole").exitCode == 0)
      #expect(test.run("pricing", "export", "whole", "--config", "alone.yaml", "--pricing", "some").exitCode == 2)
    }
  }

  @Test func ownHardwareIsFreeOnlyWhenSomebodySaysSo() throws {
    try TestContext.with { test in
      test.context.now = { Self.start + 86_400_000 }
      try test.write(
        #"{"Providers": [{"name": "ollama", "api_base_url": "http://localhost:11434/v1/chat/completions", "#
          + #""api_key": "sk-CANARY", "models": ["qwen2.5-coder:latest"]}], "Router": {}}"#,
        to: ".claude-code-router/config.json")
      let calls = ScopeTests.call(1, time: Self.start, pair: "ollama,qwen2.5-coder:latest").split(separator: "\n")
      let host =
        #"{"level":20,"time":\#(Self.start + 2),"pid":7,"hostname":"vm","reqId":"req-1","request":{"method":"POST"},"#
        + #""headers":{},"requestUrl":"http://localhost:11434/v1/chat/completions","msg":"final request"}"#
      let lines = calls.prefix(2).map(String.init) + [host] + calls.dropFirst(2).map(String.init)
      let log = try test.write(lines.map { $0 + "\n" }.joined(), to: "logs/a.log")
      #expect(test.run("ingest", log).exitCode == 0)
      let text = test.run("report", "--all").output
      #expect(commands(in: text) == ["ccr-audit pricing add ollama/qwen2.5-coder:latest --free"])
      #expect(test.run(words(commands(in: text)[0])).exitCode == 0)
      #expect(try unpriced(test) == 0)
      let row = try #require((try report(test)["models"] as? [[String: Any]])?.first)
      #expect(row["verdict"] as? String == "free")
    }
  }

  /// One answer of Claude Code's own, with what its usage says beside the tokens.
  private func answer(_ number: Int, model: String, _ more: String) -> String {
    let time = "2026-11-25T12:00:0\(number).000Z"
    return #"{"sessionId":"s","type":"assistant","timestamp":"\#(time)","requestId":"req_\#(number)","message":{"id":"#
      + #""msg_a\#(number)","model":"\#(model)","role":"assistant","content":[],"stop_reason":"end_turn","#
      + #""usage":{"input_tokens":1000,"output_tokens":10\#(more)}},"uuid":"u\#(number)"}"# + "\n"
  }

  @Test func searchesOfTheWebAreCostsOfTheirOwn() throws {
    try TestContext.with { test in
      test.context.now = { Self.start + 86_400_000 }
      let searches = #","server_tool_use":{"web_search_requests":3}"#
      let lines = (0..<2).map { answer($0, model: "claude-opus-4-8", searches) }
      try test.write(lines.joined() + answer(2, model: "claude-opus-4-8", ""), to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      let text = test.run("report", "--all").output.replacing(#/\s+/#, with: " ")
      #expect(text.contains("6 web searches by anthropic/claude-opus-4-8: billed by the call: $0.060 at $0.01 each"))
      let row = try #require((try report(test)["models"] as? [[String: Any]])?.first)
      // 3,000 × $5 and 30 × $25 a million, and no search.
      #expect(row["cost_usd"] as? String == "0.01575")
      func check() throws {
        let found = try report(test)
        let totals = try #require(found["totals"] as? [String: Any])
        #expect(totals["web_search_usd"] as? String == "0.06")
        #expect(totals["cost_with_web_searches_usd"] as? String == "0.07575")
        let extra = try #require((found["beside_tokens"] as? [[String: Any]])?.first)
        #expect(extra["web_searches"] as? Int == 6 && extra["cost_usd"] as? String == "0.06")
      }
      try check()
      // They outlive their rows.
      test.context.now = { Self.start + 9 * 86_400_000 }
      #expect(test.run("ledger", "prune", "--days", "2").exitCode == 0)
      try check()
    }
  }

  /// A list that lay around for a year changes no price that is renewed with the program, unless it is told to.
  @Test func importKeepsTheProgramsOwnPrices() throws {
    try with(["moonshot,kimi-k2.6", "relay,own"]) { test in
      let listed = #""litellm_provider": "moonshot", "input_cost_per_token": 9e-06, "output_cost_per_token": 9e-06"#
      try test.write("{\"moonshot/kimi-k2.6\": {\(listed)}}", to: "old.json")
      let outcome = test.run("pricing", "import", "--from", "litellm", "old.json")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("1 model of the ledger with a price of the program's own, which stays"))
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.config/ccr-audit/pricing/moonshot.yaml"))
      let named = test.run("pricing", "import", "--from", "litellm", "old.json", "--model", "moonshot/kimi-k2.6")
      #expect(named.output.contains("moonshot/kimi-k2.6: new entry from"), "\(named.errors)")
    }
  }

  @Test func modesWithoutAPriceAreSaid() throws {
    try TestContext.with { test in
      test.context.now = { Self.start + 86_400_000 }
      let fast = answer(0, model: "claude-haiku-4-5", #","speed":"fast""#)
      let tier = answer(1, model: "claude-haiku-4-5", #","service_tier":"priority""#)
      try test.write(fast + tier, to: ".claude/projects/p/s.jsonl")
      #expect(test.run("ingest").exitCode == 0)
      // Fast mode costs a multiple that nobody knows; a tier keeps the usual rates.
      #expect(try unpriced(test) == 1)
      let found = commands(in: test.run("report", "--all").output).filter { $0.contains(" add ") }
      #expect(
        Set(found) == [
          "ccr-audit pricing add anthropic/claude-haiku-4-5 --mode fast=FACTOR",
          "ccr-audit pricing add anthropic/claude-haiku-4-5 --mode priority=FACTOR",
        ])
      for command in found.sorted().prefix(1) { #expect(test.run(words(command)).exitCode == 0) }
      #expect(try unpriced(test) == 0)
      let rows = try #require(try report(test)["models"] as? [[String: Any]])
      // 1,000 × $1 and 10 × $5 a million, once at twice that.
      #expect(rows.count == 1 && rows[0]["cost_usd"] as? String == "0.00315")
    }
  }

  @Test func guardsAreSaidWithoutBeingAsked() throws {
    try TestContext.with { test in
      let folder = ".config/ccr-audit/pricing"
      try test.write(
        """
        provider: relay
        models:
          - model: m
            prices:
              - {from: 2026-01-01, input: "0.000003", output: "0.000012", source: s, verified: 2026-06-24}
          - model: n
            prices:
              - {from: 2026-01-01, input: "1", output: "2", cache_read: "3", source: s, verified: 2027-01-01}
          - model: o
            prices:
              - from: 2026-01-01
                input: "1"
                output: "2"
                tiers: [{above_input_tokens: 200000, input: "2000", output: "4"}]
                source: s
                verified: 2026-06-24
        """, to: "\(folder)/relay.yaml")
      for place in ["more/other.yaml", "team/deep/other.yaml"] {
        try test.write("provider: other\nmodels: [{model: m, billing: free}]\n", to: "\(folder)/\(place)")
      }
      let errors = test.run("pricing", "list").errors
      #expect(errors.contains(#/relay\.yaml:5:\d+: input: 0\.000003 is outside 0\.001 to 500/#))
      #expect(errors.contains(#/relay\.yaml:8:\d+: cache_read: reading from a cache is dearer/#))
      #expect(errors.contains(#/relay\.yaml:8:\d+: verified: 2027-01-01 is in the future/#))
      #expect(errors.contains(#/relay\.yaml:14:\d+: input: 2000 is outside 0\.001 to 500/#))
      #expect(errors.contains("/more/other.yaml:1:1: a folder inside the pricing folder is not read"))
      #expect(errors.contains("/team/deep/other.yaml:1:1: a folder inside the pricing folder is not read"))
    }
  }
}
