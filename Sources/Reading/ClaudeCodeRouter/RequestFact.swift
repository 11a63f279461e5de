package import Model

/// One thing that a log line says of a request.
///
/// A request's lines may be read in fragments, in any order, and twice. Facts carry their time, so the fragments can be put
/// together again: see `RequestFragment.merged`.
package struct RequestFact: Hashable, Sendable, Codable {
  /// The line's time, epoch milliseconds.
  package var time: Int64
  /// What the line says.
  package var event: Event

  /// What a line says of a request.
  package enum Event: Hashable, Sendable, Codable {
    /// The client's call came in: a model's call by its path, or, at a path that is not known, one where a call goes
    /// upstream.
    case incoming(isMessages: Bool, isUnknownPath: Bool? = nil)
    /// The router chose its model for a reason.
    case routed(String)
    /// The client's call as the router logged it: `provider,model` from 1.x, the client's model from 2.x.
    /// - Parameter isAnonymous: whether what follows is logged without the request's id, as before September 2025.
    case body(model: String, session: String?, stream: Bool, bytes: Int64, isAnonymous: Bool? = nil)
    /// A call went upstream. `url` and `model` where the line was looked into.
    case upstreamCall(url: String?, model: String?)
    /// The first piece of an answer arrived.
    case firstData
    /// The upstream reported its usage.
    /// - Parameters:
    ///   - isInterim: whether it is the sum so far of a stream that goes on.
    ///   - tier: the provider's service tier.
    case usage(
      input: Int64, cacheRead: Int64, output: Int64, reasoning: Int64, cacheWrite5m: Int64? = nil,
      cacheWrite1h: Int64? = nil, isInterim: Bool? = nil, tier: String? = nil)
    /// The upstream reported counts that cannot be. Those of them that can are there.
    case impossibleUsage(prompt: Int64? = nil, output: Int64? = nil)
    /// The upstream's id of its answer.
    case answerID(String)
    /// Bytes of answer that arrived from a time on (epoch milliseconds) up to the fact's own time.
    case answerBytes(Int64, since: Int64)
    /// The upstream said that its answer has ended: why it did, or that nothing follows.
    case answerEnded
    /// The upstream sent an error in place of an answer, or of the rest of one, with status 200.
    case errorInAnswer
    /// A call failed. `model` is `provider,model` where the line names it.
    case failed(FailureKind, status: Int?, model: String?)
    /// The router does not know the provider: nobody was called.
    case providerUnknown
    /// The router gave up on a call and goes on to a fall-back.
    case fallingBack
    /// The fall-back that is called next, `provider,model`.
    case fallback(String)
    /// The answer ended.
    case completed(status: Int)
    /// The client went away.
    case clientGone
    /// The answer was cut.
    case cut
  }
}

extension RequestFact.Event {
  /// What two reports of usage in one answer say together: the later one, but a prompt or an answer that only the
  /// earlier one had stays. Associative.
  func updated(by later: RequestFact.Event) -> RequestFact.Event {
    guard
      case .usage(let input, let read, let output, let reasoning, let write5m, let write1h, let isInterim, let tier) =
        later,
      case .usage(
        let oldInput, let oldRead, let oldOutput, let oldReasoning, let oldWrite5m, let oldWrite1h, _, let oldTier) =
        self
    else { return later }
    let hasPrompt = input + read + (write5m ?? 0) + (write1h ?? 0) > 0
    let hasOutput = output > 0
    return .usage(
      input: hasPrompt ? input : oldInput, cacheRead: hasPrompt ? read : oldRead,
      output: hasOutput ? output : oldOutput, reasoning: hasOutput ? reasoning : oldReasoning,
      cacheWrite5m: hasPrompt ? write5m : oldWrite5m, cacheWrite1h: hasPrompt ? write1h : oldWrite1h,
      isInterim: isInterim, tier: tier ?? oldTier)
  }
}

