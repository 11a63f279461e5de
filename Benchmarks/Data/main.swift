import Foundation

// Writes a claude-code-router 1.x debug log of a given size and shape to standard output, and what it must sum up to,
// by its own count, to standard error: model, requests, measured, input, cache read, output. The same arguments give
// the same bytes.
//
//   bench-data BYTES [plain|quotes|tools] > log 2> truth.csv

/// A prompt's text, already escaped as it stands inside a JSON string.
enum Shape: String {
  /// Prose and code, an escape now and then.
  case plain
  /// An escaped quote every six bytes.
  case quotes
  /// Tool calls: short strings, many brackets. Structure instead of text.
  case tools

  func content(_ chance: inout Chance, bytes: Int) -> String {
    var text = ""
    text.reserveCapacity(bytes + 100)
    switch self {
    case .plain:
      let words = [
        "function", "return", "let value = 1;", "the file", "src/index.ts", "\\n", "모델", "\\\"key\\\"", "await",
        "tokens",
      ]
      while text.utf8.count < bytes { text += words[chance.below(words.count)] + " " }
    case .quotes: while text.utf8.count < bytes { text += "abcd\\\"" }
    case .tools: while text.utf8.count < bytes { text += "call " }
    }
    return text
  }

  func messages(_ chance: inout Chance, bytes: Int) -> String {
    guard self == .tools else {
      return "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"\(content(&chance, bytes: bytes))\"}]}]"
    }
    var calls: [String] = []
    var length = 0
    while length < bytes {
      let call =
        "{\"type\":\"tool_use\",\"id\":\"t\(chance.below(1_000_000))\",\"input\":{\"a\":[1,2,{\"b\":\"x\"}],\"c\":{\"d\":true}}}"
      length += call.utf8.count + 1
      calls.append(call)
    }
    return "[{\"role\":\"assistant\",\"content\":[\(calls.joined(separator: ","))]}]"
  }
}

/// Reproducible numbers: a linear congruential generator with Knuth's constants.
struct Chance {
  var state: UInt64 = 20_260_624

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}

/// What the log sums up to.
struct Truth {
  var requests = 0
  var measured = 0
  var input = 0
  var cached = 0
  var output = 0
}

func escaped(_ json: String) -> String {
  json.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
}

/// Writes the log.
struct Generator {
  let shape: Shape
  private var chance = Chance()
  private(set) var truth: [String: Truth] = [:]
  private var time = 1_782_226_800_000
  private var written = 0
  private var buffer = Data()

  init(shape: Shape) { self.shape = shape }

  mutating func run(bytes: Int) {
    line(30, nil, #""msg":"register transformer: Anthropic (endpoint: /v1/messages)""#)
    var number = 1
    while written < bytes {
      request(number)
      number += 1
    }
    FileHandle.standardOutput.write(buffer)
  }

  private mutating func line(_ level: Int, _ number: Int?, _ rest: String) {
    let id = number.map { "\"reqId\":\"req-\(String($0, radix: 36))\"," } ?? ""
    let text = "{\"level\":\(level),\"time\":\(time),\"pid\":4711,\"hostname\":\"bench\",\(id)\(rest)}\n"
    written += text.utf8.count
    buffer.append(contentsOf: text.utf8)
    if buffer.count > 1 << 22 {
      FileHandle.standardOutput.write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
  }

  private mutating func request(_ number: Int) {
    let pair = ["ollama,glm-5.2", "ollama,kimi-k2.7-code", "minimax,MiniMax-M2.7"][chance.below(3)]
    let name = String(pair.split(separator: ",")[1])
    let messages = shape.messages(&chance, bytes: 60_000 + chance.below(40_000))
    let body = escaped(#"{"messages":\#(messages),"model":"\#(name)","stream":true}"#)
    time += 20 + chance.below(2000)
    line(
      30, number,
      #""req":{"method":"POST","url":"/v1/messages?beta=true","host":"127.0.0.1:3456","remoteAddress":"127.0.0.1","#
        + #""remotePort":58828},"msg":"incoming request""#)
    line(
      30, number,
      #""data":{"model":"\#(pair)","messages":\#(messages),"system":[{"type":"text","text":"You are an agent."}],"#
        + #""tools":[{"name":"Task","input_schema":{"type":"object"}}],"#
        + #""metadata":{"user_id":"user_ab_account__session_5c1d-\#(number / 40)"},"max_tokens":32000,"stream":true},"#
        + #""type":"request body""#)
    line(
      20, number,
      #""request":{"method":"POST","headers":{},"body":"\#(body)","signal":{}},"#
        + #""headers":{"authorization":"Bearer sk-bench","content-type":"application/json"},"#
        + #""requestUrl":"http://127.0.0.1:11434/v1/chat/completions","msg":"final request""#)
    truth[name, default: Truth()].requests += 1
    if name != "MiniMax-M2.7" { stream(number, name) }
    time += 5
    line(30, number, #""res":{"statusCode":200},"responseTime":130.29,"msg":"request completed""#)
  }

  private mutating func stream(_ number: Int, _ name: String) {
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
      let event = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word \#(chunk)"}}"#
      line(20, number, #""type":"recieved data","data":"\#(escaped(body))""#)
      line(20, number, #""response":\#(body),"tppe":"Original Response""#)
      line(20, number, #""data":"event: content_block_delta\ndata: \#(escaped(event))\n\n","type":"send data""#)
    }
    truth[name, default: Truth()].measured += 1
    truth[name, default: Truth()].input += prompt - cached
    truth[name, default: Truth()].cached += cached
    truth[name, default: Truth()].output += chunks
  }
}

let arguments = CommandLine.arguments.dropFirst()
guard let size = arguments.first.flatMap({ Int($0) }),
  let shape = Shape(rawValue: arguments.dropFirst().first ?? "plain")
else {
  FileHandle.standardError.write(Data("usage: bench-data BYTES [plain|quotes|tools]\n".utf8))
  exit(64)
}
var generator = Generator(shape: shape)
generator.run(bytes: size)
for (name, sum) in generator.truth.sorted(by: { $0.key < $1.key }) {
  let row = "\(name),\(sum.requests),\(sum.measured),\(sum.input),\(sum.cached),\(sum.output)\n"
  FileHandle.standardError.write(Data(row.utf8))
}
