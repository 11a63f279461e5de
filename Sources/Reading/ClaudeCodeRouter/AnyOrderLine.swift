import Model

/// A line whose members stand in any order, with any white space and others between them. It is read this way where the
/// fast way, by a line's first and last bytes, does not apply.
struct AnyOrderLine {
  /// 20 debug, 30 info, 40 warning, 50 error.
  private(set) var level: Int64 = 30
  /// Epoch milliseconds.
  private(set) var time: Int64 = 0
  /// Who wrote it.
  private(set) var writer = LogWriter(host: "", pid: 0)
  /// The request's number in its process; `nil` where the line belongs to no request.
  private(set) var request: Int64?
  /// Where the first member stands.
  private let start: Int
  private var message: Range<Int>?
  private var type: Range<Int>?
  private var isCopy = false
  private var data: Int?
  private var body: Int?
  private var call: Int?
  private var address: Int?
  private var response: Int?
  private var client: Int?
  private var result: Int?

  /// Takes a line apart.
  /// - Throws: the reason why the line is not one of this router's.
  init(_ bytes: Span<UInt8>) throws(SkipReason) {
    var cursor = JSONCursor()
    guard let opening = try? cursor.peek(bytes), opening == UInt8(ascii: "{") else {
      throw bytes[0] == 0 ? .nul : .foreign
    }
    cursor.position += 1
    start = cursor.position
    var instant: Int64?
    var hasTime = false
    var id: Range<Int>?
    do throws(JSONFault) {
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        let name = key.lowerBound
        switch key.count {
        case 5 where bytes.holds("level", at: name): level = try Self.level(bytes, &cursor)
        case 4 where bytes.holds("time", at: name):
          hasTime = true
          instant = try Self.instant(bytes, &cursor)
        case 3 where bytes.holds("pid", at: name): writer.pid = try cursor.wholeNumber(bytes) ?? 0
        case 8 where bytes.holds("hostname", at: name):
          if try cursor.atString(bytes) { writer.host = try cursor.text(bytes) } else { try cursor.skip(bytes) }
        case 5 where bytes.holds("reqId", at: name): id = try cursor.stringIfAny(bytes)
        case 3 where bytes.holds("msg", at: name): message = try cursor.stringIfAny(bytes)
        case 4 where bytes.holds("type", at: name): type = try cursor.stringIfAny(bytes)
        case 4 where bytes.holds("tppe", at: name):
          isCopy = true
          try cursor.skip(bytes)
        case 4 where bytes.holds("data", at: name): data = try Self.place(bytes, &cursor)
        case 4 where bytes.holds("body", at: name): body = try Self.place(bytes, &cursor)
        case 7 where bytes.holds("request", at: name): call = try Self.place(bytes, &cursor)
        case 10 where bytes.holds("requestUrl", at: name): address = try Self.place(bytes, &cursor)
        case 8 where bytes.holds("response", at: name): response = try Self.place(bytes, &cursor)
        case 3 where bytes.holds("req", at: name): client = try Self.place(bytes, &cursor)
        case 3 where bytes.holds("res", at: name): result = try Self.place(bytes, &cursor)
        default: try cursor.skip(bytes)
        }
      }
      while cursor.position < bytes.count {
        guard bytes[cursor.position] <= 0x20 else { throw JSONFault.unexpectedByte }
        cursor.position += 1
      }
    } catch {
      throw SkipReason(error, in: bytes)
    }
    // Other programs write times, too.
    let isAnonymous = id == nil && message == nil && type == nil && writer == LogWriter(host: "", pid: 0)
    guard hasTime, !isAnonymous else { throw .foreign }
    guard let instant, EpochTime.range.contains(instant) else { throw .badTime }
    time = instant
    if let id {
      guard bytes.holds("req-", at: id.lowerBound), let number = Self.base36(bytes, (id.lowerBound + 4)..<id.upperBound)
      else { throw .badRequestID }
      request = number
    }
  }

  /// Whether the line says that a process has started.
  func isStart(_ bytes: Span<UInt8>) -> Bool {
    guard let message else { return false }
    return bytes.holds("register transformer: Anthropic (endpoint", at: message.lowerBound)
  }

  /// What the line says of its request.
  enum Content {
    case event(RequestFact.Event)
    /// A chunk of a stream: where it begins, and whether it is the content of a string.
    case chunk(at: Int, isEscaped: Bool)
    /// An answer as an object.
    case answer(at: Int)
    case nothing
  }

  /// What the line says.
  /// - Parameter expected: the model that a call upstream most likely names.
  func content(_ bytes: Span<UInt8>, expected: String?) throws(SkipReason) -> Content {
    do throws(JSONFault) {
      return try read(bytes, expected: expected)
    } catch {
      throw SkipReason(error, in: bytes)
    }
  }

  private func read(_ bytes: Span<UInt8>, expected: String?) throws(JSONFault) -> Content {
    if isCopy { return .nothing }
    if says("recieved data", type, bytes) || says("received data", type, bytes), let data {
      var cursor = JSONCursor(at: data)
      let isEscaped = try cursor.atString(bytes)
      return .chunk(at: isEscaped ? cursor.position + 1 : cursor.position, isEscaped: isEscaped)
    }
    if says("request body", type, bytes) || says("request body", message, bytes) {
      guard let object = data ?? body else { return .nothing }
      return .event(
        try RequestLines.body(bytes, object: object, isAnonymous: !says("request body", type, bytes)))
    }
    if level >= 40 {
      if says("response terminated with an error with headers already sent", message, bytes) { return .event(.cut) }
      return try RequestLines.trouble(bytes, from: start).map { .event($0) } ?? .nothing
    }
    if says("incoming request", message, bytes), let client {
      return .event(try RequestLines.incoming(bytes, object: client))
    }
    if says("request completed", message, bytes), let result {
      return .event(try RequestLines.completed(bytes, object: result))
    }
    if says("final request", message, bytes) {
      return .event(try RequestLines.upstreamCall(bytes, request: call, address: address, expected: expected))
    }
    if says("Original OpenAI response", message, bytes), let response { return .answer(at: response) }
    if says("stream closed prematurely", message, bytes) { return .event(.clientGone) }
    guard let message else { return .nothing }
    return try RequestLines.message(bytes, from: message.lowerBound - 1).map { .event($0) } ?? .nothing
  }

  private func says(_ text: StaticString, _ range: Range<Int>?, _ bytes: Span<UInt8>) -> Bool {
    guard let range else { return false }
    return range.count == text.utf8CodeUnitCount && bytes.holds(text, at: range.lowerBound)
  }

  /// Epoch milliseconds, or text as loggers write that were told to: `"2026-06-24T10:00:00.000Z"`.
  private static func instant(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int64? {
    guard try cursor.atString(bytes) else { return try cursor.wholeNumber(bytes) }
    let text = try cursor.string(bytes)
    return bytes.wholeNumber(in: text) ?? ISOTime.recordedUTC(bytes, text).map(ISOTime.milliseconds)
  }

  /// Pino can be told to write its levels as words.
  private static func level(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int64 {
    guard try cursor.atString(bytes) else { return try cursor.wholeNumber(bytes) ?? 30 }
    let word = try cursor.string(bytes)
    let words: [(StaticString, Int64)] = [("debug", 20), ("trace", 10), ("warn", 40), ("error", 50), ("fatal", 60)]
    return words.first { bytes.holds($0.0, at: word.lowerBound) }?.1 ?? bytes.wholeNumber(in: word) ?? 30
  }

  private static func place(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int {
    _ = try cursor.peek(bytes)
    let start = cursor.position
    try cursor.skip(bytes)
    return start
  }

  private static func base36(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    guard (1...11).contains(range.count) else { return nil }
    var value: Int64 = 0
    for index in range {
      switch bytes[index] {
      case let byte where (0x30...0x39).contains(byte): value = value * 36 + Int64(byte) - 0x30
      case let byte where (0x61...0x7a).contains(byte): value = value * 36 + Int64(byte) - 0x61 + 10
      default: return nil
      }
    }
    return value
  }
}
