/// Something that the doctor has to say.
struct Finding: Hashable, Sendable {
  /// How bad it is, worst first.
  enum Severity: String, CaseIterable, Sendable {
    /// Tokens are lost, or about to be.
    case loss
    /// Something is wrong.
    case problem
    /// Something could be better, or is worth knowing.
    case advice
    /// All is well.
    case fine
  }

  var severity: Severity
  /// Names the kind of finding, for scripts; it stays the same over versions.
  var id: String
  /// What was found.
  var what: String
  /// Why it matters.
  var why: String
  /// The exact change to make; `nil` where none is needed or possible.
  var change: String?
}
