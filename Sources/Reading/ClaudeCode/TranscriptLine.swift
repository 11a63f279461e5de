import Model

/// What a line of a transcript is.
enum TranscriptLine {
  /// A piece of a model's answer, and what other models made for it.
  /// - Parameter project: the folder that the client ran in, without the path to it.
  case answer(TranscriptMessage, others: [TranscriptMessage], project: String?)
  /// The client's own words in place of an answer.
  case synthetic
  /// Anything else: most lines.
  case other

  /// Reads a line's own keys and those of its message. Content is passed over, never looked into, so nothing that
  /// anybody wrote can pass for a key.
  /// - Parameter last: the answer of the line before: most of its names stand here again and are not copied.
  /// - Throws: the reason why the line is left out.
  init(_ bytes: Span<UInt8>, after last: TranscriptMessage? = nil) throws(SkipReason) {
    var opening = JSONCursor()
    guard let byte = try? opening.peek(bytes), byte == UInt8(ascii: "{") else {
      throw bytes.count > 0 && bytes[0] == 0 ? .nul : .foreign
    }
    let fields: Fields
    do throws(JSONFault) {
      fields = try Fields(bytes)
    } catch {
      throw SkipReason(error, in: bytes)
    }
    switch fields.kind {
    case .answer: self = try fields.line(bytes, after: last)
    case .other: self = .other
    case nil: throw .foreign
    }
  }

  private enum Kind {
    case answer, other
  }

  /// Where the values stand that we want. Names are decoded only once it is known that the line is an answer.
  private struct Fields {
    var kind: Kind?
    private var session: Range<Int>?
    private var requestID: Range<Int>?
    private var agentID: Range<Int>?
    private var folder: Range<Int>?
    private var time: Range<Int>?
    private var lineID: Range<Int>?
    private var isSidechain = false
    private var isAborted = false
    private var isError = false
    private var messageID: Range<Int>?
    private var model: Range<Int>?
    private var complete = false
    /// Whether the line says that the answer goes on.
    private var isOpen = false
    private var usage: AnthropicUsage?
    private var hasContent = false
    /// Whether the line shows how a tool of the client gets on, whether that is a sub-agent, and whether it answers.
    private var (isProgress, isAgent, isAgentAnswer) = (false, false, false)
    private var agentTime: Range<Int>?
    /// Where it shows that: as much as was looked into may be another line.
    private var progress: Int?

    /// Reads as far as it takes to know that the line is no answer, else to its end.
    init(_ bytes: Span<UInt8>) throws(JSONFault) {
      var cursor = JSONCursor()
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        let start = key.lowerBound
        switch key.count {
        case 3 where bytes.holds("cwd", at: start): folder = try name(bytes, &cursor)
        case 4 where bytes.holds("type", at: start):
          let type = try name(bytes, &cursor)
          isProgress = type.map { isKey(bytes, $0, "progress") } ?? false
          if !isProgress { kind = type.map { isKey(bytes, $0, "assistant") } == true ? .answer : .other }
        case 4 where bytes.holds("uuid", at: start):
          let id = try name(bytes, &cursor)
          lineID = lineID ?? id
        case 4 where bytes.holds("data", at: start) && kind == nil: try readProgress(bytes, &cursor)
        case 5 where bytes.holds("level", at: start):
          // A client's levels are words: numbers are those of a router's log.
          if (0x30...0x39).contains(try cursor.peek(bytes)) {
            guard bytes.isWholeValue else { throw .unexpectedByte }
            return
          }
          try cursor.skip(bytes)
        case 7 where bytes.holds("message", at: start): try readMessage(bytes, &cursor)
        case 7 where bytes.holds("agentId", at: start): agentID = try name(bytes, &cursor)
        case 9 where bytes.holds("sessionId", at: start): session = try name(bytes, &cursor)
        case 9 where bytes.holds("requestId", at: start): requestID = try name(bytes, &cursor)
        case 9 where bytes.holds("timestamp", at: start): time = try name(bytes, &cursor)
        case 11 where bytes.holds("isSidechain", at: start):
          isSidechain = try cursor.peek(bytes) == UInt8(ascii: "t")
          try cursor.skip(bytes)
        case 17 where bytes.holds("isApiErrorMessage", at: start):
          isError = try cursor.peek(bytes) == UInt8(ascii: "t")
          try cursor.skip(bytes)
        case 18 where bytes.holds("isAbortedMidStream", at: start):
          isAborted = try cursor.peek(bytes) == UInt8(ascii: "t")
          try cursor.skip(bytes)
        default: try cursor.skip(bytes)
        }
        if kind == .other {
          // A record behind it, whoever's it is, belongs to another line, unless the line is whole.
          let start = progress ?? cursor.position
          let isShared =
            bytes.firstIndex(of: "\"assistant\"", from: start) != nil || SharedLine.mayBegin(in: bytes, from: start)
          if isShared, !bytes.isWholeValue { throw .unexpectedByte }
          return
        }
      }
      if isProgress {
        kind = isAgent && isAgentAnswer ? .answer : .other
        (isSidechain, time) = (true, agentTime ?? time)
      }
      // Behind the object nothing may stand but white space.
      while cursor.position < bytes.count {
        guard bytes[cursor.position] <= 0x20 else { throw .unexpectedByte }
        cursor.position += 1
      }
    }

