import CZlib

/// The files of a ZIP archive in memory, as far as exports need it: stored or deflated, not encrypted, below 4 GiB.
package enum ZipArchive {
  /// A file of an archive.
  package struct Entry: Sendable {
    package var name: String
    package var bytes: [UInt8]
  }

  /// The largest file that is unpacked, bytes: an export of a year has some megabytes.
  static let largest = 256 << 20

  /// Whether bytes begin like an archive.
  package static func isArchive(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }

  /// Whether bytes are an archive without a file: its directory's end and nothing before it.
  static func isEmpty(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) }

  /// The files, in the order of the directory at the archive's end; folders are left out.
  /// - Parameter limit: how many bytes all of them may have together.
  /// - Returns: `nil` where the bytes are no archive that can be unpacked whole.
  package static func entries(_ bytes: [UInt8], atMost limit: Int) -> [Entry]? {
    func number(_ at: Int, _ length: Int) -> Int? {
      guard at >= 0, at + length <= bytes.count else { return nil }
      return (0..<length).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    guard bytes.count >= 22,
      let end = stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 0xffff), by: -1)
        .first(where: { number($0, 4) == 0x0605_4b50 }),
      let count = number(end + 10, 2), var place = number(end + 16, 4)
    else { return nil }
    var packed: [Packed] = []
    for _ in 0..<count {
      guard number(place, 4) == 0x0201_4b50, let flags = number(place + 8, 2), let method = number(place + 10, 2),
        let length = number(place + 20, 4), let size = number(place + 24, 4), let nameLength = number(place + 28, 2),
        let extra = number(place + 30, 2), let comment = number(place + 32, 2), let local = number(place + 42, 4),
        flags & 1 == 0, place + 46 + nameLength <= bytes.count, size <= largest
      else { return nil }
      let name = String(decoding: bytes[(place + 46)..<(place + 46 + nameLength)], as: UTF8.self)
      place += 46 + nameLength + extra + comment
      guard !name.hasSuffix("/") else { continue }
      guard number(local, 4) == 0x0403_4b50, let localName = number(local + 26, 2),
        let localExtra = number(local + 28, 2)
      else { return nil }
      let start = local + 30 + localName + localExtra
      guard start + length <= bytes.count else { return nil }
      packed.append(
        Packed(name: name, method: method, bytes: start..<(start + length), size: method == 0 ? length : size))
    }
    // Before anything is unpacked: an archive that is made to fill a memory says how large its files are.
    guard packed.reduce(0, { $0 + $1.size }) <= limit else { return nil }
    var found: [Entry] = []
    for file in packed {
      let body = Array(bytes[file.bytes])
      switch file.method {
      case 0: found.append(Entry(name: file.name, bytes: body))
      case 8:
        guard let plain = inflated(body, size: file.size) else { return nil }
        found.append(Entry(name: file.name, bytes: plain))
      default: return nil
      }
    }
    return found
  }

  /// A file as the directory has it.
  private struct Packed {
    var name: String
    var method: Int
    /// Where its bytes are.
    var bytes: Range<Int>
    /// How many it has unpacked.
    var size: Int
  }

  private static func inflated(_ packed: [UInt8], size: Int) -> [UInt8]? {
    var stream = unsafe z_stream()
    // A negative window means raw deflate data, without zlib's own frame.
    guard unsafe inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { _ = unsafe inflateEnd(&stream) }
    var input = packed
    var output = [UInt8](repeating: 0, count: size + 1)
    let result = unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.next_in = input.baseAddress
        unsafe stream.avail_in = UInt32(clamping: input.count)
        unsafe stream.next_out = output.baseAddress
        unsafe stream.avail_out = UInt32(clamping: output.count)
        return unsafe inflate(&stream, Z_FINISH)
      }
    }
    guard result == Z_STREAM_END, unsafe Int(stream.total_out) == size else { return nil }
    output.removeLast()
    return output
  }
}
