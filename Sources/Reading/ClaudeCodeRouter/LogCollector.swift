/// What a stretch of a claude-code-router log holds.
package struct LogHarvest: Harvest {
  /// The facts of each request that the stretch touches, in the order of their first lines.
  package var fragments: [RequestFragment] = []
  /// When processes started, epoch milliseconds: request numbers begin anew there.
  package var starts: [LogStart] = []
  /// Lines left out. Only the first thousand are named.
  package var skipped: [SkippedLine] = []
  /// How many lines were left out.
  package var skippedCount = 0

  /// Nothing.
  package init() {}
}

/// The start of a process that writes a log.
package struct LogStart: Hashable, Sendable {
  /// The process.
  package var writer: LogWriter
  /// Epoch milliseconds.
  package var time: Int64

  /// A start.
  package init(writer: LogWriter, time: Int64) {
    self.writer = writer
    self.time = time
  }
}

/// Takes the lines of a claude-code-router 1.x or 2.x log and gathers what they say of each request.
///
/// Nine lines of ten are told by their last bytes and dropped.
package struct LogCollector {
  private var harvest = LogHarvest()
  private var open: [Key: Open] = [:]
  private var writers: [LogWriter] = []
  private var lastWriter: (raw: [UInt8], index: Int)?

  private struct Key: Hashable {
    var writer: Int
    var number: Int64
  }

  private struct Open {
    var fragment: RequestFragment
    /// The place of the last usage since the last call upstream.
    var usage: Int?
    var hasData = false
    var answerBytes: Int64 = 0
    var firstData: Int64 = 0
    var lastData: Int64 = 0
    /// Whether the client's call was seen, and named provider and model.
    var namesPair = false
    var calls = 0

    init(_ writer: LogWriter, _ number: Int64, _ offset: Int64) {
      fragment = RequestFragment(writer: writer, number: number, offset: offset, facts: [])
    }

    mutating func append(_ fact: RequestFact) {
      switch fact.event {
      case .usage:
        // Each report stands for the whole so far: the last one of a call is the one that counts.
        if let usage { fragment.facts.remove(at: usage) }
        usage = fragment.facts.count
      case .body(let model, _, _, _): namesPair = model.contains(",")
      case .upstreamCall:
        settleBytes()
        usage = nil
        hasData = false
        calls += 1
      case .completed: settleBytes()
      default: break
      }
      fragment.facts.append(fact)
    }

    mutating func received(_ count: Int, at time: Int64) {
      if !hasData { fragment.facts.append(RequestFact(time: time, event: .firstData)) }
      hasData = true
      if answerBytes == 0 { firstData = time }
      answerBytes += Int64(count)
      lastData = time
    }

    /// The bytes of an answer belong to the call that was under way.
    mutating func settleBytes() {
      guard answerBytes > 0 else { return }
      fragment.facts.append(RequestFact(time: lastData, event: .answerBytes(answerBytes, since: firstData)))
      answerBytes = 0
    }
  }

  /// A collector that has seen nothing.
  package init() {}

  /// How many requests it holds.
  package var requests: Int { open.count + harvest.fragments.count }

  /// Takes one line.
  /// - Parameters:
  ///   - bytes: the line without its newline.
  ///   - offset: where it begins in its file.
  ///   - line: its number in its file, from 1.
  package mutating func take(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) {
    guard bytes.count > 0, bytes.holds("{\"level\":", at: 0) else {
      if bytes.count > 0 { harvest.skip(line, bytes[0] == 0 ? .nul : .foreign) }
      return
    }
    // An unescaped quote this near to the end cannot be part of a string's content.
    if bytes.ends(with: "\"type\":\"send data\"}") || bytes.ends(with: "\"tppe\":\"Original Response\"}") { return }
    do throws(SkipReason) {
      try read(bytes, LineHead(bytes), at: offset)
    } catch {
      harvest.skip(line, error)
    }
  }

  /// Hands out all that was gathered and forgets it.
  package mutating func finish() -> LogHarvest {
    for key in open.keys { close(key) }
    harvest.fragments.sort { $0.offset < $1.offset }
    defer { harvest = LogHarvest() }
    return harvest
  }

  private mutating func read(_ bytes: Span<UInt8>, _ head: LineHead, at offset: Int64) throws(SkipReason) {
    guard let number = head.request else {
      if bytes.holds("\"msg\":\"register transformer: Anthropic (endpoint", at: head.end) {
        let writer = try writer(bytes, head)
        harvest.starts.append(LogStart(writer: writers[writer], time: head.time))
        for key in open.keys where key.writer == writer { close(key) }
      }
      return
    }
    let key = Key(writer: try writer(bytes, head), number: number)
    if bytes.holds("\"type\":\"recieved data\",\"data\":\"", at: head.end) {
      return try receivedData(bytes, head, key, at: offset)
    }
    if let event = try event(bytes, head, key) { append(event, key, head.time, offset) }
  }

  private func event(_ bytes: Span<UInt8>, _ head: LineHead, _ key: Key) throws(SkipReason) -> RequestFact.Event? {
    if bytes.ends(with: "\"msg\":\"Original OpenAI response\"}") { return try originalResponse(bytes, head) }
    return try sound { () throws(JSONFault) -> RequestFact.Event? in
      if head.level >= 40 {
        if bytes.ends(with: "\"msg\":\"response terminated with an error with headers already sent\"}") { return .cut }
        return try RequestLines.trouble(bytes, from: head.end)
      }
      if bytes.holds("\"msg\":\"", at: head.end) { return try RequestLines.message(bytes, from: head.end + 6) }
      if bytes.ends(with: "\"type\":\"request body\"}") { return try RequestLines.body(bytes, from: head.end) }
      if bytes.ends(with: "\"msg\":\"final request\"}") {
        let state = open[key]
        let isNamed = state.map { $0.namesPair && $0.calls == 0 } ?? false
        return try RequestLines.upstreamCall(bytes, from: head.end, wantsModel: !isNamed)
      }
      if bytes.ends(with: "\"msg\":\"incoming request\"}") { return try RequestLines.incoming(bytes, from: head.end) }
      if bytes.ends(with: "\"msg\":\"request completed\"}") { return try RequestLines.completed(bytes, from: head.end) }
      if bytes.ends(with: "\"msg\":\"stream closed prematurely\"}") { return .clientGone }
      return nil
    }
  }

  /// `"response":{…},"msg":"Original OpenAI response"}`: an answer that was not streamed.
  private func originalResponse(_ bytes: Span<UInt8>, _ head: LineHead) throws(SkipReason) -> RequestFact.Event? {
    guard bytes.holds("\"response\":", at: head.end) else { return nil }
    let answer = try sound { () throws(JSONFault) -> OpenAIAnswer in
      var cursor = JSONCursor(at: head.end + 11)
      return try OpenAIAnswer(bytes, &cursor)
    }
    return try answer.usage?.event()
  }

  /// `"type":"recieved data","data":"…"}`: one chunk of a stream, a JSON text inside a string.
  private mutating func receivedData(
    _ bytes: Span<UInt8>, _ head: LineHead, _ key: Key, at offset: Int64
  ) throws(SkipReason) {
    let start = head.end + 31
    guard bytes.holds("{", at: start) else { return }
    let isError = bytes.holds("{\\\"error\\\":", at: start)
    if !isError {
      let writer = writers[key.writer]
      open[key, default: Open(writer, key.number, offset)].received(bytes.count - start, at: head.time)
    }
    guard isError || Self.mayHoldUsage(bytes, from: start) else { return }
    let answer = try sound { () throws(JSONFault) -> OpenAIAnswer in
      var cursor = JSONCursor(at: start, escaped: true)
      return try OpenAIAnswer(bytes, &cursor)
    }
    if answer.isError { append(.errorInAnswer, key, head.time, offset) }
    if let usage = try answer.usage?.event() { append(usage, key, head.time, offset) }
  }

  /// Whether a chunk has a key `usage` that is not `null`; many upstreams send one that is with every chunk.
  private static func mayHoldUsage(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    var place = start
    while let found = bytes.firstIndex(of: "\\\"usage\\\":", from: place) {
      place = found + 10
      if !bytes.holds("null", at: place) { return true }
    }
    return false
  }

  private mutating func append(_ event: RequestFact.Event, _ key: Key, _ time: Int64, _ offset: Int64) {
    if case .incoming = event { close(key) }
    let writer = writers[key.writer]
    open[key, default: Open(writer, key.number, offset)].append(RequestFact(time: time, event: event))
  }

  private mutating func close(_ key: Key) {
    guard var state = open.removeValue(forKey: key) else { return }
    state.settleBytes()
    harvest.fragments.append(state.fragment)
  }

  private mutating func writer(_ bytes: Span<UInt8>, _ head: LineHead) throws(SkipReason) -> Int {
    if let lastWriter, lastWriter.raw.count == head.writer.count,
      head.writer.indices.allSatisfy({ bytes[$0] == lastWriter.raw[$0 - head.writer.lowerBound] })
    {
      return lastWriter.index
    }
    guard let host = bytes.string(head.host) else { throw .badText }
    let writer = LogWriter(host: host, pid: head.pid)
    let index = writers.firstIndex(of: writer) ?? writers.count
    if index == writers.count { writers.append(writer) }
    lastWriter = (head.writer.map { bytes[$0] }, index)
    return index
  }

  private func sound<Value>(_ read: () throws(JSONFault) -> Value) throws(SkipReason) -> Value {
    do throws(JSONFault) {
      return try read()
    } catch {
      throw error == .badText ? .badText : .brokenJSON
    }
  }
}
