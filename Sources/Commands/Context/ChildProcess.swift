import Foundation
import Synchronization

/// Another program, run to its end. Both of its streams are read side by side, so that neither can block it, and
/// waiting for it has an end.
enum ChildProcess {
  /// How it ended.
  struct Ending {
    /// Its exit code; `nil` where it was stopped because it took too long.
    var status: Int32?
    var output: Data
    var errors: Data
  }

  /// The most that is kept of a stream, bytes; the rest is read and dropped.
  private static let largestStream = 64 << 20

  /// Runs a program found on the PATH.
  /// - Parameters:
  ///   - words: its name and arguments.
  ///   - seconds: when it is stopped.
  /// - Returns: how it ended, exit code 127 where there is none of that name.
  /// - Throws: where nothing can be started.
  static func run(_ words: [String], environment: [String: String], seconds: Double) throws -> Ending {
    let process = Process()
    // Finds the program on the PATH, and says 127 where it does not.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    // The address of a webhook is nobody else's business.
    process.environment = environment.filter { !$0.key.hasPrefix("CCR_AUDIT_") }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (FileHandle.nullDevice, output, errors)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    let streams = [Stream(output), Stream(errors)]
    let status = status(of: process, ended, seconds: seconds)
    if status == nil {
      kill(process.processIdentifier, SIGKILL)
      _ = ended.wait(timeout: .now() + 5)
    }
    let texts = streams.map { $0.text(seconds: status == nil ? 0.1 : 5) }
    return Ending(status: status, output: texts[0], errors: texts[1])
  }

  /// Waits for a program's end; `nil` where it takes too long. Foundation says so on Linux only when all that the program
  /// left running has ended too, such as a repository's file watcher; the system knows of the program itself.
  private static func status(of process: Process, _ ended: DispatchSemaphore, seconds: Double) -> Int32? {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var patience = 0.001
    while clock.now < end {
      if ended.wait(timeout: .now() + patience) == .success { return process.terminationStatus }
      patience = min(2 * patience, 0.05)
      #if os(Linux)
        var status: Int32 = 0
        if unsafe waitpid(process.processIdentifier, &status, WNOHANG) == process.processIdentifier {
          // Ended by itself, or by the signal of that number.
          return status & 0x7F == 0 ? status >> 8 & 0xFF : status & 0x7F
        }
      #endif
    }
    return nil
  }

  /// What comes out of a pipe, gathered on a thread of its own.
  private final class Stream: Sendable {
    private let bytes = Mutex(Data())
    private let ended = DispatchSemaphore(value: 0)

    init(_ pipe: Pipe) {
      Thread.detachNewThread { [self] in
        defer { ended.signal() }
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        // A pipe that cannot be read has ended.
        while let chunk = try? Descriptor.read(65_536, from: descriptor), !chunk.isEmpty {
          bytes.withLock { if $0.count < ChildProcess.largestStream { $0 += chunk } }
        }
        withExtendedLifetime(pipe) {}
      }
    }

    /// What came, once it has ended or nothing more comes: what the program started may hold the pipe open for as long
    /// as it likes.
    /// - Parameter seconds: how long to wait at the most.
    func text(seconds: Double) -> Data {
      var (left, before) = (seconds, bytes.withLock { $0.count })
      while left > 0, ended.wait(timeout: .now() + min(left, 0.25)) == .timedOut {
        let count = bytes.withLock { $0.count }
        if count == before { break }
        (left, before) = (left - 0.25, count)
      }
      return bytes.withLock { $0 }
    }
  }
}
