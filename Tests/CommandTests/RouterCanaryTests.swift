import Foundation
import TestSupport
import Testing

/// The records of other routers hold prompts, answers and keys, and their fixtures a canary in each.
struct RouterCanaryTests {
  private static let records = [
    "litellm/a/standard_logging.jsonl.gz", "litellm/b/standard_logging.jsonl.gz", "litellm/spendlogs.jsonl.gz",
    "litellm/api/spend_logs_v2.json", "litellm/a/claude-code", "litellm/b/claude-code",
    "free-claude-code-6/info", "free-claude-code-6/debug", "claude-code-otel/a", "claude-code-otel/b",
  ]

  @Test func nothingOfThemIsSaidOrKept() throws {
    try TestContext.with { test in
      let database = "\(test.home)/.cc-switch/cc-switch.db"
      try FileManager.default.createDirectory(atPath: "\(test.home)/.cc-switch", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: Fixtures.path("cc-switch/cc-switch.db"), toPath: database)
      var said = ""
      func run(_ arguments: [String]) {
        let outcome = test.run(arguments)
        said += outcome.output + outcome.errors
      }
      for record in Self.records { run(["ingest", Fixtures.path(record), "--verbose"]) }
      run(["ingest", database, "--verbose"])
      // A line that is torn inside of a prompt.
      let torn = try test.write(
        #"{"litellm_call_id":"x","call_type":"acompletion","messages":"CANARY-PROMPT "# + "\n", to: "torn.jsonl")
      run(["ingest", torn, "--verbose", "--source", "litellm"])
      for format in ["table", "json", "csv", "markdown"] { run(["report", "--all", "--format", format, "--verbose"]) }
      for format in ["table", "json"] { run(["doctor", "--format", format, "--verbose"]) }
      run(["status", "--verbose"])
      run(["ledger", "check", "--verbose"])
      #expect(said.contains("new requests"))
      #expect(!said.contains("CANARY"))

      for path in [database, torn] { try FileManager.default.removeItem(atPath: path) }
      for name in FileManager.default.enumerator(atPath: test.home)?.compactMap({ $0 as? String }) ?? [] {
        guard let bytes = FileManager.default.contents(atPath: "\(test.home)/\(name)") else { continue }
        for canary in ["CANARY", "quick brown fox"] {
          #expect(bytes.range(of: Data(canary.utf8)) == nil, "\(name) holds \(canary)")
        }
      }
    }
  }
}
