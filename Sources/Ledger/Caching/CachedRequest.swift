/// A measured request of a session, as a prompt cache sees it; epoch milliseconds.
struct CachedRequest {
  var started: Int64
  var ended: Int64?
  var prompt: Int64
  var output: Int64
}

/// How many tokens of a prompt are read from a cache of either life.
struct CacheReads: Equatable {
  var within5m: Int64
  var within1h: Int64
}
