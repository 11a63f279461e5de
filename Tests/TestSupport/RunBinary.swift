package import Commands
package import Foundation

/// The program did not end in time.
package struct TimeLimitExceeded: Error {}

/// Runs the built `ccr-audit` that stands beside the running tests.
/// - Parameters:
///   - environment: all of its variables.
///   - program: another one than the built one.
///   - shell: a line for `/bin/sh` instead, in which `"$@"` is the program with its arguments.
/// - Throws: `TimeLimitExceeded`; the program is killed.
package func runBinary(
  arguments: [String], environment: [String: String] = [:], input: String = "", program: URL? = nil,
  shell: String? = nil, timeLimit: Duration = .seconds(60)
) throws -> Outcome {
  let folder = FileManager.default.temporaryDirectory.appending(path: "ccr-audit-run-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  // Files, because a pipe that nobody empties would stop the program.
  func file(_ name: String, _ text: String = "") throws -> FileHandle {
    let url = folder.appending(path: name)
    try Data(text.utf8).write(to: url)
    return try FileHandle(forUpdating: url)
  }
  let (input, output, errors) = (try file("input", input), try file("output"), try file("errors"))
  // `Process` holds on to them.
  defer { for handle in [input, output, errors] { try? handle.close() } }

  let process = Process()
  process.executableURL = shell == nil ? program ?? builtProgram : URL(filePath: "/bin/sh")
  process.arguments = shell.map { ["-c", $0, "sh", builtProgram.path(percentEncoded: false)] + arguments } ?? arguments
  process.environment = environment
  process.standardInput = input
  process.standardOutput = output
  process.standardError = errors
  let ended = DispatchSemaphore(value: 0)
  process.terminationHandler = { _ in ended.signal() }
  try process.run()
  let seconds = Int(timeLimit.components.seconds)
  if ended.wait(timeout: .now() + .seconds(seconds)) == .timedOut {
    kill(process.processIdentifier, SIGKILL)
    throw TimeLimitExceeded()
  }

  func text(of handle: FileHandle) throws -> String {
    try handle.seek(toOffset: 0)
    return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
  }
  return Outcome(exitCode: process.terminationStatus, output: try text(of: output), errors: try text(of: errors))
}

/// The built program.
package var builtProgram: URL { builtProducts.appending(path: "ccr-audit") }

/// The way to other machines that the program takes.
package var liveTransport: any HTTPTransport {
  Context.liveTransport(environment: [:])
}

/// The folder that the build put the test bundle and the program into.
private var builtProducts: URL {
  #if os(macOS)
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    return (bundle ?? .main).bundleURL.deletingLastPathComponent()
  #else
    return URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  #endif
}

/// The same with the arguments written one after the other.
package func runBinary(
  _ arguments: String..., environment: [String: String] = [:], input: String = "", shell: String? = nil,
  timeLimit: Duration = .seconds(60)
) throws -> Outcome {
  try runBinary(arguments: arguments, environment: environment, input: input, shell: shell, timeLimit: timeLimit)
}
