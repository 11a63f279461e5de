import Foundation
import Model
import Reading

/// What the operating system answered instead of doing it.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The `errno`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  /// Whether there is no file of that name, or a folder on the way to it is missing.
  var isNoSuchFile: Bool { code == ENOENT || code == ENOTDIR }

  /// What is neither a file nor a pipe that is open already. No number of the system says so.
  static let notAFile = SystemError(code: -1)

  /// Whether nobody reads the other end of the pipe any more.
  var isBrokenPipe: Bool { code == EPIPE }

  /// The system's own words ("No space left on device").
  package var description: String {
    if self == .notAFile { return "it is not a file" }
    let words = unsafe String(cString: strerror(code))
    return code == EACCES ? words + "; mend the permissions of it and its folders, or name another place" : words
  }
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

  /// The most that is read into memory as one file.
  private static let largest = 1 << 30

  /// All bytes of a file.
  /// - Throws: `SystemError`, also for what would block or never end: a named pipe, a device, a file above 1 GiB. A pipe
  ///   that the shell has opened (`<(…)`, `/dev/stdin`) is read to its end.
  static func contents(ofFile path: String) throws(SystemError) -> [UInt8] {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
    let descriptor = unsafe open(PathText.system(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError(code: errno) }
    switch mode_t(status.st_mode) & S_IFMT {
    case S_IFREG: guard status.st_size <= largest else { throw SystemError(code: EFBIG) }
    case S_IFDIR: throw SystemError(code: EISDIR)
    case S_IFIFO where isInherited(path):
      guard fcntl(descriptor, F_SETFL, 0) == 0 else { throw SystemError(code: errno) }
    default:
      if path == "/dev/null" { return [] }
      throw .notAFile
    }
    return try contents(of: descriptor)
  }

  /// The same of a file that people and programs rewrite in place, such as a configuration: never what it holds in the
  /// middle of that.
  static func settledContents(ofFile path: String) throws(SystemError) -> [UInt8] {
    try SettledFile.reading(path) { () throws(SystemError) in try contents(ofFile: path) }
  }

  /// All bytes up to the end of what is open, such as standard input.
  /// - Throws: `SystemError`, also above 1 GiB.
  static func contents(of descriptor: Int32) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let chunk = try read(65_536, from: descriptor)
      if chunk.isEmpty { return bytes }
      bytes += chunk
      guard bytes.count <= largest else { throw SystemError(code: EFBIG) }
    }
  }

  /// Whether a path names what this process was handed open.
  private static func isInherited(_ path: String) -> Bool {
    path == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
  }
}

extension CommandFailure {
  /// All bytes of a file that somebody named.
  /// - Parameters:
  ///   - name: as it was named, for people.
  ///   - path: the same for the system.
  static func reading(_ name: String, at path: String) throws(CommandFailure) -> [UInt8] {
    do throws(SystemError) {
      return try Descriptor.contents(ofFile: path)
    } catch {
      throw CommandFailure("cannot read \(name): \(error)")
    }
  }
}
