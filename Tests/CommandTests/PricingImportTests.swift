import Commands
import Foundation
import TestSupport
import Testing

struct PricingImportTests {
  /// OpenRouter's list as it might have stood on the day of the clock.
  private static let openRouter = """
    {"data": [
      {"id": "minimax/minimax-m2.7", "pricing": {"prompt": "0.0000003", "completion": "0.0000012"}},
      {"id": "z-ai/glm-5.3", "pricing": {"prompt": "0.0000014", "completion": "0.0000044"}},
      {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}]}
    """
  private static let litellm = """
    {"minimax/MiniMax-M2.7": {"litellm_provider": "minimax", "input_cost_per_token": 2.5e-07,
       "output_cost_per_token": 1e-06},
     "claude-sonnet-4-6": {"litellm_provider": "anthropic", "input_cost_per_token": 3e-06,
       "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07},
     "fine/dust": {"litellm_provider": "fine", "input_cost_per_token": 9.499999999999999e-07,
       "output_cost_per_token": 1e-06}}
    """
  private static let current = """
    {"prices": [{"id": "minimax-m2.7", "vendor": "minimax", "input": 0.3, "output": 1.2, "input_cached": null}]}
    """

  private func with(_ body: (Repository) throws -> Void) throws {
    try Repository.with { repository in
      try repository.test.write(Self.openRouter, to: "openrouter.json")
      try repository.test.write(Self.litellm, to: "litellm.json")
      try repository.test.write(Self.current, to: "current-v1.json")
      try body(repository)
    }
  }

  private func files(_ test: TestContext) throws -> [String: String] {
    let folder = "\(test.home)/pricing"
    return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(into: [:]) { files, name in
      files[name] = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }
  }

