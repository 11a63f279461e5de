package import Model

/// One thing that a line of free-claude-code's log says of a request.
package struct FreeClaudeCodeFact: Hashable, Sendable, Codable {
  /// The line's time, epoch microseconds: an error and what the proxy makes of it can share a millisecond.
  package var time: Int64
  /// What the line says.
  package var event: Event

  /// A fact.
  package init(time: Int64, event: Event) {
    self.time = time
    self.event = event
  }

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

    fileprivate var rank: Int {
      switch self {
      case .incoming: 0
      case .call: 1
      case .firstData: 2
      case .prompt: 3
      case .told: 4
      case .failed: 5
      case .ended: 6
      }
    }
  }
}

/// Facts of one request from one stretch of a log.
package struct FreeClaudeCodeFragment: Hashable, Sendable {
  /// The proxy's id of the request, which no other request has.
  package var requestID: String
  /// What the lines say.
  package var facts: [FreeClaudeCodeFact]

  /// Facts of one request.
  package init(requestID: String, facts: [FreeClaudeCodeFact]) {
    self.requestID = requestID
    self.facts = facts
  }

  /// Whether nothing more can come: the call and its end are here.
  package var isWhole: Bool {
    facts.contains { if case .incoming = $0.event { true } else { false } }
      && facts.contains { if case .call = $0.event { true } else { false } }
      && facts.contains { $0.event == .ended }
  }

  /// The facts of several pieces of one request, each once, in the order of their times. The pieces may come in any
  /// order and any number of times.
  package static func merged(_ pieces: some Sequence<FreeClaudeCodeFragment>) -> [FreeClaudeCodeFact] {
    var sawData = false
    return Set(pieces.flatMap(\.facts)).sorted { left, right in
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
