package import Model

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
