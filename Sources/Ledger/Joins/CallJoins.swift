import GRDB
import Model
import Reading

/// Makes one request of all that was written down of a call, inside one transaction: the one place that says in which
/// order joins run. What each of them changes invalidates what the weaker ones after it said.
///
/// 1. `CopiedAnswers`: in which of the sessions that hold an answer it counts.
/// 2. `KeyJoin`, `ChainJoin`: equal keys, or two routers' intervals, until nothing is left to tell. Identity comes from
///    the router nearest the client; provider, model and tokens from the record nearest the provider.
/// 3. `SessionJoin`, `SessionlessJoin`: session, model and time, then model and time alone. An answer that is left was
///    never routed, or its record is gone: it becomes a request of its own.
/// 4. `SessionRecaching`: what the sessions' prompts would have found in caches.
///
/// Everything is recomputed for what changed, so it does not matter which record was read first.
struct CallJoins {
  private var state: JoinState

  private static var exact: [any CallJoin.Type] { [KeyJoin.self, ChainJoin.self] }
  private static var inferred: [any CallJoin.Type] { [SessionJoin.self, SessionlessJoin.self] }
  /// More rounds than any records need.
  private static let rounds = 16

  /// - Parameter provider: names the provider of a bare model name, where configuration or prices can.
  init(
    _ database: Database, caches: SessionCaches = SessionCaches(), provider: @escaping ProviderNaming
  ) throws {
    state = JoinState(
      database: database, rows: try RequestRows(database, caches: caches), answers: try ClientAnswers(database),
      unrouted: UnroutedModels(provider: provider))
  }

  /// Joins all that changed.
  /// - Returns: how many requests that added; fewer than none where answers found theirs.
  @discardableResult
  mutating func run() throws -> Int {
    try CopiedAnswers(state.database).place()
    try ChainJoin.run(&state)
    // What keys tell can make two routers' records one, and so change sessions, and what chains tell can free records.
    for _ in 0..<Self.rounds {
      try SessionJoin.takeBack(&state)
      for join in Self.exact { try join.run(&state) }
      let isPending =
        try SessionJoin.isPending(state) || KeyJoin.isStale(state.database) || ChainJoin.isStale(state.database)
      if !isPending { break }
    }
    for join in Self.inferred { try join.run(&state) }
    try SessionRecaching.run(in: state.database)
    try state.rows.finish()
    try state.database.execute(sql: "DELETE FROM sessionless_stale")
    return state.rows.added
  }
}
