import Foundation

/// Whether the process may open as many files as it needs. Where it may not, Dispatch ends the process without a word.
enum OpenFileLimit {
  /// The ledger with its log and lock, a log that is read, the history, the pipes of another program, and what Dispatch
  /// itself opens.
  static let needed = 12

  /// Why the program cannot do its work; `nil` where it can.
  static func shortage() -> CommandFailure? {
    var open: [Int32] = []
    defer { for descriptor in open { close(descriptor) } }
    while open.count < needed {
      let descriptor = unsafe Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        let code = errno
        guard code == EMFILE || code == ENFILE else { return nil }
        return CommandFailure(
          "\(SystemError(code: code)): only \(open.count) more can be opened, and \(needed) are needed",
          hint: "raise the limit, for example with `ulimit -n 1024`")
      }
      open.append(descriptor)
    }
    return nil
  }
}
