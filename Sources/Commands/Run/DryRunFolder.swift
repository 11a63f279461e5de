import Foundation

/// Where a dry run works: a folder of one name for each user, so that the next run removes what a kill left in it. A copy
/// of a router's store, prompts and all, may be in there.
struct DryRunFolder {
  let path: String
  private let descriptor: Int32

  /// Makes the folder, empty, or waits until another dry run has done with it.
  /// - Throws: `CommandFailure` where it cannot be made, or is somebody else's.
  init(patience: Double = 60) throws(CommandFailure) {
    let path = Self.place
    let clock = ContinuousClock()
    let end = clock.now + .seconds(patience)
    while true {
      guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
        throw CommandFailure("cannot make the folder \(path): \(SystemError(code: errno))")
      }
      if let descriptor = try Self.lock(path) {
        (self.path, self.descriptor) = (path, descriptor)
        Self.empty(path)
        return
      }
      guard clock.now < end else { throw CommandFailure("another dry run is at work in \(path); try again later") }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  /// Removes it with all that is in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    _ = close(descriptor)
  }

  /// Removes what a dry run left that was killed.
  static func removeLeftover() {
    guard let descriptor = try? lock(place) else { return }
    try? FileManager.default.removeItem(atPath: place)
    _ = close(descriptor)
  }

  private static var place: String {
    FileManager.default.temporaryDirectory.appending(path: "ccr-audit-dry-run-\(getuid())").path(percentEncoded: false)
  }

  private static func empty(_ path: String) {
    let files = FileManager.default
    for name in (try? files.contentsOfDirectory(atPath: path)) ?? [] {
      try? files.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// - Returns: the locked folder; `nil` where another run holds it, or it is not there any more.
  private static func lock(_ path: String) throws(CommandFailure) -> Int32? {
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw CommandFailure("cannot use the folder \(path): \(SystemError(code: errno))")
    }
    var (opened, named) = (stat(), stat())
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, unsafe fstat(descriptor, &opened) == 0,
      unsafe lstat(path, &named) == 0, opened.st_ino == named.st_ino
    else {
      _ = close(descriptor)
      return nil
    }
    guard opened.st_uid == getuid(), opened.st_mode & 0o077 == 0 else {
      _ = close(descriptor)
      throw CommandFailure("the folder \(path) is not ours alone; remove it, or set TMPDIR")
    }
    return descriptor
  }
}
