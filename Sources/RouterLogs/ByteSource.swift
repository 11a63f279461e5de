import Foundation

/// Where bytes come from: a file, standard input, an archive.
package protocol ByteSource: ~Copyable {
  /// Puts the next bytes into a buffer, from a place on to its end at the most.
  /// - Returns: how many bytes; 0 at the end.
  /// - Throws: `LogError.unreadable`.
  mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int
}

/// A file read through `read(2)`, never mapped: a log that the router truncates must not end in a bus error.
package struct FileSource: ByteSource, ~Copyable {
  private let descriptor: Int32
  private let path: String
  /// How many bytes were read so far: what an incremental read is judged by.
  package private(set) var bytesRead: Int64 = 0

  /// Opens a file for reading from an offset.
  /// - Throws: `LogError.unreadable` with the system's reason.
  package init(path: String, from offset: Int64 = 0) throws(LogError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: .system(errno)) }
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      let reason = errno
      _ = close(descriptor)
      throw .unreadable(path: path, reason: .system(reason))
    }
    self.descriptor = descriptor
    self.path = path
  }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
        return unsafe Foundation.read(descriptor, free.baseAddress, free.count)
      }
      if count >= 0 {
        bytesRead += Int64(count)
        return count
      }
      if errno != EINTR { throw .unreadable(path: path, reason: .system(errno)) }
    }
  }

  deinit { _ = close(descriptor) }
}
