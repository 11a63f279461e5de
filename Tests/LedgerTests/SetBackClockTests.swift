import Foundation
import TestSupport
import Testing

@testable import Ledger

/// The clock of the router's machine is set back in the middle of a request: read line by line it is the same as read whole.
struct SetBackClockTests {
  /// The lines of one request, each so many milliseconds late.
  private static func lines(_ shifts: [Int64]) -> [String] {
    let start: Int64 = 1_782_216_000_000
    let head = #""pid":7,"hostname":"vm","reqId":"req-1""#
    return zip(
      [
        (30, 0, #""req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}"#),
        (
          30, 5,
          #""data":{"model":"ollama,glm-5.2","messages":[{"role":"user","content":"hi"}],"stream":true},"type":"request body"}"#
        ),
        (
          20, 400,
          #""response":{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":10}},"msg":"Original OpenAI response"}"#
        ),
        (30, 500, #""res":{"statusCode":200},"responseTime":500.1,"msg":"request completed"}"#),
      ] as [(Int, Int64, String)], shifts
    ).map { line, shift in #"{"level":\#(line.0),"time":\#(start + line.1 + shift),\#(head),"# + line.2 + "\n" }
  }

  private static let hour: Int64 = 3_600_000

  @Test(
    arguments: [
      [0, 0, 0, 0], [0, 0, 0, -hour], [0, 0, -hour, -hour], [0, -2 * hour, -2 * hour, -2 * hour], [0, 0, -hour, 0],
      [0, 0, -100, -450],
    ], Thoroughness.isFull ? [[1], [2], [3], [1, 2], [2, 3], [1, 2, 3]] : [[2], [3], [1, 2, 3]])
  func anyCutIsTheSameAsTheWhole(shifts: [Int64], cuts: [Int]) throws {
    let lines = Self.lines(shifts)
    let whole = try Workbench()
    try Data(lines.joined().utf8).write(to: whole.log("a.log"))
    try whole.ingest()
    let bench = try Workbench()
    for (from, to) in zip([0] + cuts, cuts + [lines.count]) {
      let written = (try? Data(contentsOf: bench.log("a.log"))) ?? Data()
      try (written + Data(lines[from..<to].joined().utf8)).write(to: bench.log("a.log"))
      try bench.ingest()
    }
    let expected = try whole.figures()
    #expect(expected.count == 1)
    #expect(try bench.figures() == expected)
    // A copy that begins or ends in the middle tells nothing new.
    for cut in cuts {
      try Data(lines[..<cut].joined().utf8).write(to: whole.log("front-\(cut).log"))
      try Data(lines[cut...].joined().utf8).write(to: whole.log("back-\(cut).log"))
      try whole.ingest()
    }
    #expect(try whole.figures() == expected)
  }

  /// Exports of log services stand newest line first: each request is one, with the usage of its end.
  @Test func newestFirstIsTheSame() throws {
    let chunk = { (output: Int) in
      #"""
      {"level":20,"time":\#(1_782_216_000_100 + output),"pid":7,"hostname":"vm","reqId":"req-1","type":"recieved data",\#
      "data":"{\"id\":\"chatcmpl-abcdefgh\",\"choices\":[{\"delta\":{\"content\":\"x\"}}],\#
      \"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":\#(output)}}"}

      """#
    }
    let call =
      #"{"level":20,"time":1782216000009,"pid":7,"hostname":"vm","reqId":"req-1","request":{"body":"{\"model\":\"glm-5.2\"}"},"#
      + #""requestUrl":"http://127.0.0.1:11434/v1/chat/completions","msg":"final request"}"# + "\n"
    var lines = Self.lines([0, 0, 0, 0])
    lines[2...2] = [call, chunk(3), chunk(40)]
    var figures: [String] = []
    for text in [lines.joined(), lines.reversed().joined()] {
      let bench = try Workbench()
      try Data(text.utf8).write(to: bench.log("a.log"))
      try bench.ingest()
      figures.append("\(try bench.figures())")
    }
    #expect(figures[0] == figures[1])
    #expect(figures[0].contains("40"))
  }

  /// A start of the router lies between: the later lines are another process's.
  @Test func aStartBetweenThemParts() throws {
    let bench = try Workbench()
    let lines = Self.lines([0, 0, -Self.hour, -Self.hour])
    let start =
      #"{"level":30,"time":1782214000000,"pid":7,"hostname":"vm","msg":"register transformer: Anthropic (endpoint: /v1/messages)"}"#
    for (name, text) in [("a", lines[0] + lines[1]), ("b", start + "\n" + lines[2] + lines[3])] {
      try Data(text.utf8).write(to: bench.log(name + ".log"))
      try bench.ingest()
    }
    #expect(try bench.figures().allSatisfy { !$0.contains(" 1000 ") })
  }
}
