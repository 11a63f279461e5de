@testable import Commands
import Foundation
import TestSupport
import Testing

/// A history that is read again and again within a run is decoded once, and says the same as one that is read anew.
struct HistoryMemoTests {
  @Test func whatIsAppendedIsReadAndWhatWasChangedIsReadAnew() throws {
    let whole = try String(contentsOfFile: Fixtures.path("history/history.jsonl"), encoding: .utf8)
    let lines = whole.split(separator: "\n").map(String.init)
    try #require(lines.count > 6)
    let memo = HistoryMemo()
    // Grown by a line, by half a line and its rest, by a broken line; replaced; emptied.
    let texts = [
      lines[0] + "\n", lines[0...1].joined(separator: "\n") + "\n",
      lines[0...2].joined(separator: "\n") + "\n" + lines[3].prefix(40),
      lines[0...4].joined(separator: "\n") + "\nbroken\n\n" + lines[5] + "\n",
      lines[0...4].joined(separator: "\n") + "\nbroken\n\n" + lines[5] + "\nbroken",
      lines[2...5].joined(separator: "\n"), "", whole,
    ]
    try TestContext.with { test in
      for text in texts {
        let path = try test.write(text, to: "history.jsonl")
        let known = try HistoryFile(path: path, memo: memo).readable()
        let anew = try HistoryFile(path: path).readable()
        #expect(known.log == anew.log)
        #expect(known.broken == anew.broken)
      }
    }
    #expect(memo.beginning(of: "elsewhere", in: Array(whole.utf8)) == nil)
  }
}
