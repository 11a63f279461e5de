/// Sums that are not those of the requests that they were made of: another program wrote to the ledger, or a disk gave back
/// other bytes.
package struct DifferingSums: Hashable, Sendable, CustomStringConvertible {
  /// The table of the sums.
  package var table: String
  /// How many of its rows are wrong, too many or missing.
  package var count: Int

  /// The command that rebuilds them.
  package static let cure = "ccr-audit ledger rebuild"

  package var description: String {
    "\(table): \(count) sums are not those of the requests; `\(Self.cure)` corrects them"
  }
}
