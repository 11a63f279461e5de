import Foundation

/// Starts other programs, such as the service manager's, and waits for them.
package struct ProcessRunner: Sendable {
  /// How a program ended.
  package struct Result: Sendable {
    /// Its exit code; 127 where there is no such program.
    package var status: Int32
    /// What it wrote to standard output.
    package var output: String
    /// What it wrote to standard error.
    package var errors: String

    package init(status: Int32, output: String = "", errors: String = "") {
      self.status = status
      self.output = output
      self.errors = errors
    }
  }

  /// Runs a program: its name and arguments, and the variables that it gets beside ours.
  package var run: @Sendable (_ words: [String], _ variables: [String: String]) -> Result

  package init(run: @escaping @Sendable (_ words: [String], _ variables: [String: String]) -> Result) {
    self.run = run
  }

  /// For where no program may be started.
  static let unprepared = ProcessRunner { words, _ in
    preconditionFailure("nothing was prepared for `\(words.joined(separator: " "))`")
  }

  /// The real one.
  static let live = ProcessRunner { words, variables in
    let process = Process()
    // Finds the program on the PATH, and says 127 where it does not.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      return Result(status: 127, errors: "it cannot be started")
    }
    func text(_ pipe: Pipe) -> String {
      String(decoding: (try? pipe.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    }
    let (said, complained) = (text(output), text(errors))
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: said, errors: complained)
  }
}
