import Foundation
import Model
import Reading
import TestSupport
import Testing

@testable import Ledger

/// Several records of one call, in shapes that programs were reported to write: one request, whichever is read first.
struct RecordTests {
  private static let callID = "b342035d-75a7-4d83-b5aa-463400f940cf"

  /// LiteLLM's row; earlier versions' have no call id.
  private static func row(
    _ id: String, call: String? = nil, started: String = "10:00:00.123", prompt: Int = 1000
  ) -> String {
    #"{"request_id":"\#(id)","call_type":"acompletion","spend":0,"total_tokens":\#(prompt + 50),"#
      + #""prompt_tokens":\#(prompt),"completion_tokens":50,"startTime":"2026-06-24T\#(started)","#
      + #""endTime":"2026-06-24T10:30:02.123","completionStartTime":"2026-06-24T10:30:02.123","model":"relay/m1","#
      + #""model_group":"cheap","custom_llm_provider":"relay","api_base":"https://relay.example/v1","#
      + #""metadata":{\#(call.map { #""litellm_call_id":"\#($0)","# } ?? "")"usage_object":{}},"cache_hit":"False"}"#
  }

  /// The payload of the same call.
  private static func payload(_ id: String?, call: String = callID, prompt: Int = 1000) -> String {
    #"{"id":\#(id.map { "\"\($0)\"" } ?? "null"),"litellm_call_id":"\#(call)","call_type":"acompletion","stream":false,"#
      + #""status":"success","custom_llm_provider":"relay","startTime":1782295200.1239,"endTime":1782297002.123,"#
      + #""model":"relay/m1","model_group":"cheap","api_base":"https://relay.example/v1","metadata":{"usage_object":{}},"#
      + #""prompt_tokens":\#(prompt),"completion_tokens":50,"total_tokens":\#(prompt + 50)}"#
  }

  /// Reads texts one after the other, each a file.
  private func read(_ texts: [String]) throws -> Workbench {
    let bench = try Workbench()
    for (number, text) in texts.enumerated() {
      let file = bench.log("\(number).jsonl")
      try Data((text + "\n").utf8).write(to: file)
      try bench.ingest([file.path])
    }
    return bench
  }

  private func counts(_ texts: [String]) throws -> (requests: Int, prompt: Int64) {
    let totals = try read(texts).totals().values
    return (totals.reduce(0) { $0 + $1.counts.requests }, totals.reduce(0) { $0 + $1.tokens.prompt })
  }

  @Test(arguments: ["chatcmpl-9f8e7d6c5b4a", "chatcmpl-123", "msg_01Abc", callID])
  func aRowWithoutItsCallsIDAndItsPayloadAreOneRequest(id: String) throws {
    let (row, payload) = (Self.row(id), Self.payload(id == Self.callID ? "msg_01Xyz" : id))
    for texts in [
      [row, payload], [payload, row], [row, payload, row], [row + "\n" + payload], [payload + "\n" + row],
    ] {
      let found = try counts(texts)
      #expect(found.requests == 1)
      #expect(found.prompt == 1000)
    }
    // A later export of the same table names the call.
    let named = Self.row(id, call: Self.callID)
    #expect(try counts([row, named]).requests == 1)
    #expect(try counts([named, row, payload]).requests == 1)
  }

  @Test func aPayloadWithoutAnAnswersIDIsToldByItsCounts() throws {
    #expect(try counts([Self.row("None"), Self.payload(nil)]).requests == 1)
    #expect(try counts([Self.payload(nil), Self.row("None")]).requests == 1)
    #expect(try counts([Self.payload(nil), Self.row("None", prompt: 7)]).requests == 2)
  }

  /// Exports of different days hold different calls under the same id.
  @Test(arguments: ["None", "", "chatcmpl-123"]) func rowsOfOneIDAtOtherTimesAreOtherCalls(id: String) throws {
    let found = try counts([Self.row(id), Self.row(id, started: "11:00:00.000", prompt: 70), Self.row(id)])
    #expect(found.requests == 2)
    #expect(found.prompt == 1070)
  }