/// Facts of one request from one part of a log.
package struct RequestFragment: Hashable, Sendable {
  /// The process that wrote the lines.
  package var writer: LogWriter
  /// The request's number in its process.
  package var number: Int64
  /// The offset of the first line, which orders fragments of the same millisecond.
  package var offset: Int64
  /// What the lines say, in their order.
  package var facts: [RequestFact]

  package init(writer: LogWriter, number: Int64, offset: Int64, facts: [RequestFact]) {
    self.writer = writer
    self.number = number
    self.offset = offset
    self.facts = facts
  }

  /// When the request came in, if this fragment holds its first line; epoch milliseconds.
  package var head: Int64? {
    if case .incoming = facts.first?.event { facts[0].time } else { nil }
  }

  /// When the first of the lines was written, epoch milliseconds.
  package var start: Int64 { facts.first?.time ?? 0 }

  /// Whether nothing more can come: it began here, ended here, and called nobody twice.
  package var isWhole: Bool {
    guard head != nil, case .completed = facts.last?.event else { return false }
    return facts.count(where: { if case .upstreamCall = $0.event { true } else { false } }) <= 1
  }

  /// The facts of several fragments of one request in the order in which they were written, each once.
  package static func merged(_ fragments: [RequestFragment]) -> [RequestFact] {
    if let facts = mergedByPlace(fragments) { return facts }
    let ordered = fragments.sorted {
      ($0.start, $0.head == nil ? 1 : 0, $0.facts.last?.time ?? 0, $0.offset)
        < ($1.start, $1.head == nil ? 1 : 0, $1.facts.last?.time ?? 0, $1.offset)
    }
    var seen: Set<RequestFact> = []
    let facts = withoutOverlap(ordered.flatMap(\.facts)).filter { fact in
      if case .answerBytes = fact.event { true } else { seen.insert(fact).inserted }
    }
    return facts.filter { !isPoorer($0, than: seen) }.enumerated()
      .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }

  /// The same by their places in the log, where a clock that was set back has put them out of the order of time; `nil`
  /// where it was not.
  private static func mergedByPlace(_ fragments: [RequestFragment]) -> [RequestFact]? {
    guard let head = fragments.compactMap(\.head).min() else { return nil }
    let isSetBack = fragments.contains { fragment in
      let pairs = zip(fragment.facts, fragment.facts.dropFirst())
      return fragment.facts.contains { $0.time < head } || pairs.contains { $0.time > $1.time }
    }
    guard isSetBack else { return nil }
    var seen: Set<RequestFact> = []
    let facts = fragments.sorted { ($0.head == nil ? 1 : 0, $0.offset) < ($1.head == nil ? 1 : 0, $1.offset) }
      .flatMap(\.facts).filter { seen.insert($0).inserted }
    return facts.filter { !isPoorer($0, than: seen) }
  }

  /// Counts of bytes add up, unless two of them are over the same time: then a log was read twice, and the larger one
  /// stands for both.
  private static func withoutOverlap(_ facts: [RequestFact]) -> [RequestFact] {
    var kept: [RequestFact] = []
    var last: (place: Int, bytes: Int64)?
    for fact in facts {
      guard case .answerBytes(let bytes, let since) = fact.event else {
        kept.append(fact)
        continue
      }
      if let before = last, since < kept[before.place].time {
        guard bytes > before.bytes else { continue }
        kept[before.place] = fact
        last = (before.place, bytes)
      } else {
        last = (kept.count, bytes)
        kept.append(fact)
      }
    }
    return kept
  }

  /// Whether a call upstream stands among the facts a second time, there with its model: two reads looked into the
  /// same line to different depths.
  private static func isPoorer(_ fact: RequestFact, than facts: Set<RequestFact>) -> Bool {
    guard case .upstreamCall(let url, model: nil) = fact.event else { return false }
    return facts.contains {
      if case .upstreamCall(url, .some) = $0.event { $0.time == fact.time } else { false }
    }
  }
}

/// A process that writes a log. Its number alone is not enough: in a container it is always 1.
package struct LogWriter: Hashable, Sendable {
  /// The machine's name.
  package var host: String
  /// The process id.
  package var pid: Int64

  /// A process on a machine.
  package init(host: String, pid: Int64) {
    self.host = host
    self.pid = pid
  }
}
