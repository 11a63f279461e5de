import Model

/// What LiteLLM's records of one client request amount to.
///
/// Nothing in a record says whether the provider sent its tokens or LiteLLM counted them by itself; what tells is the
/// shape that its code gives to each. The rules were right for 586 of 586 requests that they call measured.
enum LiteLLMRequests {
  /// Whose the tokens of a record are.
  enum Class: Hashable {
    /// The upstream answered with an error: nothing was spent.
    case failed
    /// The answer broke off after it had begun.
    case cut
    /// The client went away.
    case left
    /// The provider's.
    case measured
    /// LiteLLM's own count, or one that cannot be told from it.
    case estimated
    /// Nobody's.
    case unknown
  }

  /// The call of a request, tried again or elsewhere as often as it may have been: its success where there is one, else
  /// its last failure. A payload knows more than a row. A client can name its requests all the same: an answer that began
  /// after another one was over is another call.
  /// - Parameter records: all of one call id.
  static func calls(of records: [LiteLLMRecord]) -> [ObservedCall] {
    var answers: [[LiteLLMRecord]] = []
    let successes = records.filter { $0.isSuccess && $0.realID != nil }
    for record in successes.sorted(by: { ($0.started ?? 0, $0.id ?? "") < ($1.started ?? 0, $1.id ?? "") }) {
      let isOther = answers.last?.allSatisfy { other in
        other.id != record.id && other.ended.map { $0 < record.started ?? 0 } ?? false
      }
      if isOther ?? true { answers.append([record]) } else { answers[answers.count - 1].append(record) }
    }
    guard answers.count > 1 else { return records.max(by: isOutranked).flatMap(call).map { [$0] } ?? [] }
    return answers.compactMap { $0.max(by: isOutranked).flatMap(call) }.enumerated().map { place, call in
      var call = call
      call.request.attempt = place
      if place > 0 { call.request.keys.routerCallID?.append(":\(call.request.started)") }
      return call
    }
  }

  private static func isOutranked(_ left: LiteLLMRecord, by right: LiteLLMRecord) -> Bool {
    if left.isSuccess != right.isSuccess { return right.isSuccess }
    if left.kind != right.kind { return right.kind == .payload }
    if left.ended != right.ended { return (left.ended ?? 0) < (right.ended ?? 0) }
    return (left.started ?? 0, left.id ?? "", left.total, left.output)
      < (right.started ?? 0, right.id ?? "", right.total, right.output)
  }

  private static func call(_ record: LiteLLMRecord) -> ObservedCall? {
    guard let started = record.started else { return nil }
    let kind = kind(of: record)
    let tokens = tokens(of: record)
    let ended = record.ended.map { max($0, started) }
    var request = RoutedRequest(
      model: model(of: record), started: started, ended: ended, session: record.session, stream: isStream(record),
      status: status(of: record), failure: failure(of: record, kind))
    request.variant.host = record.host
    request.variant.isSplitUnknown = kind == .measured && record.lacksUsage == true
    let reported = CallVariant.reported(speed: record.speed, geo: record.geo, tier: record.tier)
    request.variant = request.variant.filled(by: reported)
    request.webSearches = record.webSearches
    request.keys.routerCallID = "litellm:\(record.callID)"
    if record.id != record.callID || record.isUnnamed == true { request.keys.responseID = record.realID }
    request.keys.requestIDHeader = record.header
    if let first = record.firstToken, first >= started, record.isSuccess { request.firstToken = first }
    if kind == .measured, tokens != .zero { (request.usage, request.usageSource) = (tokens, .upstream) }
    if kind == .estimated {
      request.usageSource = .estimated
      if tokens != .zero { request.usage = tokens }
    }
    // Of any other record nobody can tell the provider's opening figures from LiteLLM's own count.
    let isProviders = kind == .unknown || kind == .cut && record.usage.hasAudio
    if isProviders, tokens != .zero { request.known = tokens }
    if kind != .measured || request.usage == nil, !request.isFailed {
      request.reason = .gateway(reason(of: kind, record))
    }
    return ObservedCall(request: request, requestedModel: record.group)
  }

  /// Whose the tokens of a record are. Counts that cannot be are nobody's.
  static func kind(of record: LiteLLMRecord) -> Class {
    let shape = shape(of: record)
    return shape == .measured && isImpossible(record) ? .unknown : shape
  }

