import Foundation
import Model

/// Reads the lines of free-claude-code 6: Loguru's own serialisation, `{"text": …, "record": {…}}`.
///
/// What is taken stands in fields of the proxy's own; of its messages, written by the proxy's own code, only how they
/// begin and the words behind. A prompt stands only in a payload, which is passed over.
enum FreeClaudeCodeRecord {
  /// Whether a line is of this form.
  static func isRecord(_ bytes: Span<UInt8>) -> Bool {
    if bytes.holds("{\"text\"", at: 0) || bytes.holds("{\"record\"", at: 0) { return true }
    if bytes.holds("{\"time\"", at: 0) { return false }
    return LineKeys(bytes, mayEnd: true)?.have("record", .object) ?? false
  }

  /// Whether the proxy wrote the line, or some library of its for it. Other programs log in this form, too.
  static func isOwn(_ bytes: Span<UInt8>) -> Bool {
    holdsOpen(bytes, "\"free_claude_code.") || holdsOpen(bytes, "\"instance_id\"")
  }

  /// Whether a text that begins with a quote stands outside of strings.
  private static func holdsOpen(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    var start = 0
    while let place = bytes.firstIndex(of: text, from: start) {
      if place == 0 || bytes[place - 1] != UInt8(ascii: "\\") { return true }
      start = place + 1
    }
    return false
  }

  /// What a line says, and of which request; `nil` where it says nothing that we want.
  static func fact(_ bytes: Span<UInt8>) throws(SkipReason) -> (requestID: String, fact: FreeClaudeCodeFact)? {
    var fields = Fields()
    do throws(JSONFault) {
      try fields.read(bytes)
    } catch {
      throw SkipReason(error, in: bytes)
    }
    guard fields.isRecord else { throw .foreign }
    guard let event = fields.event(bytes) else { return nil }
    guard let id = try FreeClaudeCodeLine.requestID(bytes, fields.payloadID ?? fields.requestID) else { return nil }
    guard let time = fields.time.flatMap({ ISOTime.recorded(bytes, $0) }) else { throw .badTime }
    return (id, FreeClaudeCodeFact(time: time, event: event))
  }

  /// Where the values stand that we want.
  private struct Fields {
    var isRecord = false
    var time: Range<Int>?
    var requestID: Range<Int>?
    var payloadID: Range<Int>?
    private var message: Range<Int>?
    private var isOwn = false
    private var eventName: Range<Int>?
    private var payloadName: Range<Int>?
    private var completion = FreeClaudeCodeCompletion(provider: "", model: "", outcome: "", duration: 0)
    private var attempt: Int64?
    private var execution: String?
    private var usage: FreeClaudeCodeUsage?
    private var asked: String?

    mutating func read(_ bytes: Span<UInt8>) throws(JSONFault) {
      var cursor = JSONCursor()
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        if isKey(bytes, key, "record"), try cursor.isAt("{", bytes) {
          isRecord = true
          try readRecord(bytes, &cursor)
        } else {
          try cursor.skip(bytes)
        }
      }
      while cursor.position < bytes.count {
        guard bytes[cursor.position] <= 0x20 else { throw .unexpectedByte }
        cursor.position += 1
      }
    }

