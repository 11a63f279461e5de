/// Why a line is not the JSON it should be. Never holds any of the line's text.
package enum JSONFault: Error, Equatable {
  /// The line ends inside a value.
  case unexpectedEnd
  /// A byte that JSON does not allow there.
  case unexpectedByte
  /// Text that is not UTF-8.
  case badText
}

/// Pulls values out of a JSON text, forwards, and skips the rest. Holds a place, never the bytes, so that it costs
/// nothing and outlives no buffer.
///
/// With `escaped` it reads a JSON text that is itself the content of a JSON string, in place: there every quote
/// carries a backslash, and every backslash is doubled.
struct JSONCursor {
  /// The place of the next byte.
  var position: Int
  /// Whether the text is the content of a JSON string.
  let escaped: Bool

  init(at position: Int = 0, escaped: Bool = false) {
    self.position = position
    self.escaped = escaped
  }

  /// The next byte that is no white space, without taking it.
  @inline(__always)
  mutating func peek(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): position += 1
      case UInt8(ascii: "\\") where escaped && position + 1 < bytes.count && isEscapedWhiteSpace(bytes[position + 1]):
        position += 2
      default: return byte
      }
    }
    throw .unexpectedEnd
  }

  @inline(__always)
  private func isEscapedWhiteSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "n") || byte == UInt8(ascii: "r") || byte == UInt8(ascii: "t")
  }

  /// Takes a byte that has to come next.
  @inline(__always)
  mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
    guard try peek(bytes) == byte else { throw .unexpectedByte }
    position += 1
  }

  /// Takes an opening quote.
  @inline(__always)
  private mutating func takeQuote(_ bytes: Span<UInt8>) throws(JSONFault) {
    if escaped { try take(UInt8(ascii: "\\"), bytes) }
    guard position < bytes.count else { throw .unexpectedEnd }
    guard bytes[position] == UInt8(ascii: "\"") else { throw .unexpectedByte }
    position += 1
  }

  /// Whether a string comes next.
  @inline(__always)
  mutating func atString(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
    try peek(bytes) == (escaped ? UInt8(ascii: "\\") : UInt8(ascii: "\""))
  }

  /// Takes a string.
  /// - Returns: the range of its content, escapes and all.
  mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int> {
    try takeQuote(bytes)
    let start = position
    var index = start
    // A quote is the end unless backslashes before it say otherwise. One level down the end carries one backslash, and
    // a quote of the content three: what counts is their number modulo four.
    while let quote = escaped
      ? bytes.firstIndex(of: UInt8(ascii: "\""), from: index) : bytes.firstOpenQuote(from: index)
    {
      var run = 0
      while quote - run > start, bytes[quote - run - 1] == UInt8(ascii: "\\") { run += 1 }
      if escaped {
        if run % 2 == 0 { throw .unexpectedEnd }
        if run % 4 == 1 {
          position = quote + 1
          return start..<(quote - 1)
        }
      } else if run % 2 == 0 {
        position = quote + 1
        return start..<quote
      }
      index = quote + 1
    }
    throw .unexpectedEnd
  }

  /// Takes a string and decodes it.
  /// - Throws: `JSONFault.badText` where it is not UTF-8 or an escape is broken.
  mutating func text(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
    let range = try string(bytes)
    guard let raw = bytes.string(range) else { throw .badText }
    guard raw.utf8.contains(UInt8(ascii: "\\")) else { return raw }
    guard let outer = JSONEscapes.unescaped(raw), let text = escaped ? JSONEscapes.unescaped(outer) : outer else {
      throw .badText
    }
    return text
  }

  /// Takes a whole number from 0 to `Int64.max`, however it is written: `1000`, `1e3`, `1000.0`, or one of these as a
  /// string; `nil` for anything else.
  mutating func wholeNumber(_ bytes: Span<UInt8>) throws(JSONFault) -> Int64? {
    if try atString(bytes) { return bytes.wholeNumber(in: try string(bytes)) }
    let start = position
    try skip(bytes)
    return bytes.wholeNumber(in: start..<position)
  }

  /// Takes a string of which only the place matters; `nil` for any other value, which is taken too.
  mutating func stringIfAny(_ bytes: Span<UInt8>) throws(JSONFault) -> Range<Int>? {
    if try atString(bytes) { return try string(bytes) }
    try skip(bytes)
    return nil
  }

  /// Takes a token count; `nil` for `null`, and for what no count can be.
  /// - Parameter isSound: becomes false where no count can be.
  mutating func tokenCount(_ bytes: Span<UInt8>, isSound: inout Bool) throws(JSONFault) -> Int64? {
    if try peek(bytes) == UInt8(ascii: "n") {
      try skip(bytes)
      return nil
    }
    guard let value = try wholeNumber(bytes), value <= largestTokenCount else {
      isSound = false
      return nil
    }
    return value
  }

  /// Takes the opening brace of an object.
  mutating func enterObject(_ bytes: Span<UInt8>) throws(JSONFault) { try take(UInt8(ascii: "{"), bytes) }

  /// Takes the next key of an object and its colon; `nil` once the object has ended, which is taken too.
  /// - Parameter first: whether the opening brace was just taken.
  mutating func key(_ bytes: Span<UInt8>, first: Bool) throws(JSONFault) -> Range<Int>? {
    switch try peek(bytes) {
    case UInt8(ascii: "}"):
      position += 1
      return nil
    case UInt8(ascii: ","):
      if first { throw .unexpectedByte }
      position += 1
      _ = try peek(bytes)
    default:
      if !first { throw .unexpectedByte }
    }
    let key = try string(bytes)
    try take(UInt8(ascii: ":"), bytes)
    return key
  }

  /// Takes an array, element by element.
  /// - Parameter body: takes the element that comes next.
  mutating func forEachElement(
    _ bytes: Span<UInt8>, _ body: (inout JSONCursor) throws(JSONFault) -> Void
  ) throws(JSONFault) {
    try take(UInt8(ascii: "["), bytes)
    var isFirst = true
    while try peek(bytes) != UInt8(ascii: "]") {
      if !isFirst { try take(UInt8(ascii: ","), bytes) }
      isFirst = false
      try body(&self)
    }
    position += 1
  }

  /// Takes any value.
  mutating func skip(_ bytes: Span<UInt8>) throws(JSONFault) {
    switch try peek(bytes) {
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer(bytes)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): _ = try string(bytes)
    default:
      let start = position
      while position < bytes.count, Self.isScalar(bytes[position]) { position += 1 }
      if position == start { throw .unexpectedByte }
    }
  }

  /// Containers are skipped by their brackets alone; what stands between them is not checked.
  private mutating func skipContainer(_ bytes: Span<UInt8>) throws(JSONFault) {
    var depth = 0
    repeat {
      guard position < bytes.count else { throw .unexpectedEnd }
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
      case UInt8(ascii: "\""): _ = try string(bytes)
      case UInt8(ascii: "\\"):
        // Outside a string only the content of one may hold a backslash: that of a quote, or of white space.
        guard escaped else { throw .unexpectedByte }
        if try atString(bytes) { _ = try string(bytes) }
      default: position += 1
      }
    } while depth > 0
  }

  /// Whether numbers and words are made of a byte.
  @inline(__always)
  static func isScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
