/// The tokens of one request, or the sum over many, by the class that sets their price.
///
/// The five classes never overlap: `input` is what was not read from a cache and not written to one.
package struct TokenUsage: Hashable, Sendable, Codable {
  /// Prompt tokens that no cache served.
  package var input: Int64
  /// Prompt tokens that a cache served.
  package var cacheRead: Int64
  /// Prompt tokens written to a cache that lives five minutes.
  package var cacheWrite5m: Int64
  /// Prompt tokens written to a cache that lives one hour.
  package var cacheWrite1h: Int64
  /// Answer tokens, reasoning included.
  package var output: Int64
  /// The part of `output` that was reasoning; shown, never added again.
  package var reasoning: Int64

  /// Tokens by class; a class that is not named is zero.
  package init(
    input: Int64 = 0, cacheRead: Int64 = 0, cacheWrite5m: Int64 = 0, cacheWrite1h: Int64 = 0, output: Int64 = 0,
    reasoning: Int64 = 0
  ) {
    self.input = input
    self.cacheRead = cacheRead
    self.cacheWrite5m = cacheWrite5m
    self.cacheWrite1h = cacheWrite1h
    self.output = output
    self.reasoning = reasoning
  }

  /// No tokens at all. A sum starts here; a request whose tokens are unknown is *not* this.
  package static let zero = TokenUsage()

  /// The length of the prompt: input and all three cache classes. What price tiers look at.
  package var prompt: Int64 { input + cacheRead + cacheWrite5m + cacheWrite1h }

  /// All five classes.
  package var total: Int64 { prompt + output }

  package static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
    TokenUsage(
      input: left.input + right.input,
      cacheRead: left.cacheRead + right.cacheRead,
      cacheWrite5m: left.cacheWrite5m + right.cacheWrite5m,
      cacheWrite1h: left.cacheWrite1h + right.cacheWrite1h,
      output: left.output + right.output,
      reasoning: left.reasoning + right.reasoning)
  }

  package static func += (left: inout TokenUsage, right: TokenUsage) { left = left + right }

  /// The number of tokens of one class.
  package subscript(tokenClass: TokenClass) -> Int64 {
    switch tokenClass {
    case .input: input
    case .cacheRead: cacheRead
    case .cacheWrite5m: cacheWrite5m
    case .cacheWrite1h: cacheWrite1h
    case .output: output
    }
  }
}

/// The five classes of tokens that have a price of their own.
package enum TokenClass: String, CaseIterable, Sendable {
  /// Prompt tokens that no cache served.
  case input
  /// Prompt tokens that a cache served.
  case cacheRead = "cache_read"
  /// Prompt tokens written to a five-minute cache.
  case cacheWrite5m = "cache_write_5m"
  /// Prompt tokens written to a one-hour cache.
  case cacheWrite1h = "cache_write_1h"
  /// Answer tokens.
  case output
}

/// Where a request's tokens come from. Raw values are the words of the JSON contract.
package enum UsageSource: String, CaseIterable, Codable, Sendable {
  /// The provider reported them.
  case upstream
  /// The router rewrote what the provider reported.
  case router
  /// The client's transcript of the same response holds them.
  case client
  /// Counted here or by a proxy, reported by nobody.
  case estimated
  /// Nobody wrote them down.
  case unknown
}
