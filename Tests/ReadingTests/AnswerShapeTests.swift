import Model
import Testing

@testable import Reading

/// The shapes in which clients write down the usage of an answer.
struct AnswerShapeTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var usage: String
    /// Input, cache read, writes of 5 minutes and of an hour, output; `nil` where the tokens are unknown.
    var tokens: [Int64]?
    /// What other models made for it, as model and output.
    var others: [String] = []
  }

  static let shapes: [Shape] = [
    Shape(
      testDescription: "parts of cache writes that are all zero",
      usage: #""input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":9,"#
        + #""cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}"#, tokens: [1, 0, 9, 0, 2]),
    Shape(
      testDescription: "a part that is less than the whole",
      usage: #""input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":9,"#
        + #""cache_creation":{"ephemeral_1h_input_tokens":4}"#, tokens: [1, 0, 5, 4, 2]),
    Shape(
      testDescription: "parts without the whole",
      usage: #""input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":null,"#
        + #""cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4}"#, tokens: [1, 0, 3, 4, 2]),
    Shape(
      testDescription: "compaction, which the sum leaves out",
      usage: #""input_tokens":20,"output_tokens":5,"iterations":["#
        + #"{"type":"compaction","input_tokens":80,"output_tokens":30},{"input_tokens":20,"output_tokens":5}]"#,
      tokens: [100, 0, 0, 0, 35]),
    Shape(
      testDescription: "an adviser of another model",
      usage: #""input_tokens":20,"output_tokens":5,"iterations":[{"input_tokens":20,"output_tokens":5},"#
        + #"{"type":"advisor_message","model":"adviser","input_tokens":80,"output_tokens":30}]"#,
      tokens: [20, 0, 0, 0, 5], others: ["adviser 30"]),
    Shape(
      testDescription: "an adviser that is not named",
      usage: #""input_tokens":20,"output_tokens":5,"iterations":["#
        + #"{"type":"message","input_tokens":20,"output_tokens":5},{"type":"advisor_message","input_tokens":80,"output_tokens":30}]"#,
      tokens: [20, 0, 0, 0, 5], others: ["unknown 30"]),
    Shape(
      testDescription: "its own calls under a dated name",
      usage: #""input_tokens":20,"output_tokens":5,"iterations":["#
        + #"{"type":"message","model":"m-20260601","input_tokens":20,"output_tokens":5}]"#,
      tokens: [20, 0, 0, 0, 5]),
    Shape(testDescription: "zeros", usage: #""input_tokens":0,"output_tokens":0"#),
    Shape(testDescription: "no prompt", usage: #""input_tokens":0,"output_tokens":9"#),
    Shape(testDescription: "negative", usage: #""input_tokens":-1,"output_tokens":9"#),
    Shape(testDescription: "no output", usage: #""input_tokens":9"#),
    Shape(testDescription: "output null", usage: #""input_tokens":9,"output_tokens":null"#),
    Shape(
      testDescription: "an output of zero", usage: #""input_tokens":9,"output_tokens":0"#, tokens: [9, 0, 0, 0, 0]),
  ]

  private func line(_ usage: String, id: String?, stop: String) -> String {
    #"{"type":"assistant","sessionId":"s","uuid":"u1","timestamp":"2026-06-24T10:00:00.000Z","message":{"#
      + (id.map { #""id":"\#($0)","# } ?? "")
      + #""model":"m","stop_reason":\#(stop),"usage":{\#(usage)}}}"#
  }

  private func answers(_ lines: [String]) -> [TranscriptMessage] {
    let batch = transcript(lines.map { Array($0.utf8) })
    #expect(batch.skippedCount == 0)
    return batch.messages
  }

  @Test(arguments: shapes, ["msg_01A", nil]) func ofOneAnswer(_ shape: Shape, id: String?) throws {
    let found = answers([line(shape.usage, id: id, stop: #""end_turn""#)])
    let own = try #require(found.first { $0.model == "m" })
    let tokens = own.measured.map { [$0.input, $0.cacheRead, $0.cacheWrite5m, $0.cacheWrite1h, $0.output] }
    #expect(tokens == shape.tokens)
    #expect((own.reason == nil) == (shape.tokens != nil))
    #expect(found.filter { $0.model != "m" }.map { "\($0.model) \($0.measured?.output ?? 0)" } == shape.others)
  }

  @Test func openingFiguresAreNoFlawOfTheAnswer() throws {
    let opening = line(#""input_tokens":0,"output_tokens":1"#, id: "msg_01A", stop: "null")
    let whole = line(#""input_tokens":9,"output_tokens":5"#, id: "msg_01A", stop: #""end_turn""#)
    for lines in [[opening, whole], [whole, opening]] {
      #expect(answers(lines).map { $0.measured?.output } == [5])
    }
  }
}
