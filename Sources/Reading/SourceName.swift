/// A source as people name it on the command line, and as the ledger notes it.
package struct SourceName: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  package init(_ rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }
}
