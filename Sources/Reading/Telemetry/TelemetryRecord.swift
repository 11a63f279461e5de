import Model

/// Reads Claude Code's telemetry: OTLP/JSON, one `ExportLogsServiceRequest` a value. Only its `api_request` events are
/// looked at; metrics hold the same tokens again, and prompts stand in other events.
enum TelemetryRecord {
  /// The answers that a value describes.
  /// - Throws: the reason why it is left out.
  static func answers(_ bytes: Span<UInt8>, at start: Int) throws(SkipReason) -> [TranscriptMessage] {
    var reader = Reader()
    do throws(JSONFault) {
      var cursor = JSONCursor(at: start)
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        if isKey(bytes, key, "resourceLogs") {
          reader.isKnown = true
          try reader.each(bytes, &cursor)
        } else {
          if isKey(bytes, key, "resourceMetrics") || isKey(bytes, key, "resourceSpans") { reader.isKnown = true }
          try cursor.skip(bytes)
        }
      }
    } catch {
      throw SkipReason(error, in: bytes)
    }
    guard reader.isKnown else { throw .foreign }
    if let reason = reader.reason { throw reason }
    return reader.answers
  }

  private struct Reader {
    var answers: [TranscriptMessage] = []
    var isKnown = false
    var reason: SkipReason?

    /// Takes an array of objects and looks into each, down to the records.
    mutating func each(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      guard try cursor.isAt("[", bytes) else { return try cursor.skip(bytes) }
      try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
        if try cursor.isAt("{", bytes) {
          try cursor.enterObject(bytes)
          var first = true
          while let key = try nextKey(bytes, &cursor, &first) {
            if isKey(bytes, key, "scopeLogs") {
              try each(bytes, &cursor)
            } else if isKey(bytes, key, "logRecords") {
              try records(bytes, &cursor)
            } else {
              try cursor.skip(bytes)
            }
          }
        } else {
          try cursor.skip(bytes)
        }
      }
    }

    private mutating func records(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      guard try cursor.isAt("[", bytes) else { return try cursor.skip(bytes) }
      try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
        if try cursor.isAt("{", bytes) {
          var event = TelemetryEvent()
          try event.read(bytes, &cursor)
          do throws(SkipReason) {
            if let answer = try event.answer() { answers.append(answer) }
          } catch {
            reason = reason ?? error
          }
        } else {
          try cursor.skip(bytes)
        }
      }
    }
  }
}

/// One record of a log, as far as an `api_request` has it.
private struct TelemetryEvent {
  private var isRequest = false
  /// Whether its body names another event, so that nothing else of it matters.
  private var isOther = false
  private var nanoseconds: Int64?
  private var time: Int64?
  private var session: String?
  private var model: String?
  private var requestID: String?
  private var speed: String?
  private var counts: [Count: Int64] = [:]
  private var isSound = true

  private enum Count {
    case input, output, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h
  }

  mutating func read(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try nextKey(bytes, &cursor, &first) {
      if isKey(bytes, key, "timeUnixNano") {
        nanoseconds = try cursor.optionalNumber(bytes)
      } else if isKey(bytes, key, "body") {
        try value(bytes, &cursor) { (event, bytes, cursor) throws(JSONFault) in
          guard let name = try cursor.optionalText(bytes) else { return }
          if Self.isRequest(name) { event.isRequest = true } else { event.isOther = name.hasPrefix("claude_code.") }
        }
      } else if isKey(bytes, key, "eventName") {
        if try cursor.optionalText(bytes).map(Self.isRequest) == true { isRequest = true }
      } else if !isOther, isKey(bytes, key, "attributes"), try cursor.isAt("[", bytes) {
        try attributes(bytes, &cursor)
      } else {
        try cursor.skip(bytes)
      }
    }
  }

  /// An event's name stands in the record's body, in a field of the record, or in an attribute.
  private static func isRequest(_ name: String) -> Bool { name == "claude_code.api_request" || name == "api_request" }

