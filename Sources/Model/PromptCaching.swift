/// How long a prompt cache keeps what nobody reads.
package enum CacheLife: String, CaseIterable, Sendable {
  /// Five minutes, the provider's default.
  case fiveMinutes = "5m"
  /// One hour, which clients can ask for; writing it is dearer.
  case oneHour = "1h"

  /// Milliseconds.
  package var milliseconds: Int64 { self == .fiveMinutes ? 300_000 : 3_600_000 }
}

/// What of measured prompts a provider with prompt caching would have kept, had the client called it directly. Sums.
package struct PromptCaching: Hashable, Sendable {
  /// The tokens of prompts that can be cached: of a session, and long enough.
  package var cacheable: Int64
  /// Those of them that would have been read from a cache of five minutes.
  package var read5m: Int64
  /// Those of them that would have been read from a cache of one hour.
  package var read1h: Int64

  package init(cacheable: Int64 = 0, read5m: Int64 = 0, read1h: Int64 = 0) {
    self.cacheable = cacheable
    self.read5m = read5m
    self.read1h = read1h
  }

  package static let zero = PromptCaching()

  /// The token classes that requests would have had: what can be cached and is not read is written.
  /// - Parameter tokens: the classes that they had.
  package func tokens(of tokens: TokenUsage, life: CacheLife) -> TokenUsage {
    let read = life == .fiveMinutes ? read5m : read1h
    let written = cacheable - read
    return TokenUsage(
      input: tokens.prompt - cacheable, cacheRead: read, cacheWrite5m: life == .fiveMinutes ? written : 0,
      cacheWrite1h: life == .oneHour ? written : 0, output: tokens.output)
  }

  package static func + (left: PromptCaching, right: PromptCaching) -> PromptCaching {
    PromptCaching(
      cacheable: left.cacheable + right.cacheable, read5m: left.read5m + right.read5m,
      read1h: left.read1h + right.read1h)
  }
}
