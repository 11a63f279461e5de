import Foundation

/// What the operating system answered instead of doing it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The `errno`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  /// Whether there is no file of that name, or a folder on the way to it is missing.
  var isNoSuchFile: Bool { code == ENOENT || code == ENOTDIR }

  /// Whether nobody reads the other end of the pipe any more.
  var isBrokenPipe: Bool { code == EPIPE }

  /// The system's own words ("No space left on device").
  package var description: String { unsafe String(cString: strerror(code)) }
}

/// The few system calls that Foundation has no equal for: its own report errors without a reason on Linux.
enum Descriptor {
  /// Whether a person is at the other end.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Writes all of the bytes.
  static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Foundation.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
      } else if errno != EINTR {
        throw SystemError(code: errno)
      }
    }
  }

  /// Reads at most that many bytes; none at the end.
  static func read(_ maximum: Int, from descriptor: Int32) throws(SystemError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximum) { buffer, initialized in
      var count = 0
      repeat {
        count = unsafe Foundation.read(descriptor, buffer.baseAddress, maximum)
      } while count < 0 && errno == EINTR
      if count < 0 { code = errno }
      initialized = max(count, 0)
    }
    guard code == 0 else { throw SystemError(code: code) }
    return bytes
  }

  /// All bytes of a file.
  static func contents(ofFile path: String) throws(SystemError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let chunk = try read(65_536, from: descriptor)
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
  }
}
