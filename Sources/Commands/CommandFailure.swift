/// Why a command ends without success: one sentence for the user, and what to do about it.
package struct CommandFailure: Error, Equatable {
  /// What the exit code tells a script.
  package enum Status: Int32, Sendable {
    /// The check failed.
    case policy = 1
    /// It could not be done.
    case couldNot = 2
    /// It was asked for in a wrong way.
    case usage = 64
  }

  /// What went wrong and where.
  package var sentence: String
  /// What to do about it.
  package var hint: String?
  /// The kind of failure.
  package var status: Status

  package init(_ sentence: String, hint: String? = nil, status: Status = .couldNot) {
    self.sentence = sentence
    self.hint = hint
    self.status = status
  }

  /// The lines for standard error.
  package var message: String {
    "error: \(sentence)\n" + (hint.map { "hint: \($0)\n" } ?? "")
  }
}
