/// Why a text is no JSON, as far as people can do something about it.
enum BillJSONFault: Equatable {
  /// It ends within an array, an object or a string.
  case cutOff(line: Int)
  /// A word that JSON does not have, such as `NaN`, which some programs write.
  case word(String, line: Int)

  /// - Parameter first: the number of the text's first line.
  init?(_ text: Substring, first: Int = 1) {
    var line = first
    var depth = 0
    var (isQuoted, isEscaped) = (false, false)
    var word: [UInt8] = []
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isQuoted {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isQuoted = false
        }
        continue
      }
      if (0x41...0x5a).contains(byte & 0xdf) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "+")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      {
        word.append(byte)
        continue
      }
      if let bad = Self.unknown(word) {
        self = .word(bad, line: line)
        return
      }
      word = []
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
    }
    guard isQuoted || depth > 0 else { return nil }
    self = .cutOff(line: line)
  }

  /// A word of letters that is none of JSON's.
  private static func unknown(_ word: [UInt8]) -> String? {
    let text = String(decoding: word, as: UTF8.self)
    let bare = text.drop { $0 == "-" || $0 == "+" }
    guard bare.first?.isLetter == true, !["true", "false", "null"].contains(bare) else { return nil }
    return String(text.prefix(20))
  }
}
