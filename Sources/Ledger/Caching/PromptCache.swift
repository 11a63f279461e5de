import Model

/// What the baseline's provider would hold in its prompt cache for a session, had the client called it directly.
///
/// A provider without prompt caching reports every prompt as fresh input, while on the baseline most of it would have
/// been read from the cache at a tenth of the price. This tells how much of each request's prompt that would have been.
/// What it assumes:
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
struct PromptCache {
  /// How long the cache lives.
  let life: CacheLife

  /// The shortest prompt that Claude Sonnet caches, tokens
  /// (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
  static let minimumPrompt: Int64 = 1024
  /// How many prompts a session keeps, so that its length does not make it slow: those used last.
  private static let capacity = 1000

  /// A prompt and its answer in the cache.
  private struct Entry {
    var length: Int64
    /// When the answer was whole.
    var ready: Int64
    var used: Int64
  }

  private var entries: [Entry] = []

  /// An empty cache.
  init(life: CacheLife) { self.life = life }

  /// Takes the next request of a session in the order of time.
  /// - Returns: how many tokens of its prompt are read from the cache; `nil` for a prompt too short to be cached.
  mutating func read(_ request: CachedRequest) -> Int64? {
    guard request.prompt >= Self.minimumPrompt else { return nil }
    let started = request.started
    entries.removeAll { started - $0.used > life.milliseconds }
    var hit: Int?
    for (index, entry) in entries.enumerated() where entry.ready <= started && entry.length <= request.prompt {
      if hit.map({ entries[$0].length < entry.length }) ?? true { hit = index }
    }
    if let hit { entries[hit].used = started }
    let read = hit.map { entries[$0].length } ?? 0
    if entries.count == Self.capacity, let oldest = entries.indices.min(by: { entries[$0].used < entries[$1].used }) {
      entries.remove(at: oldest)
    }
    entries.append(
      Entry(length: request.prompt + request.output, ready: request.ended ?? started, used: started))
    return read
  }
}
