package import Model

/// One call that free-claude-code made of a provider.
package struct FreeClaudeCodeSummary: Hashable, Sendable {
  /// The call. Its tokens are known only where the provider counted them. The log says nothing of caches, so all of
  /// the prompt is `input`.
  package var request: RoutedRequest
  /// The proxy's own estimate where the provider's count is missing.
  package var estimated: TokenUsage?
  /// The calls of models that were given up before.
  package private(set) var abandoned: [RoutedRequest] = []

  /// What the facts amount to; `nil` where nobody was called.
  /// - Parameter facts: all that is known of the request, as `FreeClaudeCodeFragment.merged` orders it.
  package init?(of facts: [FreeClaudeCodeFact]) {
    var incoming: Int64?
    var call: (time: Int64, model: ModelID)?
    var firstData: Int64?
    var prompt: Int64?
    var told: (input: Int64, output: Int64)?
    var failure: (time: Int64, kind: FailureKind)?
    var status: Int?
    var ended: Int64?
    for fact in facts {
      switch fact.event {
      case .incoming: incoming = incoming ?? fact.time
      case .call(let provider, let model):
        call = call ?? (fact.time, ModelID(provider: provider, model: model))
      case .next(let provider, let model):
        call = (call?.time ?? fact.time, ModelID(provider: provider, model: model))
        // What failed before was another model's.
        (failure, status) = (nil, nil)
      case .firstData: firstData = firstData ?? fact.time
      case .prompt(let count): prompt = count
      case .told(let input, let output): told = (input, output)
      case .failed(let kind, let code):
        failure = failure ?? (fact.time, kind)
        status = status ?? code
      case .ended: ended = fact.time
      case .refused, .fellBack, .attempt, .completed, .asked, .tried: break
      }
    }
    guard let call else { return nil }
    // What comes after a failure is the proxy's own explanation of it.
    if let failure, let began = firstData, began > failure.time { firstData = nil }
    var kind = failure?.kind
    if firstData != nil, kind?.beforeAnswer == true { kind = .interrupted }

    var usage: TokenUsage?
    if let prompt, let told, prompt + told.output > 0 { usage = TokenUsage(input: prompt, output: told.output) }
    let started = ISOTime.milliseconds(incoming ?? call.time)
    let gaveUp = facts.abandoned(started: started, session: nil)
    abandoned = gaveUp
    request = RoutedRequest(
      model: call.model, started: started,
      ended: (ended ?? failure?.time).map(ISOTime.milliseconds), firstToken: firstData.map(ISOTime.milliseconds),
      status: status, failure: kind, attempt: gaveUp.count, usage: usage,
      usageSource: usage == nil ? .unknown : .upstream)
    // What a provider had counted of an answer that broke off is less than it took.
    if kind != nil, let counted = usage {
      (request.usage, request.usageSource) = (nil, .unknown)
      if kind?.beforeAnswer != true { request.known = counted }
    } else if usage == nil, kind?.beforeAnswer != true, let told, told.input + told.output > 0 {
      estimated = TokenUsage(input: told.input, output: told.output)
    }
    if request.usage == nil, !request.isFailed {
      let isCut = request.ended == nil || kind == .interrupted || request.known != nil
      request.reason = .proxyLog(isCut ? .cut : estimated == nil ? .passedThrough : .ownEstimate)
    }
  }
}
