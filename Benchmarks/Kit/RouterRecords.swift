package import Foundation

/// The records of routers other than claude-code-router, and of Claude Code's own telemetry.
package enum RecordKind: String, CaseIterable, Sendable {
  /// LiteLLM's payloads, with prompts and answers.
  case liteLLM = "litellm"
  /// Rows of its `LiteLLM_SpendLogs`, without.
  case spendLogs = "spendlogs"
  /// free-claude-code's log at DEBUG, with prompts.
  case freeClaudeCode = "freeclaudecode"
  /// Claude Code's telemetry as a Collector keeps it.
  case telemetry
}

/// Writes such records, as lines.
package struct RouterRecords {
  private let kind: RecordKind
  private var chance: Chance
  private var book = TruthBook()
  private var file: TextFile
  private var session = ""

  /// 2026-06-24T00:05:00Z.
  private static let start = 1_782_259_500_000
  /// How far apart calls are, milliseconds: a gigabyte of rows, 370,000 calls, ends in October 2026.
  private static let gap = 25_000

  /// Writes about so many bytes.
  package static func write(to url: URL, kind: RecordKind, bytes: Int) throws -> Truth {
    var records = RouterRecords(kind: kind, file: try TextFile(at: url))
    return try records.run(bytes)
  }

  private init(kind: RecordKind, file: TextFile) {
    (self.kind, self.file) = (kind, file)
    chance = Chance(seed: UInt64(20_260_624 + kind.rawValue.utf8.count))
  }

  private mutating func run(_ bytes: Int) throws -> Truth {
    var number = 0
    while file.written < bytes {
      if number % 30 == 0 { session = chance.uuid() }
      let time = Self.start + number * Self.gap + chance.below(20_000)
      number += 1
      switch kind {
      case .liteLLM: try payload(at: time)
      case .spendLogs: try row(at: time)
      case .freeClaudeCode: try trace(at: time)
      case .telemetry: try batch(at: time)
      }
    }
    try file.close()
    return book.truth(bytes: file.written, files: 1, longestLine: file.longestLine)
  }

  /// A call that was measured, or one in forty that was refused.
  private mutating func figures() -> Figures {
    var figures = Figures()
    figures.requests = 1
    if chance.below(40) == 0 {
      figures.failed = 1
      return figures
    }
    figures.measured = 1
    let prompt = 2000 + chance.below(90_000)
    figures.cacheRead = chance.below(prompt / 2)
    figures.input = prompt - figures.cacheRead
    figures.output = 20 + chance.below(3000)
    return figures
  }

  /// What a client sends with each call: its own long instructions, then what was said so far.
  private static let sentence =
    #"Read the file before you change it, keep \"quoted\" names as they are,\nand say what you did.\n"#

  private mutating func prompt() {
    let count = 300 + chance.below(900)
    for _ in 0..<count { file.write(Self.sentence) }
  }

  private func usage(_ figures: Figures) -> String {
    let prompt = figures.input + figures.cacheRead
    return #""usage_object":{"completion_tokens":\#(figures.output),"prompt_tokens":\#(prompt),"#
      + #""total_tokens":\#(prompt + figures.output),"completion_tokens_details":null,"prompt_tokens_details":"#
      + #"{"audio_tokens":null,"cached_tokens":\#(figures.cacheRead),"cache_creation_tokens":0}}"#
  }

  private func counts(_ figures: Figures) -> String {
    let prompt = figures.input + figures.cacheRead
    return #""total_tokens":\#(prompt + figures.output),"prompt_tokens":\#(prompt),"#
      + #""completion_tokens":\#(figures.output)"#
  }

  private static let called =
    #""custom_llm_provider":"moonshot","model":"moonshot/kimi-k2.7-code","model_group":"kimi","#
    + #""api_base":"https://api.moonshot.ai/v1/chat/completions""#

  /// A call, with LiteLLM's own id of it, the id of its answer, and how it ended.
  private mutating func call() -> (figures: Figures, call: String, id: String, status: String) {
    let figures = figures()
    let call = chance.uuid()
    if figures.failed > 0 { return (figures, call, call, "failure") }
    return (figures, call, "chatcmpl-" + chance.hex(24), "success")
  }

  private mutating func payload(at time: Int) throws {
    let (figures, call, id, status) = self.call()
    let seconds = "\(time / 1000).\(100 + time % 900)"
    file.write(
      #"{"id":"\#(id)","trace_id":"\#(session)","litellm_call_id":"\#(call)","call_type":"acompletion","stream":true,"#
        + #""response_cost":0,"status":"\#(status)",\#(counts(figures)),"startTime":\#(seconds),"#
        + #""endTime":\#(time / 1000 + 9).5,"completionStartTime":\#(time / 1000 + 2).25,\#(Self.called),"#
        + #""metadata":{"user_api_key_hash":"\#(chance.hex(64))",\#(usage(figures))},"cache_hit":false,"#)
    let error = figures.failed > 0 ? #"{"error_code":"429","error_class":"RateLimitError"}"# : "null"
    file.write(
      #""error_information":\#(error),"model_parameters":{"max_tokens":32000,"stream":true},"#
        + #""messages":[{"role":"user","content":""#)
    prompt()
    file.write(#""}],"response":{"choices":[{"message":{"role":"assistant","content":"\#(Self.sentence)"}}]}}"#)
    try file.endLine()
    book.add(figures, "moonshot,kimi-k2.7-code", at: time)
  }

  private mutating func row(at time: Int) throws {
    let (figures, call, id, status) = self.call()
    func text(_ time: Int) -> String { String(Stamp.text(time).dropLast()) }
    let error = figures.failed > 0 ? #","error_information":{"error_code":"429","error_class":"RateLimitError"}"# : ""
    let map = String(repeating: #""supports_function_calling":true,"max_input_tokens":262144,"#, count: 30)
    file.write(
      #"{"request_id":"\#(id)","call_type":"acompletion","api_key":"\#(chance.hex(64))","spend":0,\#(counts(figures)),"#
        + #""startTime":"\#(text(time))","endTime":"\#(text(time + 9500))","#
        + #""completionStartTime":"\#(text(time + 2250))",\#(Self.called),"metadata":{\#(usage(figures))\#(error),"#)
    file.write(
      #""model_map_information":{\#(map)"mode":"chat"}},"cache_hit":"None","messages":{},"response":{},"#
        + #""session_id":"\#(session)","status":"\#(status)","litellm_call_id":"\#(call)"}"#)
    try file.endLine()
    book.add(figures, "moonshot,kimi-k2.7-code", at: time)
  }

  private mutating func trace(at time: Int) throws {
    let figures = figures()
    let isFailed = figures.failed > 0
    let id = "req_" + chance.hex(32)
    let instance = chance.hex(32)
    func line(
      _ time: Int, _ name: String, _ message: String, _ extra: String, _ body: (inout RouterRecords) -> Void
    ) throws {
      file.write(
        #"{"text":"","record":{"elapsed":{"seconds":1.5},"exception":null,"extra":{"instance_id":"\#(instance)","#
          + #""request_id":"\#(id)","claude_session_id":null,\#(extra)"#)
      body(&self)
      let stamp = String(Stamp.text(time).dropLast()).replacing("T", with: " ") + "000+00:00"
      file.write(
        #"},"level":{"icon":"","name":"DEBUG","no":10},"line":56,"message":"\#(message)","module":"trace","#
          + #""name":"free_claude_code.\#(name)","process":{"id":7,"name":"MainProcess"},"#
          + #""time":{"repr":"\#(stamp)","timestamp":\#(time / 1000).5}}}"#)
      try file.endLine()
    }
    func traced(_ time: Int, _ event: String, _ key: String, _ body: (inout RouterRecords) -> Void) throws {
      try line(
        time, "core.trace", "TRACE \(event)",
        #""trace_payload":{"stage":"ingress","event":"\#(event)","source":"api","request_id":"\#(id)","#
          + #""attempt":1,"execution_id":"\#(instance)","\#(key)":"#, body)
    }
    try traced(time, "free_claude_code.api.request.received", "snapshot") { records in
      records.file.write(#"{"model":"claude-opus-4-8","messages":[{"role":"user","content":""#)
      records.prompt()
      records.file.write(#""}]}}"#)
    }
    try traced(time + 20, "provider.request.sent", "body") { records in
      records.file.write(#"{"model":"qwen3-coder-30b","messages":[{"role":"user","content":""#)
      records.prompt()
      records.file.write(#""}]}}"#)
    }
    if !isFailed {
      try traced(time + 9000, "provider.attempt.usage", "usage") { records in
        records.file.write(
          #"{"input_tokens":\#(figures.input),"cache_read_input_tokens":\#(figures.cacheRead),"#
            + #""cache_creation_input_tokens":0,"output_tokens":\#(figures.output)}}"#)
      }
    }
    try line(
      time + 9500, "api.request_outcomes", "Inference request",
      #""event":"request.completed","wire_api":"messages","#
        + #""provider_id":"lmstudio","model":"qwen3-coder-30b","status_code":\#(isFailed ? 401 : 200),"#
        + #""outcome":"\#(isFailed ? "failure" : "success")","duration_ms":9480.25"#
    ) { _ in }
    book.add(figures, "lmstudio,qwen3-coder-30b", at: time)
  }

  /// Five events of other kinds stand beside each call.
  private mutating func batch(at time: Int) throws {
    file.write(
      #"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}}]},"#
        + #""scopeLogs":[{"scope":{"name":"com.anthropic.claude_code.events"},"logRecords":["#)
    for number in 0..<12 {
      if number > 0 { file.write(",") }
      let isCall = number % 6 == 5
      let time = time + number * 1500
      let name = isCall ? "api_request" : "tool_result"
      var attributes = [
        ("session.id", session), ("user.id", chance.hex(64)), ("organization.id", chance.uuid()),
        ("event.name", name), ("event.timestamp", Stamp.text(time)), ("terminal.type", "xterm-256color"),
        ("prompt.id", chance.uuid()),
      ].map { #"{"key":"\#($0.0)","value":{"stringValue":"\#($0.1)"}}"# }
      if isCall {
        var figures = figures()
        // A call that failed has no event.
        while figures.failed > 0 { figures = self.figures() }
        attributes += [#"{"key":"model","value":{"stringValue":"claude-sonnet-4-6"}}"#]
        attributes += [#"{"key":"request_id","value":{"stringValue":"req_\#(chance.hex(24))"}}"#]
        attributes += [
          ("input_tokens", figures.input), ("output_tokens", figures.output), ("cache_read_tokens", figures.cacheRead),
          ("cache_creation_tokens", 0), ("duration_ms", 9500),
        ].map { #"{"key":"\#($0.0)","value":{"intValue":"\#($0.1)"}}"# }
        book.add(figures, "anthropic,claude-sonnet-4-6", at: time)
      } else {
        let parameters = String(repeating: "swift build ", count: 40)
        attributes += [#"{"key":"tool_parameters","value":{"stringValue":"\#(parameters)"}}"#]
      }
      file.write(
        #"{"timeUnixNano":"\#(time)000000","body":{"stringValue":"claude_code.\#(name)"},"attributes":["#
          + attributes.joined(separator: ",") + "]}")
    }
    file.write("]}]}]}")
    try file.endLine()
  }
}
