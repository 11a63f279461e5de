import Model

/// What a row of CC Switch amounts to.
enum CCSwitchRequests {
  static func call(_ row: CCSwitchRow) -> ObservedCall {
    let ended = row.created * 1000
    let started = ended - row.duration
    var request = RoutedRequest(
      model: ModelID(provider: row.provider, model: row.model), started: started, ended: ended,
      firstToken: row.firstToken.map { started + $0 }, session: row.session, stream: row.stream,
      status: row.status == 0 ? nil : row.status, failure: failure(row.status))
    let tokens = tokens(of: row)
    let flaw = flaw(of: row, tokens)
    if request.failure == nil, flaw == nil {
      (request.usage, request.usageSource) = (tokens, .upstream)
    } else if !request.isFailed {
      request.reason = flaw.map { .switchStore($0) }
      request.known = tokens == .zero ? nil : tokens
    }
    request.keys.responseID = responseID(row.requestID)
    request.keys.routerCallID = "cc-switch:\(row.requestID)"
    return ObservedCall(request: request, requestedModel: row.requestedModel, claimedCost: row.claim)
  }

  /// Why a row does not tell what a call took.
  private static func flaw(of row: CCSwitchRow, _ tokens: TokenUsage) -> UnmeasuredReason.SwitchStore? {
    if row.status == 499 { return .clientLeft }
    if row.isUnclear == true || tokens.prompt == 0 && tokens.output > 0 { return .impossibleCounts }
    // A stream that brought no usage.
    if tokens == .zero { return .allZero }
    // A stream's output is told at its end, which did not come: the client left, or the provider broke off. The row's
    // status is that of the answer's beginning.
    return row.stream == true && tokens.output == 0 ? .cut : nil
  }

  /// Cache writes of one hour are not told from those of five minutes. Input that is less than what caches served
  /// cannot hold it.
  static func tokens(of row: CCSwitchRow) -> TokenUsage {
    let inside: Int64 =
      switch row.semantics {
      case 1: row.cacheRead + row.cacheWrite
      case 0 where ["codex", "gemini", "grokbuild"].contains(row.app): row.cacheRead
      default: 0
      }
    return TokenUsage(
      input: row.input < inside ? row.input : row.input - inside, cacheRead: row.cacheRead,
      cacheWrite5m: row.cacheWrite, output: row.output)
  }

  private static func failure(_ status: Int) -> FailureKind? {
    switch status {
    case 499: .clientGone
    case 400...: .upstreamHTTP
    default: nil
    }
  }

  /// `session:<id>` or `session:<app>:<provider>:<id>`. The id of a collision is another call's, and any other is one
  /// that CC Switch made up.
  static func responseID(_ requestID: String) -> String? {
    let parts = requestID.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.first == "session", !parts.contains("collision"), [2, 4].contains(parts.count),
      let id = parts.last, !id.isEmpty
    else { return nil }
    return id
  }
}
