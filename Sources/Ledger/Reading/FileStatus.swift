import Foundation
import Reading

extension stat {
  /// What the system says of a path; `nil` where it leads to nothing.
  static func of(_ path: String) -> stat? {
    var status = stat()
    return unsafe stat(PathText.system(path), &status) == 0 ? status : nil
  }

  /// Whether it is of a regular file.
  var isFile: Bool { mode_t(st_mode) & S_IFMT == S_IFREG }
}
