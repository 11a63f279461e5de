import GRDB
import Model

extension LedgerFile {
  /// Makes a copied ledger one of its own: with another id, and without what it held when it was copied, which the other
  /// one holds. Of that time nothing is read again.
  ///
  /// Holding the `RunLock` is up to the caller.
  /// - Parameters:
  ///   - instant: since when the requests are its own, epoch milliseconds.
  ///   - provider: names the provider of a model that only a client's record knows, as in `Ingest.Options`.
  /// - Returns: how many requests are left, and whether hours were sent under the other one's id since then. What is sent
  ///   next ends these.
  /// - Throws: `LedgerError`; then nothing has changed.
  package func separate(
    since instant: Int64, provider: @escaping ProviderNaming = { _ in nil }
  ) throws(LedgerError) -> (left: Int, sent: Bool) {
    try writeDurably { database in
      var join = try CallJoins(database, provider: provider)
      try join.run()
      let begin = try max(instant, Archive.keptFrom(database) ?? .min)
      _ = try Archive.take(before: begin, grain: PriceGrain(), database)
      try database.execute(
        sql: "DELETE FROM archive; DELETE FROM archive_bound; DELETE FROM setting WHERE name IN ('origin', 'adopted')")
      _ = try Self.drawOrigin(database)
      let sent = try Self.newestPushVersion(database) >= instant
      try PushQueue.becomeAnother(keepingFormer: sent, in: database)
      return (try Int.fetchOne(database, sql: "SELECT count(*) FROM request") ?? 0, sent)
    }
  }
}
