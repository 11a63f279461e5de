/// Pulls the last members of an object out of a JSON text, backwards.
///
/// A line that holds a whole prompt carries what we want behind the prompt. Going backwards a string begins at the
/// nearest quote with an even number of backslashes before it, because inside a string every quote is escaped; so the
/// way back is as sound as the way forth, and the prompt is never touched.
struct JSONBackCursor {
  /// The place after the byte that comes next, going backwards.
  var position: Int

  init(at position: Int) { self.position = position }

  private mutating func peek(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
    while position > 0 {
      let byte = bytes[position - 1]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): position -= 1
      default: return byte
      }
    }
    throw .unexpectedEnd
  }

  /// Takes a byte that has to come next.
  mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
    guard try peek(bytes) == byte else { throw .unexpectedByte }
    position -= 1
  }

  /// Takes a string.
  /// - Returns: the range of its content.
  mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int> {
    try take(UInt8(ascii: "\""), bytes)
    let end = position
    while position > 0 {
      position -= 1
      guard bytes[position] == UInt8(ascii: "\"") else { continue }
      var run = 0
      while position - run > 0, bytes[position - run - 1] == UInt8(ascii: "\\") { run += 1 }
      if run % 2 == 0 { return (position + 1)..<end }
      position -= run
    }
    throw .unexpectedEnd
  }

  /// Takes any value.
  /// - Returns: where it stands.
  mutating func value(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int> {
    let last = try peek(bytes)
    let end = position
    switch last {
    case UInt8(ascii: "\""): _ = try string(bytes)
    case UInt8(ascii: "}"), UInt8(ascii: "]"): try container(bytes)
    default:
      while position > 0, JSONCursor.isScalar(bytes[position - 1]) { position -= 1 }
      if position == end { throw .unexpectedByte }
    }
    return position..<end
  }

  private mutating func container(_ bytes: Span<UInt8>) throws(JSONFault) {
    var depth = 0
    repeat {
      guard position > 0 else { throw .unexpectedEnd }
      switch bytes[position - 1] {
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth += 1
        position -= 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth -= 1
        position -= 1
      case UInt8(ascii: "\""): _ = try string(bytes)
      default: position -= 1
      }
    } while depth > 0
  }

  /// Takes the member before: its value, its colon and its key, and the comma in front of it if there is one.
  /// - Returns: where key and value stand, and whether it is the first member of its object.
  mutating func member(
    _ bytes: Span<UInt8>
  ) throws(JSONFault) -> (key: Range<Int>, value: Range<Int>, isFirst: Bool) {
    let value = try value(bytes)
    try take(UInt8(ascii: ":"), bytes)
    let key = try string(bytes)
    switch try peek(bytes) {
    case UInt8(ascii: ","):
      position -= 1
      return (key, value, false)
    case UInt8(ascii: "{"): return (key, value, true)
    default: throw .unexpectedByte
    }
  }
}