  /// Versions of autumn 2025 wrote a call of OpenAI's responses down twice where the provider knows only chats.
  @Test(arguments: [
    "resp_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOmFudGhyb3BpYzttb2RlbF9pZDptMTtyZXNwb25zZV9pZDpjaGF0Y21wbC05ZjhlN2Q2YzViNGE=",
    "resp_1f9a0c3e5d7b",
  ])
  func aResponseThatWasMadeOfAChatIsOneRequest(id: String) throws {
    func row(_ id: String, _ type: String, output: Int = 50) -> String {
      Self.row(id).replacing("acompletion", with: type).replacing(":50,", with: ":\(output),")
    }
    let chat = row("chatcmpl-9f8e7d6c5b4a", "acompletion")
    let response = row(id, "aresponses").replacing("00:00.123", with: "00:00.120")
    for texts in [[chat, response], [response, chat], [chat + "\n" + response], [response, chat, response]] {
      let found = try counts(texts)
      #expect(found.requests == 1)
      #expect(found.prompt == 1000)
    }
    // Another answer, or one of a provider that has responses of its own, is another request.
    if id.count < 20 {
      #expect(try counts([row("chatcmpl-9f8e7d6c5b4a", "acompletion", output: 51), response]).requests == 2)
      let own = [chat, response].map { $0.replacing("relay", with: "openai") }
      #expect(try counts(own).requests == 2)
    }
  }

  /// The proxy takes the call's id from a header of its client, who can send the same one always.
  @Test func aCallsIDThatAClientUsesAgain() throws {
    func payload(_ id: String, _ second: Int, prompt: Int) -> String {
      Self.payload(id, prompt: prompt).replacing("1782295200.1239", with: "\(1_782_295_200 + second).1")
        .replacing("1782297002.123", with: "\(1_782_295_200 + second + 5).0")
    }
    let texts = [("msg_01A", 0, 1000), ("msg_01B", 60, 70), ("msg_01C", 90, 7)].map {
      payload($0.0, $0.1, prompt: $0.2)
    }
    for texts in [texts, texts.reversed(), [texts.joined(separator: "\n")], texts + texts] {
      let found = try counts(texts)
      #expect(found.requests == 3)
      #expect(found.prompt == 1077)
    }
    // Records of one answer, or of two at the same time, are of one call.
    #expect(try counts([payload("msg_01A", 0, prompt: 1000), payload("msg_01A", 60, prompt: 1000)]).requests == 1)
    #expect(try counts([payload("msg_01A", 0, prompt: 1000), payload("msg_01B", 3, prompt: 1000)]).requests == 1)
  }

