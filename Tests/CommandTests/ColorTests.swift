import ArgumentParser
import Commands
import TestSupport
import Testing

@Suite struct ColorTests {
  private func isColored(
    terminal: Bool, _ environment: [String: String] = [:], _ arguments: String...
  ) throws -> Bool {
    try TestContext.with(environment: environment, isTerminal: terminal) { test in
      let options = try GlobalOptions.parse(arguments)
      return try options.settings(in: test.context).usesColor(on: test.context.output, in: test.context)
    }
  }

  @Test func followsTheTerminalUnlessSomebodySaysOtherwise() throws {
    #expect(try isColored(terminal: true))
    #expect(try !isColored(terminal: false))
    #expect(try !isColored(terminal: true, ["TERM": "dumb"]))
    #expect(try !isColored(terminal: true, [:], "--no-color"))
    #expect(try !isColored(terminal: true, ["NO_COLOR": "1"]))
    #expect(try isColored(terminal: true, ["NO_COLOR": ""]), "an empty NO_COLOR says nothing (no-color.org)")
    #expect(try isColored(terminal: false, ["CLICOLOR_FORCE": "1"]))
    #expect(try !isColored(terminal: false, ["CLICOLOR_FORCE": "0"]))
    #expect(try !isColored(terminal: true, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
    #expect(try isColored(terminal: false, ["NO_COLOR": "1", "CCR_AUDIT_COLOR": "always"]), "ours is the closer one")
    #expect(try !isColored(terminal: true, ["CCR_AUDIT_COLOR": "always"], "--no-color"))
  }

  @Test func escapesOnlyWhereColored() throws {
    try TestContext.with(isTerminal: true, width: 400) { test in
      #expect(test.run("config", "show").output.hasPrefix("\u{1B}[1mkey"))
      #expect(test.run("config", "show", "--no-color").output.hasPrefix("key"))
    }
  }
}
