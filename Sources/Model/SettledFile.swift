import Foundation

/// Files that people and programs rewrite in place: for a moment they are empty, or end in the middle.
package enum SettledFile {
  /// What changes when a file is rewritten.
  private struct Stamp: Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int

    /// - Returns: `nil` for what is no file, which is never rewritten.
    init?(_ path: String) {
      var status = stat()
      guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      inode = UInt64(status.st_ino)
      size = Int64(status.st_size)
      seconds = Int(status.modified.tv_sec)
      nanoseconds = Int(status.modified.tv_nsec)
    }

    /// Whether it was changed a moment ago; who empties a file has more to write for longer.
    var isFresh: Bool {
      var now = timespec()
      guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
      let age = Double(Int(now.tv_sec) - seconds) + Double(Int(now.tv_nsec) - nanoseconds) / 1e9
      return age > -0.001 && age < (size == 0 ? 0.5 : 0.02)
    }
  }

  /// Reads a file, again as long as it is being rewritten, for a second at most.
  /// - Parameter read: reads all of it.
  package static func reading<Value, Fault: Error>(
    _ path: String, _ read: () throws(Fault) -> Value
  ) throws(Fault) -> Value {
    for _ in 0..<40 {
      let before = Stamp(path)
      if let before, before.isFresh {
        usleep(25_000)
        continue
      }
      let value = try read()
      if Stamp(path) == before { return value }
    }
    return try read()
  }
}