  /// A row whose provider used an id again has that of the call, and the provider's in its metadata.
  @Test func aRowUnderItsCallsIDFindsItsTranscript() throws {
    let row = Self.row(Self.callID, call: Self.callID)
      .replacing(#""usage_object""#, with: #""response_id":"msg_01Abc","usage_object""#)
    let transcript =
      #"{"type":"assistant","sessionId":"s","timestamp":"2026-06-24T12:00:02.000Z","uuid":"u","#
      + #""message":{"id":"msg_01Abc","model":"other","stop_reason":"end_turn","usage":{"input_tokens":1000,"output_tokens":50}}}"#
    for texts in [[row, transcript], [transcript, row]] { #expect(try counts(texts).requests == 1) }
  }

  @Test func aRowWithoutItsCallsIDFindsItsTranscript() throws {
    let transcript =
      #"{"type":"assistant","sessionId":"s","timestamp":"2026-06-24T10:00:02.000Z","uuid":"u","#
      + #""message":{"id":"msg_01Abc","model":"cheap","stop_reason":"end_turn","usage":{"input_tokens":1000,"output_tokens":50}}}"#
    for texts in [[Self.row("msg_01Abc"), transcript], [transcript, Self.row("msg_01Abc")]] {
      #expect(try counts(texts).requests == 1)
    }
  }

  private static let open = ",\"stop_reason\":null"

  private static func answer(
    _ second: Int, output: Int, stop: String, request: String? = nil, session: String = "s1"
  ) -> String {
    #"{"type":"assistant","sessionId":"\#(session)","timestamp":"2026-06-24T10:00:0\#(second).000Z","uuid":"u\#(second)","#
      + (request.map { #""requestId":"\#($0)","# } ?? "")
      + #""message":{"id":"msg_01A","model":"claude-sonnet-4-6"\#(stop),"#
      + #""usage":{"input_tokens":1000,"output_tokens":\#(output)}}}"#
  }

  private static func event(_ request: String?, session: String? = "s1") -> String {
    func text(_ key: String, _ value: String) -> String {
      #"{"key":"\#(key)","value":{"stringValue":"\#(value)"}},"#
    }
    return #"{"resourceLogs":[{"resource":{"attributes":[\#(text("service.name", "claude-code").dropLast())]},"#
      + #""scopeLogs":[{"logRecords":[{"timeUnixNano":"1782295203000000000","#
      + #""body":{"stringValue":"claude_code.api_request"},"attributes":["#
      + text("model", "claude-sonnet-4-6") + (session.map { text("session.id", $0) } ?? "")
      + (request.map { text("request_id", $0) } ?? "")
      + #"{"key":"input_tokens","value":{"intValue":"1000"}},{"key":"output_tokens","value":{"intValue":"400"}}]}]}]}]}"#
  }

  /// Requests, how many of them are measured, and their output.
  private func measured(_ texts: [String]) throws -> [Int64] {
    try read(texts).totals().values.reduce(into: [0, 0, 0]) { sums, total in
      sums[0] += Int64(total.counts.requests)
      sums[1] += Int64(total.counts.measured)
      sums[2] += total.tokens.output
    }
  }

  @Test func anAnswerWithoutItsEndIsNotMeasured() throws {
    let begun = [1, 2].map { Self.answer($0, output: 8, stop: Self.open) }
    let bench = try read(begun)
    #expect(try bench.totals().values.map { $0.counts } == [RequestCounts(unknown: 1)])
    let bounds = try bench.ledger.lowerBounds(in: 0..<4_000_000_000_000, scope: .all)
    #expect(bounds.map { [$0.tokens.prompt, $0.tokens.output] } == [[1000, 8]])
    let reasons = try bench.ledger.unmeasured(in: 0..<4_000_000_000_000).map(\.reason)
    #expect(reasons == [.transcript(.unfinished)])
    // Its end makes it a measured one, in whichever order they come.
    let end = Self.answer(3, output: 400, stop: ",\"stop_reason\":\"end_turn\"")
    for texts in [begun + [end], [end] + begun] { #expect(try measured(texts) == [1, 1, 400]) }
  }

  /// Telemetry is written at an answer's end: it knows what a transcript of early 2026 does not.
  @Test(arguments: [("req_1", "s1"), (nil, "s1"), ("req_1", nil)] as [(String?, String?)])
  func telemetryTellsWhatAnAnswerWithoutItsEndCameTo(request: String?, session: String?) throws {
    let begun = Self.answer(2, output: 8, stop: Self.open, request: request)
    let event = Self.event(request, session: session)
    for texts in [[begun, event], [event, begun], [begun, event, begun]] {
      #expect(try measured(texts) == [1, 1, 400])
    }
    // A whole answer is a transcript's own.
    let whole = Self.answer(2, output: 400, stop: ",\"stop_reason\":\"end_turn\"", request: request)
    for texts in [[whole, event], [event, whole]] { #expect(try measured(texts) == [1, 1, 400]) }
  }

  @Test func anIDThatIsUsedAgainInOneSessionWithTheSamePrompt() throws {
    func answer(_ time: String, _ output: Int) -> String {
      #"{"type":"assistant","sessionId":"s1","timestamp":"2026-06-24T\#(time)Z","uuid":"u\#(time)","message":{"#
        + #""id":"chatcmpl-123","model":"m1","stop_reason":"stop","usage":{"input_tokens":1000,"output_tokens":\#(output)}}}"#
    }
    let texts = [answer("10:00:00", 100), answer("10:00:50", 50), answer("11:00:00", 100)]
    for texts in [texts, texts.reversed(), [texts.joined(separator: "\n")], texts + texts] {
      #expect(try measured(texts) == [3, 3, 250])
    }
  }

  /// Calls side by side, of which neither record names a session: as many are paired as went through both routers, however
  /// their likelihoods mislead, and what a key tells stays.
  @Test(arguments: Thoroughness.seeds(60, few: 2)) func crowdsOfCallsThroughTwoRoutersArePairedToTheLast(seed: Int) {
    var chance = SeededGenerator(seed: UInt64(seed) + 70)
    func call(_ started: Int64, _ writer: Int64, _ number: Int) -> ChainCall {
      ChainCall(
        row: Int64(number), isAside: false,
        id: ChainCallID(started: started, number: Int64(number), attempt: 0, writer: writer),
        ended: started + 5000, session: nil, route: 0, stream: nil, host: "", keys: [])
    }
    let starts = (0..<Int.random(in: 2...60, using: &chance)).map { _ in
      1_780_300_000_000 + Int64.random(in: 0..<8000, using: &chance)
    }
    let outer = starts.enumerated().map { call($0.element, 1, $0.offset) }
    let inner = starts.enumerated().map { call($0.element + Int64.random(in: 0...900, using: &chance), 2, $0.offset) }
    let sure = Set(starts.indices.filter { _ in Int.random(in: 0..<5, using: &chance) == 0 })
    var pairs: [ChainPair] = []
    for (index, one) in outer.enumerated() {
      for (place, other) in inner.enumerated() {
        let isSure = index == place && sure.contains(index)
        guard isSure || !sure.contains(place), (0...900).contains(other.started - one.started) else { continue }
        let distance = Int64.random(in: 0...5000, using: &chance)
        pairs.append(ChainPair(rank: isSure ? 0 : 2, distance: distance, outer: one, inner: other))
      }
    }
    let ordered = pairs.sorted(by: ChainPair.precedes)
    let chosen = ChainMatching.pairs(ordered)
    #expect(chosen.count == starts.count)
    #expect(Set(chosen.values.map(\.inner.id)).count == starts.count)
    for index in sure { #expect(chosen[outer[index].id]?.inner.id == inner[index].id) }
  }

  /// An upstream that answers by the name that its client knows: Anthropic's own answers have a request's id.
  @Test(arguments: [(nil, 1), ("req_011A", 2)] as [(String?, Int)])
  func anAnswerUnderTheClientsOwnNameIsTheRouters(request: String?, count: Int) throws {
    let start: Int64 = 1_782_295_200_000
    let log = RouterLog.bytes(
      of: [RouterLog.Call(started: start, ended: start + 2000, model: "m1", session: "s1")], address: "api.example.com")
    let answer = Self.answer(2, output: 400, stop: ",\"stop_reason\":\"end_turn\"", request: request)
    for isLogFirst in [true, false] {
      let bench = try Workbench()
      let files = [bench.log("a.log"), bench.log("s.jsonl")]
      try log.write(to: files[0])
      try Data((answer + "\n").utf8).write(to: files[1])
      for file in isLogFirst ? files : files.reversed() { try bench.ingest([file.path]) }
      let totals = try bench.totals()
      #expect(totals.values.reduce(0) { $0 + $1.counts.requests } == count)
      #expect(totals.values.reduce(0) { $0 + $1.tokens.output } == 400)
      if count == 1 { #expect(totals.keys.map(\.model) == ["m1"]) }
    }
  }

  @Test func aTableAsCSVIsNamed() throws {
    let bench = try Workbench()
    let file = bench.log("spend.csv")
    let text = "request_id,call_type,api_key,spend,total_tokens,prompt_tokens\nchatcmpl-1,acompletion,k,0,5,4\n"
    try Data(text.utf8).write(to: file)
    #expect(throws: LedgerError.log(.table(path: file.path))) { try bench.ingest([file.path]) }
  }

  /// Its lines have no times, and only the last tells what the answers came to, all together.
  @Test(arguments: [
    #"{"type":"system","subtype":"init","session_id":"s","model":"claude-sonnet-4-6"}"#,
    #"{"type":"assistant","message":{"id":"msg_1","usage":{"input_tokens":9}},"parent_tool_use_id":null,"session_id":"s"}"#,
    #"[{"type":"result","subtype":"success","session_id":"s","usage":{"input_tokens":9}}]"#,
  ])
  func whatTheClientPrintsIsNamed(line: String) throws {
    let bench = try Workbench()
    let file = bench.log("out.jsonl")
    try Data((line + "\n").utf8).write(to: file)
    #expect(throws: LedgerError.log(.printed(path: file.path))) { try bench.ingest([file.path]) }
  }

  /// What is in no form that is read does not make every night's run fail: it is named, until it changes.
  @Test func whatIsNotReadBelowAFolderIsNamedOnce() throws {
    let bench = try Workbench()
    let line = #"{\"level\":30,\"time\":1782087000709,\"pid\":1,\"hostname\":\"h\"}"#
    for (name, text) in [
      ("spend.csv", "request_id,call_type,spend,prompt_tokens\n"),
      ("printed.json", #"{"type":"result","subtype":"success","session_id":"s"}"#),
      ("events.json", #"{"events":[{"message":"\#(line)"}]}"#),
    ] { try Data(text.utf8).write(to: bench.log(name)) }
    let first = try bench.ingest()
    #expect(first.filesInOtherForms.count == 3 && first.failures.isEmpty)
    let again = try bench.ingest()
    #expect(again.filesInOtherForms.isEmpty && again.failures.isEmpty && again.filesForeign == 3)
    #expect(throws: LedgerError.log(.printed(path: bench.log("printed.json").path))) {
      try bench.ingest([bench.log("printed.json").path])
    }
  }

  /// A router ends its own answer where the upstream's broke off, and tells its client the sum so far.
  @Test(arguments: [(3, false), (9, true)], [true, false])
  func aCopyOfTheSumSoFarMeasuresNothing(told: (output: Int, isMeasured: Bool), isLogFirst: Bool) throws {
    func line(_ level: Int, _ time: Int, _ rest: String) -> String {
      #"{"level":\#(level),"time":178229520\#(time),"pid":1,"hostname":"h","reqId":"req-1",\#(rest)}"# + "\n"
    }
    let chunk =
      #"{\"id\":\"chatcmpl-abcdef\",\"choices\":[{\"delta\":{},\"finish_reason\":null}],"#
      + #"\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}"#
    let log =
      line(30, 1000, #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request""#)
      + line(
        30, 1001,
        #""data":{"model":"p,m","messages":[],"metadata":{"user_id":"user_a_account__session_s1"},"stream":true},"#
          + #""type":"request body""#
      )
      + line(
        20, 1002,
        #""request":{"body":"{\"model\":\"m\"}"},"requestUrl":"https://x.example/v1","msg":"final request""#)
      + line(20, 1500, #""type":"recieved data","data":"\#(chunk)""#)
      + line(30, 2000, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#)
    let time = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: 1_782_295_202))
    let answer =
      #"{"type":"assistant","sessionId":"s1","timestamp":"\#(time)","message":{"id":"msg_1782295201000","model":"m","#
      + #""stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":\#(told.output)}}}"#
    let bench = try Workbench()
    let files = [bench.log("a.log"), bench.log("s.jsonl")]
    try Data(log.utf8).write(to: files[0])
    try Data((answer + "\n").utf8).write(to: files[1])
    for file in isLogFirst ? files : files.reversed() { try bench.ingest([file.path]) }
    try bench.ingest()
    let totals = try bench.totals()
    #expect(totals.values.map(\.counts) == [told.isMeasured ? RequestCounts(client: 1) : RequestCounts(unknown: 1)])
    #expect(totals.values.reduce(0) { $0 + $1.tokens.output } == (told.isMeasured ? Int64(told.output) : 0))
  }
}
