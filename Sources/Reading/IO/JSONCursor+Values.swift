import Model

/// Values that may also be `null`, missing or of another kind: what is not of the wanted kind is skipped.
extension JSONCursor {
  /// Whether that byte comes next.
  mutating func isAt(_ byte: Unicode.Scalar, _ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
    try peek(bytes) == UInt8(ascii: byte)
  }

  /// Takes a string; `nil` for any other value, and for an empty one.
  mutating func optionalText(_ bytes: Span<UInt8>) throws(JSONFault) -> String? {
    guard try atString(bytes) else {
      try skip(bytes)
      return nil
    }
    let text = try text(bytes)
    return text.isEmpty ? nil : text
  }

  /// Takes a name: like `optionalText`, and `nil` for a text that no name can be.
  mutating func optionalName(_ bytes: Span<UInt8>) throws(JSONFault) -> String? {
    guard let text = try optionalText(bytes), text.utf8.count <= 256,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    else { return nil }
    return text
  }

  /// Takes a whole number that stands as one or in a string; `nil` for any other value.
  mutating func optionalNumber(_ bytes: Span<UInt8>) throws(JSONFault) -> Int64? {
    guard try atString(bytes) else { return try wholeNumber(bytes) }
    let range = try string(bytes)
    guard let (value, end) = bytes.number(at: range.lowerBound), end == range.upperBound else { return nil }
    return value
  }

  /// Takes a token count that stands as a number or in a string; `nil` for `null`, and for what no count can be.
  /// - Parameter isSound: becomes false where no count can be.
  mutating func optionalCount(_ bytes: Span<UInt8>, isSound: inout Bool) throws(JSONFault) -> Int64? {
    guard try atString(bytes) else { return try tokenCount(bytes, isSound: &isSound) }
    guard let value = try optionalNumber(bytes), value <= largestTokenCount else {
      isSound = false
      return nil
    }
    return value
  }

  /// Takes a truth value that stands as one or, as Python writes it, in a string.
  mutating func isTrue(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
    let start = try peek(bytes) == UInt8(ascii: "\"") ? position + 1 : position
    try skip(bytes)
    return bytes.holds("true", at: start) || bytes.holds("True", at: start)
  }

  /// Takes an instant: epoch seconds with any number of digits behind the point, or an ISO 8601 text, which is UTC where
  /// it names no zone.
  /// - Returns: epoch milliseconds; `nil` for any other value, and for an instant that no record can name.
  mutating func optionalInstant(_ bytes: Span<UInt8>) throws(JSONFault) -> Int64? {
    if try atString(bytes) {
      return ISOTime.recordedUTC(bytes, try string(bytes)).map(ISOTime.milliseconds)
    }
    let start = position
    try skip(bytes)
    guard let (seconds, end) = bytes.number(at: start), seconds < 1 << 40 else { return nil }
    var milliseconds = seconds * 1000
    if end < position, bytes[end] == UInt8(ascii: ".") {
      var weight: Int64 = 100
      for index in (end + 1)..<min(position, end + 4) {
        guard (0x30...0x39).contains(bytes[index]) else { return nil }
        milliseconds += Int64(bytes[index] - 0x30) * weight
        weight /= 10
      }
    } else if end != position {
      return nil
    }
    return EpochTime.range.contains(milliseconds) ? milliseconds : nil
  }
}

extension ISOTime {
  /// Like `recorded`; a time that names no zone is UTC.
  static func recordedUTC(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    if let time = recorded(bytes, range) { return time }
    guard range.count < 64 else { return nil }
    var text = range.map { bytes[$0] }
    text.append(UInt8(ascii: "Z"))
    return recorded(text.span, 0..<text.count)
  }
}

/// Takes the next key of the object that a cursor is in.
/// - Parameter first: whether none was taken before; becomes false.
@inline(__always)
func nextKey(
  _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ first: inout Bool
) throws(JSONFault) -> Range<Int>? {
  defer { first = false }
  return try cursor.key(bytes, first: first)
}

/// Whether a key is that word.
@inline(__always)
func isKey(_ bytes: Span<UInt8>, _ key: Range<Int>, _ word: StaticString) -> Bool {
  key.count == word.utf8CodeUnitCount && bytes.holds(word, at: key.lowerBound)
}
