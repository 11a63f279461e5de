/// What is wrong with a line of the history. It never holds the line's content.
package enum HistoryLineProblem: Error, Hashable, CustomStringConvertible {
  /// Not a JSON object.
  case notJSON
  /// Longer than a record can be.
  case tooLong
  /// Written by a newer program.
  case version(Int)
  /// A member is missing or has a wrong value.
  case member(String)
  /// A sum differs from the sum of the parts.
  case sum(String)

  /// Whether the line may be well, and this program too old.
  package var isOfNewerProgram: Bool { if case .version = self { true } else { false } }

  /// A sentence.
  package var description: String {
    switch self {
    case .notJSON: "is not a JSON object"
    case .tooLong: "is longer than 4 MiB, which no record is"
    case .version(let version):
      "has schema_version \(version); this program reads \(HistoryRecord.schemaVersion)"
    case .member(let name): "has no valid `\(name)`"
    case .sum(let name): "has `\(name)` that are not the sum of its parts"
    }
  }
}
