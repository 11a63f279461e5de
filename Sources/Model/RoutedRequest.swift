/// One model call that a router made upstream for a client. A fall-back to another model is a call of its own.
package struct RoutedRequest: Hashable, Sendable, Codable {
  package var model: ModelID
  /// What else sets its price.
  package var variant: CallVariant
  /// What identifies it in the records of other programs.
  package var keys: CallKeys
  /// When the router took the call in, epoch milliseconds. Prices of this instant apply.
  package var started: Int64
  /// When the answer ended, epoch milliseconds; `nil` while nobody wrote down an end.
  package var ended: Int64?
  /// When the first piece of the answer arrived, epoch milliseconds, where the record shows it.
  package var firstToken: Int64?
  /// The client's session, where the client named one.
  package var session: String?
  /// Why the router chose this model.
  package var route: Route
  /// Whether the client asked for a stream; `nil` where the record does not say.
  package var stream: Bool?
  /// The HTTP status, where the record shows one.
  package var status: Int?
  /// How the call went wrong, where it did.
  package var failure: FailureKind?
  /// 0 for the first call of a client's request, then one more for each fall-back.
  package var attempt: Int
  /// The tokens; `nil` when nobody wrote them down, which is not zero.
  package var usage: TokenUsage?
  /// What is known of the tokens where `usage` is `nil`: at least these went into the call.
  package var known: TokenUsage?
  /// Where `usage` comes from; `.unknown` where it is `nil`, or `.estimated` where what others received of it was
  /// counted by a proxy that wrote no count down.
  package var usageSource: UsageSource
  /// Why nobody knows the tokens; `nil` where they are known, or the call failed before an answer.
  package var reason: UnmeasuredReason?
  /// Bytes of the prompt as recorded, for estimates.
  package var promptBytes: Int64?
  /// Bytes of the answer as recorded, for estimates.
  package var answerBytes: Int64?
  /// Searches of the web that the provider made for the answer, and bills by the call; `nil` where none is shown.
  package var webSearches: Int64?

  /// A call; whatever the record does not show is left out.
  package init(
    model: ModelID, started: Int64, ended: Int64? = nil, firstToken: Int64? = nil, session: String? = nil,
    route: Route = .unknown, stream: Bool? = nil, status: Int? = nil, failure: FailureKind? = nil,
    attempt: Int = 0, usage: TokenUsage? = nil, usageSource: UsageSource = .unknown,
    promptBytes: Int64? = nil, answerBytes: Int64? = nil, variant: CallVariant = .none, keys: CallKeys = .none
  ) {
    self.model = model
    self.variant = variant
    self.keys = keys
    self.started = started
    self.ended = ended
    self.firstToken = firstToken
    self.session = session
    self.route = route
    self.stream = stream
    self.status = status
    self.failure = failure
    self.attempt = attempt
    self.usage = usage
    self.usageSource = usageSource
    self.promptBytes = promptBytes
    self.answerBytes = answerBytes
  }

  /// Whether no answer began, so that the call needs no tokens and is not *unknown*.
  package var isFailed: Bool { usage == nil && (failure?.beforeAnswer ?? false) }
}

/// Why a router chose a model. Raw values are the words of reports and of the JSON contract.
package enum Route: String, CaseIterable, Codable, Sendable {
  /// The router's usual model.
  case `default`
  /// The client's small model for background work.
  case background
  /// The client asked for thinking.
  case think
  /// The prompt was longer than the router's threshold.
  case longContext
  /// The client offered web search.
  case webSearch
  /// A sub-agent named its model in the prompt.
  case subagent
  /// The client itself named provider and model.
  case explicit
  /// The call never went through a router.
  case direct
  /// One of both: the router's configuration has one model for them, and its log does not say which it was.
  case defaultOrWebSearch = "default or webSearch"
  /// The record does not say.
  case unknown
}

/// How a call went wrong.
package enum FailureKind: String, CaseIterable, Codable, Sendable {
  /// The upstream answered with an HTTP error.
  case upstreamHTTP = "upstream_http"
  /// The upstream could not be reached.
  case connection
  /// The answer was cut after it had begun, or the router went away.
  case interrupted
  /// The client went away; the upstream went on, and bills it.
  case clientGone = "client_gone"
  /// The upstream answered 200 with an error instead of an answer.
  case providerError = "provider_error"

  /// Whether this kind means that no answer began, so that nothing was spent.
  package var beforeAnswer: Bool { self == .upstreamHTTP || self == .connection }
}
