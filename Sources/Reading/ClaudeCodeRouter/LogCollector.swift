/// Takes the lines of a claude-code-router 1.x or 2.x log and gathers what they say of each request.
///
/// Nine lines of ten are told by their last bytes and dropped.
package struct LogCollector: RecordReader {
  private var batch = RouterBatch()
  private var open: [Key: Open] = [:]
  private var writers: [LogWriter] = []
  private var indices: [LogWriter: Int] = [:]
  private var lastWriter: (raw: [UInt8], index: Int)?
  /// Lines of later times are left out, epoch milliseconds.
  package var latest: Int64

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
    /// Whether the id of the answer under way is among the facts.
    var hasAnswerID = false
    /// Whether its end is.
    var hasAnswerEnd = false
    /// The model that the client's call, or the choice of a fall-back, names.
    var model: String?
    var calls = 0

    init(_ writer: LogWriter, _ number: Int64, _ offset: Int64) {
      fragment = RequestFragment(writer: writer, number: number, offset: offset, facts: [])
    }

    mutating func append(_ fact: RequestFact) {
      var fact = fact
      switch fact.event {
      case .usage, .impossibleUsage:
        // Each report stands for the whole so far: one of a call is kept.
        if let usage {
          let other = fragment.facts.remove(at: usage)
          // Newest line first, where the request's own first line did not come first.
          fact =
            fragment.head == nil && other.time > fact.time
            ? RequestFact(time: other.time, event: fact.event.updated(by: other.event))
            : RequestFact(time: fact.time, event: other.event.updated(by: fact.event))
        }
        usage = fragment.facts.count
      case .body(let asked, _, _, _, _): model = Self.model(in: asked)
      case .fallback(let pair): model = Self.model(in: pair)
      case .upstreamCall:
        settleBytes()
        usage = nil
        hasData = false
        hasAnswerID = false
        hasAnswerEnd = false
        calls += 1
      case .answerID: hasAnswerID = true
      case .answerEnded: hasAnswerEnd = true
      case .completed: settleBytes()
      default: break
      }
      fragment.facts.append(fact)
    }

    private static func model(in pair: String) -> String? {
      pair.utf8.firstIndex(of: UInt8(ascii: ",")).map { String(pair[pair.utf8.index(after: $0)...]) }
    }

    /// - Returns: whether the answer's id is still missing.
    mutating func received(_ count: Int, at time: Int64) -> Bool {
      if !hasData { fragment.facts.append(RequestFact(time: time, event: .firstData)) }
      hasData = true
      if answerBytes == 0 { firstData = time }
      answerBytes += Int64(count)
      lastData = time
      return !hasAnswerID
    }

    /// Whether its lines stand in reverse, as some exports of logs have them, and the request came in at a time.
    func isNewestFirst(upTo head: Int64) -> Bool {
      guard fragment.head == nil, fragment.start > head else { return false }
      return zip(fragment.facts, fragment.facts.dropFirst()).allSatisfy { $0.time >= $1.time }
    }

    /// Puts what was read newest line first into the order in which it was written.
    mutating func turnAround() {
      settleBytes()
      var firstData: Int64?
      fragment.facts = fragment.facts.reversed().map { fact in
        switch fact.event {
        case .answerBytes(let count, let since):
          firstData = fact.time
          return RequestFact(time: since, event: .answerBytes(count, since: fact.time))
        case .firstData: return RequestFact(time: firstData ?? fact.time, event: .firstData)
        default: return fact
        }
      }
    }

    /// The bytes of an answer belong to the call that was under way.
    mutating func settleBytes() {
      guard answerBytes > 0 else { return }
      fragment.facts.append(RequestFact(time: lastData, event: .answerBytes(answerBytes, since: firstData)))
      answerBytes = 0
    }
  }

  /// How a line begins.
  private static let opening: StaticString = "{\"level\":"

  /// A collector that has seen nothing.
  /// - Parameter latest: the last time that can be, epoch milliseconds.
  package init(latest: Int64 = .max) { self.latest = latest }

  /// How many requests it holds.
  package var requests: Int { open.count + batch.fragments.count }

  package mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
    guard bytes.count > 0 else { return }
    // Where another line begins within, or only the rest of one stands in front, the ends are not those of one line.
    if bytes.holds(Self.opening, at: 0), bytes.firstIndex(of: Self.opening, from: 1) == nil {
      // An unescaped quote this near to the end cannot be part of a string's content.
      if bytes.ends(with: "\"type\":\"send data\"}") || bytes.ends(with: "\"tppe\":\"Original Response\"}") { return }
      if let head = try? LineHead(bytes), head.time <= latest, readByEnds(bytes, head, at: offset, line: line) {
        return
      }
    }
    try readInAnyOrder(bytes, at: offset, line: line)
  }

  package mutating func skip(_ line: Int64, _ reason: SkipReason) { batch.skip(line, reason) }

  /// Hands out all that was gathered and forgets it.
  package mutating func finish() -> RouterBatch {
    for key in open.keys { close(key) }
    batch.fragments.sort { $0.offset < $1.offset }
    defer { batch = RouterBatch() }
    return batch
  }

  /// Reads a line by its first and last members, where they stand as this router has always written them.
  /// - Returns: whether it was such a line, and sound.
  private mutating func readByEnds(_ bytes: Span<UInt8>, _ head: LineHead, at offset: Int64, line: Int64) -> Bool {
    guard let number = head.request else {
      // A member of the request may stand further behind.
      guard bytes.firstIndex(of: "\"reqId\":", from: head.end) == nil else { return false }
      guard bytes.holds("\"msg\":\"register transformer: Anthropic (endpoint", at: head.end) else { return true }
      guard let writer = writer(bytes, head) else { return false }
      start(writer, head.time)
      return true
    }
    guard let writer = writer(bytes, head) else { return false }
    let key = Key(writer: writer, number: number)
    do throws(JSONFault) {
      if bytes.holds("\"type\":\"recieved data\",\"data\":\"", at: head.end) {
        try take(chunk: bytes, from: head.end + 31, isEscaped: true, key, head.time, offset)
        return true
      }
      if bytes.ends(with: "\"msg\":\"Original OpenAI response\"}") {
        guard bytes.holds("\"response\":", at: head.end) else { return false }
        try take(answer: bytes, at: head.end + 11, key, head.time, offset)
        return true
      }
      if bytes.ends(with: "\"msg\":\"Conversion complete, final Anthropic response\"}") { return true }
      guard let event = try event(bytes, head, key) else { return false }
      append(event, key, head.time, offset, line)
      return true
    } catch {
      return false
    }
  }

  private func event(_ bytes: Span<UInt8>, _ head: LineHead, _ key: Key) throws(JSONFault) -> RequestFact.Event? {
    if head.level >= 40 {
      if bytes.ends(with: "\"msg\":\"response terminated with an error with headers already sent\"}") { return .cut }
      return try RequestLines.trouble(bytes, from: head.end)
    }
    if bytes.holds("\"msg\":\"", at: head.end) { return try RequestLines.message(bytes, from: head.end + 6) }
    if bytes.ends(with: "\"type\":\"request body\"}") { return try RequestLines.body(bytes, from: head.end) }
    if bytes.ends(with: "\"msg\":\"final request\"}") {
      return try RequestLines.upstreamCall(bytes, from: head.end, expected: open[key]?.model)
    }
    if bytes.ends(with: "\"msg\":\"incoming request\"}") { return try RequestLines.incoming(bytes, from: head.end) }
    if bytes.ends(with: "\"msg\":\"request completed\"}") { return try RequestLines.completed(bytes, from: head.end) }
    if bytes.ends(with: "\"msg\":\"stream closed prematurely\"}") { return .clientGone }
    return nil
  }

  /// Reads a line whose members stand in another order than usual, with others between them or in another spacing.
  private mutating func readInAnyOrder(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
    let whole = try AnyOrderLine(bytes)
    guard whole.time <= latest else { throw .ahead }
    let writer = index(of: whole.writer)
    guard let number = whole.request else {
      if whole.isStart(bytes) { start(writer, whole.time) }
      return
    }
    let key = Key(writer: writer, number: number)
    let content = try whole.content(bytes, expected: open[key]?.model)
    do throws(JSONFault) {
      switch content {
      case .event(let event): append(event, key, whole.time, offset, line)
      case .chunk(let start, let isEscaped):
        try take(chunk: bytes, from: start, isEscaped: isEscaped, key, whole.time, offset)
      case .answer(let start): try take(answer: bytes, at: start, key, whole.time, offset)
      case .nothing: break
      }
    } catch {
      throw SkipReason(error, in: bytes)
    }
  }

  private mutating func start(_ writer: Int, _ time: Int64) {
    batch.starts.append(LogStart(writer: writers[writer], time: time))
    for key in open.keys where key.writer == writer { close(key) }
  }

  /// `"response":{…},"msg":"Original OpenAI response"}`: an answer that was not streamed.
  private mutating func take(
    answer bytes: Span<UInt8>, at start: Int, _ key: Key, _ time: Int64, _ offset: Int64
  ) throws(JSONFault) {
    var cursor = JSONCursor(at: start)
    let answer = try OpenAIAnswer(bytes, &cursor)
    note(answer.id, bytes, key, time, offset)
    if let usage = answer.usage?.event(tier: Self.tier(answer, bytes)) { append(usage, key, time, offset) }
  }

  /// `"type":"recieved data","data":"…"}`: one chunk of a stream, a JSON text inside a string.
  private mutating func take(
    chunk bytes: Span<UInt8>, from start: Int, isEscaped: Bool, _ key: Key, _ time: Int64, _ offset: Int64
  ) throws(JSONFault) {
    guard bytes.holds("{", at: start) else {
      if bytes.holds("[DONE]", at: start) { noteEnd(key, time, offset) }
      return
    }
    let isError = bytes.holds("{\\\"error\\\":", at: start)
    if !isError {
      let writer = writers[key.writer]
      let wantsID = open[key, default: Open(writer, key.number, offset)].received(bytes.count - start, at: time)
      if wantsID { noteID(ofChunk: bytes, from: start, key, time, offset) }
    }
    let isLooked = isError || !isEscaped || Self.mayHoldUsage(bytes, from: start)
    guard isLooked || open[key]?.hasAnswerEnd == false && Self.mayEnd(bytes, from: start) else { return }
    var cursor = JSONCursor(at: start, escaped: isEscaped)
    let answer = try OpenAIAnswer(bytes, &cursor)
    if answer.isError { append(.errorInAnswer, key, time, offset) }
    if answer.hasEnd { noteEnd(key, time, offset) }
    if open[key]?.hasAnswerID == false { note(answer.id, bytes, key, time, offset) }
    let tier = Self.tier(answer, bytes)
    if let usage = answer.usage?.event(isInterim: answer.isInterim, tier: tier) { append(usage, key, time, offset) }
  }

  /// `{\"id\":\"chatcmpl-1\",…`: chunks begin with the answer's id.
  private mutating func noteID(
    ofChunk bytes: Span<UInt8>, from start: Int, _ key: Key, _ time: Int64, _ offset: Int64
  ) {
    let opening: StaticString = "{\\\"id\\\":\\\""
    guard bytes.holds(opening, at: start) else { return }
    let id = start + opening.utf8CodeUnitCount
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\\"), from: id) else { return }
    note(id..<end, bytes, key, time, offset)
  }

  /// The service tier of an answer; `nil` for what is no name of one.
  private static func tier(_ answer: OpenAIAnswer, _ bytes: Span<UInt8>) -> String? {
    guard let range = answer.tier, (1...64).contains(range.count), let name = bytes.string(range),
      name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
    else { return nil }
    return name
  }

  private mutating func note(
    _ id: Range<Int>?, _ bytes: Span<UInt8>, _ key: Key, _ time: Int64, _ offset: Int64
  ) {
    guard let id, (1...128).contains(id.count), let text = bytes.string(id),
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
    else { return }
    append(.answerID(text), key, time, offset)
  }

  private mutating func noteEnd(_ key: Key, _ time: Int64, _ offset: Int64) {
    if open[key]?.hasAnswerEnd != true { append(.answerEnded, key, time, offset) }
  }

  /// Whether a chunk can be the last of its answer: it has a reason why that ended, or is of a kind that ends one.
  private static func mayEnd(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    let opening: StaticString = "{\\\"type\\\":\\\""
    if bytes.holds(opening, at: start) {
      let kinds: [StaticString] = ["message_stop", "error", "response.failed"]
      return kinds.contains { bytes.holds($0, at: start + opening.utf8CodeUnitCount) }
    }
    var place = start
    while let found = bytes.firstIndex(of: "\\\"finish", from: place) {
      place = found + 8
      let names: [StaticString] = ["_reason\\\":", "Reason\\\":"]
      guard let name = names.first(where: { bytes.holds($0, at: place) }) else { continue }
      place += name.utf8CodeUnitCount
      while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
      if bytes.holds("\\\"", at: place) { return true }
    }
    return false
  }

  /// Whether a chunk has a key that begins with `usage` and is not `null`; many upstreams send one that is with every
  /// chunk.
  private static func mayHoldUsage(_ bytes: Span<UInt8>, from start: Int) -> Bool {
    var place = start
    while let found = bytes.firstIndex(of: "\\\"usage", from: place) {
      place = found + 7
      guard bytes.holds("\\\":", at: place) else {
        if bytes.holds("Metadata", at: place) || bytes.holds("_metadata", at: place) { return true }
        continue
      }
      place += 3
      while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
      if !bytes.holds("null", at: place) { return true }
    }
    // What no OpenAI-compatible upstream sends begins otherwise: Ollama's own answers, and Bedrock's.
    if bytes.holds("{\\\"id\\\":", at: start) { return false }
    return bytes.firstIndex(of: "eval_count\\\":", from: start) != nil
      || bytes.firstIndex(of: "-invocationMetrics\\\":", from: start) != nil
  }

  private mutating func append(
    _ event: RequestFact.Event, _ key: Key, _ time: Int64, _ offset: Int64, _ line: Int64 = 0
  ) {
    let writer = writers[key.writer]
    if case .incoming(_, let isUnknownPath) = event {
      if isUnknownPath == true { batch.skip(line, .unknownPath) }
      if var state = open[key], state.isNewestFirst(upTo: time) {
        state.turnAround()
        state.fragment.facts.insert(RequestFact(time: time, event: event), at: 0)
        open[key] = nil
        batch.fragments.append(state.fragment)
        return
      }
      close(key)
    }
    open[key, default: Open(writer, key.number, offset)].append(RequestFact(time: time, event: event))
  }

  private mutating func close(_ key: Key) {
    guard var state = open.removeValue(forKey: key) else { return }
    state.settleBytes()
    batch.fragments.append(state.fragment)
  }

  private mutating func writer(_ bytes: Span<UInt8>, _ head: LineHead) -> Int? {
    if let lastWriter, lastWriter.raw.count == head.writer.count,
      head.writer.indices.allSatisfy({ bytes[$0] == lastWriter.raw[$0 - head.writer.lowerBound] })
    {
      return lastWriter.index
    }
    for place in head.host where bytes[place] == UInt8(ascii: "\\") { return nil }
    guard let host = bytes.string(head.host) else { return nil }
    let index = index(of: LogWriter(host: host, pid: head.pid))
    lastWriter = (head.writer.map { bytes[$0] }, index)
    return index
  }

  private mutating func index(of writer: LogWriter) -> Int {
    if let known = indices[writer] { return known }
    indices[writer] = writers.count
    writers.append(writer)
    return writers.count - 1
  }
}
