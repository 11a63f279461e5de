/// A source as people name it on the command line, and as the ledger notes it.
package struct SourceName: Hashable, Sendable, CustomStringConvertible {
  /// The word.
  package let rawValue: String

  /// A source's word.
  package init(_ rawValue: String) { self.rawValue = rawValue }

  /// The word.
  package var description: String { rawValue }
}
