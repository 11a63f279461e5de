import Foundation
import Model
import Testing

@testable import Reading

/// Records in shapes that programs were reported to write.
struct RecordTests {
  private func line(_ level: Int, _ time: Int, _ rest: String) -> String {
    #"{"level":\#(level),"time":178229520000\#(time),"pid":1,"hostname":"h","reqId":"req-1",\#(rest)}"#
  }

  /// The tokens that a router's log gives a call of which these lines tell: input, cache read, writes of 5 minutes and of
  /// an hour, output.
  private func tokens(_ answer: String...) -> [Int64]? {
    let lines =
      [
        line(30, 0, #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request""#),
        line(30, 1, #""data":{"model":"p,m","messages":[],"stream":true},"type":"request body""#),
        line(
          20, 2,
          #""request":{"method":"POST","body":"{\"model\":\"m\"}"},"requestUrl":"https://x.example","msg":"final request""#
        ),
      ] + answer + [line(30, 9, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#)]
    var collector = LogCollector()
    for (number, line) in lines.enumerated() {
      collector.take(Array(line.utf8).span, at: Int64(number), line: Int64(number + 1))
    }
    let requests = collector.finish().fragments.flatMap {
      RequestSummary.requests(of: $0.facts, configuration: .none)
    }
    return requests.first?.usage.map { [$0.input, $0.cacheRead, $0.cacheWrite5m, $0.cacheWrite1h, $0.output] }
  }

  private func chunk(_ object: String) -> String {
    line(20, 3, #""type":"recieved data","data":"\#(object.replacing("\"", with: "\\\""))""#)
  }

  private func whole(_ object: String) -> String {
    line(20, 3, #""response":\#(object),"msg":"Original OpenAI response""#)
  }

  @Test(
    arguments: [
      // OpenAI's responses without a total: the prompt's own details lie inside it.
      (
        #""input_tokens":1000,"input_tokens_details":{"cached_tokens":600},"output_tokens":50"#, [400, 600, 0, 0, 50]
      ),
      (#""input_tokens":1000,"cache_read_input_tokens":600,"output_tokens":50"#, [1000, 600, 0, 0, 50]),
      // new-api tells how long what was written stays.
      (
        #""prompt_tokens":1200,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":900,"#
          + #""cached_creation_tokens":150},"claude_cache_creation_5_m_tokens":100,"claude_cache_creation_1_h_tokens":50"#,
        [150, 900, 100, 50, 50]
      ),
      (
        #""prompt_tokens":1200,"completion_tokens":50,"claude_cache_creation_5_m_tokens":100,"#
          + #""claude_cache_creation_1_h_tokens":50"#, [1050, 0, 100, 50, 50]
      ),
      (
        #""prompt_tokens":1000,"total_tokens":1050,"completion_tokens":50,"num_cached_tokens":600"#,
        [400, 600, 0, 0, 50]
      ),
      (
        #""prompt_tokens":1000,"completion_tokens":50,"prompt_token_details":{"cached_tokens":600}"#,
        [400, 600, 0, 0, 50]
      ),
      (#""promptTokens":1000,"completionTokens":50,"cachedInputTokens":600"#, [400, 600, 0, 0, 50]),
    ] as [(String, [Int64])])
  func usageOfAnAnswer(usage: String, tokens: [Int64]) {
    #expect(self.tokens(whole(#"{"id":"a","usage":{\#(usage)}}"#)) == tokens)
    #expect(self.tokens(chunk(#"{"id":"a","choices":[],"usage":{\#(usage)}}"#)) == tokens)
  }

  /// Ollama's own answers count among their other keys, and Bedrock's last event under a name of its own.
  @Test(
    arguments: [
      (
        #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","#
          + #""total_duration":5,"prompt_eval_count":1000,"prompt_eval_duration":1,"eval_count":50}"#,
        [1000, 0, 0, 0, 50]
      ),
      (
        #"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":400,"outputTokenCount":50,"#
          + #""cacheReadInputTokenCount":600,"cacheWriteInputTokenCount":7}}"#, [400, 600, 7, 0, 50]
      ),
    ] as [(String, [Int64])])
  func countsOutsideOfUsage(answer: String, tokens: [Int64]) {
    #expect(self.tokens(whole(answer)) == tokens)
    #expect(self.tokens(chunk(answer)) == tokens)
    #expect(
      self.tokens(chunk(#"{"model":"m","message":{"content":"eval_count"},"done":false}"#), chunk(answer)) == tokens)
  }

  /// A prompt that was served from memory as a whole has no count.
  @Test func anAnswerWithoutItsPromptsCountIsNotMeasured() {
    #expect(tokens(whole(#"{"model":"m","done":true,"eval_count":50}"#)) == nil)
  }

  private func answer(
    _ time: Int, stop: String = #","stop_reason":"end_turn""#, output: Int = 50, id: String = "msg_01A",
    isError: Bool = false, usage: String? = nil
  ) -> String {
    let usage = usage ?? #"{"input_tokens":1000,"output_tokens":\#(output)}"#
    return #"{"type":"assistant","sessionId":"s","timestamp":"2026-06-24T10:\#(time < 10 ? "0" : "")\#(time):00Z","#
      + #""uuid":"u\#(time)",\#(isError ? #""isApiErrorMessage":true,"# : "")"#
      + #""message":{"id":"\#(id)","model":"m"\#(stop),"usage":\#(usage)}}"#
  }

  private func messages(_ lines: [String]) -> [TranscriptMessage] {
    TranscriptMessage.unique(transcript(lines.map { Array($0.utf8) }).messages)
  }

  /// Releases of early 2026 wrote `"stop_reason":null` into all lines, and the output of the answer's beginning.
  @Test func anAnswerWithoutItsEndIsALowerBound() throws {
    let open = #","stop_reason":null"#
    let begun = [
      answer(0, stop: open, output: 8), answer(1, stop: open, output: 8), answer(2, stop: open, output: 310),
    ]
    let found = try #require(messages(begun).first)
    #expect(messages(begun).count == 1)
    #expect(found.measured == nil)
    #expect(found.usage?.output == 310)
    #expect(found.reason == .transcript(.unfinished))
    let end = answer(3, output: 400)
    for lines in [begun + [end], [end] + begun] {
      #expect(messages(lines).map(\.measured?.output) == [400])
      #expect(messages(lines).map(\.reason) == [nil])
    }
    // Other writers leave the key out.
    #expect(messages([answer(0, stop: "")]).map(\.measured?.output) == [50])
  }

  @Test func aClientsErrorIsNoAnswer() {
    let zeros = #"{"input_tokens":0,"output_tokens":0}"#
    let batch = transcript([Array(answer(0, isError: true, usage: zeros).utf8)])
    #expect(batch.messages.isEmpty)
    #expect(batch.ignored == 1)
    #expect(messages([answer(0, usage: zeros)]).count == 1)
  }

  /// An upstream that calls all answers alike, or draws their ids from a small range, asked again for as much.
  @Test(arguments: ["msg_proxy", "chatcmpl-123"])
  func anIDThatIsUsedAgainInOneSession(id: String) {
    func count(_ lines: [String]) -> Int { messages(lines).count }
    #expect(count([answer(0, output: 60, id: id), answer(1, output: 50, id: id)]) == 2)
    #expect(count([answer(0, id: id), answer(40, id: id)]) == 2)
    // The same line twice, a line of an answer that grew, and the beginning of one are none.
    #expect(count([answer(0, id: id), answer(0, id: id)]) == 1)
    #expect(count([answer(0, output: 50, id: id), answer(1, output: 60, id: id)]) == 1)
    let open = #","stop_reason":null"#
    #expect(count([answer(3, stop: open, output: 1, id: id), answer(5, id: id)]) == 1)
    // A step's border lies between two lines.
    #expect(count([answer(3, id: id), answer(4, id: id)]) == 1)
    // One that broke off long before the next one began is.
    #expect(count([answer(3, stop: open, output: 1, id: id), answer(50, id: id)]) == 2)
  }

  private func gateway(_ lines: [String]) -> (calls: [RoutedRequest], skipped: Int) {
    var collector = LiteLLMLog.collector(.none)
    for (number, line) in lines.enumerated() {
      collector.take(Array(line.utf8).span, at: 0, line: Int64(number + 1))
    }
    guard case .calls(let batch) = collector.gather() else { return ([], -1) }
    return (batch.calls.flatMap { $0.alone ?? [] }.map(\.request), batch.skippedCount)
  }

  private func row(_ id: String, total: Int, usage: String) -> String {
    #"{"request_id":"\#(id)","call_type":"anthropic_messages","spend":0,"total_tokens":\#(total),"#
      + #""prompt_tokens":1000,"completion_tokens":50,"startTime":"2026-06-24T10:00:00.000","#
      + #""endTime":"2026-06-24T10:00:02.000","completionStartTime":"2026-06-24T10:00:02.000","model":"p/m","#
      + #""custom_llm_provider":"p","metadata":{"usage_object":{\#(usage)}},"cache_hit":"False"}"#
  }

  /// What caches served stands inside the prompt unless the total says that it stands beside it.
  @Test(arguments: [(1050, 100), (1950, 1000)] as [(Int, Int64)])
  func theTotalOfAGatewaysRowTellsWhereItsCachesStand(total: Int, input: Int64) throws {
    let usage = #""cache_read_input_tokens":700,"cache_creation_input_tokens":200"#
    let call = try #require(gateway([row("chatcmpl-9f8e7d6c5b4a", total: total, usage: usage)]).calls.first)
    #expect(call.usage?.input == input)
    #expect(call.usage?.cacheRead == 700)
    #expect(call.usage?.cacheWrite5m == 200)
  }

  @Test(arguments: [
    #""cache_creation":{"ephemeral_5m_input_tokens":50,"ephemeral_1h_input_tokens":150}"#,
    #""prompt_tokens_details":{"cache_creation_token_details":{"ephemeral_1h_input_tokens":150}}"#,
  ]) func aGatewaysRowTellsHowLongWhatWasWrittenStays(details: String) throws {
    let usage = #""cache_creation_input_tokens":200,\#(details)"#
    let call = try #require(gateway([row("chatcmpl-9f8e7d6c5b4a", total: 1050, usage: usage)]).calls.first)
    #expect([call.usage?.input, call.usage?.cacheWrite5m, call.usage?.cacheWrite1h] == [800, 50, 150])
  }

  /// Where the provider names no answer, the primary key of LiteLLM's table is a text for that, or empty.
  @Test(arguments: ["None", ""]) func aRowWithoutAnIDIsARow(id: String) {
    let found = gateway([row(id, total: 1050, usage: "")])
    #expect(found.skipped == 0)
    #expect(found.calls.count == 1)
    #expect(found.calls.first?.keys.responseID == nil)
  }

  /// A call that failed before its kind was known has an empty one; where the proxy refused it nobody was called.
  @Test(arguments: [("p/m", "p", 1), ("", "", 0)]) func aFailureWithoutACallType(
    model: String, provider: String, count: Int
  ) {
    let line =
      #"{"request_id":"7d1f0c3e-5f6a-4f5e-9a0b-1c2d3e4f5a6b","call_type":"","spend":0,"total_tokens":0,"#
      + #""prompt_tokens":0,"completion_tokens":0,"startTime":"2026-06-24T10:00:00.000","#
      + #""endTime":"2026-06-24T10:00:00.100","model":"\#(model)","custom_llm_provider":"\#(provider)","api_base":"","#
      + #""metadata":{"status":"failure","error_information":{"error_code":"401"}}}"#
    let found = gateway([line])
    #expect(found.skipped == 0)
    #expect(found.calls.count == count)
    let failed = found.calls.filter(\.isFailed)
    #expect(failed.count == count)
  }

  @Test func telemetryMayLeaveTheSessionOut() throws {
    func event(_ more: String) -> String {
      #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1782295200000000000","#
        + #""body":{"stringValue":"claude_code.api_request"},"attributes":[\#(more)"#
        + #"{"key":"model","value":{"stringValue":"m"}},{"key":"input_tokens","value":{"intValue":"7"}},"#
        + #"{"key":"output_tokens","value":{"intValue":"3"}}]}]}]}]}"#
    }
    func answers(_ more: String) -> (messages: [TranscriptMessage], skipped: Int) {
      var collector = TelemetryLog.collector(.none)
      collector.take(Array(event(more).utf8).span, at: 0, line: 1)
      guard case .transcript(let batch) = collector.gather() else { return ([], -1) }
      return (batch.messages, batch.skippedCount)
    }
    let named = answers(#"{"key":"request_id","value":{"stringValue":"req_1"}},"#)
    #expect(named.messages.map(\.usage?.input) == [7])
    #expect(named.messages.map(\.session) == ["req_1"])
    // Nothing would tell it from a transcript's.
    #expect(answers("").skipped == 1)
    let cut = event(#"{"key":"session.id","value":{"stringValue":"s"}},"#).replacing(#""3""#, with: #""0""#)
    var collector = TelemetryLog.collector(.none)
    collector.take(Array(cut.utf8).span, at: 0, line: 1)
    guard case .transcript(let batch) = collector.gather() else { return #expect(Bool(false)) }
    #expect(batch.messages.map(\.flaw) == [.impossibleCounts], "an answer takes tokens")
    for (speed, mode) in [("fast", "fast"), ("normal", nil)] {
      let session = #"{"key":"session.id","value":{"stringValue":"s"}},"#
      let found = answers(#"\#(session){"key":"speed","value":{"stringValue":"\#(speed)"}},"#)
      #expect(found.messages.map(\.variant.speed) == [mode])
    }
  }
}
