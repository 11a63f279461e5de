package import Foundation

/// What the prompts of a generated log look like.
package enum LogShape: String, CaseIterable, Sendable {
  /// Prose and code, an escape now and then.
  case plain
  /// An escaped quote every six bytes.
  case quotes
  /// Tool calls: short strings, many brackets. Structure instead of text.
  case tools
}

/// A claude-code-router 1.x debug log of the real shape: long prompts, written twice, and about 200 chunks a request,
/// written three times each. A third of the requests is passed through, so that their tokens are in no line.
package struct RouterLog {
  private let shape: LogShape
  private var chance: Chance
  private var book = TruthBook()
  private var time: Int
  private var file: TextFile

  /// Writes a log of at least so many bytes.
  /// - Parameter part: 0, or another number for a log whose requests are others, a month later.
  package static func write(to url: URL, shape: LogShape, bytes: Int, part: Int = 0) throws -> Truth {
    var log = try RouterLog(shape: shape, part: part, file: TextFile(at: url))
    return try log.run(bytes: bytes)
  }

  private init(shape: LogShape, part: Int, file: TextFile) {
    self.shape = shape
    chance = Chance(seed: 20_260_624 + UInt64(part))
    time = 1_782_226_800_000 + part * 30 * 86_400_000
    self.file = file
  }

  private mutating func run(bytes: Int) throws -> Truth {
    try line(30, nil) { $0.write(#""msg":"register transformer: Anthropic (endpoint: /v1/messages)""#) }
    var number = 1
    while file.written < bytes {
      try request(number)
      number += 1
    }
    try file.close()
    return book.truth(bytes: file.written, files: 1, longestLine: file.longestLine)
  }

  private mutating func line(_ level: Int, _ number: Int?, _ rest: (inout TextFile) -> Void) throws {
    let id = number.map { "\"reqId\":\"req-\(String($0, radix: 36))\"," } ?? ""
    file.write("{\"level\":\(level),\"time\":\(time),\"pid\":4711,\"hostname\":\"bench\",\(id)")
    rest(&file)
    file.write("}")
    try file.endLine()
  }

  private mutating func request(_ number: Int) throws {
    let pair = ["ollama,glm-5.2", "ollama,kimi-k2.7-code", "minimax,MiniMax-M2.7"][chance.below(3)]
    let name = String(pair.split(separator: ",")[1])
    let messages = messages(bytes: 60_000 + chance.below(40_000))
    time += 20 + chance.below(2000)
    let started = time
    try line(30, number) {
      $0.write(
        #""req":{"method":"POST","url":"/v1/messages?beta=true","host":"127.0.0.1:3456","remoteAddress":"127.0.0.1","#
          + #""remotePort":58828},"msg":"incoming request""#)
    }
    try line(30, number) {
      $0.write(#""data":{"model":"\#(pair)","messages":"#)
      $0.write(messages)
      $0.write(
        #","system":[{"type":"text","text":"You are an agent."}],"tools":[{"name":"Task","input_schema":"#
          + #"{"type":"object"}}],"metadata":{"user_id":"user_ab_account__session_5c1d-\#(number / 40)"},"#
          + #""max_tokens":32000,"stream":true},"type":"request body""#)
    }
    try line(20, number) {
      $0.write(#""request":{"method":"POST","headers":{},"body":"{\"messages\":"#)
      $0.write(escaped(messages))
      $0.write(
        #",\"model\":\"\#(name)\",\"stream\":true}","signal":{}},"headers":{"authorization":"Bearer sk-bench","#
          + #""content-type":"application/json"},"requestUrl":"http://127.0.0.1:11434/v1/chat/completions","#
          + #""msg":"final request""#)
    }
    var figures = Figures()
    figures.requests = 1
    if name != "MiniMax-M2.7" { try stream(number, name, &figures) }
    time += 5
    try line(30, number) { $0.write(#""res":{"statusCode":200},"responseTime":130.29,"msg":"request completed""#) }
    book.add(figures, pair, at: started)
  }

  private mutating func stream(_ number: Int, _ name: String, _ figures: inout Figures) throws {
    let chunks = 150 + chance.below(100)
    let (prompt, cached) = (20_000 + chance.below(30_000), chance.below(15_000))
    let usage =
      #","usage":{"prompt_tokens":\#(prompt),"completion_tokens":\#(chunks),"total_tokens":\#(prompt + chunks),"#
      + #""prompt_tokens_details":{"cached_tokens":\#(cached)}}"#
    for chunk in 0..<chunks {
      time += chance.below(40)
      let body =
        #"{"id":"chatcmpl-\#(number)","object":"chat.completion.chunk","created":1782087000,"model":"\#(name)","#
        + #""system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","#
        + #""content":"word \#(chunk)"},"finish_reason":null}]"# + (chunk == chunks - 1 ? usage : "") + "}"
      try line(20, number) {
        $0.write(#""type":"recieved data","data":""#)
        $0.write(escaped(body.utf8))
        $0.write("\"")
      }
      try line(20, number) { $0.write(#""response":\#(body),"tppe":"Original Response""#) }
      try line(20, number) {
        $0.write(
          #""data":"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"#
            + #"\"type\":\"text_delta\",\"text\":\"word \#(chunk)\"}}\n\n","type":"send data""#)
      }
    }
    figures.measured = 1
    figures.input = prompt - cached
    figures.cacheRead = cached
    figures.output = chunks
  }

  /// A prompt's messages, JSON.
  private mutating func messages(bytes: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes + 200)
    switch shape {
    case .plain: prose(bytes: bytes, &text)
    case .quotes: while text.count < bytes { text += Array(#"abcd\""#.utf8) }
    case .tools:
      while text.count < bytes {
        if !text.isEmpty { text.append(UInt8(ascii: ",")) }
        let id = chance.below(1_000_000)
        text += Array(#"{"type":"tool_use","id":"t\#(id)","input":{"a":[1,2,{"b":"x"}],"c":{"d":true}}}"#.utf8)
      }
      return Array(#"[{"role":"assistant","content":["#.utf8) + text + Array("]}]".utf8)
    }
    return Array(#"[{"role":"user","content":[{"type":"text","text":""#.utf8) + text + Array(#""}]}]"#.utf8)
  }

  private mutating func prose(bytes: Int, _ text: inout [UInt8]) {
    while text.count < bytes { text += Prose.words[chance.below(Prose.words.count)] }
  }
}

/// Words as they stand in JSON strings.
enum Prose {
  static let words = [
    "function", "return", "let value = 1;", "the file", "src/index.ts", #"\n"#, "모델", #"\"key\""#, "await", "tokens",
  ].map { Array("\($0) ".utf8) }
}
