/// Reproducible numbers: a linear congruential generator with Knuth's constants. The same everywhere and for ever, which
/// the standard library's generator does not promise.
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  /// Hexadecimal digits.
  mutating func hex(_ digits: Int) -> String {
    var text = ""
    while text.utf8.count < digits {
      let part = String(below(1 << 28), radix: 16)
      text += String(repeating: "0", count: 7 - part.utf8.count) + part
    }
    return String(text.prefix(digits))
  }

  /// An identifier of the form that clients give sessions and lines.
  mutating func uuid() -> String {
    let digits = hex(32)
    var parts: [Substring] = []
    var rest = digits[...]
    for length in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return parts.joined(separator: "-")
  }
}
