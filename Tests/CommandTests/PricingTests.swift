import Foundation
import TestSupport
import Testing

struct PricingTests {
  @Test func validateNamesFileAndLine() throws {
    try Repository.with { repository in
      let test = repository.test
      let fine = test.run("pricing", "validate")
      #expect(fine.exitCode == 0)
      #expect(fine.output.isEmpty)
      try repository.write(minimax: Repository.minimax.replacing("output:", with: "outptu:"))
      let broken = test.run("pricing", "validate")
      #expect(broken.exitCode == 1)
      #expect(broken.output.contains(#/pricing\/minimax\.yaml:5:\d+: error: .*outptu/#))
      let annotations = test.run("pricing", "validate", "--format", "github")
      #expect(annotations.output.contains(#/::error file=pricing\/minimax\.yaml,line=5,col=\d+,title=Pricing table::/#))
      #expect(test.run("pricing", "validate", "nowhere").exitCode == 2)
    }
  }

  @Test func annotationsOfHostileFilesStayAnnotations() throws {
    try Repository.with { repository in
      try repository.write(minimax: "provider: m\n\"::error::x\\n%0A::warning::\\u202E]]>\": 1\n")
      let outcome = repository.test.run("pricing", "validate", "--format", "github")
      #expect(outcome.exitCode == 1)
      let lines = outcome.output.split(separator: "\n")
      #expect(!lines.isEmpty)
      #expect(lines.allSatisfy { $0.hasPrefix("::error file=pricing/minimax.yaml,line=") })
      #expect(!outcome.output.contains("\u{202E}"))
    }
  }

  @Test func showSaysWhatAppliesAndWhatFallsBack() throws {
    try Repository.with { repository in
      let test = repository.test
      let shown = test.run("pricing", "show", "minimax/minimax-m2.7")
      #expect(shown.exitCode == 0)
      #expect(
        shown.output == """
          minimax/MiniMax-M2.7, asked for as minimax/minimax-m2.7
          at 2026-06-25T00:05:00Z
          per token, from 2026-06-01T00:00:00Z; USD a million tokens:
            input: 0.24
            cache_read: 0.24 (no rate of its own: input)
            cache_write_5m: 0.24 (no rate of its own: input)
            cache_write_1h: 0.24 (no rate of its own: input)
            output: 0.96
            source: s; verified 2026-06-24

          """)
      let early = test.run("pricing", "show", "minimax/MiniMax-M2.7", "--on", "2026-05-31")
      #expect(early.exitCode == 2)
      #expect(early.output.contains("has no price at that time"))
      #expect(early.output.contains("from 2026-06-01T00:00:00Z: 0.24 in, 0.96 out"))
      #expect(test.run("pricing", "show", "minimax/MiniMax-M2.7", "--on", "2026-06-01").exitCode == 0)
      #expect(test.run("pricing", "show", "ollama/glm-5.2").output.contains("paid by the plan ollama-cloud-pro"))
      #expect(test.run("pricing", "show", "MiniMax").exitCode == 64)
    }
  }

  @Test func listHoldsEveryModel() throws {
    try Repository.with { repository in
      let outcome = repository.test.run("pricing", "list")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains(#/minimax\/MiniMax-M2\.7 +0\.24 +0\.96 +– +2026-06-01 +2026-06-24/#))
      #expect(outcome.output.contains(#/ollama\/glm-5\.2 .*plan ollama-cloud-pro/#))
      #expect(outcome.output.contains("plan ollama-cloud-pro: $20.00 a month"))
    }
  }

  @Test func staleIsWhatNobodyVerified() throws {
    try Repository.with { repository in
      let test = repository.test
      #expect(test.run("pricing", "stale").exitCode == 0)
      try repository.write(minimax: Repository.minimax.replacing("verified: 2026-06-24", with: "verified: 2026-04-25"))
      // 2026-04-26 is sixty days before the clock.
      let outcome = test.run("pricing", "stale", "--older-than", "60d")
      #expect(outcome.exitCode == 1)
      #expect(outcome.output == "minimax/MiniMax-M2.7: verified 2026-04-25, s\n")
      #expect(test.run("pricing", "stale", "--older-than", "61d").exitCode == 0)
    }
  }

  @Test func formattingChangesNoFact() throws {
    try Repository.with { repository in
      let test = repository.test
      let version = test.run("pricing", "list").errors
      try repository.write(
        minimax: """
          provider: minimax   \r
          models:
            # input: 5 was the list price
            - model: MiniMax-M2.7
              prices:
                - {from: 2026-06-01, input: 0.24, output: "0.96", source: s, verified: 2026-06-24}  # output: 7


          """)
      let check = test.run("pricing", "fmt", "--check")
      #expect(check.exitCode == 1)
      #expect(check.output == "\(test.home)/pricing/anthropic.yaml\n\(test.home)/pricing/minimax.yaml\n")
      #expect(test.run("pricing", "fmt").exitCode == 0)
      let text = try String(contentsOfFile: "\(test.home)/pricing/minimax.yaml", encoding: .utf8)
      #expect(
        text == """
          provider: minimax
          models:
            # input: 5 was the list price
            - model: MiniMax-M2.7
              prices:
                - {from: 2026-06-01, input: "0.24", output: "0.96", source: s, verified: 2026-06-24}  # output: 7

          """)
      #expect(test.run("pricing", "fmt", "--check").exitCode == 0)
      #expect(test.run("pricing", "list").errors == version)
    }
  }
}
