/// A measured request whose bytes are known: what estimates learn from.
package struct ByteRecord: Hashable, Sendable {
  /// Who was called.
  package var model: ModelID
  /// Bytes of the prompt as recorded.
  package var promptBytes: Int64?
  /// Bytes of the answer as recorded.
  package var answerBytes: Int64?
  /// The measured tokens.
  package var tokens: TokenUsage

  /// A measured request.
  package init(model: ModelID, promptBytes: Int64?, answerBytes: Int64?, tokens: TokenUsage) {
    self.model = model
    self.promptBytes = promptBytes
    self.answerBytes = answerBytes
    self.tokens = tokens
  }
}

/// A request that was answered, and whose tokens nobody measured.
package struct UnmeasuredRequest: Hashable, Sendable {
  /// Where it belongs: a slice of this one request, counted as unknown, without tokens.
  package var slice: TrafficSlice
  /// Bytes of the prompt as recorded.
  package var promptBytes: Int64?
  /// Bytes of the answer as recorded.
  package var answerBytes: Int64?
  /// Whether the answer came to its end and was no error, so that its bytes are all of it.
  package var isWhole: Bool
  /// What a proxy counted by itself, where one did.
  package var proxyCount: TokenUsage?

  /// An unmeasured request.
  package init(
    slice: TrafficSlice, promptBytes: Int64? = nil, answerBytes: Int64? = nil, isWhole: Bool = true,
    proxyCount: TokenUsage? = nil
  ) {
    self.slice = slice
    self.promptBytes = promptBytes
    self.answerBytes = answerBytes
    self.isWhole = isWhole
    self.proxyCount = proxyCount
  }
}
