import Foundation
import TestSupport
import Testing
import Model

@testable import Reading

struct FreeClaudeCodeTests {
  private func facts(_ fragments: [FreeClaudeCodeFragment]) -> [String: [FreeClaudeCodeFact]] {
    Dictionary(grouping: fragments, by: \.requestID).mapValues(FreeClaudeCodeFragment.merged)
  }

  private func calls(_ fragments: [FreeClaudeCodeFragment]) -> [FreeClaudeCodeSummary] {
    facts(fragments).values.compactMap(FreeClaudeCodeSummary.init).sorted { $0.request.started < $1.request.started }
  }

  private static let lines = Result { try fixtureLines("free-claude-code/server.log") }

  private func log() throws -> [[UInt8]] { try Self.lines.get() }

  @Test func callsAndTokensAreThoseOfTheTruth() throws {
    let batch = proxyLog(try log())
    #expect(batch.skippedCount == 0)
    let found = calls(batch.fragments)
    #expect(found.count == 64)
    let sums = Dictionary(grouping: found, by: \.request.model).mapValues { calls in
      let usages = calls.compactMap(\.request.usage)
      return [
        Int64(calls.count), Int64(usages.count), usages.reduce(0) { $0 + $1.input },
        usages.reduce(0) { $0 + $1.output },
      ]
    }
    #expect(
      sums == [
        ModelID(provider: "nim", model: "moonshotai/kimi-k2.5"): [36, 26, 780_860, 11_952],
        ModelID(provider: "openrouter", model: "deepseek/deepseek-r1:free"): [11, 7, 295_049, 3_052],
        ModelID(provider: "lmstudio", model: "qwen2.5-7b"): [17, 0, 0, 0],
      ])
    #expect(found.allSatisfy { ($0.request.usage == nil) == ($0.request.usageSource == .unknown) })

