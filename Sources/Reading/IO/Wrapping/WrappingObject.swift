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
      return JSONEscapes.unescaped(bytes, try cursor.string(bytes))
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
    for (name, companions) in [
      ("message", ["process_id", "app_name"]), ("message", ["source_type"]), ("line", ["labels"]),
      ("textPayload", ["logName"]),
    ] where companions.allSatisfy({ members[$0] != nil }) {
      if let text = try members.text(name, bytes) { return WrappedLine(bytes: withoutEnd(text)) }
    }
    return nil
  }

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

extension JSONEscapes {
  /// The bytes that a string's content stands for; `nil` where an escape is broken. Half of a character that is written
  /// in two stands for nothing that UTF-8 has.
  static func unescaped(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let mark = bytes.firstIndex(of: UInt8(ascii: "\\"), from: index).map { min($0, range.upperBound) }
      let end = mark ?? range.upperBound
      text.append(contentsOf: bytes.extracting(index..<end))
      index = end
      guard index < range.upperBound else { break }
      guard index + 1 < range.upperBound else { return nil }
      index += 2
      switch bytes[index - 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[index - 1])
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "u"):
        guard let unit = unit(bytes, at: index, range.upperBound) else { return nil }
        index += 4
        var scalar = Unicode.Scalar(unit)
        if UTF16.isLeadSurrogate(unit), bytes.holds("\\u", at: index),
          let second = self.unit(bytes, at: index + 2, range.upperBound), UTF16.isTrailSurrogate(second)
        {
          index += 6
          scalar = Unicode.Scalar(0x10000 + (UInt32(unit) & 0x3FF) << 10 + UInt32(second) & 0x3FF)
        }
        text.append(contentsOf: scalar.flatMap { UTF8.encode($0) } ?? UTF8.encodedReplacementCharacter)
      default: return nil
      }
    }
    return text
  }

  private static func unit(_ bytes: Span<UInt8>, at start: Int, _ end: Int) -> UInt16? {
    guard start + 4 <= end else { return nil }
    var unit: UInt16 = 0
    for index in start..<(start + 4) {
      guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
