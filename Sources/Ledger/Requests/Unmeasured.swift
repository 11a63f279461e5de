package import Model

/// What the records show of requests whose tokens nobody wrote down.
package struct Unmeasured: Hashable, Sendable {
  package var model: ModelID
  /// Why the router chose the model.
  package var route: Route
  /// How much of the answer the record holds.
  package var trace: Trace
  /// Why nobody knows the tokens; `nil` where an older program wrote the record down.
  package var reason: UnmeasuredReason?
  package var requests: Int

  package init(model: ModelID, route: Route, trace: Trace, reason: UnmeasuredReason?, requests: Int) {
    self.model = model
    self.route = route
    self.trace = trace
    self.reason = reason
    self.requests = requests
  }

  /// How much of an answer a record holds.
  package enum Trace: Int64, CaseIterable, Sendable {
    /// Nothing: the answer was passed through unread, or the log level hides it.
    case nothing = -1
    /// The text of a stream, without usage.
    case streamWithoutUsage = -2
    /// The answer was cut, or the log ends before it.
    case cut = -3
  }
}

/// The class of a request without tokens: what its record shows, and why nobody knows them, in a number below 0. It stands
/// in a rollup's `prompt_class`, where measured requests have the class of their prompt.
struct UnmeasuredClass: Hashable {
  var number: Int64

  init(number: Int64) { self.number = number }

  init(_ request: RoutedRequest) {
    number = Unmeasured.Trace(request).rawValue - Self.step * Int64(Codes.code(request.reason) ?? 0)
  }

  /// Of a failed request, which needs no tokens.
  static let failed = UnmeasuredClass(number: Unmeasured.Trace.nothing.rawValue)

  /// `nil` where nobody knows.
  var trace: Unmeasured.Trace? { Unmeasured.Trace(rawValue: number % Self.step) }
  var reason: UnmeasuredReason? { Codes.reason(-number / Self.step) }

  /// The class of a row of `request` without tokens.
  static let sql = """
    (\(Unmeasured.Trace.sql) - CASE WHEN \(RequestColumns.failed) THEN 0 ELSE \(step) * coalesce(reason, 0) END)
    """

  /// More than there are traces.
  private static let step: Int64 = 4
}

extension Unmeasured.Trace {
  /// What the record of a request without tokens shows.
  init(_ request: RoutedRequest) {
    if request.ended == nil || request.failure == .interrupted {
      self = .cut
    } else {
      self = request.firstToken == nil ? .nothing : .streamWithoutUsage
    }
  }

  /// The class of a row of `request` without tokens.
  static let sql = """
    CASE WHEN \(RequestColumns.failed) THEN \(Unmeasured.Trace.nothing.rawValue)
      WHEN duration IS NULL OR coalesce(failure, 0) = \(Codes.code(FailureKind.interrupted))
        THEN \(Unmeasured.Trace.cut.rawValue)
      WHEN first_token IS NULL THEN \(Unmeasured.Trace.nothing.rawValue)
      ELSE \(Unmeasured.Trace.streamWithoutUsage.rawValue) END
    """
}
