import Foundation

/// Where bytes come from: a file, standard input, an archive.
package protocol ByteSource: ~Copyable {
  /// Puts the next bytes into a buffer, from a place on to its end at the most.
  /// - Returns: how many bytes; 0 at the end.
  /// - Throws: `LogError.unreadable`, `LogError.badArchive`.
  mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int
}

extension ByteSource where Self: ~Copyable {
  /// All bytes up to the end.
  /// - Parameters:
  ///   - limit: how many there may be.
  ///   - path: names the source in errors.
  /// - Throws: `LogError`; `LogError.badArchive` for more bytes.
  mutating func all(atMost limit: Int, path: String) throws(LogError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try read(into: &buffer, from: 0)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw .badArchive(path: path, fault: .tooLarge) }
    }
  }
}

/// A regular file that is open. What is read of it is of this one file, whatever becomes of its name meanwhile.
package final class OpenedFile: Sendable {
  /// Names it in errors.
  package let path: String
  /// The device it is on, and its number there.
  package let identity: (device: Int64, inode: Int64)
  fileprivate let descriptor: Int32

  /// Opens a file for reading.
  /// - Throws: `LogError.unreadable` with the system's reason, `LogError.notAFile`.
  package init(path: String) throws(LogError) {
    // Without O_NONBLOCK, opening a pipe that took a file's place meanwhile would never return.
    let descriptor = unsafe open(PathText.system(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: .system(errno)) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, mode_t(status.st_mode) & S_IFMT == S_IFREG else {
      _ = close(descriptor)
      throw .notAFile(path: path)
    }
    self.descriptor = descriptor
    self.path = path
    identity = (Int64(status.st_dev), Int64(truncatingIfNeeded: status.st_ino))
  }

  deinit { _ = close(descriptor) }
}

/// A file read through `pread(2)`, never mapped: a log that the router truncates must not end in a bus error.
package struct FileSource: ByteSource, ~Copyable {
  private let file: OpenedFile
  private var offset: Int64
  /// How many bytes were read so far: what an incremental read is judged by.
  package private(set) var bytesRead: Int64 = 0

  /// A file that is open, from an offset on.
  package init(_ file: OpenedFile, from offset: Int64 = 0) {
    self.file = file
    self.offset = offset
  }

  /// Opens a file for reading from an offset.
  /// - Throws: `LogError.unreadable` with the system's reason.
  package init(path: String, from offset: Int64 = 0) throws(LogError) {
    self.init(try OpenedFile(path: path), from: offset)
  }

  /// Goes on reading at an offset.
  package mutating func seek(to offset: Int64) { self.offset = offset }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    let count = try readDescriptor(
      file.descriptor, at: off_t(offset), into: &buffer, from: start, path: file.path)
    offset += Int64(count)
    bytesRead += Int64(count)
    return count
  }
}

/// A stream that somebody else opened, such as standard input. It cannot be rewound, so its front can be looked at
/// beforehand. It is not closed.
package struct DescriptorSource: ByteSource, ~Copyable {
  private let descriptor: Int32
  private let name: String
  private var front: ArraySlice<UInt8> = []

  /// The bytes of an open descriptor.
  /// - Parameters:
  ///   - descriptor: 0 is standard input.
  ///   - name: names the stream in errors.
  package init(descriptor: Int32 = 0, name: String = "standard input") {
    self.descriptor = descriptor
    self.name = name
  }

  /// The first bytes not yet read, which stay to be read.
  /// - Parameter count: how many, unless the stream ends before.
  /// - Throws: `LogError.unreadable`.
  package mutating func peek(_ count: Int) throws(LogError) -> [UInt8] {
    var buffer = Array(front) + Array(repeating: 0, count: max(0, count - front.count))
    var end = front.count
    while end < count {
      let read = try readDescriptor(descriptor, into: &buffer, from: end, path: name)
      if read == 0 { break }
      end += read
    }
    front = buffer[..<end]
    return Array(front.prefix(count))
  }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    if front.isEmpty { return try readDescriptor(descriptor, into: &buffer, from: start, path: name) }
    let count = buffer.fill(from: start, with: front)
    front.removeFirst(count)
    return count
  }
}

/// Bytes that are in memory already.
package struct MemorySource: ByteSource {
  private var rest: ArraySlice<UInt8>

  /// Those bytes.
  package init(_ bytes: [UInt8]) { rest = bytes[...] }

  package mutating func read(into buffer: inout [UInt8], from start: Int) -> Int {
    let count = buffer.fill(from: start, with: rest)
    rest.removeFirst(count)
    return count
  }
}

/// - Parameter place: where in the file; `nil` goes on where the last read ended.
private func readDescriptor(
  _ descriptor: Int32, at place: off_t? = nil, into buffer: inout [UInt8], from start: Int, path: String
) throws(LogError) -> Int {
  while true {
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
      if let place { return unsafe pread(descriptor, free.baseAddress, free.count, place) }
      return unsafe Foundation.read(descriptor, free.baseAddress, free.count)
    }
    if count >= 0 { return count }
    if errno != EINTR { throw .unreadable(path: path, reason: .system(errno)) }
  }
}
