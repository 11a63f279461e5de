/// Cuts a byte source into JSON objects by their brackets, whatever stands between: line ends, commas, the brackets of
/// an array. What begins as no object is handed out to its line's end.
package struct ValueReader<Source: ByteSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)
  private var pending: Range<Int> = 0..<0
  private var atEnd = false
  /// The offset of the first byte not yet handed out.
  package private(set) var offset: Int64 = 0
  /// Line ends passed so far.
  package private(set) var lines: Int64 = 0

  /// A reader of what the source gives, from its start.
  package init(_ source: consuming Source) { self.source = source }

  /// Hands out the next objects.
  /// - Parameters:
  ///   - limit: the offset at which no further object is begun.
  ///   - body: takes an object, its offset, and how many line ends come before it.
  /// - Returns: whether more may follow.
  package mutating func forEachValue(
    until limit: Int64, _ body: (Span<UInt8>, Int64, Int64) -> Void
  ) throws(LogError) -> Bool {
    while offset < limit {
      if pending.isEmpty {
        if atEnd { return false }
        try refill()
        continue
      }
      let byte = buffer[pending.lowerBound]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: ","),
        UInt8(ascii: "["), UInt8(ascii: "]"):
        advance(by: 1)
      default:
        let length = try byte == UInt8(ascii: "{") ? objectLength() : lineLength()
        body(buffer.span.extracting(pending.lowerBound..<(pending.lowerBound + length)), offset, lines)
        advance(by: length)
      }
    }
    return true
  }

  private mutating func advance(by count: Int) {
    let end = pending.lowerBound + count
    for index in pending.lowerBound..<end where buffer[index] == UInt8(ascii: "\n") { lines += 1 }
    offset += Int64(count)
    pending = end..<pending.upperBound
  }

  /// How many bytes the object has that begins here; where it does not end, those up to where the next one begins: no
  /// string holds a line end, and no object inside of another begins a line without being indented.
  private mutating func objectLength() throws(LogError) -> Int {
    var (index, depth, isString, isEscaped) = (0, 0, false, false)
    var last: (UInt8, UInt8) = (0, 0)
    while true {
      while pending.lowerBound + index < pending.upperBound {
        let byte = buffer[pending.lowerBound + index]
        index += 1
        if isString {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isString = false
          } else if byte == UInt8(ascii: "\n") {
            return index
          }
        } else {
          switch byte {
          case UInt8(ascii: "\""):
            if last == (UInt8(ascii: "\n"), UInt8(ascii: "{")), depth > 1 { return index - 2 }
            isString = true
          case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
          case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { return index }
          default: break
          }
        }
        last = (last.1, byte)
      }
      if atEnd || index > Self.longest { return index }
      try refill()
    }
  }

  private mutating func lineLength() throws(LogError) -> Int {
    while true {
      if let length = buffer.span.extracting(pending).firstIndex(of: UInt8(ascii: "\n"), from: 0) { return length }
      if atEnd || pending.count > Self.longest { return pending.count }
      try refill()
    }
  }

  /// An object of more bytes is none.
  private static var longest: Int { 256 << 20 }

  private mutating func refill() throws(LogError) {
    atEnd = try !buffer.refill(&pending, from: &source)
  }
}

/// Tells how a log is framed.
package enum FramingSniffer {
  /// How many lines are looked at.
  private static let reach = 64

  /// Whether line ends do not tell the records of a source apart: it begins as an array, or none of its first lines is
  /// an object. A torn line is no sign.
  /// - Parameter isWrapped: whether its lines have to be unwrapped.
  package static func isDocument<Source: ByteSource & ~Copyable>(
    _ source: consuming Source, isWrapped: Bool
  ) throws(LogError) -> Bool {
    var reader = LineReader(UnwrappedSource(source, isOn: isWrapped), capacity: 1 << 16)
    var (seen, isDocument): (Int, Bool?) = (0, nil)
    while isDocument == nil, seen < reach {
      let more = try reader.forEachLine(until: reader.offset + 1) { line, _ in
        guard isDocument == nil, let first = firstByte(line) else { return }
        seen += 1
        // `[` alone is no value, and an element with its comma is none.
        if seen == 1, first == UInt8(ascii: "["), !line.isWholeValue { isDocument = true }
        if isDocument == nil, line[0] == UInt8(ascii: "{") || first == UInt8(ascii: "["), line.isWholeValue {
          isDocument = false
        }
      }
      if !more { break }
    }
    return isDocument ?? true
  }

  private static func firstByte(_ line: Span<UInt8>) -> UInt8? {
    var cursor = JSONCursor()
    do throws(JSONFault) {
      return try cursor.peek(line)
    } catch {
      return nil
    }
  }
}
