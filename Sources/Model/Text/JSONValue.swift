/// A value of a JSON text, with numbers as they are written and the place of each value.
///
/// Foundation's decoder makes a number a `Double` or a rounded `Decimal`, stops at the first `NaN`, which Python's
/// writers make, and tells no place; a price must be read by its text, and one bad price must not cost the others.
/// Logs are read without a tree, by `JSONCursor`.
package struct JSONValue: Sendable {
  package enum Content: Sendable {
    case object([(key: String, value: JSONValue)])
    case array([JSONValue])
    case string(String)
    /// As it is written; also `NaN`, `Infinity` and `-Infinity`. Whether it is a number says who uses it.
    case number(String)
    case bool(Bool)
    case null
  }

  package var content: Content
  /// Where it begins, bytes.
  package var offset: Int

  /// Where and why a text is no JSON.
  package struct Fault: Error {
    package var message: String
    /// Bytes.
    package var offset: Int
  }

  /// Reads a JSON text (RFC 8259).
  /// - Parameter allowsTrailingCommas: whether a comma may stand behind the last element or member.
  package init(parsing bytes: [UInt8], allowsTrailingCommas: Bool = false) throws(Fault) {
    self = try JSONReader.read(bytes, allowsTrailingCommas)
  }

  fileprivate init(content: Content, offset: Int) { (self.content, self.offset) = (content, offset) }

  /// A member of an object, the last of that name; `nil` where there is none or it is null.
  package subscript(key: String) -> JSONValue? {
    guard let value = members?.last(where: { $0.key == key })?.value else { return nil }
    if case .null = value.content { return nil }
    return value
  }

  package var members: [(key: String, value: JSONValue)]? {
    if case .object(let members) = content { members } else { nil }
  }

  package var elements: [JSONValue]? {
    if case .array(let elements) = content { elements } else { nil }
  }

  package var string: String? {
    if case .string(let string) = content { string } else { nil }
  }

  package var number: String? {
    if case .number(let text) = content { text } else { nil }
  }
}

/// Reads a JSON text (RFC 8259).
private struct JSONReader {
  /// Deeper than any list or bill; a text of brackets alone must not exhaust the stack.
  private static let deepest = 64

  private let bytes: [UInt8]
  private let allowsTrailingCommas: Bool
  private var index = 0

  static func read(_ bytes: [UInt8], _ allowsTrailingCommas: Bool) throws(JSONValue.Fault) -> JSONValue {
    var reader = JSONReader(bytes, allowsTrailingCommas)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.index == bytes.count else { throw reader.fault("something follows after the value") }
    return value
  }

  private init(_ bytes: [UInt8], _ allowsTrailingCommas: Bool) {
    self.bytes = bytes
    self.allowsTrailingCommas = allowsTrailingCommas
  }

  private func fault(_ message: String) -> JSONValue.Fault { JSONValue.Fault(message: message, offset: index) }

  private mutating func skipSpace() {
    while index < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[index]) { index += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  /// Takes the comma before another element or member.
  private mutating func takeComma(before end: UInt8) -> Bool {
    guard take(UInt8(ascii: ",")) else { return false }
    guard allowsTrailingCommas else { return true }
    skipSpace()
    return index == bytes.count || bytes[index] != end
  }

  private mutating func value(depth: Int) throws(JSONValue.Fault) -> JSONValue {
    guard depth < Self.deepest else { throw fault("the values are nested deeper than \(Self.deepest) levels") }
    skipSpace()
    guard index < bytes.count else { throw fault("the text ends too early") }
    let offset = index
    let content: JSONValue.Content
    switch bytes[index] {
    case UInt8(ascii: "{"): content = .object(try object(depth: depth))
    case UInt8(ascii: "["): content = .array(try array(depth: depth))
    case UInt8(ascii: "\""): content = .string(try string())
    default: content = try word()
    }
    return JSONValue(content: content, offset: offset)
  }

  private mutating func object(depth: Int) throws(JSONValue.Fault) -> [(key: String, value: JSONValue)] {
    index += 1
    var members: [(key: String, value: JSONValue)] = []
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw fault("a key in quotes is missing") }
      let key = try string()
      guard take(UInt8(ascii: ":")) else { throw fault("a colon is missing") }
      members.append((key, try value(depth: depth + 1)))
    } while takeComma(before: UInt8(ascii: "}"))
    guard take(UInt8(ascii: "}")) else { throw fault("a comma or } is missing") }
    return members
  }

  private mutating func array(depth: Int) throws(JSONValue.Fault) -> [JSONValue] {
    index += 1
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while takeComma(before: UInt8(ascii: "]"))
    guard take(UInt8(ascii: "]")) else { throw fault("a comma or ] is missing") }
    return elements
  }

  private mutating func word() throws(JSONValue.Fault) -> JSONValue.Content {
    let start = index
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
    while index < bytes.count, isWord(bytes[index]) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "NaN", "Infinity", "-Infinity": return .number(text)
    case _ where text.first.map { $0 == "-" || $0.isNumber } ?? false: return .number(text)
    default:
      index = start
      throw fault("no value stands here")
    }
  }

  private mutating func string() throws(JSONValue.Fault) -> String {
    index += 1
    var text = ""
    var start = index
    while index < bytes.count {
      let byte = bytes[index]
      guard byte >= 0x20 else { throw fault("a control character in a string") }
      guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      guard let piece = String(validating: bytes[start..<index], as: UTF8.self) else {
        throw fault("a string is not UTF-8")
      }
      text += piece
      index += 1
      if byte == UInt8(ascii: "\"") { return text }
      text.unicodeScalars.append(try escape())
      start = index
    }
    throw fault("a string does not end")
  }

  private mutating func escape() throws(JSONValue.Fault) -> Unicode.Scalar {
    guard index < bytes.count else { throw fault("a string does not end") }
    index += 1
    switch bytes[index - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard UTF16.isLeadSurrogate(first), bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
        break
      }
      index += 2
      if let scalar = Unicode.Scalar(lead: first, trail: try codeUnit()) { return scalar }
    default: break
    }
    throw fault("an escape in a string means nothing")
  }

  private mutating func codeUnit() throws(JSONValue.Fault) -> UInt16 {
    let digits = bytes[index...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("an escape in a string means nothing") }
    index += 4
    return unit
  }
}
