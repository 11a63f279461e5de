import Model

/// A session's caches, of both lives.
struct SessionCache {
  private var short = PromptCache(life: .fiveMinutes)
  private var long = PromptCache(life: .oneHour)

  /// After which pause nothing is left, milliseconds.
  static let life = CacheLife.oneHour.milliseconds

  /// Takes the session's next request.
  /// - Returns: `nil` for a prompt too short to be cached.
  mutating func read(_ request: CachedRequest) -> CacheReads? {
    guard let within5m = short.read(request), let within1h = long.read(request) else { return nil }
    return CacheReads(within5m: within5m, within1h: within1h)
  }
}

/// The prompt caches of sessions while a run goes through their requests.
///
/// A session that begins in this run, and whose requests come in the order of time, is worked out on the way. Any other
/// one has to be recomputed from all its requests before the run ends.
final class SessionCaches {
  /// The latest start in each session that is known from its first request on.
  private var latest: [Int64: Int64] = [:]
  /// What may still be read.
  private var caches: [Int64: SessionCache] = [:]

  /// What is to be done about a request.
  enum Answer {
    case reads(CacheReads?)
    /// The session has to be recomputed.
    case unknown
  }

  /// Begins a session of which the ledger holds no measured request.
  func begin(_ session: Int64) {
    latest[session] = .min
    caches[session] = nil
  }

  /// Gives up on a session whose requests changed behind its caches.
  func forget(_ session: Int64) {
    latest[session] = nil
    caches[session] = nil
  }

  /// Gives up on all sessions: what was taken has not been written.
  func forgetAll() {
    latest.removeAll()
    caches.removeAll()
  }

  /// Takes a session's next request.
  func take(_ request: CachedRequest, of session: Int64) -> Answer {
    guard let last = latest[session], request.started > last else {
      forget(session)
      return .unknown
    }
    if caches[session] == nil, last > .min, request.started - last <= SessionCache.life {
      forget(session)
      return .unknown
    }
    latest[session] = request.started
    return .reads(caches[session, default: SessionCache()].read(request))
  }

  /// Drops what nothing can be read from any more, so that long runs stay small.
  /// - Parameter instant: the latest start of a request, epoch milliseconds.
  func expire(at instant: Int64) {
    guard instant >= 0 else { return }
    caches = caches.filter { session, _ in latest[session].map { $0 >= instant - SessionCache.life } ?? false }
  }
}
