/// Sums that are not those of the requests that they were made of: another program wrote to the ledger, or a disk gave back
/// other bytes.
package struct DifferingSums: Hashable, Sendable {
  /// The table of the sums.
  package var table: String
  /// How many of its rows are wrong, too many or missing.
  package var count: Int

  /// The command that rebuilds them.
  package static let cure = "ccr-audit ledger rebuild"
}

extension LedgerFile {
  /// The sums that are not those of the requests; nothing where all is well.
  /// - Parameter newest: how many of the newest requests are looked at, with all others of their days; `nil` for all.
  /// - Throws: `LedgerError`.
  package func differingSums(newest: Int? = nil) throws(LedgerError) -> [DifferingSums] {
    try read { try Rollups.differences(newest: newest, in: $0) }
  }
}
