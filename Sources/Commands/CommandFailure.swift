import Model

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

  /// Does a part of a command's work; what it throws ends the command.
  static func of<Value, Fault: Error>(
    _ body: () throws(Fault) -> Value, _ failure: (Fault) -> CommandFailure
  ) throws(CommandFailure) -> Value {
    do {
      return try body()
    } catch {
      throw failure(error)
    }
  }

  /// The lines for standard error; none where there is nothing to say.
  package var message: String {
    sentence.isEmpty
      ? "" : "error: \(Self.shown(sentence))\n" + (hint.map { "hint: \(Self.shown($0))\n" } ?? "")
  }

  /// A sentence may have several lines. One that a file's name brings with it must not be a command to what runs us.
  private static func shown(_ text: String) -> String {
    var shown = ""
    for (index, line) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = SafeText.visible(String(line))
      let isCommand = ["::", "##["].contains { line.drop(while: \.isWhitespace).hasPrefix($0) }
      if index > 0 { shown += isCommand ? "\\u{a}" : "\n" }
      shown += line
    }
    return shown
  }
}
