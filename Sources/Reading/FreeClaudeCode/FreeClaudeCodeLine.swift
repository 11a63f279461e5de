import Model

/// Reads the lines of a free-claude-code log that matter: those whose message *begins* with one of the proxy's own
/// words, written by the proxy's own code. A prompt stands only further inside of a message.
enum FreeClaudeCodeLine {
  /// What a line says, and of which request; `nil` where it says nothing that we want.
  static func fact(_ bytes: Span<UInt8>) throws(SkipReason) -> (requestID: String, fact: FreeClaudeCodeFact)? {
    var opening = JSONCursor()
    guard let byte = try? opening.peek(bytes), byte == UInt8(ascii: "{") else {
      throw bytes[0] == 0 ? .nul : .foreign
    }
    let fields: Fields
    do throws(JSONFault) {
      fields = try Fields(bytes)
    } catch {
      throw SkipReason(error, in: bytes)
    }
    guard let message = fields.message else { throw .foreign }
    guard let word = message.word, fields.isOwn(bytes, word) else { return nil }
    guard let time = fields.time.flatMap({ ISOTime.recorded(bytes, $0) }) else { throw .badTime }
    let found: FreeClaudeCodeFact.Event?
    if case .trace = word { found = try fields.trace.fact(bytes) } else { found = try event(bytes, word, message) }
    guard let result = found else { return nil }
    guard let id = try requestID(bytes, message.requestID ?? fields.requestID) else { return nil }
    return (id, FreeClaudeCodeFact(time: time, event: result))
  }

  /// How a message begins.
  private enum Word {
    case incoming, firstData, told, ended, prompt
    /// `TRACE <event>`, as in July 2026: what it says stands in keys beside the message.
    case trace
    case call(provider: Range<Int>)
    case failed
    case fellBack
  }

  private struct Message {
    var word: Word?
    /// What follows the word, and the request id where it follows.
    var rest: Range<Int>
    var requestID: Range<Int>?
  }

  /// Where the values stand that we want.
  private struct Fields {
    var time: Range<Int>?
    var message: Message?
    var requestID: Range<Int>?
    private(set) var trace = FreeClaudeCodeTrace()
    private var module: Range<Int>?

    /// Reads as far as it takes to know that the line says nothing, else to its end.
    init(_ bytes: Span<UInt8>) throws(JSONFault) {
      var cursor = JSONCursor()
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        if try trace.take(key, bytes, &cursor) { continue }
        guard try cursor.atString(bytes) else {
          try cursor.skip(bytes)
          continue
        }
        let start = key.lowerBound
        switch key.count {
        case 4 where bytes.holds("time", at: start): time = try cursor.string(bytes)
        case 6 where bytes.holds("module", at: start): module = try cursor.string(bytes)
        case 10 where bytes.holds("request_id", at: start): requestID = try cursor.string(bytes)
        case 7 where bytes.holds("message", at: start):
          message = try Self.message(bytes, &cursor)
          if message?.word == nil {
            // A record behind it, whoever's it is, belongs to another line, unless the line is whole.
            if bytes.firstIndex(of: "{\"", from: cursor.position) != nil, !bytes.isWholeValue {
              throw .unexpectedByte
            }
            return
          }
        default: _ = try cursor.string(bytes)
        }
      }
      while cursor.position < bytes.count {
        guard bytes[cursor.position] <= 0x20 else { throw .unexpectedByte }
        cursor.position += 1
      }
    }

    /// Whether the line was written by the code that uses such a word. The proxy also logs for its libraries and for
    /// the chats that it serves, whose messages can begin with anything.
    func isOwn(_ bytes: Span<UInt8>, _ word: Word) -> Bool {
      if case .trace = word { return trace.isNamed }
      guard let module else { return false }
      let prefix: StaticString = "free_claude_code."
      let start = module.lowerBound + (bytes.holds(prefix, at: module.lowerBound) ? prefix.utf8CodeUnitCount : 0)
      if case .incoming = word { return bytes.holds("api.", at: start) }
      if case .fellBack = word { return bytes.holds("application.", at: start) }
      return bytes.holds("providers.", at: start) || bytes.holds("core.", at: start)
    }

