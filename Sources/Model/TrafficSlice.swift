/// A sum over requests that share everything that prices and groups look at.
///
/// The ledger hands these out and the audit prices them. All requests of a slice have the same price, so `time`
/// stands for all of them; a slice may as well be a single request.
package struct TrafficSlice: Hashable, Sendable {
  package var model: ModelID
  /// What else sets the price of all of them.
  package var variant: CallVariant
  /// An instant whose prices apply to the whole slice, epoch milliseconds.
  package var time: Int64
  /// A prompt length whose price tier applies to the whole slice, tokens.
  package var prompt: Int64
  /// The civil day of the slice in the report's time zone.
  package var day: CivilDay
  /// Why the router chose the model; `.unknown` where slices are not split by route.
  package var route: Route
  /// The session; `nil` where slices are not split by session, or the request had none.
  package var session: String?
  /// The project, program or origin that slices are split by; `nil` where they are not, or nobody knows. The project
  /// also where they are split by session.
  package var label: String?
  /// When the last of the requests began, epoch milliseconds; `nil` where slices are not split by session.
  package var last: Int64?
  /// Where the tokens come from; `nil` where slices are not split by source.
  package var source: UsageSource?
  /// What the router itself says that the requests cost, picodollars; `nil` where slices are not split by source, or
  /// the router says nothing of these.
  package var claim: Int128?
  /// How many requests, by where their tokens come from and whether they failed.
  package var counts: RequestCounts
  /// The tokens of the measured requests.
  package var tokens: TokenUsage
  /// How many of the input tokens caches can have served, where the split is not known and somebody worked that out; `nil`
  /// else.
  package var served: Int64?
  /// What of the measured requests' prompts a cache would have held; `nil` where nobody worked it out.
  package var caching: PromptCaching?

  /// A slice of traffic.
  package init(
    model: ModelID, time: Int64, prompt: Int64, day: CivilDay, route: Route = .unknown, session: String? = nil,
    source: UsageSource? = nil, claim: Int128? = nil, counts: RequestCounts, tokens: TokenUsage,
    caching: PromptCaching? = nil, variant: CallVariant = .none
  ) {
    self.model = model
    self.variant = variant
    self.time = time
    self.prompt = prompt
    self.day = day
    self.route = route
    self.session = session
    self.source = source
    self.claim = claim
    self.counts = counts
    self.tokens = tokens
    self.caching = caching
  }
}

/// How many requests, and how much is known of them. Each request counts in exactly one of the fields.
package struct RequestCounts: Hashable, Sendable {
  /// Tokens reported by the provider.
  package var upstream: Int
  /// Tokens as the router rewrote them.
  package var router: Int
  /// Tokens from the client's transcript.
  package var client: Int
  /// Tokens counted by nobody who knows: not measured.
  package var estimated: Int
  /// An answer began, and nobody wrote its tokens down.
  package var unknown: Int
  /// No answer began; needs no tokens.
  package var failed: Int

  /// Counts; a field that is not named is zero.
  package init(
    upstream: Int = 0, router: Int = 0, client: Int = 0, estimated: Int = 0, unknown: Int = 0, failed: Int = 0
  ) {
    self.upstream = upstream
    self.router = router
    self.client = client
    self.estimated = estimated
    self.unknown = unknown
    self.failed = failed
  }

  package static let zero = RequestCounts()

  package var requests: Int { measured + estimated + unknown + failed }

  /// Requests whose answer began.
  package var answered: Int { measured + estimated + unknown }

  /// Requests whose tokens somebody who knows wrote down.
  package var measured: Int { upstream + router + client }

  /// Whether there are requests, and no answer of any of them began.
  package var isOnlyFailures: Bool { failed > 0 && failed == requests }

  package static func + (left: RequestCounts, right: RequestCounts) -> RequestCounts {
    RequestCounts(
      upstream: left.upstream + right.upstream, router: left.router + right.router,
      client: left.client + right.client, estimated: left.estimated + right.estimated,
      unknown: left.unknown + right.unknown, failed: left.failed + right.failed)
  }

  package static func += (left: inout RequestCounts, right: RequestCounts) { left = left + right }
}
