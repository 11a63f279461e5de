package import Model

/// How far estimates were from what was measured, each measured request being estimated from all others.
package struct EstimateError: Hashable, Sendable {
  /// The median of |estimate − measured| ÷ measured.
  package var median: Ratio
  /// The 90th percentile of the same (nearest rank).
  package var p90: Ratio
}

/// The two sides of a request, which are estimated apart.
package enum CalibrationSide: String, Sendable {
  /// All prompt tokens, cached or not, from the bytes of the prompt.
  case input
  /// Answer tokens from the bytes of the answer.
  case output
}

/// Why a model's requests are not estimated.
package enum CalibrationRefusal: Error, Hashable, Sendable {
  /// There are not enough measured requests with bytes; with how many there are.
  case tooFew(CalibrationSide, requests: Int)
  /// The median error is too high.
  case tooUncertain(CalibrationSide, median: Ratio)
  /// No request of the route is measured: how like the others they are nobody knows.
  case routeUnmeasured(Route)
  /// The few measured requests of the route differ from those of the model's other routes.
  case routeDiffers(Route, requests: Int)
  /// The measured requests are of too few sessions to say how far sessions differ.
  case tooFewSessions(Int)
  /// What requests of like size have is far from what all have together: they are of several kinds.
  case mixed
}

/// Tokens from bytes, for one model, as its measured requests show it.
///
/// Its error is that among measured requests. Those that nobody measured can differ from them: a stream that reports its
/// usage is longer by that report, so that short answers without one are estimated a little low.
package struct Calibration: Hashable, Sendable {
  /// The fewest measured requests of either side that are believed.
  package static let minimumRequests = 30
  /// The highest median error that is believed.
  package static let maximumError = Ratio(millionths: 250_000)

  /// For prompts.
  package var input: TokenRatio
  /// For answers.
  package var output: TokenRatio
  /// The prompt tokens of the measured requests by class: estimated prompts are split in the same shares.
  package var prompt: TokenUsage

  /// The worse of both sides, which stands for the request as a whole.
  package var error: EstimateError {
    EstimateError(
      median: max(input.error.median, output.error.median), p90: max(input.error.p90, output.error.p90))
  }

  /// The estimated tokens of a request.
  func tokens(promptBytes: Int64, answerBytes: Int64) -> TokenUsage {
    let whole = input.tokens(ofBytes: promptBytes)
    func share(_ part: Int64) -> Int64 {
      prompt.prompt > 0 ? Int64(Int128(whole) * Int128(part) / Int128(prompt.prompt)) : 0
    }
    var usage = TokenUsage(
      cacheRead: share(prompt.cacheRead), cacheWrite5m: share(prompt.cacheWrite5m),
      cacheWrite1h: share(prompt.cacheWrite1h), output: output.tokens(ofBytes: answerBytes))
    usage.input = whole - usage.prompt
    return usage
  }
}
