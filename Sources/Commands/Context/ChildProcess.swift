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
    let isLate = ended.wait(timeout: .now() + seconds) == .timedOut
    if isLate {
      kill(process.processIdentifier, SIGKILL)
      _ = ended.wait(timeout: .now() + 5)
    }
    // What it started may hold the pipes open for as long as it likes.
    let texts = streams.map { $0.text(seconds: isLate ? 0.1 : 5) }
    return Ending(status: isLate ? nil : process.terminationStatus, output: texts[0], errors: texts[1])
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

    func text(seconds: Double) -> Data {
      _ = ended.wait(timeout: .now() + seconds)
      return bytes.withLock { $0 }
    }
  }
}
