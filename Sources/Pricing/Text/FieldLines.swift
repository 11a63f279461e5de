/// Lines of fields as text. Every field carries its length, so that no two contents give the same text and nothing has
/// to be escaped.
struct FieldLines {
  private(set) var text = ""

  /// Adds a line; `nil` is a field without a value.
  mutating func line(_ fields: [String?]) {
    text += fields.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: " ") + "\n"
  }
}

/// Reads a text that `FieldLines` made. It trusts the text: the program was built with it.
struct FieldReader {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  init(_ text: ArraySlice<UInt8>) {
    bytes = text
    index = text.startIndex
  }

  /// Whether no line is left.
  var isAtEnd: Bool { index >= bytes.endIndex }

  /// Whether the first field of the next line is a word.
  func startsLine(with word: String) -> Bool { bytes[index...].starts(with: "\(word.utf8.count):\(word)".utf8) }

  /// The fields of the next line.
  mutating func line() -> [String?] {
    var fields: [String?] = []
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "-") {
        fields.append(nil)
        index += 1
      } else {
        var length = 0
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: ":") {
          length = length * 10 + Int(bytes[index] &- 0x30)
          index += 1
        }
        let start = index + 1
        index = min(start + length, bytes.endIndex)
        fields.append(String(decoding: bytes[start..<index], as: UTF8.self))
      }
      guard index < bytes.endIndex else { break }
      index += 1
      if bytes[index - 1] == 0x0A { break }
    }
    return fields
  }
}
