import GRDB
package import Model

/// How long the ledger keeps a row for each request.
extension LedgerFile {
  /// From when on the ledger keeps rows, epoch milliseconds; `nil` while it keeps all.
  package func keptFrom() throws(LedgerError) -> Int64? { try read(Archive.keptFrom) }

  /// How many requests `prune` would remove.
  package func requests(before instant: Int64) throws(LedgerError) -> Int {
    try read {
      try Int.fetchOne(
        $0, sql: "SELECT count(*) FROM request WHERE id < ?",
        arguments: [RequestID.range(instant..<instant).lowerBound]) ?? 0
    }
  }

  /// Removes the rows of requests that began before an instant, and keeps their sums. What is read again of that time
  /// adds nothing from then on; what is read of it for the first time is lost.
  ///
  /// Holding the `RunLock` is up to the caller.
  /// - Parameters:
  ///   - instant: epoch milliseconds; one before that of an earlier call changes nothing.
  ///   - grain: where prices change.
  ///   - keepingUnsent: whether nothing is removed while some of it waits to be sent to a fleet's server.
  ///   - provider: names the provider of a model that only a client's record knows, as in `Ingest.Options`.
  /// - Returns: how many requests were removed.
  /// - Throws: `LedgerError`; then nothing has changed.
  package func prune(
    before instant: Int64, grain: PriceGrain, keepingUnsent: Bool = false,
    provider: @escaping ProviderNaming = { _ in nil }
  ) throws(LedgerError) -> Int {
    try write { database in
      guard try instant > Archive.keptFrom(database) ?? .min else { return 0 }
      // A run that was killed may have left answers without their requests.
      if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM session WHERE dirty OR recache)") == true {
        var join = try CallJoins(database, provider: provider)
        try join.run()
      }
      let unsent = try PushQueue.waiting(before: instant, in: database)
      if keepingUnsent, !unsent.isEmpty { throw LedgerError.unsent(hours: unsent.count) }
      let count = try Archive.take(before: instant, grain: grain, database)
      // What was sent stays as it was sent: sums say less.
      try PushQueue.forget(before: instant, but: unsent, in: database)
      return count
    }
  }
}
