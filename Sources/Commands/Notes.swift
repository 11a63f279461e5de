import Model

/// What a command says on standard error while it works.
package struct Notes: Sendable {
  package enum Verbosity: Sendable {
    case quiet
    case normal
    case verbose
  }

  package let verbosity: Verbosity
  let output: Output

  /// Something that the user should know.
  package func note(_ sentence: String) {
    if verbosity != .quiet { output.write(SafeText.visible(sentence) + "\n") }
  }

  /// Something that is wrong, but did not stop the work.
  package func warning(_ sentence: String) { note("warning: " + sentence) }

  /// Something that only a curious user wants to know.
  package func detail(_ sentence: String) {
    if verbosity == .verbose { output.write(SafeText.visible(sentence) + "\n") }
  }
}
