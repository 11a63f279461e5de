package import Foundation

/// A folder of Claude Code transcripts: prompts, answers of several blocks that repeat their id with growing usage, tool
/// results that stand twice in their line, and sub-agents that begin with a replay of their parent's last answer.
package struct Transcripts {
  private static let models = ["claude-sonnet-5", "claude-sonnet-4-6", "claude-sonnet-5-5"]

  private var chance = Chance(seed: 20_260_301)
  private var book = TruthBook()
  private var bytes = 0
  private var longestLine = 0
  /// Escaped prose, out of which contents are cut.
  private let prose: [UInt8]

  /// Writes a folder as Claude Code's `projects`: so many files that hold at least so many bytes together.
  package static func write(to folder: URL, files: Int, bytes: Int) throws -> Truth {
    var transcripts = Transcripts()
    for number in 0..<files {
      let file = try transcripts.session(
        number, in: folder, bytes: max(1, (bytes - transcripts.bytes) / (files - number)))
      transcripts.bytes += file.written
      transcripts.longestLine = max(transcripts.longestLine, file.longestLine)
    }
    return transcripts.book.truth(bytes: transcripts.bytes, files: files, longestLine: transcripts.longestLine)
  }

  private init() {
    var text: [UInt8] = []
    while text.count < 200_000 { text += Prose.words[chance.below(Prose.words.count)] }
    prose = text
  }

  /// Who asks: a session or a sub-agent of it.
  private struct Asker {
    var session: String
    var agent: String?
    var model: String
    var time: Int
    /// The last answer, as a replay of it stands in a sub-agent's transcript.
    var last: (id: String, request: String, usage: Figures)?
  }

  private var parent: Asker?

  /// Each fifth file is a sub-agent of the session before it.
  private mutating func session(_ number: Int, in folder: URL, bytes: Int) throws -> TextFile {
    let project = folder.appending(path: "-home-dev-project-\(number / 5 % 40)")
    var asker: Asker
    var file: TextFile
    if number % 5 == 4, let parent {
      asker = parent
      asker.agent = chance.hex(7)
      file = try TextFile(at: project.appending(path: "\(asker.session)/subagents/agent-\(asker.agent ?? "").jsonl"))
      if let last = asker.last { try answer(&file, &asker, last.id, last.request, [(#"{"type":"text"}"#, last.usage)]) }
    } else {
      asker = Asker(
        session: chance.uuid(), model: Self.models[chance.below(Self.models.count)],
        time: 1_780_272_000_000 + chance.below(20 * 86_400_000))
      file = try TextFile(at: project.appending(path: "\(asker.session).jsonl"))
    }
    while file.written < bytes { try turn(&file, &asker) }
    try file.close()
    parent = asker
    return file
  }

  /// A tool's result or a prompt, and the answer to it.
  private mutating func turn(_ file: inout TextFile, _ asker: inout Asker) throws {
    asker.time += 500 + chance.below(3000)
    let isResult = chance.below(8) > 0
    let length = chance.below(50) == 0 ? 40_000 + chance.below(60_000) : 200 + chance.below(isResult ? 8000 : 1500)
    let content = cut(length)
    head(&file, asker)
    if isResult {
      file.write(
        #""type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_\#(chance.hex(24))","type":"#
          + #""tool_result","content":""#)
      file.write(content)
      file.write(#""}]},"toolUseResult":{"stdout":""#)
      file.write(content)
      file.write(#"","stderr":"","interrupted":false}"#)
    } else {
      file.write(#""type":"user","message":{"role":"user","content":""#)
      file.write(content)
      file.write(#""}"#)
    }
    try tail(&file, asker)

    var usage = Figures()
    usage.requests = 1
    usage.measured = 1
    usage.input = 1 + chance.below(50)
    usage.cacheRead = 10_000 + chance.below(120_000)
    usage.cacheWrite1h = chance.below(6000)
    usage.cacheWrite5m = chance.below(3) == 0 ? chance.below(2000) : 0
    usage.output = 20 + chance.below(2000)
    var early = usage
    early.output = 1
    var blocks: [(String, Figures)] = [(block("thinking", "thinking", 300 + chance.below(2000)), early)]
    if chance.below(2) == 0 { blocks.append((block("text", "text", 100 + chance.below(1500)), early)) }
    let input = String(decoding: cut(100 + chance.below(1500)), as: UTF8.self)
    blocks.append(
      (#"{"type":"tool_use","id":"toolu_\#(chance.hex(24))","name":"Bash","input":{"command":"\#(input)"}}"#, usage))
    let (id, request) = ("msg_01" + chance.hex(22), "req_011" + chance.hex(21))
    try answer(&file, &asker, id, request, blocks)
    asker.last = (id, request, usage)
    book.add(usage, "anthropic,\(asker.model)", at: asker.time)
  }

  private mutating func answer(
    _ file: inout TextFile, _ asker: inout Asker, _ id: String, _ request: String, _ blocks: [(String, Figures)]
  ) throws {
    for (place, (block, usage)) in blocks.enumerated() {
      asker.time += 200 + chance.below(1500)
      head(&file, asker)
      let isLast = place == blocks.count - 1
      file.write(
        #""message":{"id":"\#(id)","type":"message","role":"assistant","model":"\#(asker.model)","content":[\#(block)],"#
          + #""stop_reason":\#(isLast ? #""tool_use""# : "null"),"stop_sequence":null,"usage":{"#
          + #""input_tokens":\#(usage.input),"#
          + #""cache_creation_input_tokens":\#(usage.cacheWrite5m + usage.cacheWrite1h),"#
          + #""cache_read_input_tokens":\#(usage.cacheRead),"cache_creation":{"#
          + #""ephemeral_5m_input_tokens":\#(usage.cacheWrite5m),"ephemeral_1h_input_tokens":\#(usage.cacheWrite1h)},"#
          + #""output_tokens":\#(usage.output),"service_tier":"standard"}},"requestId":"\#(request)","type":"assistant""#
      )
      try tail(&file, asker)
    }
  }

  private mutating func head(_ file: inout TextFile, _ asker: Asker) {
    let agent = asker.agent.map { #""agentId":"\#($0)","# } ?? ""
    file.write(
      #"{"parentUuid":"\#(chance.uuid())","isSidechain":\#(asker.agent != nil),"userType":"external","#
        + #""cwd":"/home/dev/project","sessionId":"\#(asker.session)","version":"2.1.222","gitBranch":"main",\#(agent)"#
    )
  }

  private mutating func tail(_ file: inout TextFile, _ asker: Asker) throws {
    file.write(#","uuid":"\#(chance.uuid())","timestamp":"\#(Stamp.text(asker.time))"}"#)
    try file.endLine()
  }

  private mutating func block(_ type: String, _ key: String, _ bytes: Int) -> String {
    #"{"type":"\#(type)","\#(key)":"\#(String(decoding: cut(bytes), as: UTF8.self))"}"#
  }

  /// A piece of prose that begins and ends with a word.
  private mutating func cut(_ bytes: Int) -> [UInt8] {
    var start = chance.below(prose.count - bytes - 100)
    while prose[start] != UInt8(ascii: " ") { start += 1 }
    var end = start + bytes
    while prose[end] != UInt8(ascii: " ") { end += 1 }
    return Array(prose[start..<end])
  }
}
