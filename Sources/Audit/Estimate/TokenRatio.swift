/// How many tokens a byte holds.
package struct TokenRatio: Hashable, Sendable {
  /// How the ratio is made. Raw values are words of the JSON contract.
  package enum Method: String, Sendable {
    /// All tokens ÷ all bytes: the better one where ratios scatter by chance.
    case sums = "ratio_of_sums"
    /// The median of every request's own ratio: the better one where some requests are of another kind, such as
    /// prompts full of images, which would pull the sums.
    case median = "median_of_ratios"
  }

  package var method: Method
  /// Tokens a byte, billionths.
  package var billionths: Int128
  /// The measured requests behind it.
  package var requests: Int
  /// How far it misses, by leave-one-out.
  package var error: EstimateError

  /// Of both methods the one that misses less, as the requests themselves show when each is left out in turn.
  /// - Parameter samples: two or more.
  static func best(of samples: [ByteSample]) -> TokenRatio {
    let (sums, median) = (ofSums(samples), ofMedian(samples))
    return (median.error.median, median.error.p90) < (sums.error.median, sums.error.p90) ? median : sums
  }

  /// The estimated tokens, rounded.
  func tokens(ofBytes bytes: Int64) -> Int64 {
    let bytes = Int128(min(max(bytes, 0), ByteSample.limit))
    return Int64(min((billionths * bytes + ByteSample.unit / 2) / ByteSample.unit, Int128(ByteSample.limit)))
  }

  private static func ofSums(_ samples: [ByteSample]) -> TokenRatio {
    let tokens = samples.reduce(0) { $0 + $1.tokens }
    let bytes = samples.reduce(0) { $0 + $1.bytes }
    let errors = samples.map { $0.error(of: (tokens - $0.tokens) * ByteSample.unit / (bytes - $0.bytes)) }
    return TokenRatio(.sums, tokens * ByteSample.unit / bytes, errors)
  }

  private static func ofMedian(_ samples: [ByteSample]) -> TokenRatio {
    let sorted = samples.sorted { $0.ratio < $1.ratio }
    let ratios = sorted.map(\.ratio)
    let middle = (ratios.count - 1) / 2
    // Without the one at a rank, every later one moves up by a place.
    let errors = sorted.enumerated().map { rank, sample in
      func other(_ place: Int) -> Int128 { ratios[place < rank ? place : place + 1] }
      let median = ratios.count.isMultiple(of: 2) ? other(middle) : (other(middle - 1) + other(middle)) / 2
      return sample.error(of: median)
    }
    return TokenRatio(.median, Self.median(ratios), errors)
  }

  private init(_ method: Method, _ billionths: Int128, _ errors: [Int128]) {
    let sorted = errors.sorted()
    self.method = method
    self.billionths = billionths
    self.requests = errors.count
    self.error = EstimateError(
      median: Ratio(millionths: Self.median(sorted)), p90: Ratio(millionths: sorted[(9 * sorted.count + 9) / 10 - 1]))
  }

  private static func median(_ sorted: [Int128]) -> Int128 {
    let upper = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[upper - 1] + sorted[upper]) / 2 : sorted[upper]
  }
}
