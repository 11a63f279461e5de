import Foundation

/// Whether the process has room for its calls. Where it has not, the system ends it at one of them.
enum StackLimit {
  /// Several times what the deepest command of a debug build was seen to need, KiB.
  static let needed: UInt = 512

  /// Why the program cannot do its work; `nil` where it can.
  static func shortage() -> CommandFailure? {
    #if os(Linux)
      var limit = rlimit()
      guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_STACK.rawValue), &limit) == 0,
        limit.rlim_cur < needed << 10
      else { return nil }
      return CommandFailure(
        "the stack may be \(limit.rlim_cur >> 10) KiB large, and \(needed) are needed",
        hint: "raise the limit, for example with `ulimit -s 8192`")
    #else
      return nil
    #endif
  }
}
