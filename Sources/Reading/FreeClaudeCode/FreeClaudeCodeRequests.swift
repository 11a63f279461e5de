import Model

/// What the facts of a request of free-claude-code 6 amount to.
enum FreeClaudeCodeRequests {
  /// The calls of a request: one for each model that was given up, and the last one; none where the log does not hold
  /// the request's end.
  /// - Parameters:
  ///   - facts: all that is known of it, in order.
  ///   - id: the proxy's id, which the client gets as the header `request-id`.
  static func calls(of facts: [FreeClaudeCodeFact], id: String) -> [ObservedCall] {
    guard let end = facts.last(where: { if case .completed = $0.event { true } else { false } }),
      case .completed(let completion) = end.event
    else { return [] }
    var received: Int64?
    var asked: String?
    var refusals = 0
    var error: FailureKind?
    var attempts: [String: FreeClaudeCodeUsage] = [:]
    var reports: [String: Int] = [:]
    var last: String?
    for fact in facts {
      switch fact.event {
      case .incoming: received = received ?? fact.time
      case .asked(let name): asked = asked ?? name
      case .refused: refusals += 1
      case .failed(let kind, _): error = kind
      case .fellBack:
        // What came before was of that model.
        (refusals, error, last) = (0, nil, nil)
        attempts = [:]
      case .attempt(let number, let execution, let usage):
        let key = "\(execution ?? "") \(number)"
        attempts[key] = attempts[key].map { usage.merged($0) } ?? usage
        reports[key, default: 0] += 1
        last = key
      // What an earlier try reported is not what the answer took.
      case .tried(let number, let execution): last = "\(execution ?? "") \(number)"
      default: break
      }
    }
    let ended = ISOTime.milliseconds(end.time)
    let started = received.map(ISOTime.milliseconds) ?? max(0, ended - completion.duration)
    let abandoned = facts.abandoned(started: started, session: completion.session)
    var request = RoutedRequest(
      model: ModelID(provider: completion.provider, model: completion.model), started: started, ended: ended,
      session: completion.session, status: completion.status, attempt: abandoned.count)
    request.keys.requestIDHeader = id
    request.keys.routerCallID = "free-claude-code:\(id)"
    let reported = last.flatMap { attempts[$0] }
    switch completion.outcome {
    case "success":
      if let usage = reported, usage.isImpossible {
        request.reason = .proxyLog(.impossibleCounts)
      } else if let usage = reported, usage.isOpening, let last, reports[last] == 1 {
        request.reason = .proxyLog(.cut)
      } else if let usage = reported, usage.tokens != .zero {
        (request.usage, request.usageSource) = (usage.tokens, .upstream)
        request.variant.isSplitUnknown = usage.cacheRead == nil
      } else if received != nil {
        // A log that shows each call coming in would show what its provider reported: what the client was told is the
        // proxy's own count.
        request.usageSource = .estimated
        request.reason = .proxyLog(.ownEstimate)
      } else {
        request.reason = .proxyLog(.logLevel)
      }
    case "cancelled": request.failure = .clientGone
    default: request.failure = failure(completion.status, error, refusals: refusals, began: !attempts.isEmpty)
    }
    // Each try was billed, also those that the proxy made by itself.
    let known = attempts.values.reduce(into: TokenUsage.zero) { $0 += $1.tokens }
    if request.usage == nil, known != .zero { request.known = known }
    if request.usage == nil, request.reason == nil, !request.isFailed {
      request.reason = .proxyLog(request.failure == .clientGone ? .clientLeft : .cut)
    }
    return (abandoned + [request]).map { ObservedCall(request: $0, requestedModel: asked) }
  }

  /// A stream that breaks is tried ten times, each of them billed, and fails with a status of 500 and more, like an
  /// upstream that is down. Only refusals by name say that no answer began.
  private static func failure(_ status: Int?, _ error: FailureKind?, refusals: Int, began: Bool) -> FailureKind {
    if began { return .interrupted }
    if let error { return error }
    if let status, (400..<500).contains(status) { return .upstreamHTTP }
    return refusals > 0 ? .upstreamHTTP : .interrupted
  }
}

extension [FreeClaudeCodeFact] {
  /// The calls of models that were given up, in their order.
  /// - Parameters:
  ///   - started: when the request came in, epoch milliseconds.
  ///   - session: the client's, where the proxy knows it.
  func abandoned(started: Int64, session: String?) -> [RoutedRequest] {
    var calls: [RoutedRequest] = []
    for fact in self {
      guard case .fellBack(let provider, let model, let status) = fact.event else { continue }
      let call = RoutedRequest(
        model: ModelID(provider: provider, model: model), started: started, ended: ISOTime.milliseconds(fact.time),
        session: session, status: status, failure: .upstreamHTTP, attempt: calls.count)
      calls.append(call)
    }
    return calls
  }
}

extension FreeClaudeCodeUsage {
  /// Both reports of one try: counts only grow, and a later one can lack the split of cache writes.
  func merged(_ other: FreeClaudeCodeUsage) -> FreeClaudeCodeUsage {
    var result = self
    result.input = max(input, other.input)
    result.output = max(output, other.output)
    result.reasoning = max(reasoning, other.reasoning)
    if let read = other.cacheRead { result.cacheRead = max(cacheRead ?? 0, read) }
    result.cacheWrite = max(cacheWrite, other.cacheWrite)
    result.cacheWrite1h = max(cacheWrite1h, other.cacheWrite1h)
    if other.isUnclear == true { result.isUnclear = true }
    return result
  }

  /// Whether the counts cannot be an answer's: a negative one, or an answer to a prompt of no tokens.
  var isImpossible: Bool { isUnclear == true || tokens.prompt == 0 && tokens.output > 0 }

  /// Whether it can be what an Anthropic-style stream says at its beginning: it says more at its end.
  var isOpening: Bool { !includesCache && output <= 1 && tokens.prompt > 0 }

  /// By class. Where nobody says what a cache served, all of the prompt is input.
  var tokens: TokenUsage {
    let read = cacheRead ?? 0
    return TokenUsage(
      input: includesCache ? max(0, input - read - cacheWrite) : input, cacheRead: read,
      cacheWrite5m: max(0, cacheWrite - cacheWrite1h), cacheWrite1h: cacheWrite1h, output: output,
      reasoning: min(reasoning, output))
  }
}
