import Commands
import Foundation
import TestSupport
import Testing

/// A report in the place of what it was made of would destroy it.
struct OutputFileTests {
  private func refuses(_ test: TestContext, _ file: String, _ arguments: String...) throws {
    let path = file.hasPrefix("/") ? file : "\(test.home)/\(file)"
    let before = try Data(contentsOf: URL(filePath: path))
    let outcome = test.run(arguments)
    #expect(outcome.exitCode == 64 && outcome.errors.contains("cannot be written over"), "\(arguments) \(outcome)")
    #expect(outcome.output.isEmpty)
    #expect(try Data(contentsOf: URL(filePath: path)) == before, "\(arguments)")
  }

  private static let log = "ccr-v1/logs/ccr-20260625140000.log"

  private func world(_ body: (TestContext) throws -> Void) throws {
    try TestContext.with { test in
      // Late on 2026-06-30.
      test.context.now = { 1_782_860_400_000 }
      let log = try String(contentsOfFile: Fixtures.path(Self.log), encoding: .utf8)
      try test.write(log, to: "a.log")
      try test.write(log, to: "logs/b.log")
      try body(test)
    }
  }

  @Test func aRunDoesNotWriteOverWhatItReads() throws {
    try world { test in
      try refuses(test, "a.log", "run", "--date", "2026-06-25", "a.log", "-o", "a.log")
      try refuses(test, "a.log", "run", "--date", "2026-06-25", "a.log", "--html", "./a.log")
      // A file of a folder that is read, and a log that is not read this time.
      try refuses(test, "logs/b.log", "run", "--date", "2026-06-25", "logs", "-o", "logs/b.log")
      try refuses(test, "a.log", "run", "--date", "2026-06-25", "logs", "-o", "a.log")
      // Refused before the work: nothing was read.
      #expect(!FileManager.default.fileExists(atPath: "\(test.home)/.local/share/ccr-audit/history.jsonl"))
      #expect(test.run("run", "--date", "2026-06-25", "a.log", "-o", "new.txt").exitCode == 0)
      // A report takes an earlier report's place.
      #expect(test.run("run", "--date", "2026-06-25", "a.log", "-o", "new.txt").exitCode == 0)
    }
  }

  @Test func noReportTakesThePlaceOfALogALedgerOrASetting() throws {
    try world { test in
      #expect(test.run("run", "--date", "2026-06-25", "a.log").exitCode == 0)
      try test.write("timezone: UTC\n", to: ".config/ccr-audit/config.yaml")
      let rates = """
        currencies:
          - currency: EUR
            rates:
              - {from: 2024-01-01, usd: "1.1", source: "https://example.com", verified: 2026-06-25}

        """
      try test.write(rates, to: ".config/ccr-audit/pricing/fx.yaml")
      #expect(test.run("ledger", "backup", "copy.sqlite").exitCode == 0)
      let files = [
        "a.log", "copy.sqlite", ".local/share/ccr-audit/ledger.sqlite", ".local/share/ccr-audit/history.jsonl",
        ".config/ccr-audit/config.yaml", ".config/ccr-audit/pricing/fx.yaml",
      ]
      let reports = [["report", "--all"], ["export", "--all"], ["history", "show"]]
      for file in files {
        for report in reports {
          let path = "\(test.home)/\(file)"
          let before = try Data(contentsOf: URL(filePath: path))
          let outcome = test.run(report + ["--output", path])
          #expect(outcome.exitCode == 64, "\(report) \(file) \(outcome)")
          #expect(try Data(contentsOf: URL(filePath: path)) == before, "\(report) \(file)")
        }
      }
      try refuses(test, "a.log", "ledger", "backup", "--force", "a.log")
      try refuses(test, ".config/ccr-audit/config.yaml", "ledger", "backup", "--force", ".config/ccr-audit/config.yaml")
      #expect(test.run("ledger", "backup", "--force", "copy.sqlite").exitCode == 0)
      for format in ["table", "json", "csv", "html", "markdown"] {
        for _ in 0..<2 {
          #expect(test.run("report", "--all", "--format", format, "-o", "report").exitCode == 0, "\(format)")
        }
      }
      for format in ["focus", "otel"] {
        for _ in 0..<2 { #expect(test.run("export", "--all", "--format", format, "-o", "export").exitCode == 0) }
      }
    }
  }
}
