import Commands
import Foundation
import TestSupport
import Testing

/// `ccr-audit doctor` on home folders that routers and clients filled.
@Suite struct DoctorTests {
  private struct Document: Decodable {
    struct Finding: Decodable {
      var severity: String
      var id: String
      var what: String
      var why: String
      var change: String?
    }
    var schema_version: Int
    var router: String?
    var findings: [Finding]

    func finding(_ id: String, about text: String = "") throws -> Finding {
      try #require(
        findings.first { $0.id == id && (text.isEmpty || $0.what.contains(text)) }, "\(id) in \(findings.map(\.id))")
    }
    func has(_ id: String) -> Bool { findings.contains { $0.id == id } }
  }

  /// 2026-07-02T00:05:00Z, after the last request of the fixtures of 1.x.
  private static let now: Int64 = 1_782_950_700_000

  private func with<Result>(
    now: Int64 = DoctorTests.now, width: Int? = nil, _ body: (TestContext) throws -> Result
  ) throws -> Result {
    try TestContext.with(width: width) { test in
      test.context.now = { now }
      return try body(test)
    }
  }

  /// Puts a fixture where the router or the client has it, last written to `daysAgo` days before now.
  private func place(_ fixture: String, at name: String, in test: TestContext, daysAgo: Double = 0.01) throws {
    let target = URL(filePath: test.home).appending(path: name)
    try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Fixtures.path(fixture), toPath: target.path)
    try age(name, in: test, daysAgo: daysAgo)
  }

  private func age(_ name: String, in test: TestContext, daysAgo: Double) throws {
    let root = "\(test.home)/\(name)"
    let time = Date(timeIntervalSince1970: Double(test.context.now()) / 1000 - daysAgo * 86400)
    for path in [root] + (FileManager.default.subpaths(atPath: root) ?? []).map({ "\(root)/\($0)" }) {
      try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
    }
  }

  private func config(_ text: String, in test: TestContext) throws {
    let path = try test.write(text, to: ".claude-code-router/config.json")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  private func doctor(_ test: TestContext, exitCode: Int32? = nil) throws -> Document {
    let outcome = test.run("doctor", "--format", "json")
    if let exitCode { #expect(outcome.exitCode == exitCode, "\(outcome)") }
    let document = try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
    #expect(document.schema_version == 1)
    let order = ["loss", "problem", "advice", "fine"]
    let ranks = document.findings.map { order.firstIndex(of: $0.severity) ?? -1 }
    #expect(ranks == ranks.sorted(), "worst first")
    #expect(outcome.exitCode == (document.findings.contains { $0.severity == "loss" } ? 1 : 0))
    return document
  }

  private static let logs = ".claude-code-router/logs"
  private static let transcripts = ".claude/projects"

  private static let configurations: [(folder: String, file: String)] = ["ccr-v1", "ccr-v1-docker", "ccr-v2"].flatMap {
    folder in
    ((try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("\(folder)/configs"))) ?? []).sorted()
      .map { (folder, $0) }
  }

  @Test func allConfigurationsAreThere() { #expect(Self.configurations.count == 10) }

  @Test(arguments: configurations)
  func everyConfigurationSaysWhatGoesUnmeasured(folder: String, file: String) throws {
    try with { test in
      try place("\(folder)/logs", at: Self.logs, in: test)
      try place("\(folder)/configs/\(file)", at: ".claude-code-router/config.json", in: test)
      let found = try doctor(test, exitCode: 1)
      #expect(found.router == (folder == "ccr-v2" ? "2.x" : "1.x"))
      // Passthrough is never in the log, and without transcripts it is nowhere.
      let minimax = try found.finding("route-passthrough")
      #expect(minimax.severity == "loss")
      #expect(minimax.what.contains("minimax/MiniMax-M2.7 (longContext, think)"))
      // vllm has no transformer at all, and the article's configuration leaves streamoptions out for ollama too.
      let vllm = try found.finding("route-no-usage", about: "vllm/glm-air (no route)")
      #expect(vllm.severity == "loss")
      #expect(vllm.change?.contains(#""transformer": {"use": ["streamoptions"]}"#) == true)
      let ollama = "ollama/glm-5.2 (background, default, webSearch), ollama/kimi-k2.7-code (no route)"
      if file.contains("article") {
        let finding = try found.finding("route-no-usage", about: ollama)
        #expect(finding.change?.contains(#"{"name": "ollama", …}"#) == true)
      } else if file.contains("loglevel-info") {
        #expect(try found.finding("log-level").severity == "loss")
        #expect(!found.has("route-usage-mostly"))
      } else {
        #expect(try found.finding("route-usage-mostly", about: ollama).severity == "advice")
        #expect(!found.has("log-level"))
      }
      #expect(try found.finding("file-mode", about: "config.json").change?.hasPrefix("chmod 600 /") == true)
    }
  }

  /// Some providers send usage unasked: streams that were measured outweigh what a configuration lets one expect.
  @Test func streamsThatWereMeasuredAreNotCalledLost() throws {
    try with { test in
      try place("ccr-v1/logs", at: Self.logs, in: test)
      let file = try #require(Self.configurations.first { $0.0 == "ccr-v1" && $0.1.contains("article") })
      try place("ccr-v1/configs/\(file.1)", at: ".claude-code-router/config.json", in: test)
      func lost(_ found: Document) -> Bool {
        found.findings.contains { $0.id == "route-no-usage" && $0.what.contains("ollama/glm-5.2") }
      }
      #expect(lost(try doctor(test)))
      #expect(test.run("ingest").exitCode == 0)
      #expect(!lost(try doctor(test)))
    }
  }

  @Test(arguments: ["ccr-v1", "ccr-v1-docker", "ccr-v2"])
  func noKeyAndNoPromptIsEverPrinted(folder: String) throws {
    try with { test in
      try place("\(folder)/logs", at: Self.logs, in: test)
      try place("claude-code/projects", at: Self.transcripts, in: test)
      for hasLedger in [false, true] {
        if hasLedger { _ = test.run("ingest", "--quiet") }
        for (ofFolder, file) in Self.configurations where ofFolder == folder {
          try? FileManager.default.removeItem(atPath: "\(test.home)/.claude-code-router/config.json")
          try place("\(folder)/configs/\(file)", at: ".claude-code-router/config.json", in: test)
          for option in ["--verbose", "--format=json"] {
            let outcome = test.run("doctor", option)
            #expect(outcome.exitCode < 2, "\(file)")
            #expect(!(outcome.output + outcome.errors).contains(#/CANARY|sk-/#), "\(file)")
          }
        }
      }
    }
  }

  @Test func aBrokenConfigurationIsNamedAndNotQuoted() throws {
    try with { test in
      try config(#"{"Providers": [{"name": "a", "api_key": "sk-CANARY-1" oops "#, in: test)
      let outcome = test.run("doctor")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("config.json"))
      #expect(outcome.output.contains("cannot be read"))
      #expect(!(outcome.output + outcome.errors).contains("CANARY"))
    }
  }

  @Test(arguments: [
    (#"{"LOG": false}"#, "log-off"), (#"{"LOG": true, "LOG_LEVEL": "warn"}"#, "log-level"),
    (#"{"LOG_LEVEL": "INFO"}"#, "log-level"), (#"{"LOG_LEVEL": "sk-CANARY\u001b[2J"}"#, "log-level"),
  ])
  func aLogThatHoldsNothingIsALoss(text: String, id: String) throws {
    try with { test in
      try config(text, in: test)
      let finding = try doctor(test, exitCode: 1).finding(id)
      #expect(finding.severity == "loss")
      #expect(finding.change?.contains(#""LOG": true, "LOG_LEVEL": "debug""#) == true)
      #expect(!finding.what.contains("CANARY"))
    }
  }

  @Test(arguments: [#"{}"#, #"{"LOG": true}"#, #"{"LOG_LEVEL": "trace"}"#])
  func aLogThatHoldsEverythingIsNone(text: String) throws {
    try with { test in
      try config(text, in: test)
      let found = try doctor(test, exitCode: 0)
      #expect(!found.has("log-off") && !found.has("log-level"))
      #expect(found.router == "1.x or 2.x")
    }
  }

  @Test func aModelsOwnTransformersCountForThatModelAlone() throws {
    try with { test in
      try config(
        #"""
        {"Providers": [{"name": "p", "api_base_url": "http://x/v1/chat/completions", "models": ["a", "b"],
          "transformer": {"use": ["maxtoken"], "a": {"use": [["streamoptions", {}]]}}}],
         "Router": {"default": "p,a", "think": "P,a"}}
        """#, in: test)
      let found = try doctor(test)
      #expect(try found.finding("route-usage-mostly").what.hasPrefix("p/a (default):"))
      #expect(try found.finding("route-no-usage").what.hasPrefix("p/b (no route):"))
      #expect(try found.finding("route-unknown-provider").what.contains("think goes to P,a"))
    }
  }

  @Test func namesOfTheConfigurationMoveNoCursorAndForgeNoLine() throws {
    try with { test in
      try config(
        #"{"Providers": [{"name": "p\u001b[2J\nfine     all\u202e", "api_base_url": "http://x", "models": ["m\u0007"]}]}"#,
        in: test)
      let outcome = test.run("doctor")
      #expect(outcome.output.contains(#"p\u{1b}[2J\u{a}fine all\u{202e}/m\u{7}"#), "\(outcome.output)")
      #expect(!outcome.output.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202e })
      #expect(try doctor(test).finding("route-no-usage").what.contains(#"\u{1b}"#))
    }
  }

  @Test func passthroughIsFilledByTranscriptsOnceTheyAreIngested() throws {
    try with { test in
      try place("ccr-v1/logs", at: Self.logs, in: test)
      try place("ccr-v1/configs/config-2-p2-streamoptions.json", at: ".claude-code-router/config.json", in: test)
      try place("claude-code/projects", at: Self.transcripts, in: test)
      let before = try doctor(test)
      #expect(try before.finding("route-passthrough").severity == "problem")
      #expect(before.has("never-ingested"))
      #expect(test.run("ingest").exitCode == 0)
      let after = try doctor(test)
      #expect(try after.finding("route-passthrough").severity == "fine")
      #expect(try after.finding("ingest").what == "0 bytes not yet ingested")
      // Models that no table prices are named, with what is like them; nothing is in the future.
      #expect(try after.finding("unpriced-model", about: "vllm/glm-air").severity == "problem")
      #expect(!after.has("future-requests") && !after.has("unknown-provider"))
    }
  }

  @Test func requestsAfterNowAndAnswersOfNobodyAreSaid() throws {
    // The clock stands at 2026-06-25; the fixtures go on to 2026-07-01.
    try with(now: TestContext.now) { test in
      try place("ccr-v1/logs", at: Self.logs, in: test)
      #expect(test.run("ingest").exitCode == 0)
      #expect(try doctor(test).finding("future-requests").severity == "problem")
      for line in test.run("doctor").output.split(separator: "\n")
      where !line.contains("ccr-audit ") && !line.contains(test.home) {
        #expect(line.count <= 80, "\(line)")
      }
    }
    try with { test in
      try place("claude-code/projects", at: Self.transcripts, in: test)
      #expect(test.run("ingest").exitCode == 0)
      #expect(try doctor(test).finding("unknown-provider").what.contains("glm-air"))
    }
  }

  /// Ingests the fixtures of 1.x with transcripts whose text was changed.
  private func doctorWithTranscripts(_ change: (String) throws -> String) throws -> Document {
    try with { test in
      try place("ccr-v1/logs", at: Self.logs, in: test)
      try place("ccr-v1/configs/config-2-p2-streamoptions.json", at: ".claude-code-router/config.json", in: test)
      try place("claude-code/projects", at: Self.transcripts, in: test)
      let root = "\(test.home)/\(Self.transcripts)"
      for name in FileManager.default.subpaths(atPath: root) ?? [] where name.hasSuffix(".jsonl") {
        let text = try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
        try Data(change(text).utf8).write(to: URL(filePath: "\(root)/\(name)"))
      }
      #expect(test.run("ingest").exitCode == 0)
      return try doctor(test)
    }
  }

  @Test func countsThatDifferAreSaidPerModel() throws {
    #expect(!(try doctorWithTranscripts { $0 }).has("sources-disagree"))
    let found = try doctorWithTranscripts {
      $0.replacing("\"output_tokens\":", with: "\"output_tokens\":9").replacing(
        "\"output_tokens\": ", with: "\"output_tokens\": 9")
    }
    let finding = try found.finding("sources-disagree", about: "ollama/glm-5.2")
    #expect(finding.what.contains(#/for [1-9][0-9]* of [1-9][0-9]* requests/#))
    // Where only the client knows, nothing can disagree.
    #expect(!found.findings.contains { $0.id == "sources-disagree" && $0.what.contains("MiniMax") })
  }

  @Test func aClockThatIsHoursOffIsSaid() throws {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let found = try doctorWithTranscripts { text in
      try text.replacing(#/"timestamp":"([^"]+)"/#) { match in
        "\"timestamp\":\"\(try style.parse(String(match.1)).addingTimeInterval(-7 * 3600).formatted(style))\""
      }
    }
    #expect(try found.finding("clock-offset").what.contains(#/by up to (6|7) hours behind/#))
  }

  @Test func logsBeyondTheNinthAreLostUnlessIngested() throws {
    try with { test in
      try place("ccr-v1/logs/ccr-20260622091000.log", at: "\(Self.logs)/ccr-20260622091000.log", in: test, daysAgo: 9)
      for day in 10...17 {
        try test.write(
          "{\"level\":30,\"time\":1782087000429,\"day\":\(day)}\n", to: "\(Self.logs)/ccr-202606\(day + 13)000000.log")
      }
      try age(Self.logs, in: test, daysAgo: 1)
      #expect(!(try doctor(test)).has("logs-file-limit"), "nine are kept")
      try test.write("{\"level\":30,\"time\":1782087000430}\n", to: "\(Self.logs)/ccr-20260701000000.log")
      let finding = try doctor(test, exitCode: 1).finding("logs-file-limit")
      #expect(finding.severity == "loss")
      #expect(finding.what.hasPrefix("1.2 MB not yet ingested are about to be deleted"))
      #expect(finding.what.contains("ccr-20260622091000.log"))
      #expect(test.run("ingest").exitCode == 0)
      let after = try doctor(test)
      #expect(try after.finding("logs-file-limit").severity == "fine")
    }
  }

  @Test func aLiveLogAboveFiftyMegabytesIsGoneAtMidnight() throws {
    try with { test in
      let path = try test.write("", to: "\(Self.logs)/ccr-20260701090000.log")
      func grow(to size: UInt64) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: size)
        try handle.close()
      }
      try grow(to: 50 << 20)
      #expect(!(try doctor(test)).has("logs-size-limit"))
      try grow(to: (50 << 20) + 1)
      let finding = try doctor(test, exitCode: 1).finding("logs-size-limit")
      #expect(finding.what.hasPrefix("52.4 MB not yet ingested are about to be deleted"))
      #expect(finding.what.contains("at the next local midnight"))
      #expect(finding.change?.contains("ccr-audit schedule install") == true)
    }
  }

  @Test func ofRotatedLogsTheOldestGoFirst() throws {
    try with { test in
      for (name, megabytes, days) in [
        ("20260629000000_1", 30, 3.0), ("20260630000000_1", 30, 2.0), ("20260628120000", 1, 0.1),
      ] {
        let path = try test.write("", to: "\(Self.logs)/ccr-\(name).log")
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.truncate(atOffset: UInt64(megabytes) << 20)
        try handle.close()
        try age("\(Self.logs)/ccr-\(name).log", in: test, daysAgo: days)
      }
      let finding = try doctor(test, exitCode: 1).finding("logs-size-limit")
      #expect(finding.what.contains("; ccr-20260629000000_1.log will be gone"))
    }
  }

  @Test(arguments: [(20.0, 30, false), (27.5, 30, true), (40.0, 30, true), (40.0, 365, false), (5.0, 7, true)])
  func transcriptsNearTheirEndAreLostUnlessIngested(daysAgo: Double, kept: Int, isLoss: Bool) throws {
    try with { test in
      try place("claude-code/projects", at: Self.transcripts, in: test, daysAgo: daysAgo)
      if kept != 30 {
        try test.write(
          "{\"cleanupPeriodDays\": \(kept), \"env\": {\"KEY\": \"sk-CANARY\"}}", to: ".claude/settings.json")
      }
      let found = try doctor(test, exitCode: isLoss ? 1 : 0)
      #expect(found.has("transcripts-cleanup") == isLoss)
      if isLoss {
        let change = try found.finding("transcripts-cleanup").change
        #expect(change?.contains("\(test.home)/.claude/settings.json: \"cleanupPeriodDays\": 365") == true)
      }
      #expect(test.run("ingest").exitCode == 0)
      #expect(!(try doctor(test, exitCode: 0)).has("transcripts-cleanup"))
    }
  }

  @Test func storesOfThreeAreComparedWithTheLedger() throws {
    // 2026-08-07T00:00:00Z.
    try with(now: 1_786_060_800_000) { test in
      try place("ccr-v3/live", at: ".claude-code-router/app-data", in: test)
      let before = try doctor(test)
      #expect(before.router == "3.x")
      #expect(!before.has("request-logs-off"))
      #expect(try before.finding("request-logs-prune").severity == "problem")
      #expect(try before.finding("usage-store-pending").severity == "advice")
      #expect(test.run("ingest").exitCode == 0)
      let after = try doctor(test, exitCode: 0)
      #expect(!after.has("request-logs-prune") && !after.has("usage-store-pending"))
      // $1.642011 of 157 usage events, and $0.066733 of seven calls that only the request logs hold.
      #expect(
        try after.finding("claimed-cost", about: "minimax/MiniMax-M2.7").what.contains("list price claimed $1.71"))
      #expect(try after.finding("unpriced-model", about: "智谱 AI (国内) - Coding Plan/glm-5.2").severity == "problem")
    }
  }

  @Test func aStoreThatIsDamagedIsSaid() throws {
    try with { test in
      try test.write(
        "SQLite format 3\0" + String(repeating: "x", count: 5000), to: ".claude-code-router/app-data/usage.sqlite")
      let found = try doctor(test)
      #expect(found.has("store-unreadable"))
      #expect(found.has("request-logs-off"))
    }
  }

  @Test func aPlanThatBillsNothingStandsBesideTheClaim() throws {
    try with(now: 1_786_060_800_000) { test in
      try place("ccr-v3/closed", at: ".claude-code-router/app-data", in: test)
      try test.write(
        """
        provider: minimax
        plans:
          - plan: coding
            kind: subscription
            models: [MiniMax-M2.7]
            fees:
              - {from: 2026-06-01, monthly: "10", source: "https://x.example", verified: 2026-06-24}
        subscriptions: [{plan: coding, from: 2026-06-01}]
        """, to: "pricing/minimax.yaml")
      #expect(test.run("ingest", "--pricing", "pricing").exitCode == 0)
      let outcome = test.run("doctor", "--pricing", "pricing")
      let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("list price claimed $1.71, billed by plan coding $0"), "\(outcome)")
    }
  }

  @Test func anOldIngestWithMoreToReadIsSaid() throws {
    try with { test in
      try place("ccr-v1-docker/logs", at: Self.logs, in: test)
      #expect(test.run("ingest").exitCode == 0)
      try age(".local/share/ccr-audit", in: test, daysAgo: 3)
      #expect(!(try doctor(test)).has("ingest-stale"), "there is nothing new")
      try test.write("{\"level\":30,\"time\":1782087000430}\n", to: "\(Self.logs)/ccr-20260701000000.log")
      try age(".local/share/ccr-audit", in: test, daysAgo: 3)
      #expect(try doctor(test).finding("ingest-stale").what == "nothing was ingested for 3 days, and 34 bytes wait")
    }
  }

  @Test func filesThatOthersMayReadAreNamed() throws {
    try with { test in
      try config("{}", in: test)
      try test.write("https://hooks.example/CANARY", to: ".config/ccr-audit/slack-webhook")
      try test.write("color: auto\n", to: ".config/ccr-audit/config.yaml")
      try place("ccr-v1-docker/logs", at: Self.logs, in: test)
      #expect(test.run("ingest").exitCode == 0)
      let ledger = "\(test.home)/.local/share/ccr-audit/ledger.sqlite"
      let modes: [(String, Int)] = [
        (ledger, 0o644), ("\(test.home)/.config/ccr-audit/slack-webhook", 0o640),
        ("\(test.home)/.config/ccr-audit/config.yaml", 0o664),
      ]
      for (path, mode) in modes {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      }
      let found = try doctor(test)
      let named = found.findings.filter { $0.id == "file-mode" }
      #expect(named.compactMap(\.change) == modes.map { "chmod 600 \($0.0)" })
      #expect(named.map(\.severity) == ["problem", "problem", "advice"])
      for (path, _) in modes {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      }
      #expect(!(try doctor(test)).has("file-mode"))
    }
  }

  /// A container's log has the name that its runtime gave it, and the router deletes none of them.
  @Test func logsOfAnyNameAreTheRouters() throws {
    try with { test in
      try test.write("logs: [~/pods]", to: ".config/ccr-audit/config.yaml")
      for number in 1...10 {
        try place("ccr-v1/logs/ccr-20260625000000_1.log", at: "pods/router-\(number).txt", in: test)
      }
      let document = try doctor(test)
      #expect(try document.finding("router").what.contains("claude-code-router 1.x: 10 logs"))
      #expect(!document.has("router-missing") && !document.has("logs-file-limit"))
    }
  }

  @Test func whatIsPackedInAPlaceIsSaid() throws {
    try with { test in
      let folder = "\(test.home)/\(Self.logs)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data([0x28, 0xb5, 0x2f, 0xfd, 7, 7]).write(to: URL(filePath: "\(folder)/ccr-20260101000000.log.zst"))
      let finding = try doctor(test, exitCode: 0).finding("packed", about: "000.log.zst is packed by zstd")
      #expect(finding.severity == "problem")
    }
  }

  /// Which of the other routers a client calls, and whether it describes its calls by itself.
  @Test(arguments: [
    ("http://localhost:4000", "LiteLLM"), ("http://10.0.0.7:8082", "free-claude-code"),
    ("http://127.0.0.1:15721", "CC Switch"), ("https://litellm.example.com", "LiteLLM"),
    ("https://api.anthropic.com", ""), ("http://127.0.0.1:9999", ""),
  ])
  func theRouterThatAClientCallsIsNamed(address: String, program: String) throws {
    try with { test in
      try place("claude-code/projects", at: Self.transcripts, in: test)
      let env = #"{"ANTHROPIC_BASE_URL": "\#(address)", "ANTHROPIC_AUTH_TOKEN": "sk-CANARY-1"}"#
      _ = try test.write(#"{"env": \#(env)}"#, to: ".claude/settings.json")
      let outcome = test.run("doctor", "--verbose")
      #expect(!"\(outcome)".contains("CANARY"))
      let document = try doctor(test)
      #expect(document.has("client-gateway") == !program.isEmpty)
      if !program.isEmpty { _ = try document.finding("client-gateway", about: program) }
      #expect(document.has("telemetry-off"))
      _ = try test.write(
        #"{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_LOGS_EXPORTER": "otlp"}}"#, to: ".claude/settings.json")
      #expect(try doctor(test).has("telemetry"))
    }
  }

  /// What has to be put into files stands in the finding itself, and on the pages the same.
  @Test func whatIsToBeChangedIsWhole() throws {
    try with { test in
      try place("claude-code/projects", at: Self.transcripts, in: test)
      _ = try test.write(
        #"{"env": {"ANTHROPIC_BASE_URL": "http://localhost:4000"}}"#, to: ".claude/settings.json")
      let document = try doctor(test)
      func page(_ name: String) throws -> [Substring] {
        try String(contentsOf: Fixtures.package.appending(path: "docs/\(name).md"), encoding: .utf8)
          .matches(of: #/```(?:python|yaml)\n([\s\S]*?)```|  ```yaml\n([\s\S]*?)  ```/#).map {
            $0.output.1 ?? $0.output.2 ?? ""
          }
      }
      let change = try #require(document.finding("client-gateway").change)
      let python = try #require(page("sources-litellm").first)
      // LiteLLM calls with these names.
      #expect(python.contains("async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):"))
      func isIn(_ text: some StringProtocol, _ change: String) -> Bool {
        let lines = Set(change.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
        return text.split(separator: "\n").allSatisfy { lines.contains($0.trimmingCharacters(in: .whitespaces)) }
      }
      #expect(isIn(python, change), "\(change)")
      let collector = try #require(page("sources-claude-code").first)
      let telemetry = try #require(document.finding("telemetry-off").change)
      #expect(isIn(collector, telemetry), "\(telemetry)")
    }
  }

  /// Nobody who installed a package has the repository's files: no output sends to them.
  @Test func noOutputNamesAPageOfTheRepository() throws {
    try with { test in
      try place("ccr-v1/logs", at: ".claude-code-router/logs", in: test)
      try place("claude-code/projects", at: Self.transcripts, in: test)
      _ = test.run("ingest")
      for arguments in [["doctor"], ["report", "--all"], ["advise"], ["push"], ["fleet", "check"], ["status"]] {
        let outcome = test.run(arguments)
        #expect(!"\(outcome.output)\(outcome.errors)".contains(#/docs\/|README|[a-z]\.md\b/#), "\(arguments)")
      }
    }
  }

  /// What goes through another router is measured by that one's record, whatever the log of the first one lacks.
  @Test func aGatewayIsNamedAndIsNoLoss() throws {
    try with { test in
      try config(
        """
        {"LOG": true, "Providers": [
          {"name": "gw", "api_base_url": "http://127.0.0.1:4000/v1/chat/completions", "api_key": "sk-CANARY", "models": ["m"]},
          {"name": "up", "api_base_url": "https://up.example.com/v1/chat/completions", "api_key": "sk-CANARY", "models": ["m"]}
        ]}
        """, in: test)
      let document = try doctor(test)
      _ = try document.finding("gateway", about: "gw")
      #expect(document.findings.filter { $0.id == "route-no-usage" }.map(\.what).allSatisfy { $0.contains("up/m") })
    }
  }

  /// CC Switch sums up and deletes its rows after 30 days.
  @Test func rowsThatCCSwitchIsAboutToDeleteAreALossUntilTheyAreIngested() throws {
    // A month after the fixture's first rows.
    try with(now: 1_795_564_829_000 + 28 * 86_400_000) { test in
      try place("cc-switch/cc-switch.db", at: ".cc-switch/cc-switch.db", in: test)
      _ = try doctor(test, exitCode: 1).finding("cc-switch-rollup", about: "about to be deleted")
      #expect(test.run("ingest").exitCode == 0)
      let after = try doctor(test)
      #expect(!after.has("cc-switch-rollup"))
      _ = try after.finding("cc-switch", about: "0 requests not yet ingested")
    }
  }

  @Test func anEmptyHomeIsNoLoss() throws {
    try with { test in
      let found = try doctor(test, exitCode: 0)
      #expect(found.router == nil)
      #expect(found.has("router-missing") && found.has("never-ingested"))
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local"), "looking makes nothing")
    }
  }

  @Test func aLedgerThatIsNoneCouldNotBeDone() throws {
    try with { test in
      try test.write("these are my notes", to: "notes")
      let outcome = test.run("doctor", "--ledger", "notes")
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains("is not a ledger"))
    }
  }

  @Test func onlyWhatIsToBeCopiedIsLongerThanALine() throws {
    try with(width: 60) { test in
      try place("ccr-v1/configs/config-1-p1-article-config.json", at: ".claude-code-router/config.json", in: test)
      var isChange = false
      for line in test.run("doctor").output.split(separator: "\n", omittingEmptySubsequences: false) {
        isChange = line.hasPrefix("         change:") || isChange && line.hasPrefix("                 ")
        let words = line.split(separator: " ")
        #expect(isChange || line.count <= 60 || words.contains { $0.count > 40 }, "\(line)")
        #expect(line.last != " ")
      }
    }
  }

  @Test func theTableOfAHomeThatWasCheckedByHand() throws {
    try with(width: 1000) { test in
      try place("ccr-v1/logs", at: Self.logs, in: test)
      try config(
        try String(contentsOfFile: Fixtures.path("ccr-v1/configs/config-1-p1-article-config.json"), encoding: .utf8),
        in: test)
      try place("claude-code/projects", at: Self.transcripts, in: test, daysAgo: 29)
      #expect(test.run("ingest", "\(test.home)/\(Self.logs)").exitCode == 0)
      try age(".local/share/ccr-audit", in: test, daysAgo: 0.5)
      let outcome = test.run("doctor")
      #expect(outcome.exitCode == 1)
      #expect(outcome.errors == "error: 2 findings of lost data\n")
      let text = outcome.output.replacing(test.home, with: "HOME")
      #expect(try differenceFromSnapshot(text, "doctor.txt") == nil)
    }
  }
}
