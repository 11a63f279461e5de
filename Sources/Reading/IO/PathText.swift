/// Paths as text. A file's name is any bytes; those that are not UTF-8 stand in our texts as scalars of a private range,
/// so that a path read from a folder can be opened again.
package enum PathText {
  /// What a byte that is not UTF-8 stands as: this scalar and the byte's value.
  private static let first: UInt32 = 0x10FF00

  /// The text of a name's bytes.
  package static func text(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    var index = 0
    while index < bytes.count {
      let length = (1...4).first { length in
        index + length <= bytes.count
          && String(validating: bytes[index..<(index + length)], as: UTF8.self)?.unicodeScalars.count == 1
      }
      if let length, let whole = String(validating: bytes[index..<(index + length)], as: UTF8.self) {
        text += whole
        index += length
      } else {
        if let scalar = Unicode.Scalar(first + UInt32(bytes[index])) { text.unicodeScalars.append(scalar) }
        index += 1
      }
    }
    return text
  }

  /// The bytes of a path for the system, with the zero at their end.
  package static func system(_ path: String) -> [CChar] {
    var bytes: [CChar] = []
    bytes.reserveCapacity(path.utf8.count + 1)
    for scalar in path.unicodeScalars {
      if (first...(first + 0xFF)).contains(scalar.value) {
        bytes.append(CChar(bitPattern: UInt8(scalar.value - first)))
      } else {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { bytes.append(CChar(bitPattern: byte)) }
      }
    }
    bytes.append(0)
    return bytes
  }

  /// Whether a path's bytes are those of its text.
  package static func isPlain(_ path: String) -> Bool { !path.unicodeScalars.contains { $0.value >= first } }

  /// The path as a `file:` address, whatever its bytes.
  package static func address(_ path: String) -> String {
    var address = path.hasPrefix("/") ? "file://" : "file:"
    for unit in system(path).dropLast() {
      let byte = UInt8(bitPattern: unit)
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        address.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        address += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return address
  }

  /// The path as people read it, such bytes as `\\xE9`.
  package static func shown(_ path: String) -> String {
    if isPlain(path) { return path }
    return path.unicodeScalars.reduce(into: "") { text, scalar in
      guard scalar.value >= first else { return text.unicodeScalars.append(scalar) }
      let digits = String(scalar.value - first, radix: 16, uppercase: true)
      text += "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
  }
}
