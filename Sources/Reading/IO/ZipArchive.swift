import CZlib

/// The files of a ZIP archive in memory, as far as exports need it: stored or deflated, not encrypted. What its headers
/// say of a file has to be true of it.
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
    let directory = Directory(bytes)
    guard let (count, range) = directory.place else { return nil }
    var place = range.lowerBound
    var packed: [Packed] = []
    for _ in 0..<count {
      guard let file = directory.file(at: place), file.size <= largest else { return nil }
      place = file.end
      guard !file.name.hasSuffix("/") else { continue }
      guard let body = directory.body(of: file) else { return nil }
      packed.append(Packed(file: file, bytes: body))
    }
    // Else there are more files than it counts.
    guard place == range.upperBound else { return nil }
    // Before anything is unpacked: an archive that is made to fill a memory says how large its files are.
    guard packed.reduce(0, { $0 + $1.file.size }) <= limit else { return nil }
    var found: [Entry] = []
    for packed in packed {
      let (file, body) = (packed.file, Array(bytes[packed.bytes]))
      guard let plain = file.method == 0 ? body : inflated(body, size: file.size),
        plain.count == file.size, checksum(plain) == file.checksum
      else { return nil }
      found.append(Entry(name: file.name, bytes: plain))
    }
    return found
  }

  /// A file as the directory has it, and where its bytes are.
  private struct Packed {
    var file: Directory.File
    var bytes: Range<Int>
  }

  /// CRC-32, as archives have it.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    Int(unsafe bytes.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, uInt($0.count)) })
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
