/// Why nobody knows the tokens of a request, in the words of the record that describes it. One enum a kind of evidence.
///
/// Only a request that is neither measured nor failed has one.
package enum UnmeasuredReason: Hashable, Sendable {
  /// A claude-code-router log.
  case routerLog(RouterLog)
  /// A claude-code-router 3 store.
  case routerStore(RouterStore)
  /// A Claude Code transcript.
  case transcript(Transcript)
  /// A free-claude-code log.
  case proxyLog(ProxyLog)
  /// A record of the LiteLLM proxy.
  case gateway(Gateway)
  /// CC Switch's database.
  case switchStore(SwitchStore)

  /// What a claude-code-router log shows.
  package enum RouterLog: String, CaseIterable, Sendable {
    /// The router handed the answer on without reading it, as it does for every Anthropic-compatible provider.
    case passedThrough = "passed_through"
    /// The answer's text stands in the log and its usage does not: none was sent, or the router stopped reading first.
    case textWithoutUsage = "text_without_usage"
    /// The log level leaves out what the upstream sent.
    case logLevel = "log_level"
    /// A router of before September 2025 wrote the answer down without the request's id.
    case withoutRequestID = "without_request_id"
    /// The client left; the upstream went on.
    case clientLeft = "client_left"
    /// The answer was cut, or the log ends before it.
    case cut
    /// The reported counts cannot be: a negative one, more cached than prompted, a prompt of no tokens.
    case impossibleCounts = "impossible_counts"
  }

  /// What a claude-code-router 3 store shows.
  package enum RouterStore: String, CaseIterable, Sendable {
    /// All counts are zero: the upstream sent none.
    case allZero = "all_zero"
    /// No uncached input beside cached tokens: releases up to 3.0.21 subtract the cache twice and stop at zero.
    case cacheSubtractedTwice = "cache_subtracted_twice"
    /// The total says more than the parts, and not what the rest is.
    case totalBeyondParts = "total_beyond_parts"
    /// The client left; the upstream went on.
    case clientLeft = "client_left"
    /// The answer was cut.
    case cut
    /// The counts cannot be: a negative one, or no number.
    case impossibleCounts = "impossible_counts"
  }

  /// What a Claude Code transcript shows.
  package enum Transcript: String, CaseIterable, Sendable {
    /// All counts are zero: the upstream sent none.
    case allZero = "all_zero"
    /// The client left in the middle of the answer; the counts are those of its beginning.
    case aborted
    /// The counts cannot be: a negative one, an answer to a prompt of no tokens, or one of no tokens.
    case impossibleCounts = "impossible_counts"
    /// No line holds the answer's end: the counts of its output are those of its beginning, as releases of early 2026
    /// wrote them down, or the answer goes on.
    case unfinished
  }

  /// What a free-claude-code log shows.
  package enum ProxyLog: String, CaseIterable, Sendable {
    /// The proxy counted by itself: the provider sent no usage, or the log level hides it.
    case ownEstimate = "own_estimate"
    /// The proxy handed the answer on without reading it.
    case passedThrough = "passed_through"
    /// The answer was cut, or the log ends before it.
    case cut
    /// The log level hides what the provider reported.
    case logLevel = "log_level"
    /// The client left; the provider went on.
    case clientLeft = "client_left"
    /// The reported counts cannot be.
    case impossibleCounts = "impossible_counts"
  }

  /// What a record of the LiteLLM proxy shows.
  package enum Gateway: String, CaseIterable, Sendable {
    /// All counts are zero: the provider sent none.
    case allZero = "all_zero"
    /// The proxy counted by itself, or its record cannot be told from one where it did.
    case ownEstimate = "own_estimate"
    /// The client left; the provider went on.
    case clientLeft = "client_left"
    /// The answer broke off after it had begun.
    case cut
    /// The counts cannot be: a negative one, or no number.
    case impossibleCounts = "impossible_counts"
  }

  /// What CC Switch's database shows.
  package enum SwitchStore: String, CaseIterable, Sendable {
    /// All counts are zero: the provider sent none.
    case allZero = "all_zero"
    /// The client left; the provider went on.
    case clientLeft = "client_left"
    /// The stream ended before its output was told.
    case cut
    /// The counts cannot be.
    case impossibleCounts = "impossible_counts"
  }

  package static let all: [UnmeasuredReason] =
    RouterLog.allCases.map(routerLog) + RouterStore.allCases.map(routerStore) + Transcript.allCases.map(transcript)
    + ProxyLog.allCases.map(proxyLog) + Gateway.allCases.map(gateway) + SwitchStore.allCases.map(switchStore)

  /// The word in ledgers and in machine-readable output: the kind of evidence and the reason.
  package var word: String {
    switch self {
    case .routerLog(let reason): "router_log.\(reason.rawValue)"
    case .routerStore(let reason): "router_store.\(reason.rawValue)"
    case .transcript(let reason): "transcript.\(reason.rawValue)"
    case .proxyLog(let reason): "proxy_log.\(reason.rawValue)"
    case .gateway(let reason): "gateway.\(reason.rawValue)"
    case .switchStore(let reason): "switch_store.\(reason.rawValue)"
    }
  }

  /// The reason of a word; `nil` where no version of this program made it.
  package init?(word: String) {
    guard let reason = Self.byWord[word] else { return nil }
    self = reason
  }

  private static let byWord = Dictionary(uniqueKeysWithValues: all.map { ($0.word, $0) })

  /// A few words for a table.
  package var brief: String {
    switch self {
    case .routerLog(.passedThrough), .proxyLog(.passedThrough): "passed through, not logged"
    case .routerLog(.textWithoutUsage): "no usage in the stream's log"
    case .routerLog(.logLevel): "hidden by the router's log level"
    case .routerLog(.withoutRequestID): "log of a router of before September 2025"
    case .routerStore(.allZero), .gateway(.allZero), .switchStore(.allZero): "the upstream sent no usage"
    case .routerStore(.cacheSubtractedTwice): "cache subtracted twice by the router"
    case .routerStore(.totalBeyondParts): "a total without its parts"
    case .transcript(.allZero): "the client was told no usage"
    case .transcript(.unfinished): "the answer's end not written down"
    case .proxyLog(.ownEstimate), .gateway(.ownEstimate): "the proxy's own estimate"
    case .proxyLog(.logLevel): "hidden by the proxy's log level"
    case .routerLog(.clientLeft), .routerStore(.clientLeft), .transcript(.aborted), .proxyLog(.clientLeft),
      .gateway(.clientLeft), .switchStore(.clientLeft):
      "the client left"
    case .routerLog(.cut), .routerStore(.cut), .proxyLog(.cut), .gateway(.cut), .switchStore(.cut):
      "the answer or its record was cut"
    case .routerLog(.impossibleCounts), .routerStore(.impossibleCounts), .transcript(.impossibleCounts),
      .proxyLog(.impossibleCounts), .gateway(.impossibleCounts), .switchStore(.impossibleCounts):
      "the reported counts cannot be"
    }
  }

  /// What people read behind "unknown because".
  package var sentence: String {
    switch self {
    case .routerLog(.passedThrough): "the router handed the answer on without logging it"
    case .routerLog(.textWithoutUsage): "the log has the answer's text without its usage"
    case .routerLog(.logLevel): "the router's log level hides what the upstream sent"
    case .routerLog(.withoutRequestID):
      "the router logged the answer without its request's id, as before September 2025"
    case .routerStore(.allZero): "the router's store has zeros: the upstream sent no usage"
    case .routerStore(.cacheSubtractedTwice):
      "the router's store has no input beside cached tokens: releases up to 3.0.21 subtract the cache twice"
    case .routerStore(.totalBeyondParts): "the router's store has a total that its parts do not explain"
    case .transcript(.allZero): "the client was told no usage"
    case .transcript(.aborted): "the client left in the middle of the answer"
    case .transcript(.unfinished): "the client did not write the answer's end down, nor what its output came to"
    case .proxyLog(.ownEstimate): "the proxy estimated the tokens itself"
    case .proxyLog(.passedThrough): "the proxy handed the answer on without logging it"
    case .proxyLog(.logLevel): "the proxy's log level hides what the provider reported"
    case .gateway(.allZero), .switchStore(.allZero): "the proxy's record has zeros: the provider sent no usage"
    case .gateway(.ownEstimate): "the proxy estimated the tokens itself, or may have"
    case .routerLog(.clientLeft), .routerStore(.clientLeft), .proxyLog(.clientLeft), .gateway(.clientLeft),
      .switchStore(.clientLeft):
      "the client left before the answer's end"
    case .routerLog(.cut), .routerStore(.cut), .proxyLog(.cut), .gateway(.cut), .switchStore(.cut):
      "the answer was cut, or its record ends before it"
    case .routerLog(.impossibleCounts), .routerStore(.impossibleCounts), .transcript(.impossibleCounts),
      .proxyLog(.impossibleCounts), .gateway(.impossibleCounts), .switchStore(.impossibleCounts):
      "the reported counts cannot be"
    }
  }
}

extension UnmeasuredReason: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    guard let reason = Self(word: word) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no reason that is known")
    }
    self = reason
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(word)
  }
}
