package import Usage

/// How long a prompt cache keeps what nobody reads.
package enum CacheLife: String, CaseIterable, Sendable {
  /// Five minutes, the provider's default.
  case fiveMinutes = "5m"
  /// One hour, which clients can ask for; writing it is dearer.
  case oneHour = "1h"

  /// Milliseconds.
  package var milliseconds: Int64 { self == .fiveMinutes ? 300_000 : 3_600_000 }
}

/// What the baseline's provider would have cached, had the client called it directly with prompt caching.
///
/// A provider without prompt caching reports every prompt as fresh input, while on the baseline most of it would have
/// been read from the cache at a tenth of the price. This gives each request the token classes that it would then have
/// had. What it assumes:
/// - The requests of a session, in the order of time, are one or more growing conversations, whatever model answered.
///   A prompt begins with an earlier prompt and its answer if it is not shorter than both together; of several it is
///   the longest. The logs hold no prompts to compare, so a shorter prompt (after a compaction) finds only what is
///   shorter still.
/// - What a request reads or writes stays in the cache for the cache's life, counted from the start of the last request
///   that read or wrote it; exactly the life is still a hit.
/// - An answer is part of a later prompt only if it had ended before that one started. Where nobody wrote down the end,
///   it counts as there at once.
/// - All of the prompt that is not read is written, at the price of the cache's life. A prompt shorter than the
///   smallest that the model caches is neither read nor written, and a request without a session caches nothing.
/// - Requests whose tokens nobody knows leave nothing in the cache, and tokens are counted as the routed model counts
///   them.
package struct CachingBaseline: Sendable {
  /// How long the cache lives.
  package let life: CacheLife
  /// The shortest prompt that the baseline caches, tokens.
  package let minimumPrompt: Int64

  /// A prompt and its answer in the cache.
  private struct Entry {
    var length: Int64
    /// When the answer was whole.
    var ready: Int64
    var used: Int64
  }

  /// What may still be read, by session.
  private var sessions: [String: [Entry]] = [:]

  /// An empty cache. The smallest prompt that Claude Sonnet caches is 1,024 tokens
  /// (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
  package init(life: CacheLife, minimumPrompt: Int64 = 1024) {
    self.life = life
    self.minimumPrompt = minimumPrompt
  }

  /// The classes of a request's tokens on a baseline that caches. To be asked for each request in the order of time.
  package mutating func tokens(of request: SessionRequest) -> TokenUsage {
    guard let session = request.session, request.prompt >= minimumPrompt else {
      return TokenUsage(input: request.prompt, output: request.output)
    }
    var entries = sessions[session] ?? []
    entries.removeAll { request.started - $0.used > life.milliseconds }
    var hit: Int?
    for (index, entry) in entries.enumerated() where entry.ready <= request.started && entry.length <= request.prompt {
      if hit.map({ entries[$0].length < entry.length }) ?? true { hit = index }
    }
    var read: Int64 = 0
    if let hit {
      read = entries[hit].length
      entries[hit].used = request.started
    }
    entries.append(
      Entry(
        length: request.prompt + request.output, ready: request.ended ?? request.started, used: request.started))
    sessions[session] = entries
    let written = request.prompt - read
    return TokenUsage(
      cacheRead: read, cacheWrite5m: life == .fiveMinutes ? written : 0, cacheWrite1h: life == .oneHour ? written : 0,
      output: request.output)
  }
}