    /// Tells a message by its first bytes and takes it, unless it is none that we want: a payload is never read.
    private static func message(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Message {
      let start = cursor.position + 1
      func found(_ word: Word, _ text: StaticString) -> (Word, Int)? {
        bytes.holds(text, at: start) ? (word, start + text.utf8CodeUnitCount) : nil
      }
      guard
        let (word, end) = found(.firstData, "SSE_EVENT: content_block_start - ")
          ?? found(.told, "SSE_EVENT: message_delta - event: message_delta\\ndata: ")
          ?? found(.ended, "SSE_EVENT: message_stop - ") ?? found(.prompt, "TOKEN_ESTIMATE: our=")
          ?? found(.incoming, "API_REQUEST: ") ?? found(.trace, "TRACE ")
          ?? found(.fellBack, "Model fallback: ") ?? provider(bytes, from: start)
      else { return Message(rest: start..<start) }
      let content = try cursor.string(bytes)
      let mark: StaticString = "request_id="
      guard bytes.holds(mark, at: end) else {
        // Only the word for a call must have its request: without one it is about something else.
        if case .call = word { return Message(rest: start..<start) }
        return Message(word: word, rest: end..<content.upperBound)
      }
      let id = end + mark.utf8CodeUnitCount
      let space = bytes.firstIndex(of: UInt8(ascii: " "), from: id) ?? content.upperBound
      let idEnd = min(space, content.upperBound)
      return Message(word: word, rest: idEnd..<content.upperBound, requestID: id..<idEnd)
    }

    /// `NIM_STREAM: ` or `NIM_ERROR: `.
    private static func provider(_ bytes: Span<UInt8>, from start: Int) -> (Word, Int)? {
      var end = start
      while end < bytes.count, end - start < 64, isProviderByte(bytes[end]) { end += 1 }
      for (suffix, isCall) in [("_STREAM: ", true), ("_ERROR: ", false)] as [(StaticString, Bool)] {
        let place = end - (suffix.utf8CodeUnitCount - 2)
        guard place > start, bytes.holds(suffix, at: place) else { continue }
        return (isCall ? .call(provider: start..<place) : .failed, end + 2)
      }
      return nil
    }

    private static func isProviderByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  private static func event(
    _ bytes: Span<UInt8>, _ word: Word, _ message: Message
  ) throws(SkipReason) -> FreeClaudeCodeFact.Event? {
    switch word {
    case .incoming: return .incoming
    case .firstData: return .firstData
    case .ended: return .ended
    case .trace: return nil
    case .prompt:
      guard let mark = bytes.firstIndex(of: " provider=", from: message.rest.lowerBound), mark < message.rest.upperBound
      else { return nil }
      guard let count = bytes.number(at: mark + 10), count.value <= largestTokenCount else { throw .badTokens }
      return .prompt(count.value)
    case .told: return try told(bytes, from: message.rest.lowerBound)
    case .failed: return failure(bytes, message.rest)
    case .fellBack: return fallback(bytes, message.rest)
    case .call(let provider):
      let mark: StaticString = " model="
      guard let start = bytes.firstIndex(of: mark, from: message.rest.lowerBound).map({ $0 + mark.utf8CodeUnitCount }),
        start < message.rest.upperBound
      else { throw .incomplete }
      let end = min(bytes.firstIndex(of: " msgs=", from: start) ?? message.rest.upperBound, message.rest.upperBound)
      guard let name = bytes.string(provider), let raw = bytes.string(start..<end),
        let model = JSONEscapes.unescaped(raw), !model.utf8.contains(where: { $0 < 0x20 })
      else { throw .badText }
      if model.isEmpty { throw .incomplete }
      return .call(provider: name.lowercased(), model: model)
    }
  }

  /// `{"type": "message_delta", …, "usage": {"input_tokens": 159, "output_tokens": 370}}`, escaped.
  private static func told(_ bytes: Span<UInt8>, from start: Int) throws(SkipReason) -> FreeClaudeCodeFact.Event? {
    var usage: AnthropicUsage?
    do throws(JSONFault) {
      var cursor = JSONCursor(at: start, escaped: true)
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        if key.count == 5, bytes.holds("usage", at: key.lowerBound), try cursor.peek(bytes) == UInt8(ascii: "{") {
          usage = try AnthropicUsage(bytes, &cursor)
        } else {
          try cursor.skip(bytes)
        }
      }
    } catch {
      throw SkipReason(error, in: bytes)
    }
    do throws(AnthropicUsage.AmbiguousCount) {
      return try usage?.tokens(wantsPrompt: false).map { .told(input: $0.input, output: $0.output) }
    } catch {
      throw .badTokens
    }
  }

  /// ` from=<provider/model> to=… status_code=…`.
  static func fallback(_ bytes: Span<UInt8>, _ rest: Range<Int>) -> FreeClaudeCodeFact.Event? {
    guard let raw = bytes.string(rest), let text = JSONEscapes.unescaped(raw),
      let from = FreeClaudeCodeFailure.word(text, "from=").flatMap({ ModelID($0) })
    else { return nil }
    let status = FreeClaudeCodeFailure.word(text, "status_code=").flatMap { Int($0) }
    return .fellBack(provider: from.provider, model: from.model, status: status)
  }

  /// ` BadRequestError: Error code: 400 - …` or ` HTTP 400: …`. Nothing behind the number is read.
  private static func failure(_ bytes: Span<UInt8>, _ rest: Range<Int>) -> FreeClaudeCodeFact.Event {
    let start = rest.lowerBound + 1
    if bytes.holds("exc_type=", at: start), let event = bytes.string(rest).flatMap(FreeClaudeCodeFailure.event(in:)) {
      return event
    }
    if bytes.holds("HTTP ", at: start), let status = bytes.number(at: start + 5), status.value < 1000 {
      return .failed(.upstreamHTTP, status: Int(status.value))
    }
    let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: rest.lowerBound) ?? rest.upperBound
    var status: Int?
    let mark: StaticString = ": Error code: "
    if bytes.holds(mark, at: colon), let code = bytes.number(at: colon + mark.utf8CodeUnitCount), code.value < 1000 {
      status = Int(code.value)
    }
    let name = colon > start && colon < rest.upperBound ? bytes.string(start..<colon) ?? "" : ""
    return .failed(status == nil ? FreeClaudeCodeFailure.kind(ofError: name) : .upstreamHTTP, status: status)
  }

  /// The proxy's id of a request, `req_` and letters or digits; `nil` where the line belongs to none.
  static func requestID(_ bytes: Span<UInt8>, _ range: Range<Int>?) throws(SkipReason) -> String? {
    guard let range else { return nil }
    guard range.count <= 64, bytes.holds("req_", at: range.lowerBound), let id = bytes.string(range),
      id.utf8.dropFirst(4).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) })
    else { throw .badRequestID }
    return id
  }
}
