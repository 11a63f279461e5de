import Model
import Testing

@testable import Reading

/// The shapes in which upstreams report usage.
struct UsageShapeTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var usage: String
    /// Uncached input, cache read, writes of 5 minutes, output; `nil` where the tokens are unknown.
    var tokens: [Int64]?
  }

  static let shapes: [Shape] = [
    Shape(
      testDescription: "OpenAI", usage: #""prompt_tokens":1000,"completion_tokens":100"#, tokens: [1000, 0, 0, 100]),
    Shape(
      testDescription: "numbers with exponent, fraction and quotes",
      usage: #""prompt_tokens":1e3,"completion_tokens":100.0,"total_tokens":"1100""#, tokens: [1000, 0, 0, 100]),
    Shape(
      testDescription: "white space", usage: #" "prompt_tokens" : 1000 , "completion_tokens" :100 "#,
      tokens: [1000, 0, 0, 100]),
    Shape(
      testDescription: "DeepSeek",
      usage:
        #""prompt_tokens":1000,"completion_tokens":100,"prompt_cache_hit_tokens":600,"prompt_cache_miss_tokens":400"#,
      tokens: [400, 600, 0, 100]),
    Shape(
      testDescription: "Moonshot", usage: #""prompt_tokens":3000,"completion_tokens":40,"cached_tokens":1000"#,
      tokens: [2000, 1000, 0, 40]),
    Shape(
      testDescription: "cache writes under LiteLLM's name",
      usage:
        #""prompt_tokens":1000,"completion_tokens":1,"cache_creation_input_tokens":300,"cache_read_input_tokens":200"#,
      tokens: [500, 200, 300, 1]),
    Shape(
      testDescription: "reasoning inside",
      usage:
        #""prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"completion_tokens_details":{"reasoning_tokens":400}"#,
      tokens: [1000, 0, 0, 500]),
    Shape(
      testDescription: "reasoning outside, as the total says",
      usage:
        #""prompt_tokens":1000,"completion_tokens":500,"total_tokens":1900,"completion_tokens_details":{"reasoning_tokens":400}"#,
      tokens: [1000, 0, 0, 900]),
    Shape(
      testDescription: "reasoning outside, without a total",
      usage: #""prompt_tokens":1000,"completion_tokens":100,"completion_tokens_details":{"reasoning_tokens":400}"#,
      tokens: [1000, 0, 0, 500]),
    Shape(
      testDescription: "Gemini through its OpenAI door",
      usage: #""prompt_tokens":1000,"completion_tokens":100,"total_tokens":1500"#, tokens: [1000, 0, 0, 500]),
    Shape(
      testDescription: "cache beside the prompt, as the total says",
      usage: #""prompt_tokens":1000,"completion_tokens":100,"total_tokens":1600,"cached_tokens":500"#,
      tokens: [1000, 500, 0, 100]),
    Shape(
      testDescription: "Anthropic",
      usage: #""input_tokens":10,"output_tokens":5,"cache_read_input_tokens":1000,"cache_creation_input_tokens":20"#,
      tokens: [10, 1000, 20, 5]),
    Shape(
      testDescription: "Bedrock, its caches beside the prompt",
      usage:
        #""inputTokens":500,"outputTokens":100,"cacheReadInputTokens":200,"cacheWriteInputTokens":300,"totalTokens":1100"#,
      tokens: [500, 200, 300, 100]),
    Shape(
      testDescription: "cache writes under new-api's name",
      usage:
        #""prompt_tokens":1000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":200,"cached_creation_tokens":300}"#,
      tokens: [500, 200, 300, 1]),
    Shape(
      testDescription: "details of zeros beside the provider's own name",
      usage:
        #""prompt_tokens":1000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":200"#,
      tokens: [800, 200, 0, 1]),
    Shape(
      testDescription: "both conventions' names, one of them zero",
      usage: #""prompt_tokens":1000,"completion_tokens":100,"input_tokens":0,"output_tokens":0"#,
      tokens: [1000, 0, 0, 100]),
    Shape(
      testDescription: "both conventions' names, the other zero",
      usage: #""prompt_tokens":0,"completion_tokens":0,"input_tokens":1000,"output_tokens":100"#,
      tokens: [1000, 0, 0, 100]),
    Shape(testDescription: "negative", usage: #""prompt_tokens":1000,"completion_tokens":-1"#, tokens: nil),
    Shape(testDescription: "no prompt", usage: #""prompt_tokens":0,"completion_tokens":100"#, tokens: nil),
    Shape(
      testDescription: "more cached than prompted",
      usage: #""prompt_tokens":10,"completion_tokens":100,"cached_tokens":1000"#, tokens: nil),
    Shape(testDescription: "zeros", usage: #""prompt_tokens":0,"completion_tokens":0"#, tokens: nil),
  ]

  @Test(arguments: shapes) func ofOneAnswer(_ shape: Shape) throws {
    let request = try #require(calls(of: #""usage":{\#(shape.usage)}"#).first)
    let usage = request.usage
    #expect(usage.map { [$0.input, $0.cacheRead, $0.cacheWrite5m, $0.output] } == shape.tokens)
    #expect((request.reason == nil) == (shape.tokens != nil))
  }

  @Test(arguments: [
    #""choices":[{"index":0,"usage":{"prompt_tokens":7,"completion_tokens":3}}]"#,
    #""choices":[{"index":0,"delta":{"usage":{"prompt_tokens":7,"completion_tokens":3}}}]"#,
    #""usage_metadata":{"prompt_token_count":7,"candidates_token_count":1,"thoughts_token_count":2}"#,
    #""x_groq":{"id":"r","usage":{"prompt_tokens":7,"completion_tokens":3}}"#,
    #""usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2,"totalTokenCount":10}"#,
    #""usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2}"#,
    #""response":{"id":"r","usage":{"input_tokens":7,"output_tokens":3,"total_tokens":10}}"#,
  ]) func usageStandsWhereTheProviderPutsIt(_ member: String) throws {
    let usage = try #require(calls(of: member).first?.usage)
    #expect([usage.input, usage.output] == [7, 3])
  }

  /// Where a count cannot be, the others are the least that the answer came to.
  @Test(
    arguments: [
      (#""prompt_tokens":-1,"completion_tokens":100"#, [0, 100]),
      (#""prompt_tokens":1000,"completion_tokens":-1"#, [1000, 0]),
      (#""prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":5000}"#, [0, 100]),
      (#""prompt_tokens":-1,"completion_tokens":-1"#, nil),
    ] as [(String, [Int64]?)]) func whatCanBeOfCountsThatCannotIsKept(_ usage: String, _ known: [Int64]?) throws
  {
    let request = try #require(calls(of: #""usage":{\#(usage)}"#).first)
    #expect(request.usage == nil)
    #expect(request.reason == .routerLog(.impossibleCounts))
    #expect(request.known.map { [$0.input, $0.output] } == known)
  }

  /// An Anthropic-style answer opens with its prompt, and a first token of output.
  @Test func theOpeningOfAnAnswerIsNotItsUsage() throws {
    let opening = #""message":{"usage":{"input_tokens":7,"output_tokens":1}}"#
    let found = calls(
      asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, [opening],
      end: (30, "stream closed prematurely"))
    let left = try #require(found.first)
    #expect(left.usage == nil)
    #expect(left.known.map { [$0.input, $0.output] } == [7, 1])
    let whole = try #require(calls(of: opening, #""usage":{"output_tokens":3}"#).first?.usage)
    #expect([whole.input, whole.output] == [7, 3])
  }

  @Test func promptAndAnswerMayBeReportedApart() throws {
    let usage = try #require(
      calls(
        of: #""usage":{"prompt_tokens":7,"completion_tokens":0}"#, #""usage":{"prompt_tokens":0,"completion_tokens":3}"#
      ).first?.usage)
    #expect([usage.input, usage.output] == [7, 3])
  }

  @Test(arguments: [("priority", "priority"), ("flex", "flex"), ("default", nil), ("on_demand", nil)])
  func theServiceTierIsToldWhereItIsNotTheUsualOne(tier: String, told: String?) throws {
    let member = #""service_tier":"\#(tier)","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}"#
    #expect(try #require(calls(of: member).first).variant.tier == told)
  }

  @Test func aGatewayTellsModesAndServerTools() throws {
    let line =
      #"{"id":"chatcmpl-abcdef","litellm_call_id":"c","call_type":"acompletion","status":"success","startTime":1782295200.5,"#
      + #""endTime":1782295201.5,"custom_llm_provider":"anthropic","model":"claude-opus-4-8","prompt_tokens":7,"#
      + #""completion_tokens":3,"total_tokens":10,"metadata":{"usage_object":{"speed":"fast","inference_geo":"us","#
      + #""server_tool_use":{"web_search_requests":2}}}}"#
    var collector = LiteLLMLog.collector(.none)
    collector.take(Array(line.utf8).span, at: 0, line: 1)
    guard case .calls(let batch) = collector.gather() else {
      Issue.record("not calls")
      return
    }
    let found = try LiteLLMLog.calls("c", of: batch.calls.map(\.body))
    let request = try #require(found.first).request
    #expect([request.variant.speed, request.variant.geo] == ["fast", "us"])
    #expect(request.webSearches == 2)
  }

  /// Some upstreams send the sum so far with every chunk.
  @Test(arguments: [
    (#""choices":[{"delta":{},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":3}"#, false),
    (#""choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}"#, true),
    (#""choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}"#, true),
  ]) func theSumSoFarOfAStreamThatBreaksOffIsNotItsUsage(_ member: String, isWhole: Bool) throws {
    let ends: [(level: Int, words: String, reason: UnmeasuredReason.RouterLog)] = [
      (30, "stream closed prematurely", .clientLeft),
      (40, "response terminated with an error with headers already sent", .cut),
    ]
    for end in ends {
      let found = calls(
        asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, [member], end: (end.level, end.words))
      let request = try #require(found.first)
      #expect(request.usage?.output == (isWhole ? 3 : nil))
      #expect(request.reason == (isWhole ? nil : .routerLog(end.reason)))
    }
    // The router's own answer has an end, whatever became of the upstream's.
    let completed = try #require(calls(of: member).first)
    #expect(completed.usage?.output == (isWhole ? 3 : nil))
    #expect(completed.known?.output == (isWhole ? nil : 3))
    #expect(completed.failure == (isWhole ? nil : .interrupted))
  }

  private static let soFar =
    #""choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":3}"#
  private static let last = #""choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}"#

  /// Providers end their streams in many ways; what has none of them broke off.
  @Test(
    arguments: [
      ([soFar, #""choices":[{"delta":{},"finish_reason":"stop"}],"usage":null"#], true),
      ([soFar, #""choices": [{"delta": {}, "finish_reason": "length"}]"#], true),
      ([#""choices":[{"delta":{},"finish_reason":"tool_calls"}]"#, soFar], true),
      ([#""candidates":[{"finishReason":"STOP"}]"#, soFar], true),
      ([soFar, "[DONE]"], true),
      ([soFar, soFar], false),
      ([soFar, #""choices":[{"delta":{"content":"\"finish_reason\":\"stop\""},"finish_reason":null}]"#], false),
      ([soFar.replacing("null", with: "\"\"")], false),
      ([#""choices":[{"delta":{},"finish_reason":""}]"#, soFar], false),
      ([last], true),
      // An error comes in the place of an end.
      ([#""error":{"message":"overloaded"},"choices":[{"delta":{},"finish_reason":"error"}]"#, last], false),
      ([#""choices":[{"delta":{},"finish_reason":"error"}]"#, last, "[DONE]"], false),
      ([#""choices":[{"delta":{},"finish_reason":"stop"}]"#, last, #""error":{"message":"late"},"usage":null"#], true),
    ] as [([String], Bool)])
  func anEndIsSeenOrTheSumIsALowerBound(_ members: [String], isMeasured: Bool) throws {
    let request = try #require(
      calls(asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, members).first)
    #expect(request.usage?.output == (isMeasured ? 3 : nil))
    #expect(request.known?.output == (isMeasured ? nil : 3))
    #expect(request.reason == (isMeasured ? nil : .routerLog(.cut)))
  }

  /// An error that stands alone in a chunk, as OpenAI's own servers send it.
  @Test(arguments: [
    #"{"error":{"message":"overloaded"}}"#, #"{"error":"overloaded"}"#,
    #"{"type":"error","error":{"type":"overloaded_error"}}"#,
  ])
  func anErrorWithinAStreamIsItsEnd(chunk: String) throws {
    let request = try #require(
      calls(asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, [chunk, Self.last]).first)
    #expect(request.usage == nil && request.known?.output == 3)
    #expect(request.failure == .providerError)
  }

  /// Anthropic's stream, whose pieces name their kind.
  @Test func aMessagesEndIsItsStopReason() throws {
    let opening =
      #"{"type":"message_start","message":{"id":"m","stop_reason":null,"usage":{"input_tokens":7,"output_tokens":1}}}"#
    func piece(_ reason: String) -> String {
      #"{"type":"message_delta","delta":{"stop_reason":\#(reason)},"usage":{"output_tokens":3}}"#
    }
    func output(_ pieces: String...) throws -> Int64? {
      try #require(
        calls(asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, [opening] + pieces).first
      ).usage?.output
    }
    #expect(try output() == nil)
    #expect(try output(piece("null")) == nil)
    #expect(try output(piece("null"), #"{"type":"message_stop"}"#) == 3)
    #expect(try output(piece(#""end_turn""#)) == 3)
  }

  /// A provider that counts nothing of an answer, in a total that counts it.
  @Test(arguments: [(10, false), (7, true)])
  func aTotalDeniesThatAnAnswerTookNothing(total: Int, isMeasured: Bool) throws {
    let line =
      #"{"id":"chatcmpl-abcdef","litellm_call_id":"c","call_type":"acompletion","status":"success","startTime":1782295200.5,"#
      + #""endTime":1782295201.5,"custom_llm_provider":"openai","model":"m","prompt_tokens":7,"#
      + #""completion_tokens":0,"total_tokens":\#(total)}"#
    var collector = LiteLLMLog.collector(.none)
    collector.take(Array(line.utf8).span, at: 0, line: 1)
    guard case .calls(let batch) = collector.gather() else {
      Issue.record("not calls")
      return
    }
    let request = try #require(try LiteLLMLog.calls("c", of: batch.calls.map(\.body)).first).request
    #expect((request.usage != nil) == isMeasured)
    #expect(request.reason == (isMeasured ? nil : .gateway(.impossibleCounts)))
  }

  @Test(arguments: [
    ("https://g.example/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "gemini-2.5-pro"),
    (
      "https://v.example/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@1:streamRawPredict",
      "claude-x@1"
    ),
    ("https://b.example/model/anthropic.claude-x-v1%3A0/invoke-with-response-stream", "anthropic.claude-x-v1:0"),
    ("https://a.example/openai/deployments/gpt-x/chat/completions?api-version=1", "gpt-x"),
  ]) func theModelMayStandInTheAddressAlone(_ url: String, _ model: String) throws {
    let request = try #require(calls(asked: "claude", url: url, body: "{}").first)
    #expect(request.model.model == model)
  }

  @Test func theLastCallUpstreamDecides() throws {
    let request = try #require(
      calls(asked: "a,b", url: "https://south.example/v1", body: #"{\"model\":\"s1\"}"#).first)
    #expect(request.model == ModelID(provider: "south.example", model: "s1"))
  }

  /// The calls of a request whose stream has chunks with these members.
  private func calls(of members: String...) -> [RoutedRequest] {
    calls(asked: "p,m", url: "https://x.example/v1", body: #"{\"model\":\"m\"}"#, members)
  }

  private func calls(
    asked: String, url: String, body: String, _ members: [String] = [], end: (level: Int, words: String)? = nil
  ) -> [RoutedRequest] {
    func line(_ level: Int, _ time: Int, _ rest: String) -> String {
      #"{"level":\#(level),"time":178229520000\#(time),"pid":1,"hostname":"h","reqId":"req-1",\#(rest)}"#
    }
    var lines = [
      line(30, 0, #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request""#),
      line(30, 1, #""data":{"model":"\#(asked)","messages":[],"stream":true},"type":"request body""#),
      line(20, 2, #""request":{"method":"POST","body":"\#(body)"},"requestUrl":"\#(url)","msg":"final request""#),
    ]
    lines += members.map { member in
      // What is no list of members is all of what was sent.
      let sent = ["{", "["].contains(member.prefix(1)) ? member : #"{"id":"c",\#(member)}"#
      let text = sent.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return line(20, 3, #""type":"recieved data","data":"\#(text)""#)
    }
    lines.append(
      end.map { line($0.level, 9, #""msg":"\#($0.words)""#) }
        ?? line(30, 9, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#))
    var collector = LogCollector()
    for (number, line) in lines.enumerated() {
      collector.take(Array(line.utf8).span, at: Int64(number), line: Int64(number + 1))
    }
    let batch = collector.finish()
    #expect(batch.skippedCount == 0)
    return batch.fragments.flatMap { RequestSummary.requests(of: $0.facts, configuration: .none) }
  }
}
