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
}
