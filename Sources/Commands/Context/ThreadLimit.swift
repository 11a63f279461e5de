import Dispatch
import Foundation

/// Whether the system starts threads for the process. Where it does not (a limit on processes), Dispatch waits for ever
/// for those that it wants.
enum ThreadLimit {
  /// Two that read, and what Dispatch starts by itself.
  static let needed = 4

  /// Why the program cannot do its work; `nil` where it can.
  static func shortage() -> CommandFailure? {
    #if os(Linux)
      var threads: [pthread_t] = []
      defer {
        for _ in threads { gate.signal() }
        for thread in threads { _ = pthread_join(thread, nil) }
      }
      while threads.count < needed {
        var thread = pthread_t()
        let code = unsafe pthread_create(
          &thread, nil,
          { _ in
            gate.wait()
            return nil
          }, nil)
        guard code == 0 else {
          return CommandFailure(
            "\(SystemError(code: code)): only \(threads.count) threads can be started, and \(needed) are needed",
            hint: "raise the limit on processes: `ulimit -u`, TasksMax of a unit, the pids of a container")
        }
        threads.append(thread)
      }
    #endif
    return nil
  }
}

/// Holds the threads that are tried, until all are.
private let gate = DispatchSemaphore(value: 0)
