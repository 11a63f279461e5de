/// The block of a tape archive that stands before a file's bytes.
struct TarHeader {
  /// Bytes of a block.
  static let length = 512

  /// How many bytes the file has.
  var size: Int64
  /// Whether it is a file whose bytes are wanted, not a folder, a link or a note of the archiver's own.
  var isFile: Bool

  /// Whether bytes begin as an archive does.
  static func isHeader(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count >= length && bytes.dropFirst(257).starts(with: Array("ustar".utf8)) && TarHeader(bytes) != nil
  }

  /// What macOS puts beside a file.
  static func isCompanion(_ name: String) -> Bool {
    name.hasPrefix("__MACOSX/") || name.split(separator: "/").last?.hasPrefix("._") ?? false
  }

  /// - Returns: `nil` where the block's checksum is not its own.
  init?(_ block: ArraySlice<UInt8>) {
    let bytes = Array(block.prefix(Self.length))
    guard bytes.count == Self.length, let sum = Self.number(bytes[148..<156]), let size = Self.number(bytes[124..<136])
    else { return nil }
    let found = bytes.indices.reduce(Int64(0)) { $0 + Int64((148..<156).contains($1) ? 0x20 : bytes[$1]) }
    guard found == sum else { return nil }
    self.size = size
    let isRegular = [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(bytes[156])
    isFile = isRegular && !Self.isCompanion(String(decoding: bytes[..<100].prefix { $0 != 0 }, as: UTF8.self))
  }

  /// Octal digits, or from 8 GiB on the bytes themselves.
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    if let first = field.first, first & 0x80 != 0 {
      return field.suffix(7).reduce(0) { $0 << 8 | Int64($1) }
    }
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    return digits.isEmpty ? nil : digits.reduce(0) { $0 << 3 | Int64($1 - 0x30) }
  }
}

/// The files of a tape archive one behind the other, each from a line of its own; the bytes themselves where they are no
/// such archive.
package struct TarSource<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
  private var source: Source
  private let path: String
  private var block = [UInt8](repeating: 0, count: 1 << 16)
  private var pending: Range<Int> = 0..<0
  private var place = Place.front
  /// The last byte that was handed out.
  private var last = UInt8(ascii: "\n")

  private enum Place {
    case front
    /// In bytes that are no archive.
    case plain
    /// Before a header.
    case between
    /// In a file, with so many bytes left, and so many behind it to the next block.
    case file(left: Int64, padding: Int64)
    case end
  }

  /// The files of an archive.
  /// - Parameters:
  ///   - source: the archive's bytes.
  ///   - path: names the archive in errors.
  package init(_ source: consuming Source, path: String) {
    self.source = source
    self.path = path
  }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    guard start < buffer.count else { return 0 }
    while true {
      switch place {
      case .front:
        try fill(TarHeader.length)
        place = TarHeader.isHeader(block[pending]) ? .between : .plain
      case .plain:
        if pending.isEmpty { return try source.read(into: &buffer, from: start) }
        return copy(.max, into: &buffer, from: start)
      case .between:
        if last != UInt8(ascii: "\n") {
          buffer[start] = UInt8(ascii: "\n")
          last = buffer[start]
          return 1
        }
        try enter()
      case .file(left: 0, let padding):
        try skip(padding)
        place = .between
      case .file(let left, let padding):
        if pending.isEmpty { try fill(1) }
        guard !pending.isEmpty else { throw .badArchive(path: path, fault: .truncated) }
        let count = copy(left, into: &buffer, from: start)
        last = buffer[start + count - 1]
        place = .file(left: left - Int64(count), padding: padding)
        return count
      case .end: return 0
      }
    }
  }

  /// Goes to the next file's bytes. A block of zeros ends an archive; where there is none, it was cut.
  private mutating func enter() throws(LogError) {
    try fill(TarHeader.length)
    let header = block[pending].prefix(TarHeader.length)
    guard header.count == TarHeader.length else { throw .badArchive(path: path, fault: .truncated) }
    if header.allSatisfy({ $0 == 0 }) {
      place = .end
      return
    }
    guard let found = TarHeader(header) else { throw .badArchive(path: path, fault: .corrupt) }
    try skip(Int64(TarHeader.length))
    let padding = (Int64(TarHeader.length) - found.size % Int64(TarHeader.length)) % Int64(TarHeader.length)
    if found.isFile {
      place = .file(left: found.size, padding: padding)
    } else {
      try skip(found.size + padding)
    }
  }

  /// Holds so many bytes, unless the source ends before.
  private mutating func fill(_ count: Int) throws(LogError) {
    if pending.lowerBound + count > block.count {
      block.replaceSubrange(0..<pending.count, with: Array(block[pending]))
      pending = 0..<pending.count
    }
    while pending.count < count {
      let read = try source.read(into: &block, from: pending.upperBound)
      if read == 0 { return }
      pending = pending.lowerBound..<(pending.upperBound + read)
    }
  }

  private mutating func skip(_ count: Int64) throws(LogError) {
    var left = count
    while left > 0 {
      if pending.isEmpty {
        pending = 0..<0
        try fill(1)
      }
      guard !pending.isEmpty else { return }
      let step = min(left, Int64(pending.count))
      pending = (pending.lowerBound + Int(step))..<pending.upperBound
      left -= step
    }
  }

  private mutating func copy(_ most: Int64, into buffer: inout [UInt8], from start: Int) -> Int {
    let count = Int(min(most, Int64(pending.count), Int64(buffer.count - start)))
    buffer.replaceSubrange(start..<(start + count), with: block[pending.lowerBound..<(pending.lowerBound + count)])
    pending = (pending.lowerBound + count)..<pending.upperBound
    if pending.isEmpty { pending = 0..<0 }
    return count
  }
}
