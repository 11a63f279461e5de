import Foundation

/// What keeps SQLite from using a file.
enum FileObstacle {
  /// Which of the ledger's files keeps it from being used, and why; `nil` where none does.
  static func sentence(for path: String) -> String? {
    if unsafe access(path, F_OK) == 0, unsafe access(path, R_OK) != 0 { return "it may not be read" }
    for name in ["-wal", "-shm", "-journal"].map({ path + $0 }) {
      guard let status = stat.of(name) else { continue }
      guard status.isFile else { return "\(name) is not a file, and SQLite needs one of that name" }
      guard unsafe access(name, R_OK | W_OK) != 0 else { continue }
      return "\(name), which belongs to it, may not be "
        + (unsafe access(name, R_OK) == 0 ? "written to" : "read") + "; mend its permissions"
    }
    return nil
  }
}