  /// It takes what every command takes, but another `--history`.
  @Test func itsUsualOptionsAreThoseOfEveryCommand() throws {
    try with { repository in
      func options(_ command: String) throws -> Substring {
        let help = repository.test.run("pricing", command, "--help").output
        return help[try #require(help.range(of: "  --config")).lowerBound...]
      }
      let history = "  --history <history>     The history's file.\n"
      let usual = try options("list")
      #expect(usual.contains(history))
      #expect(try usual.replacing(history, with: "") == options("import"))
    }
  }

  @Test func aPriceBecomesANewEntry() throws {
    try with { repository in
      let test = repository.test
      let before = try files(test)
      let file = "\(test.home)/pricing/minimax.yaml"
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      let outcome = test.run(
        "pricing", "import", "--from", "litellm", "litellm.json", "--model", "minimax/minimax-m2.7", "--model",
        "anthropic/claude-sonnet-4-6")
      #expect(outcome.exitCode == 0)
      #expect(
        outcome.output == """
          minimax/MiniMax-M2.7: new entry from 2026-06-25 (litellm minimax/MiniMax-M2.7, litellm.json:1)
          anthropic/claude-sonnet-4-6: unchanged (litellm claude-sonnet-4-6, litellm.json:3)

          """)
      #expect(
        outcome.errors == "litellm.json: 3 models of litellm, 1 of them without a price that can be taken over\n")
      let after = try files(test)
      #expect(after["anthropic.yaml"] == before["anthropic.yaml"])
      #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o640)
      #expect(
        after["minimax.yaml"] == (before["minimax.yaml"] ?? "") + """

          \("    ")  - from: 2026-06-25
                  input: "0.25"
                  output: "1"
                  source: "litellm: minimax/MiniMax-M2.7"
                  imported: {from: litellm, on: 2026-06-25}

          """)
      let shown = test.run("pricing", "show", "minimax/MiniMax-M2.7", "--on", "2026-06-25").output
      #expect(shown.contains("input: 0.25\n") && shown.contains("litellm: minimax/MiniMax-M2.7"))
      #expect(test.run("pricing", "show", "minimax/MiniMax-M2.7", "--on", "2026-06-24").output.contains("input: 0.24"))
      let again = test.run("pricing", "import", "--from", "litellm", "litellm.json", "--model", "minimax/MiniMax-M2.7")
      #expect(again.output.hasPrefix("minimax/MiniMax-M2.7: unchanged"))
      #expect(try files(test) == after)
    }
  }

  @Test func aDryRunIsAPatchThatGitTakes() throws {
    try with { repository in
      let test = repository.test
      let before = try files(test)
      let arguments = [
        "--from", "openrouter", "openrouter.json", "--model", "minimax/MiniMax-M2.7=minimax/minimax-m2.7", "--model",
        "openrouter/z-ai/glm-5.3", "--effective", "2026-06-20",
      ]
      // The file's last line has no end, so that a patch has to say it.
      let dry = test.run(["pricing", "import", "--dry-run"] + arguments)
      #expect(dry.exitCode == 0)
      #expect(dry.output.hasPrefix("--- a/pricing/minimax.yaml\n+++ b/pricing/minimax.yaml\n@@ -2,4 +2,10 @@\n"))
      #expect(dry.output.contains("\n\\ No newline at end of file\n"))
      #expect(dry.output.contains("--- /dev/null\n+++ b/pricing/openrouter.yaml\n@@ -0,0 +1,"))
      #expect(dry.errors.contains("openrouter/z-ai/glm-5.3: new entry from 2026-06-20"))
      #expect(try files(test) == before)
      try test.write(dry.output, to: "change.patch")
      try repository.git("apply", "\(test.home)/change.patch")
      let patched = try files(test)
      #expect(patched != before)
      try repository.git("checkout", "-q", "--", "pricing")
      try FileManager.default.removeItem(atPath: "\(test.home)/pricing/openrouter.yaml")
      #expect(test.run(["pricing", "import"] + arguments).exitCode == 0)
      #expect(try files(test) == patched)
      #expect(patched["openrouter.yaml"]?.contains("recorded: 2026-06-25") == true)
    }
  }

  @Test func listsThatDisagreeAreShownSideBySide() throws {
    try with { repository in
      let test = repository.test
      let before = try files(test)
      let lists = [
        "pricing", "import", "--from", "litellm", "litellm.json", "--from", "llm-prices", "current-v1.json", "--model",
        "minimax/MiniMax-M2.7",
      ]
      let outcome = test.run(lists)
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.contains("minimax/MiniMax-M2.7: the lists disagree; choose with --prefer SOURCE"))
      #expect(outcome.output.contains(#/MiniMax-M2\.7 +litellm +minimax/MiniMax-M2\.7 +0\.25 +1 /#))
      #expect(outcome.output.contains(#/MiniMax-M2\.7 +llm-prices +minimax/minimax-m2\.7 +0\.3 +1\.2 /#))
      #expect(outcome.errors.hasSuffix("error: 1 model not imported\n"))
      #expect(try files(test) == before)
      let preferred = test.run(lists + ["--prefer", "llm-prices"])
      #expect(preferred.exitCode == 0)
      #expect(try files(test)["minimax.yaml"]?.contains("input: \"0.3\"") == true)
    }
  }

  @Test func aModelUnderAnotherNameIsForTheUserToChoose() throws {
    try with { repository in
      let outcome = repository.test.run(
        "pricing", "import", "--from", "openrouter", "openrouter.json", "--model", "zai/glm-5.3", "--model",
        "zai/nowhere",
        "--model", "ollama/glm-5.2")
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.contains("zai/glm-5.3: the lists have it under other names; choose with --model"))
      #expect(outcome.output.contains(#/zai/glm-5\.3 +openrouter +z-ai/glm-5\.3 +1\.4 +4\.4 /#))
      #expect(outcome.output.contains("zai/nowhere: in none of the lists\n"))
      #expect(outcome.output.contains("ollama/glm-5.2: left out: is paid by the plan ollama-cloud-pro"))
      #expect(outcome.errors.hasSuffix("error: 3 models not imported\n"))
    }
  }

  @Test func theLedgersModelsAreTakenUnlessOneIsNamed() throws {
    try with { repository in
      let test = repository.test
      let none = test.run("pricing", "import", "--from", "litellm", "litellm.json")
      #expect(none.exitCode == 2)
      #expect(none.errors.contains("error: no model is named, and there is no ledger at "))
      #expect(none.errors.contains("hint: name models with --model PROVIDER/MODEL"))
      try test.ingest(fixtures: "ccr-v1/logs")
      let outcome = test.run("pricing", "import", "--from", "litellm", "litellm.json")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("minimax/MiniMax-M2.7: new entry from 2026-06-25"))
      #expect(outcome.output.contains("ollama/glm-5.2: left out: is paid by the plan"))
      #expect(outcome.errors.contains(#/[0-9]+ models? of the ledger in none of the lists/#))
    }
  }

  @Test(arguments: [
    ("[1", "list.json:1:3: this is no JSON"), ("{}", "list.json:1:1: this is no price list of litellm"),
    (openRouter, "this is no price list of litellm"),
  ])
  func anotherFileIsRefused(text: String, reason: String) throws {
    try with { repository in
      let test = repository.test
      let before = try files(test)
      try test.write(text, to: "list.json")
      let outcome = test.run("pricing", "import", "--from", "litellm", "list.json", "--model", "a/b")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(try files(test) == before)
    }
  }

  @Test func whatCannotBeTakenOverIsNamed() throws {
    try with { repository in
      let test = repository.test
      let outcome = test.run("pricing", "import", "--from", "litellm", "litellm.json", "--model", "fine/dust")
      #expect(outcome.exitCode == 2)
      #expect(
        outcome.output
          == "fine/dust: left out: input_cost_per_token is finer than six decimals of USD a million tokens:"
          + " 9.499999999999999e-07 (litellm fine/dust, litellm.json:5)\n")
      let missing = test.run("pricing", "import", "--from", "litellm", "none.json", "--model", "a/b")
      #expect(missing.exitCode == 2 && missing.errors.contains("cannot read none.json: No such file"))
      let folder = test.run(
        "pricing", "import", "--pricing", "nowhere", "--from", "litellm", "litellm.json", "--model", "a/b")
      #expect(
        folder.exitCode == 2 && folder.errors.contains("hint: make it, or leave `pricing` out of the configuration"))
    }
  }

  @Test func wrongUsageIsSaid() throws {
    try with { repository in
      let test = repository.test
      for arguments in [
        ["--from", "litellm"], ["litellm.json"], ["--from", "nobody", "litellm.json"],
        ["--from", "litellm", "-", "--from", "openrouter", "-"],
        ["--from", "litellm", "litellm.json", "--prefer", "openrouter"],
        ["--from", "litellm", "litellm.json", "--model", "noslash"],
      ] {
        #expect(test.run(["pricing", "import"] + arguments).exitCode == 64)
      }
    }
  }

  @Test func standardInputIsRead() throws {
    try with { repository in
      let test = repository.test
      let descriptor = unsafe open("\(test.home)/litellm.json", O_RDONLY)
      defer { close(descriptor) }
      var context = test.context
      context.inputDescriptor = descriptor
      test.context = context
      let outcome = test.run("pricing", "import", "--from", "litellm", "-", "--model", "minimax/MiniMax-M2.7")
      #expect(outcome.exitCode == 0)
      #expect(outcome.output.contains("standard input:1"))
    }
  }

  @Test func aLinkIsNotReplaced() throws {
    try with { repository in
      let test = repository.test
      let file = "\(test.home)/pricing/minimax.yaml"
      try FileManager.default.moveItem(atPath: file, toPath: "\(test.home)/real.yaml")
      try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "\(test.home)/real.yaml")
      let outcome = test.run(
        "pricing", "import", "--from", "litellm", "litellm.json", "--model", "minimax/MiniMax-M2.7")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("pricing/minimax.yaml is not a file of its own but a link"))
      #expect(try String(contentsOfFile: "\(test.home)/real.yaml", encoding: .utf8) == Repository.minimax)
    }
  }

  @Test func hostileNamesStayOnTheirLine() throws {
    try with { repository in
      let test = repository.test
      try test.write(
        #"{"data": [{"id": "evil\n::error::/\u001b[31m\u202em2.7", "pricing": {"prompt": "0.1", "completion": "0.1"}}]}"#,
        to: "evil.json")
      let outcome = test.run(
        "pricing", "import", "--from", "openrouter", "evil.json", "--model",
        "openrouter/x=evil\n::error::/\u{1B}[31m\u{202E}m2.7")
      #expect(outcome.exitCode == 2)
      #expect(outcome.output.split(separator: "\n").count == 1)
      #expect(!(outcome.output + outcome.errors).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    }
  }
}
