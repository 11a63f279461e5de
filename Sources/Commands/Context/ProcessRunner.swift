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
    let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    guard let ending = try? ChildProcess.run(words, environment: environment, seconds: 60) else {
      return Result(status: 127, errors: "it cannot be started")
    }
    func text(_ bytes: Data) -> String { String(decoding: bytes, as: UTF8.self) }
    return Result(
      status: ending.status ?? 124, output: text(ending.output),
      errors: ending.status == nil ? "it gave no answer within a minute" : text(ending.errors))
  }
}
