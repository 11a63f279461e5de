package import Model

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
