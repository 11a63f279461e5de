import Foundation

/// A file that is written whole or not at all.
enum AtomicFile {
  /// Writes a draft beside the file and puts it in the file's place.
  /// - Parameters:
  ///   - owner: whose it is then; `nil` for whoever runs this.
  ///   - draft: the draft, where it has another name.
  static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t, owner: (user: uid_t, group: gid_t)? = nil, draft: String? = nil
  ) throws(SystemError) {
    // A fixed name, so that what a kill has left is overwritten, and never the file that a link of that name leads to.
    let draft = draft ?? "\(path).part"
    unsafe unlink(draft)
    let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer {
      _ = close(descriptor)
      // Gone already where all went well.
      _ = unsafe unlink(draft)
    }
    try Descriptor.write(bytes, to: descriptor)
    if let owner, fchown(descriptor, owner.user, owner.group) != 0 { throw SystemError(code: errno) }
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0, unsafe rename(draft, path) == 0 else {
      throw SystemError(code: errno)
    }
  }

  /// Writes a text; where that fails, the command ends.
  /// - Parameters:
  ///   - mode: that of a new file.
  ///   - isOurs: whether what is there is replaced, a link for example; else it is rewritten as `rewrite` does it, and a
  ///     link to no file stays one.
  static func save(
    _ text: String, to path: String, mode: mode_t = 0o644, isOurs: Bool = false
  ) throws(CommandFailure) {
    do throws(SystemError) {
      if !isOurs, FileManager.default.fileExists(atPath: path) {
        try rewrite(Array(text.utf8), at: path)
      } else {
        try write(Array(text.utf8), to: isOurs ? path : end(of: path), mode: mode)
      }
    } catch {
      throw CommandFailure("cannot write \(path): \(error)")
    }
  }

  /// Writes what somebody asked for where they asked for it: a new file as the process's mask has it, a file that is
  /// there as `rewrite` does it, and straight into what is no file, such as a pipe.
  static func put(_ bytes: [UInt8], at path: String) throws(SystemError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw SystemError(code: errno) }
      let mask = umask(0)
      _ = umask(mask)
      return try write(bytes, to: end(of: path), mode: 0o666 & ~mask)
    }
    if status.st_mode & S_IFMT == S_IFREG { return try rewrite(bytes, at: path) }
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer { _ = close(descriptor) }
    try Descriptor.write(bytes, to: descriptor)
  }

  /// What keeps files from being made in a folder, or in the first one above it that is there; `nil` where nothing does.
  static func obstacle(toFilesIn folder: String) -> SystemError? {
    var place = URL(filePath: folder)
    while place.path.count > 1, unsafe access(place.path, F_OK) != 0, errno == ENOENT {
      place.deleteLastPathComponent()
    }
    var status = stat()
    guard unsafe stat(place.path, &status) == 0 else { return SystemError(code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return SystemError(code: ENOTDIR) }
    return unsafe access(place.path, W_OK | X_OK) == 0 ? nil : SystemError(code: errno)
  }

  /// Where a link leads to whose file is not there yet, so that it stays a link; any other path as it is.
  static func end(of path: String) -> String {
    var path = path
    // As many links as systems follow.
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { break }
      let folder = URL(filePath: path).deletingLastPathComponent()
      path = next.hasPrefix("/") ? next : folder.appending(path: next).path(percentEncoded: false)
    }
    return path
  }

  /// Rewrites a file of somebody else: its mode, its owner and the links to it stay.
  static func rewrite(_ bytes: [UInt8], at path: String) throws(SystemError) {
    let real = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    var status = stat()
    guard unsafe stat(real, &status) == 0 else { throw SystemError(code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
    if status.st_nlink == 1 {
      do throws(SystemError) {
        return try write(
          bytes, to: real, mode: status.st_mode & 0o7777, owner: (user: status.st_uid, group: status.st_gid))
      } catch {
        // Whoever may write to a file may not always give one away, nor make one beside it.
        guard error.code == EPERM || error.code == EACCES else { throw error }
      }
    }
    // Another file in its place would lose them.
    let before = try Descriptor.contents(ofFile: real)
    do throws(SystemError) {
      try overwrite(real, with: bytes)
    } catch {
      // On a full disk a part of the new text stands where the old one stood, which has room.
      try? overwrite(real, with: before)
      throw error
    }
  }

  private static func overwrite(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(code: errno) }
    defer { _ = close(descriptor) }
    try Descriptor.write(bytes, to: descriptor)
    guard ftruncate(descriptor, off_t(bytes.count)) == 0, fsync(descriptor) == 0 else { throw SystemError(code: errno) }
  }
}
