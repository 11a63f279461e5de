import Model

/// Decoding of JSON's escapes.
enum JSONEscapes {
  /// The text that a string's content stands for; `nil` where an escape is broken, or half of a character.
  static func unescaped(_ raw: String) -> String? {
    let bytes = Array(raw.utf8)
    return unescaped(bytes.span, bytes.indices, replacingHalves: false).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes that a string's content stands for; `nil` where an escape is broken.
  /// - Parameter replacingHalves: whether half of a character that is written in two stands for nothing that UTF-8 has;
  ///   else it is broken.
  static func unescaped(_ bytes: Span<UInt8>, _ range: Range<Int>, replacingHalves: Bool) -> [UInt8]? {
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
        if scalar == nil, bytes.holds("\\u", at: index),
          let pair = self.unit(bytes, at: index + 2, range.upperBound)
            .flatMap({ Unicode.Scalar(lead: unit, trail: $0) })
        {
          index += 6
          scalar = pair
        }
        if scalar == nil, !replacingHalves { return nil }
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
