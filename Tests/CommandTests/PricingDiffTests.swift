import Commands
import Foundation
import TestSupport
import Testing
import Model

struct PricingDiffTests {
  private static let marker = "<!-- ccr-audit pricing diff -->"

  @Test func aLowerSonnetMakesModelsCross() throws {
    try Repository.with { repository in
      try repository.test.write(
        Repository.anthropic.replacing("\"3\"", with: "\"0.2\"").replacing("\"15\"", with: "\"0.5\""),
        to: "pricing/anthropic.yaml")
      let outcome = repository.test.run("pricing", "diff", "main", "--format", "markdown")
      #expect(outcome.exitCode == 0)
      let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.first.map(String.init) == Self.marker)
      #expect(outcome.output.contains("1 model with another verdict"))
      #expect(outcome.output.contains("`3 in, 15 out, 0.3 cache read` → `0.2 in, 0.5 out, 0.3 cache read`"))
      #expect(outcome.output.contains(#/`minimax\/MiniMax-M2\.7` .* 0\.07× → 1\.34× \| cheaper → dearer/#))
      #expect(outcome.output.contains("The past is priced anew"))
      #expect(outcome.output.contains("`ollama-cloud-pro` breaks even at 2,222,223 tokens a month"))
    }
  }

  /// People keep their prices in a repository of their own, or behind a link to one.
  @Test func theFolderMayBeARepositoryItself() throws {
    try Repository.with { repository in
      let (test, files) = (repository.test, FileManager.default)
      try files.removeItem(atPath: "\(test.home)/.git")
      let folder = "\(test.home)/prices-of-a-team"
      try files.moveItem(atPath: "\(test.home)/pricing", toPath: folder)
      for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "prices"]] {
        try repository.git(["-C", folder] + arguments)
      }
      try test.write(
        Repository.minimax.replacing("\"0.24\"", with: "\"9\""), to: "prices-of-a-team/minimax.yaml")
      for isLink in [false, true] {
        if isLink { try files.createSymbolicLink(atPath: "\(test.home)/pricing", withDestinationPath: folder) }
        test.context.environment["CCR_AUDIT_PRICING"] = isLink ? "\(test.home)/pricing" : folder
        let diff = test.run("pricing", "diff", "main", "--format", "markdown")
        #expect(diff.exitCode == 0, "\(diff.errors)")
        #expect(diff.output.contains("`0.24 in, 0.96 out` → `9 in, 0.96 out`"), "\(diff.output)")
        let check = test.run("check", "--base", "git:main")
        #expect(check.exitCode == 1, "\(check.errors)")
      }
    }
  }

  @Test func dollarsAMonthAreAtTheWindowsPace() throws {
    try Repository.with { repository in
      // Ten days of 1,000 output tokens: 15.04 more a million is $0.1504, and $0.457467 over 365 ÷ 12 days.
      try repository.write(minimax: Repository.minimax.replacing("\"0.96\"", with: "\"16\""))
      let outcome = repository.test.run("pricing", "diff", "main", "--format", "markdown")
      #expect(outcome.output.contains("$0.034 → $0.18"))
      #expect(outcome.output.contains("+$0.46 |"))
    }
  }

  @Test func orderAndCommentsAreNoChange() throws {
    try Repository.with { repository in
      let before = repository.test.run("pricing", "list").errors
      try repository.write(
        minimax: """
          # the same, otherwise
          models:
            - prices:
                - {verified: 2026-06-24, output: 0.960, input: "0.24", source: s, from: 2026-06-01}
              model: MiniMax-M2.7
          provider: minimax
          """)
      let outcome = repository.test.run("pricing", "diff", "main", "--format", "markdown")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("The pricing table says the same"))
      #expect(!outcome.output.contains("### Changes"))
      #expect(repository.test.run("pricing", "list").errors == before)
    }
  }

  @Test func windowsAreShownInDaysAndHours() throws {
    try Repository.with { repository in
      try repository.write(
        minimax: """
          provider: minimax
          models:
            - model: MiniMax-M2.7
              prices:
                - from: 2026-06-01
                  input: "0.24"
                  output: "0.96"
                  windows: [{utc: "01:00-04:00", days: mon-fri, input: "0.48", output: "1.92"}]
                  source: s
                  verified: 2026-06-24
          """)
      let outcome = repository.test.run("pricing", "diff", "main")
      #expect(outcome.output.contains("mon-fri 01:00-04:00Z: 0.48 in, 1.92 out"))
      let shown = repository.test.run("pricing", "show", "minimax/MiniMax-M2.7", "--on", "2026-06-21")
      #expect(shown.output.contains("mon-fri 01:00-04:00Z: 0.48 in, 1.92 out"))
    }
  }

  @Test func aFuturePriceChangesNothingYet() throws {
    try Repository.with { repository in
      try repository.write(
        minimax: Repository.minimax + """

                - {from: 2027-01-01, input: "4", output: "16", source: s, verified: 2026-06-24}
          """)
      let outcome = repository.test.run("pricing", "diff", "main", "--format", "markdown")
      #expect(outcome.output.contains("from 2027-01-01: `new entry: 4 in, 16 out`"))
      #expect(!outcome.output.contains("| Model |"))
      #expect(!outcome.output.contains("priced anew"))
    }
  }

  @Test func aSideMayHaveNoTableAndNamesMayBeFoldersOrRevisions() throws {
    try Repository.with { repository in
      let test = repository.test
      try FileManager.default.copyItem(atPath: "\(test.home)/pricing", toPath: "\(test.home)/old")
      #expect(test.run("pricing", "diff", "old").output.contains("says the same"))
      #expect(test.run("pricing", "diff", "main", "HEAD").output.contains("says the same"))
      try repository.git("rm", "-rq", "--cached", "pricing")
      try repository.git("commit", "-q", "-m", "no table")
      let added = test.run("pricing", "diff", "git:main")
      #expect(added.exitCode == 0)
      #expect(added.output.contains("minimax/MiniMax-M2.7: added to the table"))
      let removed = test.run("pricing", "diff", "old", "main")
      #expect(removed.output.contains("minimax/MiniMax-M2.7: removed from the table"))
      #expect(test.run("pricing", "diff", "no-such").exitCode == 2)
    }
  }

  /// No part of a price is cut off, however many it has.
  @Test func longPricesStandWhole() throws {
    try Repository.with { repository in
      func price(_ output: String) -> String {
        let rates =
          "input: \"3.123456\", output: \"\(output)\", cache_read: \"0.3\", cache_write_5m: \"3.75\", cache_write_1h: \"6\""
        return """
          provider: minimax
          models:
            - model: MiniMax-M2.7
              prices:
                - {from: 2026-06-01, \(rates), tiers: [{above_input_tokens: 200000, \(rates)}], source: s, verified: 2026-06-24}
          """
      }
      try repository.write(minimax: price("15"))
      try repository.commit()
      try repository.write(minimax: price("16"))
      for format in ["table", "markdown"] {
        let text = repository.test.run("pricing", "diff", "main", "--format", format).output.replacing("`", with: "")
          .replacing("\n  ", with: " ")
        let rest = "0.3 cache read, 3.75 cache write 5m, 6 cache write 1h"
        #expect(text.contains("3.123456 in, 15 out, \(rest); above 200000 tokens: 3.123456 in, 15 out, \(rest) → "))
        #expect(text.contains("3.123456 in, 16 out, \(rest); above 200000 tokens: 3.123456 in, 16 out, \(rest)\n"))
      }
    }
  }

  @Test func aCommentStaysBelowGitHubsLimit() throws {
    try Repository.with { repository in
      let models = (0..<1000).map { ModelID(provider: "many", model: "model-\($0)-`|<x>") }
      func table(_ price: String) -> String {
        "provider: many\nmodels:\n"
          + models.map {
            "  - model: \"\($0.model)\"\n    prices: [{from: 2026-01-01, input: \"\(price)\", output: \"1\", source: s, "
              + "verified: 2026-06-24}]\n"
          }.joined()
      }
      try repository.test.write(table("1"), to: "pricing/many.yaml")
      try repository.writeHistory(Array(models.prefix(400)))
      try repository.commit()
      try repository.test.write(table("9"), to: "pricing/many.yaml")
      let outcome = repository.test.run("pricing", "diff", "main", "--format", "markdown")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.hasPrefix(Self.marker))
      #expect(outcome.output.utf16.count < 65_000)
      #expect(outcome.output.contains(/\nand [0-9]{3} more\n/))
      #expect(outcome.output.contains("| Model |"))
    }
  }

  @Test func aFileThatIsALinkIsReadAsTheFileThatItLeadsTo() throws {
    try Repository.with { repository in
      let home = repository.test.home
      let files = FileManager.default
      try files.moveItem(atPath: "\(home)/pricing/minimax.yaml", toPath: "\(home)/shared.yaml")
      try files.createSymbolicLink(
        atPath: "\(home)/pricing/minimax.yaml", withDestinationPath: "../shared.yaml")
      try repository.commit()
      try repository.test.write(Repository.minimax.replacing("0.96", with: "1.96"), to: "shared.yaml")
      let outcome = repository.test.run("pricing", "diff", "git:main")
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("minimax/MiniMax-M2.7 from 2026-06-01: 0.24 in, 0.96 out → 0.24 in, 1.96 out"))
    }
  }

  /// Where no folder is configured, the other side is the one that a revision is asked for.
  @Test func aRevisionOfTheOtherSidesFolder() throws {
    try Repository.with { repository in
      repository.test.context.environment["CCR_AUDIT_PRICING"] = nil
      let home = repository.test.home
      try FileManager.default.createSymbolicLink(atPath: "\(home)/link", withDestinationPath: "pricing")
      try repository.write(minimax: Repository.minimax.replacing("0.96", with: "1.96"))
      for folder in ["pricing", "link"] {
        let outcome = repository.test.run("pricing", "diff", "git:main", "\(home)/\(folder)")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("0.96 out → 0.24 in, 1.96 out"))
      }
    }
  }
}
