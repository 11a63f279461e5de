import Model
import Testing

@testable import Reading

/// Lines that hold more than one record, or the rest of one before another.
struct SharedLineTests {
  private func answer(_ number: Int) -> String {
    #"{"type":"assistant","sessionId":"s","requestId":"req_\#(number)","timestamp":"2026-06-24T10:00:00.000Z","#
      + #""message":{"id":"msg_0\#(number)","model":"m","content":[{"type":"text","text":"{\"type\":\"x\"}"}],"#
      + #""stop_reason":"end_turn","usage":{"input_tokens":1000,"output_tokens":100}}}"#
  }

  private func read(_ line: String) -> (answers: [String?], skipped: Int) {
    let batch = transcript([Array(line.utf8)])
    return (batch.messages.map(\.messageID), batch.skippedCount)
  }

  @Test(arguments: ["", " ", "\r", "\t "]) func twoRecordsOneBehindTheOther(_ between: String) {
    let found = read(answer(1) + between + answer(2))
    #expect(found.answers == ["msg_01", "msg_02"])
    #expect(found.skipped == 0)
  }

  /// A process that was killed leaves the beginning of a line; the next one begins behind it.
  @Test func aRecordBehindTheBeginningOfAnother() {
    let first = answer(1)
    for length in 20..<(first.utf8.count - 1) {
      let found = read("\(first.prefix(length))\(answer(2))")
      let torn = first.prefix(length)
      #expect(found.answers == ["msg_02"], "\(torn)")
      #expect(found.skipped == 1, "\(torn)")
    }
  }

  /// Most lines are told by their type and not read to their end.
  @Test func anAnswerBehindTheBeginningOfAnotherKindOfLine() {
    let lines = [
      #"{"type":"user","sessionId":"s","message":{"role":"user","content":"fix the \"assistant\" of [a, {b: c}]"},"uuid":"u"}"#,
      #"{"parentUuid":null,"message":{"role":"user","content":[{"type":"text","text":"x"}]},"type":"user"}"#,
      #"{"type":"progress","data":{"message":{"type":"assistant","message":{"role":"assistant"}}},"sessionId":"s"}"#,
    ]
    for line in lines {
      #expect(read(line).skipped == 0)
      for length in 20..<line.utf8.count {
        let found = read("\(line.prefix(length))\(answer(2))")
        #expect(found.answers == ["msg_02"], "\(line.prefix(length))")
        #expect(found.skipped == 1, "\(line.prefix(length))")
      }
      let whole = read(line + answer(2))
      #expect(whole.answers == ["msg_02"])
      #expect(whole.skipped == 0)
    }
  }

  /// Two files that were put one behind the other, of which the first one ends in the middle of a line.
  @Test func aRoutersLineBehindTheBeginningOfAUsers() {
    let routers =
      #"{"level":30,"time":1782295200000,"pid":1,"hostname":"h","reqId":"req-1","res":{"statusCode":200},"msg":"x"}"#
    let line =
      #"{"parentUuid":null,"type":"user","message":{"role":"user","content":[{"type":"text","text":"if (x) {"}]}}"#
    for length in 40...line.utf8.count {
      var collector = TranscriptCollector()
      var found: [String] = []
      collector.take(Array("\(line.prefix(length))\(routers)".utf8).span, at: 0, line: 1) { bytes in
        let text = String(decoding: bytes.array, as: UTF8.self)
        if text == routers { found.append(text) }
        return text == routers
      }
      #expect(found == [routers], "\(line.prefix(length))")
      #expect(collector.finish().skippedCount == (length == line.utf8.count ? 0 : 1), "\(line.prefix(length))")
    }
  }

  @Test func aRecordOfAProxyBehindTheBeginningOfAnother() throws {
    let lines = try fixtureLines("free-claude-code/server.log")
    let other = try #require(lines.first)
    let call = try #require(lines.first { $0.span.firstIndex(of: "API_REQUEST: ") != nil })
    #expect(proxyLog([other]).fragments.isEmpty)
    for length in stride(from: 12, through: other.count, by: 3) {
      let found = proxyLog([Array(other.prefix(length)) + call])
      #expect(found.fragments.count == 1, "\(length)")
      #expect(found.skippedCount == (length == other.count ? 0 : 1), "\(length)")
    }
    #expect(proxyLog([other + call]).skippedCount == 0)
  }

