package import Model

/// One thing that a line of free-claude-code's log says of a request.
package struct FreeClaudeCodeFact: Hashable, Sendable, Codable {
  /// The line's time, epoch microseconds: an error and what the proxy makes of it can share a millisecond.
  package var time: Int64
  /// What the line says.
  package var event: Event

  /// What a line says of a request.
  package enum Event: Hashable, Sendable, Codable {
    /// The client's call came in.
    case incoming
    /// A provider was called.
    case call(provider: String, model: String)
    /// The first piece of an answer, or of the proxy's words about a failure.
    case firstData
    /// The prompt's tokens as the provider counted them.
    case prompt(Int64)
    /// What the proxy told its client: input as it estimates it, output as the provider counted it where `prompt`
    /// stands too, else estimated.
    case told(input: Int64, output: Int64)
    /// The call failed, in a way that meant that nothing was answered if nothing had been.
    case failed(FailureKind, status: Int?)
    /// The answer ended.
    case ended
    /// 6.x: a provider refused a try; the proxy tries again.
    case refused
    /// 6.x: the proxy gives up on a model and goes on with another.
    case fellBack(provider: String, model: String, status: Int?)
    /// 6.x, only at DEBUG: what a provider reported of a try, as far as it had got.
    case attempt(Int64, execution: String?, FreeClaudeCodeUsage)
    /// 6.x: the client's call came to an end.
    case completed(FreeClaudeCodeCompletion)
    /// 6.x, only at DEBUG: the model that the client asked for.
    case asked(String)
    /// A `TRACE` line: the proxy goes on with another model.
    case next(provider: String, model: String)
    /// 6.x, only at DEBUG: a provider was called, for the first time or again.
    case tried(Int64, execution: String?)

    fileprivate var rank: Int {
      switch self {
      case .incoming: 0
      case .call: 1
      case .firstData: 2
      case .prompt: 3
      case .told: 4
      case .failed: 5
      case .ended: 6
      case .refused: 7
      case .fellBack: 8
      case .attempt: 9
      case .completed: 10
      case .asked: 11
      case .next: 12
      case .tried: 13
      }
    }
  }
}

/// How a client's call ended, as 6.x writes it once.
package struct FreeClaudeCodeCompletion: Hashable, Sendable, Codable {
  /// Who was called last.
  package var provider: String
  /// Which model of it.
  package var model: String
  /// The HTTP status that the client got; `nil` where it left before.
  package var status: Int?
  /// `success`, `failure` or `cancelled`.
  package var outcome: String
  /// Milliseconds.
  package var duration: Int64
  /// The client's session, where the proxy knows it.
  package var session: String?
}

/// Tokens as a provider reported them, under whichever names.
package struct FreeClaudeCodeUsage: Hashable, Sendable, Codable {
  /// The prompt's tokens, with or without those of caches.
  package var input: Int64
  package var output: Int64
  package var reasoning: Int64 = 0
  /// `nil` where the provider does not say.
  package var cacheRead: Int64?
  package var cacheWrite: Int64 = 0
  package var cacheWrite1h: Int64 = 0
  /// Whether `input` holds what caches served.
  package var includesCache: Bool
  /// Whether a count cannot be one; `nil` means no.
  package var isUnclear: Bool?
}

/// Facts of one request from one part of a log.
package struct FreeClaudeCodeFragment: Hashable, Sendable {
  /// The proxy's id of the request, which no other request has.
  package var requestID: String
  /// What the lines say.
  package var facts: [FreeClaudeCodeFact]

  /// The facts of several fragments of one request, each once, in the order of their times. The fragments may come in any
  /// order and any number of times.
  package static func merged(_ fragments: some Sequence<FreeClaudeCodeFragment>) -> [FreeClaudeCodeFact] {
    var sawData = false
    return Set(fragments.flatMap(\.facts)).sorted { left, right in
      if left.time != right.time { return left.time < right.time }
      if left.event.rank != right.event.rank { return left.event.rank < right.event.rank }
      return "\(left.event)" < "\(right.event)"
    }.filter { fact in
      guard fact.event == .firstData else { return true }
      defer { sawData = true }
      return !sawData
    }
  }
}