  private static func isImpossible(_ record: LiteLLMRecord) -> Bool {
    if record.isUnclear == true || record.prompt == 0 && record.output > 0 { return true }
    // The total says that there was an answer, and not whether all of the rest is it.
    let tokens = tokens(of: record)
    return tokens.output == 0 && tokens.total < record.total
  }

  /// The same by the shape of the record alone.
  private static func shape(of record: LiteLLMRecord) -> Class {
    guard record.isSuccess else {
      // An answer that had begun left its first figures.
      return record.errorClass == "ReadError" || record.usage.output ?? 0 > 0 ? .cut : .failed
    }
    if record.errorCode == "499" || record.errorClass == "ClientDisconnected" { return .left }
    guard isStream(record) else { return record.total == 0 ? .unknown : .measured }
    if record.lacksUsage == true { return .estimated }
    if record.usage.hasPromptDetails {
      guard record.usage.hasAudio else { return .estimated }
      // An error event after the opening: its output of 1 stands for what nobody counted.
      return record.usage.output == 1 && record.maxTokens ?? .max > 1 ? .cut : .measured
    }
    if record.isNative || record.provider == "anthropic" { return .estimated }
    // A provider that reports no details, against none that reported anything: the same shape.
    return record.usage.text == nil ? .measured : .estimated
  }

  /// A row does not say it; there the first token of an answer in one piece is its end.
  private static func isStream(_ record: LiteLLMRecord) -> Bool {
    switch record.kind {
    case .payload: record.stream ?? false
    case .spendRow: record.firstToken != record.ended
    }
  }

  /// `prompt_tokens` holds what was read from and written to caches, unless it is less than that, or the total says that
  /// they stand beside it.
  static func tokens(of record: LiteLLMRecord) -> TokenUsage {
    let usage = record.usage
    let read = max(usage.cacheRead ?? 0, usage.cached ?? 0)
    let long = usage.cacheWrite1h ?? 0
    let written = max(usage.cacheWrite ?? 0, usage.cacheCreation ?? 0, (usage.cacheWrite5m ?? 0) + long)
    // Some providers count thoughts beside the answer, and then only the total holds them.
    let thoughts = usage.reasoning ?? 0
    let beyond = record.total - record.prompt - record.output
    let isBeside = read + written > 0 && beyond == read + written && beyond != thoughts
    let isInside = !isBeside && record.prompt >= read + written
    let inside = isInside ? read + written : 0
    let output = isInside && thoughts > 0 && beyond == thoughts ? record.output + thoughts : record.output
    return TokenUsage(
      input: record.prompt - inside, cacheRead: read, cacheWrite5m: written - long, cacheWrite1h: long,
      output: output, reasoning: min(thoughts, output))
  }

  private static func reason(of kind: Class, _ record: LiteLLMRecord) -> UnmeasuredReason.Gateway {
    switch kind {
    case .left: .clientLeft
    case .cut: .cut
    case .estimated: .ownEstimate
    case .failed, .measured, .unknown:
      isImpossible(record) ? .impossibleCounts : .allZero
    }
  }

  private static func model(of record: LiteLLMRecord) -> ModelID {
    let provider = record.provider ?? "unknown"
    let name = record.model ?? record.group ?? "unknown"
    let prefix = provider + "/"
    return ModelID(
      provider: provider, model: name.hasPrefix(prefix) && name != prefix ? String(name.dropFirst(prefix.count)) : name)
  }

  private static func status(of record: LiteLLMRecord) -> Int? {
    if let code = record.errorCode.flatMap({ Int($0) }), (100...599).contains(code) { return code }
    return record.isSuccess ? 200 : nil
  }

  private static func failure(of record: LiteLLMRecord, _ kind: Class) -> FailureKind? {
    switch kind {
    case .failed:
      ["APIConnectionError", "ConnectError", "ConnectTimeout", "ServiceUnavailableError"].contains(record.errorClass)
        && record.errorCode.flatMap({ Int($0) }) == nil ? .connection : .upstreamHTTP
    case .cut: .interrupted
    case .left: .clientGone
    case .measured, .estimated, .unknown: nil
    }
  }
}
