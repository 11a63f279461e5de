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
    /// Tells entries of one length apart.
    var serial: Int
    /// When the answer was whole.
    var ready: Int64
    var used: Int64
  }

  /// In the order of their lengths, and of one length in that of their serials.
  private var entries: [Entry] = []
  /// What entries were when they were used, in the order of time: what is dropped first comes first.
  private var uses: [Entry] = []
  private var firstUse = 0
  private var serial = 0

  init(life: CacheLife) { self.life = life }

  /// Takes the next request of a session in the order of time.
  /// - Returns: how many tokens of its prompt are read from the cache; `nil` for a prompt too short to be cached.
  mutating func read(_ request: CachedRequest) -> Int64? {
    guard request.prompt >= Self.minimumPrompt else { return nil }
    let started = request.started
    while firstUse < uses.count, started - uses[firstUse].used > life.milliseconds { dropOldest() }
    var hit = entries.partitioningIndex { $0.length > request.prompt } - 1
    while hit >= 0, entries[hit].ready > started { hit -= 1 }
    var read: Int64 = 0
    if hit >= 0 {
      read = entries[hit].length
      entries[hit].used = started
      uses.append(entries[hit])
    }
    while entries.count >= Self.capacity, firstUse < uses.count { dropOldest() }
    serial += 1
    let entry = Entry(
      length: request.prompt + request.output, serial: serial, ready: request.ended ?? started, used: started)
    entries.insert(entry, at: entries.partitioningIndex { $0.length > entry.length })
    uses.append(entry)
    return read
  }

  /// Drops the entry whose last use is the oldest, or a use that was not its last.
  private mutating func dropOldest() {
    let use = uses[firstUse]
    firstUse += 1
    if firstUse >= Self.capacity, firstUse * 2 >= uses.count {
      uses.removeFirst(firstUse)
      firstUse = 0
    }
    let index = entries.partitioningIndex { ($0.length, $0.serial) >= (use.length, use.serial) }
    guard index < entries.count, entries[index].serial == use.serial, entries[index].used == use.used else { return }
    entries.remove(at: index)
  }
}