    /// `{"message":{"type":"assistant","message":{…},"requestId":…,"timestamp":…},"type":"agent_progress","agentId":…}`:
    /// where a sub-agent's own transcript is gone, its answers stand here alone.
    private mutating func readProgress(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
      progress = cursor.position
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        if isKey(bytes, key, "message"), try cursor.isAt("{", bytes) {
          try readAgentLine(bytes, &cursor)
        } else if isKey(bytes, key, "agentId") {
          agentID = try name(bytes, &cursor)
        } else if isKey(bytes, key, "type") {
          isAgent = try name(bytes, &cursor).map { isKey(bytes, $0, "agent_progress") } ?? false
          if isProgress, !isAgent { kind = .other }
        } else {
          try cursor.skip(bytes)
        }
        if kind == .other { return }
      }
    }

    private mutating func readAgentLine(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        if isKey(bytes, key, "type") {
          isAgentAnswer = try name(bytes, &cursor).map { isKey(bytes, $0, "assistant") } ?? false
          if isProgress, !isAgentAnswer { kind = .other }
        } else if isKey(bytes, key, "message") {
          try readMessage(bytes, &cursor)
        } else if isKey(bytes, key, "requestId") {
          requestID = try name(bytes, &cursor)
        } else if isKey(bytes, key, "timestamp") {
          agentTime = try name(bytes, &cursor)
        } else if isKey(bytes, key, "uuid") {
          lineID = try name(bytes, &cursor)
        } else {
          try cursor.skip(bytes)
        }
        if kind == .other { return }
      }
    }

    private mutating func readMessage(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        let start = key.lowerBound
        switch key.count {
        case 2 where bytes.holds("id", at: start): messageID = try name(bytes, &cursor)
        case 4 where bytes.holds("role", at: start):
          // A user's line can be told before its content, wherever the line's own type stands.
          if let role = try name(bytes, &cursor), role.count == 4, bytes.holds("user", at: role.lowerBound) {
            kind = .other
            return
          }
        case 5 where bytes.holds("model", at: start): model = try name(bytes, &cursor)
        case 5 where bytes.holds("usage", at: start):
          if try cursor.peek(bytes) == UInt8(ascii: "{") {
            usage = try AnthropicUsage(bytes, &cursor)
          } else {
            try cursor.skip(bytes)
          }
        case 7 where bytes.holds("content", at: start):
          if try cursor.peek(bytes) == UInt8(ascii: "[") {
            hasContent = !bytes.holds("]", at: bytes.firstVisible(from: cursor.position + 1))
          }
          try cursor.skip(bytes)
        case 11 where bytes.holds("stop_reason", at: start):
          complete = try name(bytes, &cursor) != nil
          isOpen = !complete
        default: try cursor.skip(bytes)
        }
      }
    }

    /// Where a name's content stands; `nil` for anything that is no name, such as `null`.
    private func name(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Range<Int>? {
      try cursor.stringIfAny(bytes)
    }

    /// The line of an answer.
    func line(_ bytes: Span<UInt8>, after last: TranscriptMessage?) throws(SkipReason) -> TranscriptLine {
      guard let model = try text(bytes, model, like: last?.model) else { throw .incomplete }
      if model == "<synthetic>" { return .synthetic }
      guard let session = try text(bytes, session, like: last?.session) else { throw .incomplete }
      guard let time, let instant = ISOTime.recorded(bytes, time) else { throw .badTime }
      var message = TranscriptMessage(
        session: session, messageID: try text(bytes, messageID, like: last?.messageID),
        requestID: try text(bytes, requestID, like: last?.requestID), model: model,
        time: ISOTime.milliseconds(instant), usage: nil, isSidechain: isSidechain,
        agentID: try text(bytes, agentID, like: last?.agentID), complete: complete)
      do throws(AnthropicUsage.AmbiguousCount) {
        message.usage = try usage?.tokens(of: model, isOpening: !complete)
      } catch {
        message.flaw = .impossibleCounts
        message.usage = usage?.known
      }
      // What the client says in place of an answer can carry the name of the model that gave none.
      if isError, message.usage == nil, message.flaw == nil { return .synthetic }
      // What stands there took tokens: the upstream told the prompt alone.
      if hasContent, !isOpen, message.usage?.output == 0 { message.flaw = .impossibleCounts }
      if isOpen, message.usage != nil { message.flaw = message.flaw ?? .unfinished }
      if isAborted { message.flaw = .aborted }
      // The request's own id tells its answer apart as well as the answer's.
      message.messageID = message.messageID ?? message.requestID
      if message.messageID == nil { message.line = try text(bytes, lineID, like: nil) }
      let project = try project(bytes)
      guard let usage else { return .answer(message, others: [], project: project) }
      message.webSearches = usage.webSearches
      message.variant = usage.variant
      return .answer(message, others: others(usage, of: message), project: project)
    }

    /// The last name of the folder's path, whichever system's it is.
    private func project(_ bytes: Span<UInt8>) throws(SkipReason) -> String? {
      guard let folder else { return nil }
      var start = folder.upperBound
      while start > folder.lowerBound, bytes[start - 1] != UInt8(ascii: "/"), bytes[start - 1] != UInt8(ascii: "\\") {
        start -= 1
      }
      // Most paths hold no escapes; where they do, what is cut off could end in the middle of one.
      if start == folder.lowerBound || bytes[start - 1] == UInt8(ascii: "/") {
        return bytes.string(start..<folder.upperBound).flatMap { $0.isEmpty ? nil : $0 }
      }
      return try text(bytes, folder, like: nil)?.split { $0 == "/" || $0 == "\\" }.last.map(String.init)
    }

    /// What other models made for an answer: calls of their own, whose ids are the answer's and their place in it.
    private func others(_ usage: AnthropicUsage, of message: TranscriptMessage) -> [TranscriptMessage] {
      guard let id = message.messageID ?? message.line else { return [] }
      return usage.others(than: message.model).enumerated().map { place, other in
        var call = message
        (call.messageID, call.model, call.usage) = ("\(id)#\(place + 1)", other.model, other.tokens)
        (call.requestID, call.flaw, call.webSearches) = (nil, nil, 0)
        return call
      }
    }

    /// A name.
    /// - Parameter known: what it may be.
    private func text(
      _ bytes: Span<UInt8>, _ range: Range<Int>?, like known: String?
    ) throws(SkipReason) -> String? {
      guard let range, !range.isEmpty else { return nil }
      var isPlain = true
      for index in range where bytes[index] < 0x20 || bytes[index] == UInt8(ascii: "\\") { isPlain = false }
      if isPlain, let known, known.utf8.count == range.count, bytes.holds(known, at: range.lowerBound) {
        return known
      }
      if isPlain, let text = bytes.string(range) { return text }
      var cursor = JSONCursor(at: range.lowerBound - 1)
      do throws(JSONFault) {
        let text = try cursor.text(bytes)
        if text.utf8.contains(where: { $0 < 0x20 }) { throw JSONFault.badText }
        return text
      } catch {
        throw SkipReason(error, in: bytes)
      }
    }
  }
}
