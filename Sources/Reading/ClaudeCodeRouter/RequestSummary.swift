package import Model

/// Turns the facts of one client request into the calls that the router made for it.
package enum RequestSummary {
  /// The calls, in order; none where the facts do not amount to a request.
  /// - Parameters:
  ///   - facts: all that is known of the request, in the order in which it was written.
  ///   - configuration: names providers where the log holds only their address.
  package static func requests(of facts: [RequestFact], configuration: RouterConfiguration) -> [RoutedRequest] {
    guard case .incoming(let isMessages, let isUnknownPath) = facts.first?.event else { return [] }
    guard isMessages || isUnknownPath == true else { return [] }
    var replay = Replay(head: facts[0].time)
    for fact in facts.dropFirst() { replay.take(fact) }
    guard isMessages || replay.sawCall else { return [] }
    return replay.requests(configuration)
  }

  private struct Call {
    var started: Int64
    var url: String?
    var model: String?
    var pair: String?
    var firstToken: Int64?
    var ended: Int64?
    var status: Int?
    var failure: FailureKind?
    /// What was reported of tokens: `.usage` or `.impossibleUsage`.
    var usage: RequestFact.Event?
    var answerID: String?
    var answerBytes: Int64 = 0
    /// Whether the upstream said that its answer ended, and sent no error before.
    var hasEnded = false
    /// Whether the upstream sent an error before it said that.
    var isBroken = false

    /// The service tier that the provider reported.
    var tier: String? {
      guard case .usage(_, _, _, _, _, _, _, let tier) = usage else { return nil }
      return tier
    }

    /// Whether what was reported is the sum so far of an answer that went on or broke off: a lower bound.
    var isPartial: Bool {
      guard case .usage(_, _, _, _, _, _, let isInterim, _) = usage else { return false }
      if isBroken { return true }
      guard isInterim == true else { return false }
      return ended == nil || !hasEnded || failure == .clientGone || failure == .interrupted
    }

    mutating func fail(_ kind: FailureKind, status: Int?, at time: Int64) {
      failure = kind
      self.status = status
      ended = time
    }
  }

  private struct Replay {
    var head: Int64
    var asked: String?
    var session: String?
    var stream: Bool?
    var promptBytes: Int64?
    var route: Route?
    var calls: [Call] = []
    var sawCall = false
    var isAnonymous = false
    var nextFallback: String?
    var providerUnknown = false
    var completed: (time: Int64, status: Int)?

    mutating func take(_ fact: RequestFact) {
      switch fact.event {
      case .incoming: break
      case .routed(let name): route = Route(rawValue: name)
      case .body(let model, let session, let stream, let bytes, let isAnonymous):
        asked = model
        self.isAnonymous = isAnonymous == true
        self.session = session
        self.stream = stream
        promptBytes = bytes
      case .upstreamCall(let url, let model):
        var call = Call(started: sawCall ? fact.time : head)
        call.url = url
        call.model = model
        call.pair = nextFallback
        nextFallback = nil
        sawCall = true
        calls.append(call)
      case .fallback(let pair): nextFallback = pair
      case .providerUnknown: providerUnknown = true
      case .completed(let status): completed = (fact.time, status)
      case .failed where completed != nil && calls.count < 2: break
      case .failed(let kind, let status, let pair): fail(kind, status: status, pair: pair, at: fact.time)
      case .firstData: change { $0.firstToken = $0.firstToken ?? fact.time }
      case .usage, .impossibleUsage: change { $0.usage = $0.usage?.updated(by: fact.event) ?? fact.event }
      case .answerID(let id): change { $0.answerID = $0.answerID ?? id }
      case .answerBytes(let count, _): change { $0.answerBytes += count }
      case .answerEnded: change { $0.hasEnded = !$0.isBroken }
      case .errorInAnswer:
        change {
          $0.failure = .providerError
          $0.isBroken = !$0.hasEnded
        }
      case .fallingBack:
        change { if $0.failure == nil { $0.fail(.upstreamHTTP, status: nil, at: fact.time) } }
      case .clientGone:
        change {
          $0.failure = .clientGone
          $0.ended = fact.time
        }
      case .cut: change { $0.fail(.interrupted, status: $0.status, at: fact.time) }
      }
    }

    /// Changes the call that is under way. At log level `info` no line says that a call went upstream.
    mutating func change(_ body: (inout Call) -> Void) {
      if calls.isEmpty { calls.append(Call(started: head)) }
      body(&calls[calls.count - 1])
    }

    /// The router reports a failed first call again after its fall-backs, so a failure that names its model belongs
    /// to the first call of that model which has no status yet, and any other to the first call without a failure.
    mutating func fail(_ kind: FailureKind, status: Int?, pair: String?, at time: Int64) {
      if calls.isEmpty { calls.append(Call(started: head)) }
      let asked = asked
      func name(_ call: Call) -> String? {
        call.pair ?? call.model ?? (asked?.contains(",") == true ? asked : nil)
      }
      let named = calls.firstIndex { call in
        guard let pair, let name = name(call), call.status == nil else { return false }
        return pair == name || pair.hasSuffix(",\(name)")
      }
      let index = named ?? calls.firstIndex { $0.failure == nil || $0.status == nil && $0.failure == kind }
      guard let index else { return }
      if calls[index].ended == nil || calls[index].failure == nil { calls[index].ended = time }
      calls[index].failure = kind
      if let status { calls[index].status = status }
    }

    mutating func settleEnd() {
      guard let (time, status) = completed else { return }
      if calls.isEmpty { calls.append(Call(started: head)) }
      let last = calls.count - 1
      if calls[last].ended == nil { calls[last].ended = time }
      guard calls[last].status == nil else { return }
      calls[last].status = status
      // The router ends its own answer, whatever became of the upstream's.
      if calls[last].isPartial, calls[last].failure == nil { calls[last].failure = .interrupted }
      if status >= 400, calls[last].failure == nil { calls[last].failure = .upstreamHTTP }
    }

    mutating func requests(_ configuration: RouterConfiguration) -> [RoutedRequest] {
      // An unknown provider, or an error of the router's own before any call, called nobody.
      guard asked != nil || sawCall, !(providerUnknown && !sawCall) else { return [] }
      let asked = asked ?? ""
      let isPair = asked.utf8.contains(UInt8(ascii: ","))
      if !isPair, !sawCall, (completed?.status ?? 0) >= 400 || completed == nil { return [] }
      settleEnd()
      if calls.isEmpty { calls.append(Call(started: head)) }
      return calls.enumerated().map { index, call in
        let model = identity(of: call, isFirst: index == 0, asked: asked, configuration)
        let pair = "\(model.provider),\(model.model)"
        let usage = call.isPartial ? nil : call.usage?.tokens
        var request = RoutedRequest(
          model: model, started: call.started, ended: call.ended, firstToken: call.firstToken, session: session,
          route: route ?? firstRoute(pair, asked, configuration),
          stream: stream, status: call.status, failure: call.failure, attempt: index, usage: usage,
          usageSource: usage == nil ? .unknown : .upstream, promptBytes: promptBytes,
          answerBytes: call.answerBytes > 0 ? call.answerBytes : nil)
        request.variant = .reported(tier: call.tier)
        // At log level `info` no line has the address; the configuration has the provider's.
        request.variant.host = (call.url ?? configuration.address(of: model.provider)).flatMap { url in
          let host = RouterAddress.host(of: url)
          return host == "unknown" ? nil : host.lowercased() + Endpoint.planMark(in: url)
        }
        request.keys.responseID = call.answerID
        if usage == nil { request.known = call.usage?.counts }
        if usage == nil, !request.isFailed { request.reason = .routerLog(reason(of: call)) }
        return request
      }
    }

    private func reason(of call: Call) -> UnmeasuredReason.RouterLog {
      if call.usage != nil, !call.isPartial { return .impossibleCounts }
      if call.failure == .clientGone { return .clientLeft }
      if call.isPartial || call.failure == .interrupted || call.ended == nil { return .cut }
      if isAnonymous { return .withoutRequestID }
      if call.firstToken != nil { return .textWithoutUsage }
      return sawCall ? .passedThrough : .logLevel
    }

    /// A fall-back keeps the route of the request it stands in for.
    private func firstRoute(_ pair: String, _ asked: String, _ configuration: RouterConfiguration) -> Route {
      guard let first = calls.first, calls.count > 1 else { return configuration.route(to: pair, asked: asked) }
      let model = identity(of: first, isFirst: true, asked: asked, configuration)
      return configuration.route(to: "\(model.provider),\(model.model)", asked: asked)
    }

    private func identity(
      of call: Call, isFirst: Bool, asked: String, _ configuration: RouterConfiguration
    ) -> ModelID {
      let named = (call.pair ?? (isFirst ? asked : nil)).flatMap(ModelID.init(pair:))
      // The router tried again, and says no more than where.
      if !isFirst, call.pair == nil, let url = call.url, let first = calls.first, first.url == url {
        let provider = identity(of: first, isFirst: true, asked: asked, configuration).provider
        if let model = call.model ?? first.model { return ModelID(provider: provider, model: model) }
      }
      // What went upstream decides. The log has its address there, and a name of the provider only in the pair.
      if let url = call.url, let model = call.model ?? RouterAddress.model(in: url) {
        let owners = configuration.owners(of: url)
        if let named, named.model == model, owners.isEmpty || owners.contains(named.provider) { return named }
        return ModelID(provider: owners.first ?? RouterAddress.host(of: url), model: model)
      }
      if let named { return named }
      // 2.x at level `info` names no provider: its configuration does, as far as the route is known.
      if let pair = configuration.routes[route?.rawValue ?? "default"].flatMap(ModelID.init(pair:)) { return pair }
      return ModelID(provider: "unknown", model: asked)
    }
  }
}

extension ModelID {
  /// The router's `provider,model`; `nil` where there is no comma.
  fileprivate init?(pair: String) {
    guard let comma = pair.utf8.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    self.init(provider: String(pair[..<comma]), model: String(pair[pair.utf8.index(after: comma)...]))
  }
}

extension RequestFact.Event {
  /// The tokens that a report of usage stands for; `nil` where it cannot be one of an answer.
  fileprivate var tokens: TokenUsage? {
    guard case .usage = self else { return nil }
    return counts.flatMap { $0.prompt > 0 ? $0 : nil }
  }

  /// The tokens as they were reported, whether or not an answer can have them.
  fileprivate var counts: TokenUsage? {
    if case .impossibleUsage(let prompt, let output) = self {
      return prompt ?? output == nil ? nil : TokenUsage(input: prompt ?? 0, output: output ?? 0)
    }
    guard case .usage(let input, let read, let output, let reasoning, let write5m, let write1h, _, _) = self else {
      return nil
    }
    return TokenUsage(
      input: input, cacheRead: read, cacheWrite5m: write5m ?? 0, cacheWrite1h: write1h ?? 0, output: output,
      reasoning: reasoning)
  }
}
