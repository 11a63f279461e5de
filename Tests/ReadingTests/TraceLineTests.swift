import Model
import Testing

@testable import Reading

/// free-claude-code's log of July 2026: `TRACE <event>`, and what the event is about in keys beside it.
struct TraceLineTests {
  private func line(_ second: Int, _ message: String, _ rest: String) -> String {
    #"{"time": "2026-07-21 23:38:0\#(second).000000+02:00", "level": "INFO", "message": "\#(message)", "#
      + #""module": "free_claude_code.core.trace", "function": "trace_event", "line": 9, "#
      + #""request_id": "req_a1", \#(rest)}"#
  }

  private func trace(_ second: Int, _ event: String, _ rest: String) -> String {
    line(second, "TRACE \(event)", #""event": "\#(event)", "source": "api", \#(rest)"#)
  }

  private func calls(_ lines: [String]) throws -> [ObservedCall] {
    var collector = FreeClaudeCodeCollector()
    for (index, line) in lines.enumerated() {
      let bytes = Array(line.utf8)
      collector.take(bytes.span, at: 0, line: Int64(index + 1))
    }
    guard case .calls(let batch) = collector.gather() else { return [] }
    #expect(batch.skippedCount == 0)
    return try Dictionary(grouping: batch.calls, by: \.call).flatMap { id, records in
      try FreeClaudeCodeLog.calls(id, of: records.map(\.body))
    }
  }

  private func request(prefix: String, isMeasured: Bool) -> [String] {
    let names = #""provider_id": "cerebras", "gateway_model": "claude-opus-4-8""#
    let estimate = line(
      2, "TOKEN_ESTIMATE: our=90 provider=100 diff=+10", #""x": 1"#)
    return [
      trace(0, "\(prefix)api.route.resolved", #"\#(names), "provider_model": "gpt-oss-120b", "stage": "routing""#),
      trace(1, "\(prefix)api.request.received", #""snapshot": {"event": "CANARY-PROMPT", "output_tokens": 7}"#),
    ] + (isMeasured ? [estimate] : []) + [
      trace(3, "provider.response.completed", #""output_tokens": 20, "prompt_tokens_estimate": 90"#),
      trace(4, "\(prefix)api.response.stream_completed", #"\#(names), "outcome": "ok""#),
    ]
  }

  @Test(arguments: ["", "free_claude_code."]) func aTracedRequestIsRead(prefix: String) throws {
    let call = try #require(try calls(request(prefix: prefix, isMeasured: true)).first)
    #expect(call.request.model == ModelID(provider: "cerebras", model: "gpt-oss-120b"))
    #expect(call.request.usage == TokenUsage(input: 100, output: 20))
    #expect(call.request.usageSource == .upstream)
    #expect(call.request.failure == nil)
  }

  @Test func withoutTheProvidersCountItIsAnEstimate() throws {
    let call = try #require(try calls(request(prefix: "", isMeasured: false)).first)
    #expect(call.request.usage == nil)
    #expect(call.estimate == TokenUsage(input: 90, output: 20))
  }

  @Test func countingTokensCallsNobody() throws {
    let counted = trace(
      0, "api.route.resolved", #""kind": "count_tokens", "provider_id": "cerebras", "provider_model": "m""#)
    #expect(try calls([counted]).isEmpty)
  }

  /// As 6.2 words it: the exception, its status and its causes, first in a trace and then in a message.
  @Test(
    arguments: [
      (
        #""exc_type": "AuthenticationError", "http_status": 401, "cause_types": ["HTTPStatusError"]"#,
        FailureKind.upstreamHTTP, 401
      ),
      (
        #""exc_type": "APIConnectionError", "http_status": null, "cause_types": ["ConnectError", "OSError"]"#,
        .connection, nil
      ),
      (
        #""exc_type": "APIConnectionError", "http_status": null, "cause_types": ["RemoteProtocolError"]"#,
        .interrupted, nil
      ),
    ] as [(String, FailureKind, Int?)])
  func whatAProviderRefusedIsToldFromWhatBroke(error: String, kind: FailureKind, status: Int?) throws {
    let lines =
      Array(request(prefix: "free_claude_code.", isMeasured: false).prefix(2)) + [
        trace(2, "provider.response.transport_error", #""provider": "CEREBRAS", \#(error)"#),
        trace(
          3, "provider.response.error", #""exc_type": "ExecutionFailure", "failure_kind": "x", "status_code": 500"#),
        trace(4, "free_claude_code.api.response.stream_interrupted", #""outcome": "error""#),
      ]
    let call = try #require(try calls(lines).first)
    #expect(call.request.failure == kind)
    #expect(call.request.status == status)
    #expect(call.request.isFailed == (kind != .interrupted))
  }

  /// A transport that writes no more than the status: below 500 nothing was answered.
  @Test(arguments: [(400, true), (529, false)])
  func theStatusAloneTellsARefusal(status: Int, isFailed: Bool) throws {
    let lines =
      Array(request(prefix: "free_claude_code.", isMeasured: false).prefix(2)) + [
        trace(3, "provider.response.error", #""exc_type": "ExecutionFailure", "status_code": \#(status)"#)
      ]
    #expect(try #require(try calls(lines).first).request.isFailed == isFailed)
  }

  /// The model that was given up is a call of its own, and the next one has the answer.
  @Test func aFallBackIsTwoCalls() throws {
    let route = request(prefix: "free_claude_code.", isMeasured: true)
    let message =
      "Model fallback: request_id=req_a1 from=cerebras/gpt-oss-120b to=ollama/qwen/q3 candidate=2/2 "
      + "failure_kind=rate_limit status_code=429"
    let lines =
      Array(route.prefix(2)) + [
        trace(
          1, "free_claude_code.model_fallback.started",
          #""from_provider_model_ref": "cerebras/gpt-oss-120b", "to_provider_model_ref": "ollama/qwen/q3""#),
        line(1, message, #""x": 1"#)
          .replacing("free_claude_code.core.trace", with: "free_claude_code.application.execution"),
      ] + route.dropFirst(2)
    let calls = try calls(lines)
    try #require(calls.count == 2)
    #expect(calls[0].request.model == ModelID(provider: "cerebras", model: "gpt-oss-120b"))
    #expect(calls[0].request.isFailed && calls[0].request.status == 429 && calls[0].request.attempt == 0)
    #expect(calls[1].request.model == ModelID(provider: "ollama", model: "qwen/q3"))
    #expect(calls[1].request.usage == TokenUsage(input: 100, output: 20) && calls[1].request.attempt == 1)
  }
}