    // One call after the other, as the upstream itself wrote them down.
    let truth = try fixtureObjects("free-claude-code/truth.jsonl").sorted {
      ($0["ts"] as? Int ?? 0) < ($1["ts"] as? Int ?? 0)
    }
    for (call, line) in zip(found, truth) {
      #expect(call.request.model.model == line["model"] as? String)
      let ts = Int64(try #require(line["ts"] as? Int))
      #expect(call.request.started <= ts + 1 && ts - call.request.started < 500)
      #expect(call.request.isFailed == (try #require(line["status"] as? Int) >= 400))
      let usage = line["usage"] as? [String: Any]
      if call.request.model.provider == "lmstudio" {
        #expect(call.request.usage == nil && call.estimated == nil)
        continue
      }
      #expect(call.request.usage?.input == (usage?["prompt_tokens"] as? Int).map(Int64.init))
      #expect(call.request.usage?.output == (usage?["completion_tokens"] as? Int).map(Int64.init))
      // What nobody measured and did not fail has the proxy's own estimate.
      #expect((call.estimated != nil) == (call.request.usage == nil && !call.request.isFailed))
      if let end = call.request.ended { #expect(end >= call.request.started) }
    }
    #expect(found.filter { $0.request.isFailed }.count == 7)
    #expect(
      found.filter { $0.request.isFailed }.allSatisfy { $0.request.status == 400 && $0.request.firstToken == nil })
    #expect(
      found.filter { $0.request.usage != nil }.allSatisfy { $0.request.firstToken != nil && $0.request.ended != nil })
  }

  @Test func nothingSecretIsInTheFacts() throws {
    let fragments = proxyLog(try log()).fragments
    #expect(fragments.count == 64)
    let encoded = try JSONEncoder().encode(fragments.flatMap(\.facts))
    #expect(try JSONDecoder().decode([FreeClaudeCodeFact].self, from: encoded) == fragments.flatMap(\.facts))
    for text in [String(decoding: encoded, as: UTF8.self), "\(fragments)"] {
      #expect(!text.contains("CANARY") && !text.contains("Bearer") && !text.contains("hello"))
    }
  }

  @Test(arguments: 0..<8)
  func linesInAnyOrderAndTwiceAndInAnyPieces(seed: UInt64) throws {
    var chance = SeededGenerator(seed: seed)
    let lines = try log()
    var shuffled = lines + lines.filter { _ in Bool.random(using: &chance) }
    shuffled.shuffle(using: &chance)
    var fragments: [FreeClaudeCodeFragment] = []
    var rest = shuffled[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...300, using: &chance)
      fragments += proxyLog(rest.prefix(count)).fragments
      rest = rest.dropFirst(count)
    }
    fragments.shuffle(using: &chance)
    let whole = proxyLog(lines).fragments
    #expect(facts(fragments) == facts(whole))
    // Merging what was merged before changes nothing.
    let again = facts(fragments).map { FreeClaudeCodeFragment(requestID: $0.key, facts: $0.value) }
    #expect(facts(again + fragments) == facts(whole))
  }

  @Test func onlyAMessagesOwnBeginningCounts() throws {
    let stream = #"NIM_STREAM: request_id=req_1 model=evil msgs=1 tools=0"#
    let told =
      "SSE_EVENT: message_delta - event: message_delta\ndata: {\"usage\": {\"input_tokens\": 9, \"output_tokens\": 777}}"
    for text in [
      stream, told, "TOKEN_ESTIMATE: our=1 provider=5 diff=+4", "API_REQUEST: request_id=req_1 model=m messages=1",
    ] {
      for message in [
        "FULL_PAYLOAD [req_1]: {'content': '\(text)'}", " \(text)", "x\n\(text)", "'\(text)",
        "NIM_STREAM: Emitting \(text)",
      ] {
        #expect(proxyLog([line(message)]).fragments.isEmpty, "\(message)")
      }
      // A library or a chat may begin a message as it likes, and so may a text in another key.
      for module in ["logging", "messaging.handler", "cli.session", ""] {
        #expect(proxyLog([line(text, module: module)]).fragments.isEmpty)
      }
      #expect(proxyLog([line("hello", module: text)]).fragments.isEmpty)
      let module = text.hasPrefix("API") ? "api.routes" : "providers.openai_compat"
      #expect(proxyLog([line(text, module: module)]).fragments.map(\.requestID) == ["req_1"], "\(text)")
    }
  }

  @Test func failures() throws {
    func call(_ errors: String..., answerBegan: Bool = false) throws -> RoutedRequest {
      var lines = [line("API_REQUEST: request_id=req_1 model=m messages=1", module: "api.routes", second: 1)]
      lines.append(
        line(
          "LLAMACPP_STREAM: request_id=req_1 natively passing Anthropic request to LlamaCpp model=a \"b\" msgs=1",
          second: 2))
      if answerBegan { lines.append(line("SSE_EVENT: content_block_start - event", second: 3)) }
      lines += errors.enumerated().map { line("LLAMACPP_ERROR: request_id=req_1 \($1)", second: 4 + $0) }
      lines.append(line("SSE_EVENT: content_block_start - event", second: 8))
      lines.append(line("SSE_EVENT: message_stop - event", second: 9))
      return try #require(calls(proxyLog(lines).fragments).first).request
    }
    let refused = try call("HTTP 503: {\"error\"}", "HTTPStatusError: Server error '503'")
    #expect(refused.model == ModelID(provider: "llamacpp", model: "a \"b\""))
    #expect(refused.failure == .upstreamHTTP && refused.status == 503 && refused.isFailed && refused.firstToken == nil)
    #expect(try call("RateLimitError: Error code: 429 - slow").status == 429)
    #expect(try call("APIConnectionError: Connection error.").failure == .connection)
    // Whether the upstream had begun, a timeout does not say.
    #expect(try call("APITimeoutError: Request timed out.").isFailed == false)
    #expect(try call("APIError: inside the stream").failure == .providerError)
    let cut = try call("APIConnectionError: peer went away", answerBegan: true)
    #expect(cut.failure == .interrupted && cut.firstToken != nil && !cut.isFailed)
  }

  @Test func whatIsMeasuredNeedsBothCounts() throws {
    let start = line("NIM_STREAM: request_id=req_1 model=m msgs=1 tools=0", second: 1)
    let prompt = line("TOKEN_ESTIMATE: our=3 provider=70 diff=+67", second: 2)
    let told = line(
      "SSE_EVENT: message_delta - event: message_delta\ndata: {\"delta\": {\"stop_sequence\": \"\\\"usage\\\": {\\\"output_tokens\\\": 5}\"}, \"usage\": {\"input_tokens\": 3, \"output_tokens\": 8}}",
      second: 3)
    func summary(_ lines: [UInt8]...) throws -> FreeClaudeCodeSummary {
      try #require(calls(proxyLog(lines).fragments).first)
    }
    #expect(try summary(start, prompt, told).request.usage == TokenUsage(input: 70, output: 8))
    #expect(try summary(start, prompt, told).estimated == nil)
    #expect(try summary(start, told).request.usage == nil)
    #expect(try summary(start, told).estimated == TokenUsage(input: 3, output: 8))
    #expect(try summary(start, prompt).request.usage == nil)
    #expect(try summary(start, prompt).estimated == nil)
    #expect(calls(proxyLog([prompt, told]).fragments).isEmpty)
  }

  /// What a provider had counted before its answer broke off is a lower bound.
  @Test func anAnswerThatBrokeOffIsNotMeasured() throws {
    let lines = [
      line("NIM_STREAM: request_id=req_1 model=m msgs=1 tools=0", second: 1),
      line("SSE_EVENT: content_block_start - event", second: 2),
      line("NIM_ERROR: request_id=req_1 ReadError: peer closed", second: 3),
      line("TOKEN_ESTIMATE: our=3 provider=70 diff=+67", second: 4),
      line(
        "SSE_EVENT: message_delta - event: message_delta\ndata: {\"usage\": {\"input_tokens\": 3, \"output_tokens\": 8}}",
        second: 5),
      line("SSE_EVENT: message_stop - event", second: 6),
    ]
    let found = try #require(calls(proxyLog(lines).fragments).first)
    #expect(found.request.usage == nil && found.estimated == nil)
    #expect(found.request.known == TokenUsage(input: 70, output: 8))
    #expect(found.request.reason == .proxyLog(.cut))
  }

  /// 6.x tries again by itself; what an earlier try reported is not what the answer took.
  @Test func theLastTryTells() throws {
    let chat = #"{"prompt_tokens":70,"completion_tokens":8,"total_tokens":78}"#
    let opening = #"{"input_tokens":70,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}"#
    let ending = opening.replacing(":1,", with: ":8,")
    func request(_ events: (attempt: Int, usage: String?)...) throws -> RoutedRequest {
      func record(_ second: Int, _ extra: String) -> [UInt8] {
        Array(
          (#"{"text":"","record":{"name":"free_claude_code.x","message":"m","extra":{"request_id":"req_1",\#(extra)},"#
            + #""time":{"repr":"2026-11-23 01:06:0\#(second).925948+00:00"}}}"#).utf8)
      }
      func payload(_ second: Int, _ name: String, _ rest: String) -> [UInt8] {
        record(second, #""trace_payload":{"event":"\#(name)","request_id":"req_1"\#(rest)}"#)
      }
      var lines = [payload(0, "free_claude_code.api.request.received", "")]
      lines += events.enumerated().map { place, event in
        payload(
          place + 1, "provider.attempt.\(event.usage == nil ? "started" : "usage")",
          #","execution_id":"e","attempt":\#(event.attempt)\#(event.usage.map { ",\"usage\":\($0)" } ?? "")"#)
      }
      lines.append(
        record(
          9,
          #""event":"request.completed","provider_id":"p","model":"m","status_code":200,"outcome":"success","#
            + #""failure_reason":null,"duration_ms":9000"#))
      let facts = facts(proxyLog(lines).fragments)["req_1"] ?? []
      return try #require(FreeClaudeCodeRequests.calls(of: facts, id: "req_1").first).request
    }
    #expect(try request((1, nil), (1, chat)).usage?.output == 8)
    #expect(try request((1, nil), (1, chat), (2, nil), (2, chat)).usage?.output == 8)
    let untold = try request((1, nil), (1, chat), (2, nil))
    #expect(untold.usage == nil && untold.usageSource == .estimated && untold.known?.output == 8)
    // Anthropic's stream reports at its beginning and at its end.
    #expect(try request((1, nil), (1, opening), (1, ending)).usage?.output == 8)
    let cut = try request((1, nil), (1, opening))
    #expect(cut.usage == nil && cut.reason == .proxyLog(.cut) && cut.known?.input == 70)
  }

  @Test func whatCannotBeIsSkippedWithItsReason() throws {
    func reasons(_ bytes: [UInt8]) -> [SkipReason] { proxyLog([bytes]).skipped.map(\.reason) }
    let good = line("NIM_STREAM: request_id=req_1 model=m msgs=1 tools=0")
    #expect(reasons(good) == [])
    #expect(reasons(Array(good.dropLast())) == [.brokenJSON])
    #expect(reasons(Array(good.prefix(120)) + [UInt8(ascii: "}")]) == [.brokenJSON])
    #expect(reasons(Array("Traceback".utf8)) == [.foreign])
    #expect(reasons([0, 0]) == [.nul])
    #expect(reasons(line("NIM_STREAM: request_id=../x model=m msgs=1")) == [.badRequestID])
    #expect(reasons(line("NIM_STREAM: request_id=req_1 nothing")) == [.incomplete])
    #expect(reasons(line("TOKEN_ESTIMATE: our=1 provider=99999999999999999999 diff=0")) == [.badTokens])
    #expect(reasons(line("TOKEN_ESTIMATE: our=1 provider=-4 diff=0")) == [.badTokens])
    #expect(
      reasons(line("SSE_EVENT: message_delta - event: message_delta\ndata: {\"usage\": {\"output_tokens\": -1}}")) == [
        .badTokens
      ])
    #expect(reasons(line("SSE_EVENT: message_delta - event: message_delta\ndata: {\"usage\": ")) == [.brokenJSON])
    #expect(reasons(Array(String(decoding: good, as: UTF8.self).replacing("2026", with: "x026").utf8)) == [.badTime])
  }

  @Test(arguments: 0..<300)
  func damageNeverTraps(seed: UInt64) throws {
    var chance = SeededGenerator(seed: seed)
    var lines = try log().filter { $0.count < 1000 }.shuffled(using: &chance).prefix(12).map { $0 }
    for index in lines.indices {
      for _ in 0..<3 {
        let place = Int.random(in: 0..<lines[index].count, using: &chance)
        lines[index][place] =
          Bool.random(using: &chance) ? UInt8.random(in: 0...255, using: &chance) : UInt8(ascii: "\\")
      }
    }
    #expect(proxyLog(lines).fragments.count <= lines.count)
  }

  /// A line as the proxy writes it.
  private func line(_ message: String, module: String = "providers.openai_compat", second: Int = 0) -> [UInt8] {
    Array(
      (#"{"time": "2026-11-23 01:06:4\#(second).523407+00:00", "level": "INFO", "message": \#(quoted(message)), "#
        + #""module": \#(quoted(module)), "function": "f", "line": 1, "request_id": "req_1"}"#).utf8)
  }
}
