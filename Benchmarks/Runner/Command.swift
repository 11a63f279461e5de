import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A program with its arguments.
struct Command {
  var program: String
  var arguments: [String]
  /// All of its variables.
  var environment: [String: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin", "LC_ALL": "C"]

  init(_ program: String, _ arguments: [String]) {
    (self.program, self.arguments) = (program, arguments)
  }

  var text: String {
    let words = [program.split(separator: "/").last.map(String.init) ?? program] + arguments.prefix(12)
    return words.joined(separator: " ") + (arguments.count > 12 ? " …" : "")
  }
}

/// What a program's run took.
struct Execution {
  var seconds: Double
  /// Of all threads, in user and system mode.
  var processorSeconds: Double
  /// The most memory that was resident, bytes. On Linux no less than this runner's own.
  var peakBytes: Int
  /// The bytes of all its reads, from wherever; `nil` where the system does not tell.
  var bytesRead: Int?
  var output: Data
}

/// Why a program's run is no measurement.
struct RunFailure: Error, CustomStringConvertible {
  var description: String
}

extension Command {
  /// Runs it to its end.
  /// - Throws: `RunFailure`, where it cannot be started or does not exit with 0.
  func run() throws -> Execution {
    let place = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: place) }
    let (output, errors) = (place.appending(path: "output"), place.appending(path: "errors"))

    let clock = ContinuousClock()
    let start = clock.now
    let child = try spawn(output: output.path(percentEncoded: false), errors: errors.path(percentEncoded: false))
    // Waits without taking the process away, so that the system can still be asked about it.
    var info = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
    let seconds = (clock.now - start) / .seconds(1)
    let bytesRead = Self.bytesRead(child)
    var (status, usage) = (Int32(0), rusage())
    while unsafe wait4(child, &status, 0, &usage) == -1 && errno == EINTR {}
    guard status == 0 else {
      let said = String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self)
      throw RunFailure(description: "`\(text)` failed (wait status \(status)): \(said.suffix(2000))")
    }
    return Execution(
      seconds: seconds, processorSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
      peakBytes: Int(usage.ru_maxrss) * Self.residentUnit, bytesRead: bytesRead, output: try Data(contentsOf: output))
  }

  /// The unit of `ru_maxrss`, bytes.
  private static var residentUnit: Int {
    #if canImport(Darwin)
      1
    #else
      1024
    #endif
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

  private static func bytesRead(_ child: pid_t) -> Int? {
    let text = try? String(contentsOfFile: "/proc/\(child)/io", encoding: .utf8)
    return text?.split(separator: "\n").first { $0.hasPrefix("rchar: ") }.flatMap { Int($0.dropFirst(7)) }
  }

  private func spawn(output: String, errors: String) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var child = pid_t()
    let failure = unsafe Self.withPointers([program] + arguments) { words in
      unsafe Self.withPointers(environment.map { "\($0)=\($1)" }) { variables in
        unsafe posix_spawn(&child, program, &actions, nil, words, variables)
      }
    }
    guard failure == 0 else {
      throw RunFailure(description: "`\(text)` cannot be started: \(unsafe String(cString: strerror(failure)))")
    }
    return child
  }

  private static func withPointers<Value>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    var pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a terminated list is never empty") }
      return unsafe body(base)
    }
  }
}

/// Programs that may be installed.
enum Installed {
  /// Where a program is; `nil` where it is not.
  static func path(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
