import Foundation
import TestSupport
import Testing
import Model

@testable import Reading

struct TranscriptTests {
  private func all() throws -> [TranscriptMessage] {
    try TranscriptMessage.unique(transcriptPaths().flatMap { try transcript(fixtureLines($0)).messages })
  }

  @Test func everyAnswerOfTheTruthIsThereOnceAndNoOther() throws {
    func describe(_ session: String, _ id: String?, _ model: String, _ sidechain: Bool, _ usage: TokenUsage?) -> String
    {
      "\(session) \(id ?? "-") \(model) \(sidechain) \(usage.map { "\($0)" } ?? "unknown")"
    }
    let truth = try fixtureObjects("claude-code/truth.jsonl")
    let expected = try truth.map { line in
      let usage = try #require(line["usage"] as? [String: Any])
      func count(_ name: String, in object: [String: Any]) -> Int64 { (object[name] as? Int).map(Int64.init) ?? 0 }
      let split = usage["cache_creation"] as? [String: Any]
      let tokens = TokenUsage(
        input: count("input_tokens", in: usage), cacheRead: count("cache_read_input_tokens", in: usage),
        cacheWrite5m: split.map { count("ephemeral_5m_input_tokens", in: $0) }
          ?? count("cache_creation_input_tokens", in: usage),
        cacheWrite1h: split.map { count("ephemeral_1h_input_tokens", in: $0) } ?? 0,
        output: count("output_tokens", in: usage))
      #expect((line["measured"] as? Bool) == (tokens != .zero))
      return describe(
        try #require(line["session"] as? String), line["message_id"] as? String, try #require(line["model"] as? String),
        try #require(line["sidechain"] as? Bool), tokens == .zero ? nil : tokens)
    }
    let found = try all()
    #expect(
      found.map { describe($0.session, $0.messageID, $0.model, $0.isSidechain, $0.usage) }.sorted() == expected.sorted()
    )
    #expect(found.count == 235)
    #expect(found.filter(\.isSidechain).count == 12)
    #expect(found.allSatisfy { $0.isSidechain == ($0.agentID != nil) })

    // The time is the end of the answer.
    let ends = Dictionary(grouping: truth) { "\($0["session"] ?? "") \($0["message_id"] ?? "")" }
    for message in found {
      let lines = try #require(ends["\(message.session) \(message.messageID ?? "")"])
      let distance = lines.compactMap { ($0["ts_end"] as? Int).map { abs(Int64($0) - message.time) } }.min()
      #expect(try #require(distance) <= 5)
    }
  }

  @Test func cacheWritesOfFiveMinutesAndOfOneHourStandApart() throws {
    let native = try all().filter { $0.requestID != nil }
    #expect(Set(native.map(\.session)).count == 3)
    #expect(native.count == 30)
    let truth = try fixtureObjects("claude-code/truth.jsonl").filter { $0["phase"] as? String == "native" }
      .compactMap { ($0["usage"] as? [String: Any])?["cache_creation"] as? [String: Any] }
    func sum(_ name: String) -> Int64 { truth.reduce(0) { $0 + Int64($1[name] as? Int ?? 0) } }
    let sums = native.compactMap(\.usage).reduce(TokenUsage.zero, +)
    #expect(sums.cacheWrite5m == sum("ephemeral_5m_input_tokens"))
    #expect(sums.cacheWrite1h == sum("ephemeral_1h_input_tokens"))
    #expect(sums.cacheWrite5m > 0 && sums.cacheWrite1h > 0)
  }

  @Test func theClientsOwnWordsAreIgnoredAndNothingIsSkipped() throws {
    let harvests = try transcriptPaths().map { try transcript(fixtureLines($0)) }
    #expect(harvests.reduce(0) { $0 + $1.ignored } == 3)
    #expect(harvests.allSatisfy { $0.skippedCount == 0 })
    #expect(!"\(harvests)".contains("CANARY"))
  }

