import Foundation
import Reading

extension stat {
  /// What the system says of a path; `nil` where it leads to nothing.
  static func of(_ path: String) -> stat? {
    var status = stat()
    return unsafe stat(PathText.system(path), &status) == 0 ? status : nil
  }

  /// Whether a path is a symbolic link, wherever it leads.
  static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(PathText.system(path), &status) == 0 && status.kind == S_IFLNK
  }

  /// `S_IFREG` for a regular file, `S_IFDIR` for a folder and so on.
  var kind: mode_t { mode_t(st_mode) & S_IFMT }

  /// Whether it is of a regular file.
  var isFile: Bool { kind == S_IFREG }

  /// Whether it is of a folder.
  var isFolder: Bool { kind == S_IFDIR }
}
