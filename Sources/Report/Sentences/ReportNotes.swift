package import Model

/// What a report for people says beside the audit's own figures.
package struct ReportNotes: Hashable, Sendable {
  /// Why the tokens of a model's requests are in no record, as far as somebody knows.
  package var reasons: [ModelID: [MissingTokens]]
  /// Lines of the logs that could not be read.
  package var skippedLines: Int
  /// Whether ids stand whole where they are usually cut.
  package var showsWholeNames = false
  /// What is known of requests of which nobody wrote down all tokens.
  package var bounds: [LowerBound]

  package init(
    reasons: [ModelID: [MissingTokens]] = [:], skippedLines: Int = 0, bounds: [LowerBound] = []
  ) {
    self.reasons = reasons
    self.bounds = bounds
    self.skippedLines = skippedLines
  }
}

/// Requests whose tokens are in no record.
package struct MissingTokens: Hashable, Sendable {
  package var requests: Int
  /// Why, in a few words of our own, without a full stop and without names from logs.
  package var reason: String
  /// The same in the words of `UnmeasuredReason`, each with how many of the requests: several can read alike. None for
  /// records of older programs.
  package var codes: [String: Int]

  package init(requests: Int, reason: String, codes: [String: Int] = [:]) {
    self.requests = requests
    self.reason = reason
    self.codes = codes
  }
}
