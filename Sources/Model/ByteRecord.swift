/// A measured request whose bytes are known: what estimates learn from.
package struct ByteRecord: Hashable, Sendable {
  package var model: ModelID
  /// Which requests of the model are like it.
  package var kind: RequestKind
  /// What tells its session from others; `nil` where it had none.
  package var session: Int64?
  /// Bytes of the prompt as recorded.
  package var promptBytes: Int64?
  /// Bytes of the answer as recorded.
  package var answerBytes: Int64?
  /// The measured tokens.
  package var tokens: TokenUsage

  package init(
    model: ModelID, kind: RequestKind = RequestKind(), session: Int64? = nil, promptBytes: Int64?,
    answerBytes: Int64?, tokens: TokenUsage
  ) {
    self.model = model
    self.kind = kind
    self.session = session
    self.promptBytes = promptBytes
    self.answerBytes = answerBytes
    self.tokens = tokens
  }
}

/// A kind of requests of one model: within it a byte holds about as many tokens, between kinds it does not.
package struct RequestKind: Hashable, Sendable {
  /// Why the router chose the model.
  package var route: Route
  /// Whether the answer was a stream; `nil` where the record does not say.
  package var isStream: Bool?

  package init(route: Route = .default, isStream: Bool? = nil) {
    self.route = route
    self.isStream = isStream
  }
}

/// A request that was answered, and whose tokens nobody measured.
package struct UnmeasuredRequest: Hashable, Sendable {
  /// Where it belongs: a slice of this one request, counted as unknown, without tokens.
  package var slice: TrafficSlice
  /// Whether the answer was a stream; `nil` where the record does not say.
  package var isStream: Bool?
  /// What tells its session from others; `nil` where it had none.
  package var session: Int64?
  /// Bytes of the prompt as recorded.
  package var promptBytes: Int64?
  /// Bytes of the answer as recorded.
  package var answerBytes: Int64?
  /// Whether the answer came to its end and was no error, so that its bytes are all of it.
  package var isWhole: Bool
  /// What a proxy counted by itself, where one did.
  package var proxyCount: TokenUsage?

  package init(
    slice: TrafficSlice, isStream: Bool? = nil, session: Int64? = nil, promptBytes: Int64? = nil,
    answerBytes: Int64? = nil, isWhole: Bool = true, proxyCount: TokenUsage? = nil
  ) {
    self.slice = slice
    self.isStream = isStream
    self.session = session
    self.promptBytes = promptBytes
    self.answerBytes = answerBytes
    self.isWhole = isWhole
    self.proxyCount = proxyCount
  }

  /// Which requests of the model are like it.
  package var kind: RequestKind { RequestKind(route: slice.route, isStream: isStream) }
}
