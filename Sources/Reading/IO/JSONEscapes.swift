/// Decoding of JSON's escapes.
enum JSONEscapes {
  /// The text that a string's content stands for; `nil` where an escape is broken.
  static func unescaped(_ raw: String) -> String? {
    var units: [UInt16] = []
    var result = ""
    var scalars = raw.unicodeScalars.makeIterator()
    func flush() -> Bool {
      if units.isEmpty { return true }
      guard let text = String(validating: units, as: UTF16.self) else { return false }
      result += text
      units.removeAll()
      return true
    }
    while let scalar = scalars.next() {
      guard scalar == "\\" else {
        guard flush() else { return nil }
        result.unicodeScalars.append(scalar)
        continue
      }
      guard let kind = scalars.next() else { return nil }
      if kind == "u" {
        var unit: UInt16 = 0
        for _ in 0..<4 {
          guard let digit = scalars.next().map(Character.init)?.hexDigitValue else { return nil }
          unit = unit << 4 | UInt16(digit)
        }
        units.append(unit)
        continue
      }
      guard flush() else { return nil }
      switch kind {
      case "\"", "\\", "/": result.unicodeScalars.append(kind)
      case "n": result += "\n"
      case "r": result += "\r"
      case "t": result += "\t"
      case "b": result += "\u{8}"
      case "f": result += "\u{c}"
      default: return nil
      }
    }
    return flush() ? result : nil
  }
}
