import Foundation

/// Puts off the signals that ask the program to end for as long as something lies on the disk that must not stay there.
enum Interruption {
  private static let signals = [SIGHUP, SIGINT, SIGTERM]
  /// Written by a signal's handler, which may do no more than that.
  nonisolated(unsafe) private static var caught: sig_atomic_t = 0

  /// Whether the program has been asked to end.
  static var isPending: Bool { unsafe caught != 0 }

  /// Does the work; then the program ends, if it was asked to meanwhile.
  static func deferred<Value>(_ body: () throws -> Value) rethrows -> Value {
    unsafe caught = 0
    let before = signals.map { number in
      (number, signal(number) { unsafe Interruption.caught = sig_atomic_t($0) })
    }
    defer {
      for (number, handler) in before { _ = signal(number, handler) }
      if isPending { unsafe _ = raise(Int32(caught)) }
    }
    return try body()
  }
}
