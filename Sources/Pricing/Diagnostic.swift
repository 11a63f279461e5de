/// Something that is wrong or odd in a pricing file, and where.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
  package enum Severity: String, Sendable {
    /// The table cannot be used.
    case error
    /// The table can be used.
    case warning
  }

  package var severity: Severity
  /// The file, as it was named to the loader.
  package var file: String
  /// From 1.
  package var line: Int
  /// From 1.
  package var column: Int
  /// The key of the table that it is about, where there is one.
  package var key: String?
  /// One sentence.
  package var message: String
  /// Whether it only asks for more to be said, and no figure is in doubt.
  package var isMinor = false

  private var place: String { "\(file):\(line):\(column): " }
  private var finding: String { (key.map { "\($0): " } ?? "") + message }

  /// `pricing/minimax.yaml:7:16: error: input: …`
  package var description: String { "\(place)\(severity.rawValue): \(finding)" }

  /// The same where how bad it is has been said.
  package var placed: String { place + finding }
}

/// Why there is no pricing table.
package enum PricingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The pricing folder does not exist, or is no folder.
  case noFolder(path: String)
  /// The pricing folder holds no pricing file.
  case noFiles(path: String)
  /// A file or folder cannot be read.
  case unreadable(path: String, reason: String)
  /// The files were read, and these are all the findings in them, warnings included.
  case invalid([Diagnostic])

  /// A sentence for each case; for `invalid`, a line for each finding.
  package var description: String {
    switch self {
    case .noFolder(let path): "the pricing folder \(path) does not exist or is not a folder"
    case .noFiles(let path): "the pricing folder \(path) holds no *.yaml file"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .invalid(let findings): findings.map(\.description).joined(separator: "\n")
    }
  }
}
