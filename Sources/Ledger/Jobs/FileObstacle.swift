import Foundation

/// What keeps SQLite from using a file.
enum FileObstacle {
  /// The system's own words.
  static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)).lowercased() }

  /// Why nothing can be made in a file's folder; `nil` where it can, or there is none.
  static func sentence(forFolderOf path: String) -> String? {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    guard unsafe access(folder, W_OK | X_OK) != 0, errno != ENOENT else { return nil }
    let code = errno
    return "its folder may not be written to: \(reason(code)); \(cure(of: code))"
  }

  /// Why a folder cannot be made in the one that is there, as the end of a sentence; empty where nothing is known.
  static func reason(againstMaking folder: URL) -> String {
    var parent = folder
    while parent.path.count > 1, stat.of(parent.path(percentEncoded: false)) == nil { parent.deleteLastPathComponent() }
    guard unsafe access(parent.path, W_OK | X_OK) != 0 else { return "" }
    let code = errno
    return ": \(parent.path) may not be written to: \(reason(code)); \(cure(of: code))"
  }

  /// Which of the ledger's files keeps it from being used, and why; `nil` where none does.
  static func sentence(for path: String) -> String? {
    if let folder = closedFolder(of: path) { return "its folder \(folder) may not be entered; \(cure)" }
    if unsafe access(path, F_OK) == 0, unsafe access(path, R_OK) != 0 { return "it may not be read; \(cure)" }
    let isReadOnly = unsafe access(path, F_OK) == 0 && access(path, W_OK) != 0
    for name in ["-wal", "-shm", "-journal"].map({ path + $0 }) {
      guard let status = stat.of(name) else { continue }
      guard status.isFile else { return "\(name) is not a file, and SQLite needs one of that name" }
      guard unsafe access(name, R_OK | W_OK) != 0 else { continue }
      // No permissions help on a disk that is mounted to be read.
      let isMountedToBeRead = errno == EROFS
      let verb = unsafe access(name, R_OK) == 0 ? "written to" : "read"
      if isMountedToBeRead { return "\(name), which belongs to it, may not be \(verb): \(reason(EROFS)); \(elsewhere)" }
      return isReadOnly && verb == "written to"
        ? "it and \(name), which belongs to it, may not be written to; mend their permissions"
        : "\(name), which belongs to it, may not be \(verb); mend its permissions"
    }
    return nil
  }

  /// The folder on the way to a file in which this user may not look for it; `nil` where there is none.
  static func closedFolder(of path: String) -> String? {
    guard stat.of(path) == nil, errno == EACCES else { return nil }
    var folder = URL(filePath: path).deletingLastPathComponent()
    while folder.path.count > 1, stat.of(folder.path(percentEncoded: false)) == nil { folder.deleteLastPathComponent() }
    // Without the slash that a folder's URL ends with.
    return folder.path
  }

  /// Whether the system said that this user may not.
  static func isDenial(_ code: Int32) -> Bool { [EACCES, EPERM, EROFS].contains(code) }

  /// What to do about it.
  static let cure = "mend the permissions, or \(elsewhere)"

  /// What to do about a call of the system that failed.
  static func cure(of code: Int32) -> String { code == EROFS ? elsewhere : cure }

  private static let elsewhere = "name another ledger with --ledger"
}