  /// A line of somebody else's without its newline.
  @Test func aRecordBehindWords() {
    let found = read("Listening on port 3456" + answer(1))
    #expect(found.answers == ["msg_01"])
    #expect(found.skipped == 1)
  }

  /// A program's debug output shows its objects as Python does, whose texts are in single quotes.
  @Test(arguments: [
    "{'messages': [{'role': 'user', 'content': 'see %'}]}", "{'messages': [{'role': 'user', 'content': '%'}]}",
    "POST Request Sent from LiteLLM: {'content': '%', 'n': 1}", "the line (%) is wrong", "`%` is wrong",
  ])
  func aRecordThatIsQuotedIsNone(text: String) {
    #expect(read(text.replacing("%", with: answer(1))).answers.isEmpty)
  }

  @Test func anyNumberOfRecords() {
    let found = read((1...300).map(answer).joined())
    #expect(found.answers == (1...300).map { "msg_0\($0)" })
    #expect(found.skipped == 0)
  }

  /// However many members the beginning has.
  @Test func aRecordBehindAConversationThatIsTorn() {
    let turns = (0..<300).map { #"{"role":"user","content":[{"type":"text","text":"\#($0)"}]}"# }
    let found = read(#"{"sessionId":"s","messages":["# + turns.joined(separator: ",") + #",{"role":"us"# + answer(1))
    #expect(found.answers == ["msg_01"])
    #expect(found.skipped == 1)
  }

  /// What never ends is given up, and counted.
  @Test func objectsWithoutEnd() {
    let found = read(String(repeating: #"{"a":["#, count: 20_000))
    #expect(found.answers.isEmpty)
    #expect(found.skipped == 1)
  }

  @Test func aRecordOfTheNewerProxyBehindTheBeginningOfOneOfTheOlder() {
    let torn = #"{"time": "2026-11-23 01:06:45.925948+00:00", "level": "DEBUG", "message": "FULL_PAYLOAD [r]: {'mo"#
    let whole =
      #"{"text": "x\n", "record": {"extra": {"instance_id": "3f", "request_id": "req_9086b08d28f3", "#
      + #""event": "request.completed", "provider_id": "p", "model": "m", "status_code": 200, "outcome": "success", "#
      + #""duration_ms": 666.12}, "message": "Inference request success", "module": "request_outcomes", "#
      + #""name": "free_claude_code.api.request_outcomes", "time": {"repr": "2026-11-25 20:16:12.118000+00:00", "#
      + #""timestamp": 1795637772.118}}}"#
    let found = proxyLog([Array((torn + whole).utf8)])
    #expect(found.fragments.map(\.requestID) == ["req_9086b08d28f3"])
    #expect(found.skippedCount == 1)
  }

  /// One file that was put behind another one.
  @Test func aWrappedRecordBehindPlainOnes() {
    let quoted = answer(2).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let wrapped = #"{"log":"\#(quoted)\n","stream":"stdout","time":"2026-11-26T15:00:00Z"}"#
    let batch = transcript([answer(1), wrapped].map { Array($0.utf8) })
    #expect(batch.messages.map(\.messageID) == ["msg_01", "msg_02"])
    #expect(batch.skippedCount == 0)
  }

  /// Adding a record never lowers what is known.
  @Test func aCopyWithCountsThatCannotBe() {
    let sound = answer(1)
    let flawed = sound.replacing(#""output_tokens":100"#, with: #""output_tokens":-1"#)
    for lines in [[sound, flawed], [flawed, sound], [flawed, sound, flawed], [flawed, flawed, sound]] {
      let batch = transcript(lines.map { Array($0.utf8) })
      #expect(batch.messages.map(\.flaw) == [nil])
      #expect(batch.messages.map(\.usage?.output) == [100])
    }
  }

  @Test func aRecordBehindAHole() {
    let found = read("\(answer(1).prefix(100))\0\0\0\0\(answer(2))")
    #expect(found.answers == ["msg_02"])
    #expect(found.skipped == 1)
  }

  @Test(arguments: ["{", "{\"type\":\"assistant\",", "}", "{}}{{", "{\"a\":1}x{\"b\":2}"])
  func whatHoldsNoRecordIsCountedOnce(_ line: String) {
    let found = read(line)
    #expect(found.answers.isEmpty)
    #expect(found.skipped == 1)
  }

  /// A logger can be told to write its times and levels as words.
  @Test func aRoutersTimeMayBeText() throws {
    func line(_ second: Int, _ rest: String) -> String {
      #"{"level":"info","time":"2026-06-24T10:00:0\#(second).000Z","pid":1,"hostname":"h","reqId":"req-1",\#(rest)}"#
    }
    let lines = [
      line(0, #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request""#),
      line(1, #""data":{"model":"p,m","messages":[],"stream":true},"type":"request body""#),
      line(9, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#),
    ]
    #expect(try SourceSniffer.kind(of: Array(lines[0].utf8), path: "x") == .log(.claudeCodeRouter))
    var collector = LogCollector()
    for (number, line) in lines.enumerated() {
      collector.take(Array(line.utf8).span, at: Int64(number), line: Int64(number + 1))
    }
    let batch = collector.finish()
    #expect(batch.skippedCount == 0)
    #expect(batch.fragments.map(\.start) == [1_782_295_200_000])
  }

  @Test func linesOfARouterThatShareOne() throws {
    func line(_ time: Int, _ rest: String) -> String {
      #"{"level":30,"time":178229520000\#(time),"pid":1,"hostname":"h","reqId":"req-1",\#(rest)}"#
    }
    let lines = [
      line(0, #""req":{"method":"POST","url":"/v1/messages"},"msg":"incoming request""#),
      line(1, #""data":{"model":"p,m","messages":[],"stream":true},"type":"request body""#),
      line(
        2, #""type":"recieved data","data":"{\"id\":\"c\",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}""#),
      line(9, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#),
    ]
    for glue in 1..<lines.count {
      var text = lines
      let rest = text.remove(at: glue)
      text[glue - 1] += rest
      var collector = LogCollector()
      for (number, line) in text.enumerated() {
        collector.take(Array(line.utf8).span, at: Int64(number), line: Int64(number + 1))
      }
      let batch = collector.finish()
      #expect(batch.skippedCount == 0)
      let requests = batch.fragments.flatMap { RequestSummary.requests(of: $0.facts, configuration: .none) }
      #expect(requests.map(\.usage?.input) == [7], "glued before line \(glue + 1)")
    }
  }

  /// Every line that can be torn, before every line that can follow it: what is whole counts, and one line is skipped.
  @Test func linesOfARouterBehindTheBeginningOfAnother() throws {
    func line(_ request: Int, _ rest: String, level: Int = 20) -> String {
      #"{"level":\#(level),"time":1782295200000,"pid":1,"hostname":"h","reqId":"req-\#(request)",\#(rest)}"#
    }
    func call(_ model: String, _ url: String) -> String {
      #""request":{"method":"POST","headers":{},"body":"{\"model\":\"\#(model)\"}"},"headers":{},"#
        + #""requestUrl":"\#(url)","msg":"final request""#
    }
    let chunk = #"{\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a, {b\"}}]}"#
    let torn = [
      #""type":"recieved data","data":"\#(chunk)""#, #""data":"event: ping\ndata: {}\n\n","type":"send data""#,
      #""response":{"id":"c","choices":[]},"tppe":"Original Response""#,
      #""data":{"model":"p,m","messages":[{"role":"user","content":"x"}],"stream":true},"type":"request body""#,
      call("m", "http://a/b"),
    ].map { line(1, $0) }
    let whole = [
      line(
        2, #""type":"recieved data","data":"{\"id\":\"d\",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}""#),
      line(2, call("n", "http://c/d")),
      line(2, #""data":{"model":"q,n","messages":[],"stream":true},"type":"request body""#, level: 30),
      line(2, #""res":{"statusCode":200},"responseTime":1,"msg":"request completed""#, level: 30),
      line(2, #""data":"event: ping\ndata: {}\n\n","type":"send data""#),
    ]
    func facts(_ text: String) -> (facts: [RequestFact], skipped: Int) {
      var collector = LogCollector()
      collector.take(Array(text.utf8).span, at: 0, line: 1)
      let batch = collector.finish()
      return (batch.fragments.filter { $0.number == 2 }.flatMap(\.facts), batch.skippedCount)
    }
    for first in torn {
      for second in whole {
        let expected = facts(second).facts
        #expect(facts(first + second).facts == expected, "\(first)\(second)")
        #expect(facts(first + second).skipped == 0)
        for length in stride(from: 12, to: first.utf8.count, by: 5) {
          let found = facts("\(first.prefix(length))\(second)")
          #expect(found.facts == expected, "\(first.prefix(length))\(second)")
          #expect(found.skipped == 1, "\(first.prefix(length))\(second)")
        }
      }
    }
  }
}
