import Model

/// UTF-16 text as UTF-8, as it is asked for; the bytes themselves where they are no such text. PowerShell writes it
/// wherever `>` leads.
struct UTF16Source<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
  private var source: Source
  private var encoding: Encoding
  private var coded: [UInt8]
  /// Bytes that were read and not yet decoded, or not yet handed out where they are no UTF-16.
  private var pending: Range<Int> = 0..<0
  private var decoded: [UInt8] = []
  private var handedOut = 0
  private var atEnd = false

  private enum Encoding {
    case unknown, none, littleEndian, bigEndian
  }

  /// The text of a source.
  /// - Parameter isOn: whether it is looked at all.
  init(_ source: consuming Source, isOn: Bool) {
    self.source = source
    encoding = isOn ? .unknown : .none
    coded = isOn ? Array(repeating: 0, count: 1 << 16) : []
  }

  /// Whether bytes are UTF-16 text: by its mark, or by the zero beside the brace that every record begins with.
  static func isEncoded(_ front: [UInt8]) -> Bool { encoding(of: front[...]) != .none }

  private static func encoding(of front: ArraySlice<UInt8>) -> Encoding {
    let brace = UInt8(ascii: "{")
    if [[0xFF, 0xFE], [brace, 0]].contains(where: { front.starts(with: $0) }) { return .littleEndian }
    return [[0xFE, 0xFF], [0, brace]].contains { front.starts(with: $0) } ? .bigEndian : .none
  }

  mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    if case .none = encoding, pending.isEmpty { return try source.read(into: &buffer, from: start) }
    if case .unknown = encoding {
      while pending.count < 2, try fill() {}
      encoding = Self.encoding(of: coded[pending])
    }
    guard encoding != .none else {
      let count = buffer.fill(from: start, with: coded[pending])
      pending = (pending.lowerBound + count)..<pending.upperBound
      return count
    }
    while handedOut == decoded.count {
      decoded.removeAll(keepingCapacity: true)
      handedOut = 0
      if atEnd, pending.isEmpty { return 0 }
      decode()
      if handedOut == decoded.count, try !fill() { decodeRest() }
    }
    let count = buffer.fill(from: start, with: decoded[handedOut...])
    handedOut += count
    return count
  }

  /// - Returns: whether there was more.
  private mutating func fill() throws(LogError) -> Bool {
    if atEnd { return false }
    atEnd = try !coded.refill(&pending, from: &source)
    return !atEnd
  }

  private func unit(at place: Int) -> UInt16 {
    let (first, second) = (UInt16(coded[place]), UInt16(coded[place + 1]))
    return encoding == .littleEndian ? second << 8 | first : first << 8 | second
  }

  /// Decodes all whole characters that were read.
  private mutating func decode() {
    var place = pending.lowerBound
    while place + 2 <= pending.upperBound {
      let first = unit(at: place)
      var scalar = Unicode.Scalar(first)
      var length = 2
      if UTF16.isLeadSurrogate(first) {
        guard place + 4 <= pending.upperBound else { break }
        if let pair = Unicode.Scalar(lead: first, trail: unit(at: place + 2)) { (scalar, length) = (pair, 4) }
      }
      append(scalar)
      place += length
    }
    pending = place..<pending.upperBound
  }

  /// What is left at the end is half a character.
  private mutating func decodeRest() {
    if !pending.isEmpty { append(nil) }
    pending = 0..<0
  }

  private mutating func append(_ scalar: Unicode.Scalar?) {
    decoded.append(contentsOf: scalar.flatMap { UTF8.encode($0) } ?? UTF8.encodedReplacementCharacter)
  }
}
