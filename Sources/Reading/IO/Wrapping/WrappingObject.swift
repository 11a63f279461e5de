/// An object that a program writes about a line of another one. Told by keys that stand together, so that no record
/// which merely has a message is taken for one.
struct WrappingObject {
  /// What it holds; `nil` where it is no such object.
  let text: WrappedLine?

  /// Reads the object that begins at a place; `nil` where it is broken.
  init?(_ bytes: Span<UInt8>, at start: Int) {
    do throws(JSONFault) {
      let members = try Members(bytes, at: start)
      text = try Self.text(members, bytes)
    } catch {
      return nil
    }
  }

  /// Where the values stand that tell such objects.
  private struct Members {
    private var places: [String: Int] = [:]

    private static let names: [StaticString] = [
      "log", "stream", "logtag", "_p", "MESSAGE", "__CURSOR", "__REALTIME_TIMESTAMP", "SYSLOG_IDENTIFIER", "_PID",
      "_LINE_BREAK", "message", "process_id", "app_name", "source_type", "line", "labels", "textPayload", "logName",
      "insertId", "date", "kubernetes", "@timestamp", "ddsource", "severity", "timestamp", "short_message", "version",
      "host", "event", "source", "LogMessage", "LogSource", "jsonPayload", "sourcetype", "tag", "_raw", "_time",
      "result", "preview", "_source", "_index", "dt", "fly",
    ]

    init(_ bytes: Span<UInt8>, at start: Int) throws(JSONFault) {
      var cursor = JSONCursor(at: start)
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        if let name = Self.names.first(where: { isKey(bytes, key, $0) }) {
          _ = try cursor.peek(bytes)
          places[name.description] = cursor.position
        }
        try cursor.skip(bytes)
      }
    }

    subscript(name: String) -> Int? { places[name] }

    func have(_ names: String...) -> Bool { names.allSatisfy { places[$0] != nil } }

    /// A string's text.
    func text(_ name: String, _ bytes: Span<UInt8>) throws(JSONFault) -> [UInt8]? {
      guard let place = places[name], bytes.holds("\"", at: place) else { return nil }
      var cursor = JSONCursor(at: place)
      return JSONEscapes.unescaped(bytes, try cursor.string(bytes), replacingHalves: true)
    }

    /// An object's bytes.
    func object(_ name: String, _ bytes: Span<UInt8>) throws(JSONFault) -> [UInt8]? {
      guard let place = places[name], bytes.holds("{", at: place) else { return nil }
      var cursor = JSONCursor(at: place)
      try cursor.skip(bytes)
      return bytes.extracting(place..<cursor.position).array
    }

    func word(_ name: String, _ bytes: Span<UInt8>) throws(JSONFault) -> String? {
      try text(name, bytes).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static func text(_ members: Members, _ bytes: Span<UInt8>) throws(JSONFault) -> WrappedLine? {
    if members.have("log", "stream"), let log = try members.text("log", bytes) {
      let writer = WrappedLine.Writer.stream(try members.word("stream", bytes) ?? "")
      for name in ["logtag", "_p"] {
        guard let tag = try members.word(name, bytes) else { continue }
        return WrappedLine(bytes: withoutEnd(log), writer: writer, end: tag == "P" ? .cut : .whole)
      }
      return WrappedLine(
        bytes: withoutEnd(log), writer: writer, end: log.last == UInt8(ascii: "\n") ? .whole : .open)
    }
    if let place = members["MESSAGE"],
      members.have("__CURSOR") || members.have("__REALTIME_TIMESTAMP") || members.have("SYSLOG_IDENTIFIER")
        || members.have("_PID")
    {
      let process = try members.word("_PID", bytes) ?? ""
      // What is no plain text stands as the numbers of its bytes.
      var message = try members.text("MESSAGE", bytes)
      if message == nil { message = try numbers(bytes, at: place) }
      guard let message else { return nil }
      let isCut = try members.word("_LINE_BREAK", bytes) == "line-max"
      return WrappedLine(bytes: withoutEnd(message), writer: .stream(process), end: isCut ? .cut : .whole)
    }
    for (name, companions) in forms where companions.allSatisfy({ members[$0] != nil }) {
      if let text = try members.text(name, bytes) { return WrappedLine(bytes: withoutEnd(text)) }
    }
    for (name, companions) in objectForms where companions.allSatisfy({ members[$0] != nil }) {
      if let object = try members.object(name, bytes) { return WrappedLine(bytes: object) }
    }
    return nil
  }

  /// Where a line stands, and what stands beside it: of pm2, Vector, Loki, Google's and Azure's collectors, Fluent Bit,
  /// Beats and Logstash, Datadog, Railway, Graylog, Splunk, Better Stack and Fly.
  private static let forms: [(name: String, companions: [String])] = [
    ("message", ["process_id", "app_name"]), ("message", ["source_type"]), ("line", ["labels"]),
    ("textPayload", ["logName"]), ("textPayload", ["insertId"]), ("LogMessage", ["LogSource"]), ("log", ["date"]),
    ("log", ["kubernetes"]), ("message", ["@timestamp"]), ("message", ["ddsource"]),
    ("message", ["severity", "timestamp"]), ("short_message", ["version", "host"]), ("event", ["host", "source"]),
    ("event", ["sourcetype"]), ("line", ["source", "tag"]), ("_raw", ["_time"]), ("message", ["dt"]),
    ("message", ["fly"]),
  ]

  /// The same where a collector has read the line, and writes its object: Google's, Splunk's, and Elasticsearch's exports.
  private static let objectForms: [(name: String, companions: [String])] = [
    ("jsonPayload", ["logName"]), ("jsonPayload", ["insertId"]), ("event", ["host"]), ("event", ["sourcetype"]),
    ("line", ["source", "tag"]), ("result", ["preview"]), ("_source", ["_index"]),
  ]

  private static func withoutEnd(_ text: [UInt8]) -> [UInt8] {
    text.last == UInt8(ascii: "\n") ? Array(text.dropLast()) : text
  }

  private static func numbers(_ bytes: Span<UInt8>, at place: Int) throws(JSONFault) -> [UInt8]? {
    guard bytes.holds("[", at: place) else { return nil }
    var (text, isSound) = ([UInt8](), true)
    var cursor = JSONCursor(at: place)
    try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
      if let byte = try cursor.wholeNumber(bytes).flatMap({ UInt8(exactly: $0) }) {
        text.append(byte)
      } else {
        isSound = false
      }
    }
    return isSound ? text : nil
  }
}