    private mutating func readRecord(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        switch key.count {
        case 4 where isKey(bytes, key, "name"):
          isOwn = try text(bytes, &cursor).map { bytes.holds("free_claude_code.", at: $0.lowerBound) } ?? false
        case 4 where isKey(bytes, key, "time"):
          guard try cursor.isAt("{", bytes) else {
            try cursor.skip(bytes)
            continue
          }
          try cursor.enterObject(bytes)
          var isFirst = true
          while let key = try nextKey(bytes, &cursor, &isFirst) {
            if isKey(bytes, key, "repr") { time = try text(bytes, &cursor) } else { try cursor.skip(bytes) }
          }
        case 5 where isKey(bytes, key, "extra"):
          if try cursor.isAt("{", bytes) { try readExtra(bytes, &cursor) } else { try cursor.skip(bytes) }
        case 7 where isKey(bytes, key, "message"): message = try text(bytes, &cursor)
        default: try cursor.skip(bytes)
        }
      }
    }

    private mutating func readExtra(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        switch key.count {
        case 5 where isKey(bytes, key, "event"): eventName = try text(bytes, &cursor)
        case 5 where isKey(bytes, key, "model"): completion.model = try cursor.optionalName(bytes) ?? ""
        case 7 where isKey(bytes, key, "outcome"): completion.outcome = try cursor.optionalName(bytes) ?? ""
        case 10 where isKey(bytes, key, "request_id"): requestID = try text(bytes, &cursor)
        case 11 where isKey(bytes, key, "provider_id"): completion.provider = try cursor.optionalName(bytes) ?? ""
        case 11 where isKey(bytes, key, "status_code"):
          completion.status = try cursor.optionalNumber(bytes).flatMap { (100...599).contains($0) ? Int($0) : nil }
        case 11 where isKey(bytes, key, "duration_ms"):
          _ = try cursor.peek(bytes)
          let start = cursor.position
          try cursor.skip(bytes)
          // A week: beyond it a duration is none.
          completion.duration = min(bytes.number(at: start)?.value ?? 0, 7 * 86_400_000)
        case 13 where isKey(bytes, key, "trace_payload"):
          if try cursor.isAt("{", bytes) { try readPayload(bytes, &cursor) } else { try cursor.skip(bytes) }
        case 17 where isKey(bytes, key, "claude_session_id"): completion.session = try cursor.optionalName(bytes)
        default: try cursor.skip(bytes)
        }
      }
    }

    private mutating func readPayload(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        switch key.count {
        case 5 where isKey(bytes, key, "event"): payloadName = try text(bytes, &cursor)
        case 5 where isKey(bytes, key, "usage"):
          if try cursor.isAt("{", bytes) { try readUsage(bytes, &cursor) } else { try cursor.skip(bytes) }
        case 7 where isKey(bytes, key, "attempt"): attempt = try cursor.optionalNumber(bytes)
        case 10 where isKey(bytes, key, "request_id"): payloadID = try text(bytes, &cursor)
        case 12 where isKey(bytes, key, "execution_id"): execution = try cursor.optionalName(bytes)
        case 13 where isKey(bytes, key, "gateway_model"): asked = try cursor.optionalName(bytes)
        default: try cursor.skip(bytes)
        }
      }
    }

    /// OpenAI's chat counts what caches served inside of `prompt_tokens`, its responses inside of `input_tokens`;
    /// Anthropic counts it beside.
    private mutating func readUsage(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      let reported = try OpenAIUsage(bytes, &cursor)
      var found = FreeClaudeCodeUsage(input: 0, output: 0, includesCache: !reported.isAnthropic)
      switch reported.event() {
      case .usage(let input, let read, let output, let reasoning, let write5m, let write1h, _, _):
        (found.output, found.reasoning) = (output, reasoning)
        found.cacheWrite1h = write1h ?? 0
        found.cacheWrite = (write5m ?? 0) + found.cacheWrite1h
        found.cacheRead = reported.tellsCache || reported.isAnthropic ? read : nil
        // Reports of one try are merged before the prompt is split.
        found.input = found.includesCache ? input + read + found.cacheWrite : input
      case .impossibleUsage: found.isUnclear = true
      default: break
      }
      usage = found
    }

    private func text(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Range<Int>? {
      if try cursor.atString(bytes) { return try cursor.string(bytes) }
      try cursor.skip(bytes)
      return nil
    }

    /// What the fields amount to.
    func event(_ bytes: Span<UInt8>) -> FreeClaudeCodeFact.Event? {
      func isWord(_ range: Range<Int>?, _ word: StaticString) -> Bool {
        range.map { isKey(bytes, $0, word) } ?? false
      }
      if isWord(eventName, "request.completed") {
        let isNamed = !completion.provider.isEmpty && !completion.model.isEmpty && !completion.outcome.isEmpty
        return isNamed ? .completed(completion) : nil
      }
      if isWord(payloadName, "provider.attempt.usage"), let usage {
        return .attempt(attempt ?? 0, execution: execution, usage)
      }
      if isWord(payloadName, "provider.attempt.started") { return .tried(attempt ?? 0, execution: execution) }
      if isWord(payloadName, "free_claude_code.api.request.received") { return .incoming }
      if isWord(payloadName, "free_claude_code.api.route.resolved") { return asked.map { .asked($0) } }
      guard isOwn, payloadName == nil, let message else { return nil }
      let start = message.lowerBound
      if bytes.holds("Upstream server error (", at: start) || bytes.holds("Rate limited (", at: start) {
        return .refused
      }
      if bytes.holds("Model fallback: ", at: start) { return FreeClaudeCodeLine.fallback(bytes, message) }
      guard let mark = bytes.firstIndex(of: "_ERROR: ", from: start), mark - start < 64,
        let text = bytes.string(mark..<message.upperBound)
      else { return nil }
      return FreeClaudeCodeFailure.event(in: text)
    }
  }
}
