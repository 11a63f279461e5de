import Reading
import Model

/// What a part of a router's log says, with the calls of those requests that are whole: worked out where it was read,
/// so that threads share the work.
struct RouterPart: Sendable {
  var harvest: LogHarvest
  /// For each of the fragments its calls, at the most one; `nil` for a piece of a request.
  var whole: [[RoutedRequest]?]

  init(_ harvest: LogHarvest, configuration: RouterConfiguration) {
    self.harvest = harvest
    whole = harvest.fragments.map {
      $0.isWhole ? RequestSummary.requests(of: $0.facts, configuration: configuration) : nil
    }
  }
}
