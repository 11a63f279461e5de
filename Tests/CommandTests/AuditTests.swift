import Foundation
import TestSupport
import Testing

/// The whole way from the routers' logs to people, through the built program.
struct AuditTests {
  /// A folder to work in, and the options that keep the program inside it.
  struct Place {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-\(UUID().uuidString)")
    var path: String { folder.path(percentEncoded: false) }
    var ledger: String { "\(path)/state/ledger.sqlite" }
    var history: String { "\(path)/history.jsonl" }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    func run(_ arguments: [String], shell: String? = nil, environment: [String: String] = [:]) throws -> Outcome {
      try runBinary(
        arguments: arguments,
        environment: [
          "HOME": path, "PATH": "/usr/bin:/bin", "CCR_AUDIT_LEDGER": ledger, "CCR_AUDIT_HISTORY": history,
          "CCR_AUDIT_TIMEZONE": "Asia/Seoul", "CCR_AUDIT_NAMES": "plain", "COLUMNS": "120",
        ].merging(environment) { $1 }, shell: shell)
    }

    /// Leaves a ledger of fixtures.
    func ingest(fixtures names: String...) throws {
      try TestContext.with(environment: ["CCR_AUDIT_NAMES": "plain"]) { test in
        try test.ingest(fixtures: names)
        let folder = URL(filePath: ledger).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(test.home)/.local/share/ccr-audit/ledger.sqlite", toPath: ledger)
      }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func report(_ arguments: String...) throws -> [String: Any] {
      let outcome = try run(["report", "--format", "json"] + arguments)
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }
  }

  static func config(_ folder: String) throws -> String {
    let configs = Fixtures.path("\(folder)/configs")
    return try "\(configs)/" + #require(FileManager.default.contentsOfDirectory(atPath: configs).sorted().first)
  }

  @Test func theFourRowsOfTheFixturesInTheJSONContract() throws {
    let place = try Place()
    defer { place.remove() }
    let read = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    #expect(
      read
        == Outcome(
          exitCode: 0, output: "", errors: "read 4528168 bytes of 6 files, 249 new requests; 0 unchanged\n"))
    let report = try place.report("--all")
    let models = try #require(report["models"] as? [[String: Any]])
    let rows = models.map { row -> String in
      let tokens = row["tokens"] as? [String: Int] ?? [:]
      let figures = ["requests", "measured", "unknown", "failed"].map { "\(row[$0] ?? "")" }
      return
        ([row["model"] as? String ?? ""] + figures
        + ["input", "cache_read", "output"].map { "\(tokens[$0] ?? -1)" }).joined(separator: " ")
    }
    #expect(
      rows == [
        "MiniMax-M2.7 62 0 54 8 0 0 0", "glm-5.2 157 85 58 14 1998017 421136 34697",
        "kimi-k2.7-code 21 10 9 2 253254 60095 4494", "glm-air 9 5 3 1 106816 496 2484",
      ])
    let minimax = try #require(models.first)
    #expect(minimax["ratio"] is NSNull)
    #expect(minimax["verdict"] as? String == "no_usage")
    #expect(minimax["cost_usd"] is NSNull)
    let coverage = try #require(report["coverage"] as? [String: Any])
    #expect(coverage["requests"] as? Int == 249)
    #expect(coverage["measured"] as? Int == 100)
    // The report says why.
    let table = try place.run(["report", "--all"])
    #expect(table.output.contains(#/ 44 +minimax\/MiniMax-M2\.7 +passed through, not logged/#))
    #expect(table.output.contains(#/ 36 +ollama\/glm-5\.2 +no usage in the stream's log/#))
  }

  @Test func runAuditsADayOnceAndAppendsItOnce() throws {
    let place = try Place()
    defer { place.remove() }
    let arguments = ["run", "--date", "2026-06-23", Fixtures.path("ccr-v1/logs")]
    let first = try place.run(arguments)
    #expect(first.exitCode == 0)
    #expect(first.errors.contains("history of 2026-06-23: 4 records appended"))
    let history = try String(contentsOfFile: place.history, encoding: .utf8)
    let second = try place.run(arguments)
    #expect(second.exitCode == 0)
    #expect(second.errors.contains("history of 2026-06-23: holds the day already"))
    #expect(try String(contentsOfFile: place.history, encoding: .utf8) == history)
    #expect(history.split(separator: "\n").count == 4)
    #expect(try place.run(["history"]).output.contains("ollama/glm-5.2"))
  }

  @Test func aReportOfDaysWithoutTrafficSaysWhatTheLedgerHolds() throws {
    let place = try Place()
    defer { place.remove() }
    _ = try place.run(["ingest", Fixtures.path("ccr-v1/logs")])
    let outcome = try place.run(["report", "--since", "2026-05-01", "--until", "2026-05-02"])
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors.contains("the ledger holds 2026-06-22 to 2026-07-01"))
  }

  @Test(arguments: ["000", "077", "777"])
  func filesAndFoldersAreForTheirOwnerAlone(mask: String) throws {
    let place = try Place()
    defer { place.remove() }
    let outcome = try place.run(
      ["run", "--date", "2026-06-23", Fixtures.path("ccr-v1/logs")], shell: "umask \(mask); exec \"$@\"")
    #expect(outcome.exitCode == 0)
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode("\(place.path)/state") == 0o700)
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(place.path)/state") {
      #expect(try mode("\(place.path)/state/\(name)") == 0o600, "\(name)")
    }
    #expect(try mode(place.history) == 0o600)
  }

  @Test(arguments: ["ccr-v1", "ccr-v1-docker", "ccr-v2"])
  func noPromptAndNoKeyComesOut(folder: String) throws {
    let place = try Place()
    defer { place.remove() }
    // A log whose lines are broken in many ways still must not quote itself.
    let logs = place.folder.appending(path: "logs")
    try FileManager.default.copyItem(atPath: Fixtures.path("\(folder)/logs"), toPath: logs.path(percentEncoded: false))
    let first = try #require(
      try FileManager.default.contentsOfDirectory(atPath: logs.path(percentEncoded: false)).sorted().first)
    var text = try String(contentsOf: logs.appending(path: first), encoding: .utf8)
    text = text.replacing("\"usage\\\":{\\\"prompt_tokens\\\":1", with: "\"usage\\\":{\\\"prompt_tokens\\\":-1")
      .replacing("\"model\":\"ollama,kimi", with: "\"model\":{\"CANARY-PROMPT\":\"ollama,kimi")
    try Data((text + "CANARY-PROMPT not json\n").utf8).write(to: logs.appending(path: first))

    var said = ""
    for arguments in [
      ["run", "--verbose", "--date", "2026-06-23", "--router-config", try Self.config(folder), "\(place.path)/logs"],
      ["ingest", "--verbose", "\(place.path)/logs"], ["report", "--all", "--by", "session"],
      ["report", "--all", "--format", "json", "--by", "route"], ["report", "--all", "--format", "csv"],
      ["report", "--all", "--format", "markdown"], ["history"], ["config", "show", "--verbose"],
    ] {
      let outcome = try place.run(arguments)
      said += outcome.output + outcome.errors
    }
    #expect(said.contains("skipped"))
    #expect(!said.contains("CANARY"))
    let state = try FileManager.default.contentsOfDirectory(atPath: "\(place.path)/state").map {
      "\(place.path)/state/\($0)"
    }
    for path in state + [place.history] where FileManager.default.fileExists(atPath: path) {
      let bytes = try Data(contentsOf: URL(filePath: path))
      #expect(bytes.range(of: Data("CANARY".utf8)) == nil, "\(path)")
    }
  }
}
