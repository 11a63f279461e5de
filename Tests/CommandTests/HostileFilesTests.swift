import Foundation
import Commands
import TestSupport
import Testing

/// Whatever bytes a file holds that people or other programs write (history, prices, configuration, imported lists,
/// ledgers), a command answers in its own words: no trap, no loop, and an exit code that it has.
struct HostileFilesTests {
  /// A file, what is in it to begin with, and the commands that read it.
  struct Reader: CustomTestStringConvertible {
    var testDescription: String
    var name: String
    var corpus: [String]
    var commands: [[String]]
  }

  private static let readers = [
    Reader(
      testDescription: "history", name: "history.jsonl", corpus: [Fixtures.path("history/history.jsonl")],
      commands: [
        ["history"], ["history", "verify"], ["check"], ["history", "prune"], ["history", "--format", "csv"],
      ]),
    Reader(
      testDescription: "prices", name: "pricing/minimax.yaml",
      corpus: ["minimax", "ollama", "zhipu"].map { Fixtures.package.appending(path: "pricing/\($0).yaml").path },
      commands: [["pricing", "validate"], ["pricing", "fmt"], ["pricing", "list"], ["pricing", "stale"]]),
    Reader(
      testDescription: "configuration", name: "config.yaml",
      corpus: [
        Fixtures.path("demo.yaml"), Fixtures.package.appending(path: "Tests/CommandTests/Hostile/config.yaml").path,
      ],
      commands: [["config", "show"], ["status"], ["check"], ["report", "--all"]]),
    Reader(
      testDescription: "imports", name: "list.json",
      corpus: ["genai-prices-0.2.3", "litellm-1.109.1"].map {
        Fixtures.package.appending(path: "Tests/PricingTests/Imports/\($0).json").path
      },
      commands: [["pricing", "import", "list.json", "--dry-run"]]),
  ]

  private static let tokens = [
    "\\", "\"", "'", "{", "}", "[", "]", ",", ": ", "\n", "\r", "\t", "- ", "? ", "&a ", "*a", "<<: ", "!!binary ",
    "|\n",
    "---\n", "~", "null", "-1", "0x1F", "1e999", ".inf", ".nan", "99999999999999999999", "9999-12-31", "2026-02-30",
    "170141183460469231731687303715884105728", "0.0000000000000000000001", "\u{FEFF}", "e\u{301}", "\u{2028}",
  ]

  @Test(arguments: readers, 0..<2 as Range<UInt64>)
  func noBytesStopACommand(reader: Reader, seed: UInt64) throws {
    let corpus = reader.corpus.compactMap { FileManager.default.contents(atPath: $0).map { Array($0.prefix(60_000)) } }
    #expect(corpus.count == reader.corpus.count)
    var hostile = HostileBytes(corpus, tokens: Self.tokens, seed: seed)
    let clock = ContinuousClock()
    try TestContext.with { test in
      test.context.environment = [
        "CCR_AUDIT_HISTORY": "\(test.home)/history.jsonl", "CCR_AUDIT_PRICING": "\(test.home)/pricing",
        "CCR_AUDIT_LEDGER": "\(test.home)/ledger.sqlite",
      ]
      try test.write("", to: "history.jsonl")
      try test.write("", to: reader.name)
      let isConfiguration = reader.name == "config.yaml"
      let end = clock.now + .seconds(HostileBytes.seconds / 2)
      var runs = 0
      while clock.now < end || runs == 0 {
        try Data(hostile.next()).write(to: URL(filePath: "\(test.home)/\(reader.name)"))
        for command in reader.commands {
          var outcome: Outcome?
          let time = clock.measure {
            outcome = test.run(command + (isConfiguration ? ["--config", "\(test.home)/config.yaml"] : []))
          }
          #expect([0, 1, 2, 64].contains(outcome?.exitCode))
          #expect(time < .seconds(10))
          runs += 1
        }
      }
    }
  }

  /// Of a ledger some bytes are changed, or its end is missing: by the built program, which may be killed by nothing.
  @Test(arguments: 0..<2 as Range<UInt64>) func aDamagedLedgerIsSaid(seed: UInt64) throws {
    try TestContext.with { test in
      let ledger = "\(test.home)/ledger.sqlite"
      #expect(test.run("ingest", "--ledger", ledger, Fixtures.path("ccr-v1/logs")).exitCode == 0)
      #expect(test.run("ledger", "backup", "--ledger", ledger, "\(test.home)/whole.sqlite").exitCode == 0)
      let whole = try Data(contentsOf: URL(filePath: "\(test.home)/whole.sqlite"))
      var chance = SeededGenerator(seed: seed)
      let clock = ContinuousClock()
      let end = clock.now + .seconds(HostileBytes.seconds / 2)
      // Out of the box always the same ones.
      for _ in 0..<(HostileBytes.isLong ? Int.max : 3) {
        if HostileBytes.isLong, clock.now >= end { break }
        var bytes = whole
        // Headers and the pages of the schema break SQLite's own reading; those of rows are what it cannot see.
        for _ in 0..<Int.random(in: 1...20, using: &chance) {
          let place = Int.random(in: 0..<(Bool.random(using: &chance) ? 40_000 : bytes.count), using: &chance)
          bytes[place] = UInt8.random(in: 0...255, using: &chance)
        }
        if Int.random(in: 0..<8, using: &chance) == 0 {
          bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &chance))
        }
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledger + suffix) }
        try bytes.write(to: URL(filePath: ledger))
        for command in [["report", "--all"], ["ledger", "check"], ["status"]] {
          let outcome = try runBinary(
            arguments: command + ["--ledger", ledger], environment: ["HOME": test.home, "PATH": "/usr/bin:/bin"],
            timeLimit: .seconds(30))
          #expect([0, 1, 2].contains(outcome.exitCode), "\(command): \(outcome.errors.suffix(300))")
        }
      }
    }
  }
}
