package import Model

/// A row of the ledger as a fleet's server gets it: a request, or the sum of requests that retention left. Names stand as
/// ids, which `PushNames` tells the meaning of.
package struct PushRow: Sendable {
  /// When the request began, or the first of the sum, epoch milliseconds.
  package var started: Int64 = 0
  package var requests: Int64 = 1
  package var model: Int64 = 0
  /// The writer of its record; `nil` for a sum.
  package var writer: Int64?
  package var number: Int64?
  package var attempt: Int64 = 0
  /// The key of the client's answer that it was made of or joined with.
  package var message: Int64?
  package var session: Int64?
  package var route = Route.unknown
  package var source = UsageSource.unknown
  package var failure: FailureKind?
  /// How much of the answer the record of a request without tokens holds; `nil` where there are tokens or it failed.
  package var trace: Unmeasured.Trace?
  package var reason: UnmeasuredReason?
  package var duration: Int64?
  package var firstToken: Int64?
  package var stream: Int64?
  /// A length of prompt that says which price tier applies, tokens.
  package var prompt: Int64?
  package var tokens = Tokens()
  /// Prompt tokens of which it is known what a cache would have held, and of these what caches of 5 minutes and 1 hour.
  package var caching: (cacheable: Int64?, read5m: Int64?, read1h: Int64?) = (nil, nil, nil)
  package var claim: Int64?
  package var webSearches: Int64?
  package var promptBytes: Int64?
  package var answerBytes: Int64?
  package var estimatedInput: Int64?
  package var estimatedOutput: Int64?
}

extension PushRow {
  /// Tokens by class; `nil` is what nobody wrote down.
  package struct Tokens: Sendable {
    package var input: Int64?
    package var cacheRead: Int64?
    package var cacheWrite5m: Int64?
    package var cacheWrite1h: Int64?
    package var output: Int64?
    package var reasoning: Int64?

    init() {}

    /// In the order of the columns.
    init(_ column: (Int32) -> Int64?) {
      (input, cacheRead, cacheWrite5m, cacheWrite1h) = (column(0), column(1), column(2), column(3))
      (output, reasoning) = (column(4), column(5))
    }
  }
}

/// What the ids of a `PushRow` stand for.
package struct PushNames: Sendable {
  /// Who wrote a record down.
  package struct Writer: Hashable, Sendable {
    package var source: String
    package var host: String
    package var pid: Int64
  }

  package var models: [Int64: (model: ModelID, variant: CallVariant)]
  package var writers: [Int64: Writer]
  package var sessions: [Int64: String]
}