  private mutating func attributes(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
      guard try cursor.isAt("{", bytes) else { return try cursor.skip(bytes) }
      try attribute(bytes, &cursor)
    }
  }

  /// `{"key": …, "value": {…}}`, in any order.
  private mutating func attribute(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var name: Range<Int>?
    var content: Int?
    var first = true
    while let key = try nextKey(bytes, &cursor, &first) {
      if isKey(bytes, key, "key"), try cursor.atString(bytes) {
        name = try cursor.string(bytes)
      } else {
        if isKey(bytes, key, "value"), try cursor.isAt("{", bytes) { content = cursor.position }
        try cursor.skip(bytes)
      }
    }
    guard let name, let content else { return }
    var inner = JSONCursor(at: content)
    try value(bytes, &inner) { (event, bytes, cursor) throws(JSONFault) in
      try event.take(bytes, name, &cursor)
    }
  }

  /// Takes an attribute's value by its name.
  private mutating func take(
    _ bytes: Span<UInt8>, _ name: Range<Int>, _ cursor: inout JSONCursor
  ) throws(JSONFault) {
    switch name.count {
    case 5 where isKey(bytes, name, "model"): model = try cursor.optionalName(bytes)
    case 5 where isKey(bytes, name, "speed"): speed = try cursor.optionalName(bytes)
    case 10 where isKey(bytes, name, "session.id"): session = try cursor.optionalName(bytes)
    case 10 where isKey(bytes, name, "request_id"): requestID = try cursor.optionalName(bytes)
    case 10 where isKey(bytes, name, "event.name"):
      if try cursor.optionalText(bytes).map(Self.isRequest) == true { isRequest = true }
    case 12 where isKey(bytes, name, "input_tokens"): try count(.input, bytes, &cursor)
    case 13 where isKey(bytes, name, "output_tokens"): try count(.output, bytes, &cursor)
    case 15 where isKey(bytes, name, "event.timestamp"): time = try cursor.optionalInstant(bytes)
    case 17 where isKey(bytes, name, "cache_read_tokens"): try count(.cacheRead, bytes, &cursor)
    case 21 where isKey(bytes, name, "cache_creation_tokens"): try count(.cacheWrite, bytes, &cursor)
    case 24 where isKey(bytes, name, "cache_creation_5m_tokens"): try count(.cacheWrite5m, bytes, &cursor)
    case 24 where isKey(bytes, name, "cache_creation_1h_tokens"): try count(.cacheWrite1h, bytes, &cursor)
    default: try cursor.skip(bytes)
    }
  }

  private mutating func count(_ kind: Count, _ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    counts[kind] = try cursor.optionalCount(bytes, isSound: &isSound)
  }

  /// Takes an OTLP value, `{"intValue": …}` and the like, and hands on what is inside.
  private mutating func value(
    _ bytes: Span<UInt8>, _ cursor: inout JSONCursor,
    _ body: (inout TelemetryEvent, Span<UInt8>, inout JSONCursor) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    guard try cursor.isAt("{", bytes) else { return try cursor.skip(bytes) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try nextKey(bytes, &cursor, &first) {
      if isKey(bytes, key, "stringValue") || isKey(bytes, key, "intValue") || isKey(bytes, key, "doubleValue") {
        try body(&self, bytes, &cursor)
      } else {
        try cursor.skip(bytes)
      }
    }
  }

  /// The answer of an `api_request`; `nil` for any other event.
  /// - Throws: the reason why it is left out.
  func answer() throws(SkipReason) -> TranscriptMessage? {
    guard isRequest else { return nil }
    // Clients can be told to leave the session out (`OTEL_METRICS_INCLUDE_SESSION_ID=false`): then the request's id has to
    // tell whether a transcript holds the answer, too.
    guard let session = session ?? requestID, let model else { throw .incomplete }
    guard let time = time ?? nanoseconds.map({ $0 / 1_000_000 }), EpochTime.range.contains(time) else {
      throw .badTime
    }
    let long = counts[.cacheWrite1h] ?? 0
    let written = max(counts[.cacheWrite] ?? 0, (counts[.cacheWrite5m] ?? 0) + long)
    let usage = TokenUsage(
      input: counts[.input] ?? 0, cacheRead: counts[.cacheRead] ?? 0, cacheWrite5m: written - long,
      cacheWrite1h: long, output: counts[.output] ?? 0)
    var message = TranscriptMessage(
      session: session, messageID: nil, requestID: requestID, model: model, time: time,
      usage: usage == .zero ? nil : usage)
    message.isTelemetry = true
    message.variant = .reported(speed: speed)
    // Counts that cannot be are nobody's, and the answer is there all the same.
    if !isSound || (usage.prompt == 0) != (usage.output == 0) { message.flaw = .impossibleCounts }
    return message
  }
}
