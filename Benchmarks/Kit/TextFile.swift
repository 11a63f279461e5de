import Foundation

/// A file that is written a few megabytes at a time.
struct TextFile {
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var lineStart = 0
  private(set) var written = 0
  private(set) var longestLine = 0

  init(at url: URL) throws {
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: url)
    handle = try FileHandle(forWritingTo: url)
  }

  mutating func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    written += text.utf8.count
  }

  mutating func write(_ bytes: [UInt8]) {
    buffer += bytes
    written += bytes.count
  }

  mutating func endLine() throws {
    longestLine = max(longestLine, written - lineStart)
    write("\n")
    lineStart = written
    if buffer.count > 1 << 22 { try flush() }
  }

  mutating func close() throws {
    try flush()
    try handle.close()
  }

  private mutating func flush() throws {
    try handle.write(contentsOf: Data(buffer))
    buffer.removeAll(keepingCapacity: true)
  }
}

/// JSON text as it stands inside a JSON string.
func escaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  for byte in bytes {
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { result.append(UInt8(ascii: "\\")) }
    result.append(byte)
  }
  return result
}
