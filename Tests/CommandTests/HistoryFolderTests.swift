import Foundation
import TestSupport
import Testing

/// A folder of history files: no origin's records are lost among the others'.
struct HistoryFolderTests {
  /// A file of an origin, as of a moment of 2026-07-02.
  private static func records(_ origin: String, made time: String = "00:05:00Z") throws -> String {
    try String(contentsOfFile: Fixtures.path("history/history.jsonl"), encoding: .utf8)
      .replacing("\"origin\": \"fixtures\"", with: "\"origin\": \"\(origin)\"").replacing(
        "T00:05:00Z", with: "T\(time)")
  }

  @Test func copiesChangeNothingAndTwoMachinesOfOneNameAreRefused() throws {
    try TestContext.with { test in
      let (anna, folder) = (try Self.records("anna"), "\(test.home)/team/")
      try test.write(anna, to: "team/anna.jsonl")
      try test.write(try Self.records("ben"), to: "team/ben.jsonl")
      let both = test.run("history", "--history", folder)
      #expect(both.exitCode == 0, "\(both.errors)")
      try test.write(anna, to: "team/copy.jsonl")
      #expect(test.run("history", "--history", folder).output == both.output)
      let older = anna.split(separator: "\n").prefix(5).joined(separator: "\n") + "\n"
      try test.write(older, to: "team/copy.jsonl")
      #expect(test.run("history", "--history", folder).output == both.output)
      try test.write(try Self.records("anna", made: "00:06:00Z"), to: "team/copy.jsonl")
      for command in [["history"], ["history", "verify"], ["check", "--window", "all"]] {
        let outcome = test.run(command + ["--history", folder])
        #expect(outcome.exitCode == 2, "\(command)")
        let sentence = "copy.jsonl hold different records of 2026-06-22 by the origin anna: one would replace the other"
        #expect(outcome.errors.contains(sentence), "\(command): \(outcome.errors)")
      }
    }
  }

  @Test func aLinkThatLeadsNowhereIsNoMachineWithoutRecords() throws {
    try TestContext.with { test in
      try test.write(try Self.records("anna"), to: "team/anna.jsonl")
      try FileManager.default.createSymbolicLink(
        atPath: "\(test.home)/team/ben.jsonl", withDestinationPath: "nowhere.jsonl")
      let outcome = test.run("history", "--history", "\(test.home)/team/")
      #expect(outcome.exitCode == 2)
      #expect(outcome.errors.contains("cannot read the history \(test.home)/team/ben.jsonl"), "\(outcome.errors)")
    }
  }
}