  @Test(arguments: 0..<8)
  func linesInAnyOrderAndTwiceAndInAnyPieces(seed: UInt64) throws {
    var chance = SeededGenerator(seed: seed)
    var lines = try transcriptPaths().flatMap(fixtureLines)
    lines += lines.filter { _ in Bool.random(using: &chance) }
    lines.shuffle(using: &chance)
    var records: [TranscriptMessage] = []
    var rest = lines[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...200, using: &chance)
      records += transcript(rest.prefix(count)).messages
      rest = rest.dropFirst(count)
    }
    records.shuffle(using: &chance)
    #expect(try TranscriptMessage.unique(records) == all())
  }

  @Test func mergingIsAssociativeCommutativeAndIdempotent() {
    var chance = SeededGenerator(seed: 7)
    func record() -> TranscriptMessage {
      func few(_ limit: Int64) -> Int64 { Int64.random(in: 0...limit, using: &chance) }
      let usage = TokenUsage(input: few(1), cacheWrite1h: few(1), output: few(3))
      return TranscriptMessage(
        session: "s\(few(1))", messageID: "msg_a", requestID: "r", model: "m\(few(1))", time: few(3),
        usage: usage == .zero ? nil : usage, isSidechain: few(1) == 0, agentID: few(1) == 0 ? nil : "a",
        complete: few(1) == 0)
    }
    for _ in 0..<3000 {
      let (a, b, c) = (record(), record(), record())
      #expect(a.key == b.key)
      #expect(TranscriptMessage.merged(a, b) == .merged(b, a))
      #expect(TranscriptMessage.merged(a, a) == a)
      #expect(TranscriptMessage.merged(.merged(a, b), c) == .merged(a, .merged(b, c)))
    }
  }

  @Test func theLargestLineStandsAtTheTimeOfTheLast() throws {
    let first = answer(usage: #"{"input_tokens":10,"output_tokens":1}"#, time: "2026-06-24T00:00:01Z", stop: "null")
    let large = answer(usage: #"{"input_tokens":10,"output_tokens":260}"#, time: "2026-06-24T00:00:02.5Z")
    let late = answer(usage: #"{"input_tokens":10,"output_tokens":1}"#, time: "2026-06-24T00:00:03Z", stop: "null")
    let messages = transcript([first, large, late].map { Array($0.utf8) }).messages
    let message = try #require(messages.first)
    #expect(messages.count == 1)
    #expect(message.usage == TokenUsage(input: 10, output: 260))
    #expect(message.time == 1_782_259_203_000)
    #expect(message.complete)
  }

  /// The transcript of the session shows how its sub-agents get on, with their answers.
  @Test func aSubAgentsAnswerStandsInItsParentsTranscriptToo() throws {
    let answer =
      #""message":{"id":"msg_01A","model":"claude-haiku-4-5","role":"assistant","stop_reason":"end_turn","content":[],"#
      + #""usage":{"input_tokens":10,"output_tokens":26}},"requestId":"req_1","timestamp":"2026-06-24T00:00:01Z""#
    let own = #"{"isSidechain":true,"sessionId":"s","agentId":"a1","type":"assistant",\#(answer),"uuid":"u1"}"#
    func progress(_ type: String, _ kind: String = "agent_progress") -> String {
      #"{"isSidechain":false,"sessionId":"s","cwd":"/x/shop","type":"progress","data":{"message":{"type":"\#(type)","#
        + #"\#(answer),"uuid":"u1"},"normalizedMessages":[],"type":"\#(kind)","prompt":"p","agentId":"a1"},"#
        + #""toolUseID":"t","uuid":"u2","timestamp":"2026-06-24T00:00:09Z"}"#
    }
    func unique(_ lines: String...) -> [TranscriptMessage] {
      let batch = transcript(lines.map { Array($0.utf8) })
      #expect(batch.skippedCount == 0)
      return TranscriptMessage.unique(batch.messages)
    }
    let whole = unique(own)
    #expect(whole.map(\.usage) == [TokenUsage(input: 10, output: 26)])
    let shown = progress("assistant")
    #expect(unique(shown) == whole)
    #expect(unique(own, shown) == whole)
    #expect(unique(shown, own) == whole)
    #expect(unique(progress("user"), progress("assistant", "hook_progress")).isEmpty)
  }

  @Test func aReplayBySubAgentsIsDroppedAndTheirOwnIdsCount() {
    func message(_ id: String, request: String?, sidechain: Bool, output: Int64 = 5) -> TranscriptMessage {
      TranscriptMessage(
        session: "s", messageID: id, requestID: request, model: "claude", time: 1, usage: TokenUsage(output: output),
        isSidechain: sidechain, agentID: sidechain ? "a" : nil)
    }
    let parent = message("msg_01Parent", request: "req_1", sidechain: false)
    // The replay may lack the request's id, and may even look larger.
    let replays = [
      message("msg_01Parent", request: nil, sidechain: true, output: 9),
      message("msg_01Parent", request: "req_1", sidechain: true),
    ]
    let own = message("msg_01Own", request: "req_2", sidechain: true)
    #expect(Set(TranscriptMessage.unique(replays + [own, parent])) == [parent, own])
    // Without the parent the two are one answer, written down once without its request's id.
    #expect(TranscriptMessage.unique(replays).count == 1)
  }

  @Test func aRoutersIdIsSharedByAnswersOfOneMomentButNotByLinesOfOneAnswer() {
    func message(_ input: Int64, _ output: Int64, complete: Bool, session: String = "s") -> TranscriptMessage {
      let usage = TokenUsage(input: input, output: output)
      return TranscriptMessage(
        session: session, messageID: "msg_1782216901317", requestID: nil, model: "glm-5.2", time: 1,
        usage: usage == .zero ? nil : usage, complete: complete)
    }
    // The first lines of an answer can say zero, because the upstream tells its usage at the end.
    let lines = [message(0, 0, complete: false), message(0, 1, complete: false), message(700, 50, complete: true)]
    #expect(TranscriptMessage.unique(lines) == [lines[2]])
    let another = message(800, 40, complete: true)
    #expect(Set(TranscriptMessage.unique(lines + [another])) == [lines[2], another])
    let elsewhere = message(700, 50, complete: true, session: "t")
    #expect(TranscriptMessage.unique(lines + [elsewhere]).count == 2)
    #expect(TranscriptMessage.unique(Array(lines.prefix(2))) == [lines[1]])
  }

  @Test func nothingInsideOfContentPassesForAKey() throws {
    let line = answer(usage: #"{"input_tokens":3,"output_tokens":4}"#)
    let hostile = [
      line, line + "\n" + line, #"","usage":{"input_tokens":999999},"type":"user","x":""#, #"\"}]},"type":"user"}"#,
      #"\\\"}]"#, "\\", "\"", "\u{1}\u{0}", "𝄞 \u{2028} é", String(repeating: "\\\"", count: 5000),
      String(repeating: "[{", count: 5000),
    ]
    let expected = transcript(line).messages
    #expect(expected.count == 1)
    for text in hostile {
      let content =
        #"[{"type":"text","text":\#(quoted(text))},{"type":"tool_use","input":{\#(quoted(text)):[[{"usage":{"output_tokens":7}}]]}}]"#
      #expect(
        transcript(answer(usage: #"{"input_tokens":3,"output_tokens":4}"#, content: content)).messages == expected)
      // A user's line with the same content is no answer, whichever key comes first.
      let user = #"{"role":"user","content":\#(content)}"#
      for written in [
        #"{"type":"user","message":\#(user),"sessionId":"s"}"#, #"{"message":\#(user),"sessionId":"s","type":"user"}"#,
        #"{"data":{"type":"assistant","message":\#(user)},"type":"progress"}"#,
        #"{"toolUseResult":{"type":"assistant","usage":{"input_tokens":5}},"type":"user"}"#,
      ] {
        let batch = transcript(written)
        #expect(batch.messages.isEmpty && batch.skippedCount == 0)
      }
    }
    let nested = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
    #expect(transcript(answer(usage: #"{"input_tokens":3,"output_tokens":4}"#, content: nested)).messages == expected)
  }

  @Test func keysMayStandInAnyOrder() throws {
    let members = [
      #""type":"assistant""#, #""sessionId":"s""#, #""timestamp":"2026-06-24T00:00:00Z""#, #""requestId":"r""#,
      #""isSidechain":true"#, #""agentId":"a""#,
      #""message":{"usage":{"cache_creation_input_tokens":9,"input_tokens":1,"output_tokens":2},"content":["x"],"model":"m","id":"i"}"#,
    ]
    var chance = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let line = "{" + members.shuffled(using: &chance).joined(separator: " , ") + "}\r"
      #expect(
        transcript(line).messages == [
          TranscriptMessage(
            session: "s", messageID: "i", requestID: "r", model: "m", time: 1_782_259_200_000,
            usage: TokenUsage(input: 1, cacheWrite5m: 9, output: 2), isSidechain: true, agentID: "a", complete: false)
        ])
    }
  }

  /// A provider that tells the prompt's tokens and none of the answer's: what stands there took some.
  @Test(arguments: [
    (#"[{"type":"text"}]"#, 0, UnmeasuredReason.Transcript.impossibleCounts), (#"[{"type":"text"}]"#, 1, nil),
    ("[ ]", 0, nil),
  ])
  func anAnswerOfNoTokensHasNoContent(_ content: String, _ output: Int, _ flaw: UnmeasuredReason.Transcript?) {
    let message = transcript(
      #"{"type":"assistant","sessionId":"s","timestamp":"2026-06-24T00:00:00Z","message":{"id":"i","model":"m","content":"#
        + #"\#(content),"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":\#(output)}}}"#
    ).messages.first
    #expect(message?.flaw == flaw)
    #expect(message?.usage == TokenUsage(input: 7, output: Int64(output)), "the prompt is known")
  }

  @Test func whatCannotBeIsSkippedWithItsReason() {
    func reason(_ line: String) -> SkipReason? {
      let batch = transcript(line)
      #expect(batch.messages.count + batch.skippedCount == 1, "\(line)")
      return batch.skipped.first?.reason
    }
    for usage in [
      #"{"input_tokens":-1}"#, #"{"output_tokens":1.5}"#, #"{"input_tokens":12345678901234567890}"#,
      #"{"input_tokens":"7a"}"#, #"{"input_tokens":1e10}"#, #"{"input_tokens":2000000000}"#, #"{"output_tokens":5}"#,
      #"{"cache_creation":{"ephemeral_1h_input_tokens":-5}}"#, #"{"input_tokens":{}}"#,
    ] {
      let batch = transcript(answer(usage: usage))
      #expect(batch.messages.map(\.flaw) == [.impossibleCounts], "unknown, and never dropped")
      #expect(batch.messages.allSatisfy { $0.measured == nil })
    }
    let good = answer(usage: #"{"input_tokens":1}"#)
    #expect(reason(good) == nil)
    #expect(reason(String(good.dropLast())) == .brokenJSON)
    #expect(reason(String(good.prefix(good.count / 2))) == .brokenJSON)
    // What is whole counts, whatever stands behind it.
    for (line, skipped) in [(good + "}", [SkipReason.brokenJSON]), (good + good, [])] {
      let batch = transcript(line)
      #expect(batch.messages.count == 1)
      #expect(batch.skipped.map(\.reason) == skipped)
    }
    #expect(reason(answer(usage: "{\"input_tokens\":\0}")) == .nul)
    #expect(reason("\0\0\0") == .nul)
    #expect(reason("hello") == .foreign)
    #expect(reason(#"{"level":30,"time":1}"#) == .foreign)
    #expect(reason(answer(usage: "{}", time: "yesterday")) == .badTime)
    #expect(reason(answer(usage: "{}", model: #""a\u0000b""#)) == .badText)
    #expect(reason(answer(usage: "{}", model: #""\ud800""#)) == .badText)
    #expect(reason(answer(usage: "{}", model: "null")) == .incomplete)
    #expect(reason(answer(usage: "{}", model: "7")) == .incomplete)
    #expect(reason(good.replacing(#""sessionId":"s""#, with: #""sessionId":null"#)) == .incomplete)
    #expect(reason(#"{"type":"assistant"}"#) == .incomplete)
    var bytes = Array(answer(usage: "{}", model: #""mXm""#).utf8)
    bytes[bytes.firstIndex(of: UInt8(ascii: "X")) ?? 0] = 0xff
    #expect(transcript([bytes]).skipped.map(\.reason) == [.badText])
  }

  @Test func withoutIdOrCountsAnAnswerStays() throws {
    let line = answer(usage: "null", id: "null")
    let messages = transcript([line, line].map { Array($0.utf8) }).messages
    #expect(messages.count == 1)
    // The request's own id tells its answer apart.
    #expect(messages.first?.messageID == "req_x" && messages.first?.usage == nil)
    #expect(transcript(answer(usage: #"{"input_tokens":0,"output_tokens":0}"#)).messages.first?.usage == nil)
  }

  @Test(arguments: 0..<400)
  func damageNeverTraps(seed: UInt64) throws {
    var chance = SeededGenerator(seed: seed)
    let lines = try fixtureLines(transcriptPaths()[Int(seed) % 20])
    for var line in lines.prefix(6) {
      for _ in 0..<Int.random(in: 1...4, using: &chance) {
        let place = Int.random(in: 0..<line.count, using: &chance)
        line[place] = Bool.random(using: &chance) ? UInt8.random(in: 0...255, using: &chance) : UInt8(ascii: "\"")
      }
      let batch = transcript([Array(line.prefix(Int.random(in: 1...line.count, using: &chance)))])
      #expect(batch.messages.count <= 1 && batch.skippedCount <= 1)
    }
  }

  @Test func theClientsFolders() {
    #expect(
      ClaudeCodePaths.roots(environment: [:], home: "/h") == ["/h/.config/claude/projects", "/h/.claude/projects"])
    #expect(
      ClaudeCodePaths.roots(environment: ["CLAUDE_CONFIG_DIR": "/a/, ~/b:/h/.claude,,/a"], home: "/h")
        == ["/a/projects", "/h/b/projects", "/h/.claude/projects", "/h/.config/claude/projects"])
  }
}

/// A line of an answer as the client writes it.
private func answer(
  usage: String, time: String = "2026-06-24T00:00:00Z", stop: String = #""end_turn""#, model: String = #""glm-5.2""#,
  id: String = #""msg_x""#, content: String = "[]"
) -> String {
  #"{"parentUuid":null,"isSidechain":false,"sessionId":"s","message":{"id":\#(id),"type":"message","role":"assistant","#
    + #""model":\#(model),"content":\#(content),"stop_reason":\#(stop),"stop_sequence":null,"usage":\#(usage)},"#
    + #""requestId":"req_x","type":"assistant","uuid":"u","timestamp":\#(quoted(time))}"#
}
