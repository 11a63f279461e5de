import Foundation

/// A file that is written whole or not at all.
enum AtomicFile {
  /// Writes a draft beside the file and puts it in the file's place.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(SystemError) {
    let draft = "\(path).\(UUID().uuidString).part"
    let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer {
      _ = close(descriptor)
      // Gone already where all went well.
      _ = unsafe unlink(draft)
    }
    try Descriptor.write(bytes, to: descriptor)
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else {
      throw SystemError(code: errno)
    }
  }
}
