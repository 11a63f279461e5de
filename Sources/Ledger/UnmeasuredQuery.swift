import GRDB
package import Model

/// What the records show of requests whose tokens nobody wrote down.
package struct Unmeasured: Hashable, Sendable {
  /// Who was called.
  package var model: ModelID
  /// Why the router chose the model.
  package var route: Route
  /// How much of the answer the record holds.
  package var trace: Trace
  /// Why nobody knows the tokens; `nil` where an older program wrote the record down.
  package var reason: UnmeasuredReason?
  /// How many requests.
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

extension LedgerFile {
  /// The requests of a span without tokens that are not failed, by what their record shows.
  /// - Throws: `LedgerError`.
  package func unmeasured(in span: Range<Int64>) throws(LedgerError) -> [Unmeasured] {
    try read { database in
      let models = try modelNames(database)
      var sums: [UnmeasuredKey: Int] = [:]
      func add(_ sql: String, _ bounds: Range<Int64>) throws {
        guard !bounds.isEmpty else { return }
        try BoundStatement(database, sql).forEach {
          $0.add(bounds.lowerBound)
          $0.add(bounds.upperBound)
        } _: { row in
          guard row[3] > 0 else { return }
          let key = UnmeasuredKey(model: row[0], route: row[1], kind: UnmeasuredClass(number: row[2]))
          sums[key, default: 0] += Int(try row.count(3))
        }
      }
      let held = try span.clamped(to: heldDays(database))
      try add(Self.archived, held)
      let parts = SpanParts(held)
      try add(Self.unmeasured(in: "day_rollup"), parts.days)
      for hours in parts.hours { try add(Self.unmeasured(in: "hour_rollup"), hours) }
      for rest in parts.rests {
        try add(
          """
          SELECT model, route, \(UnmeasuredClass.sql), sum(NOT \(RequestColumns.failed))
          FROM request WHERE id >= ? AND id < ? AND source = 0 GROUP BY 1, 2, 3
          """, RequestID.range(rest))
      }
      // Variants of a model are one model here.
      var found: [UnmeasuredKey: Unmeasured] = [:]
      var first: [ModelID: Int64] = [:]
      for (key, requests) in sums {
        guard let model = models[key.model]?.model, let trace = key.kind.trace else { continue }
        var shared = key
        shared.model = first[model] ?? key.model
        first[model] = shared.model
        found[
          shared,
          default: Unmeasured(
            model: model, route: Codes.word(Int(key.route), in: Codes.routes, or: .unknown), trace: trace,
            reason: key.kind.reason, requests: 0)
        ].requests += requests
      }
      return Array(found.values)
    }
  }

  /// Of requests whose rows were removed.
  private static let archived = """
    SELECT model, route, prompt - \(Archive.withoutPrompt), sum(unknown) FROM archive
    WHERE quarter BETWEEN ?1 / \(Archive.quarter) AND ?2 / \(Archive.quarter) AND time >= ?1 AND time < ?2
      AND prompt < \(Archive.withoutPrompt) GROUP BY 1, 2, 3
    """

  private static func unmeasured(in rollup: String) -> String {
    """
    SELECT model, route, prompt_class, sum(unknown) FROM \(rollup)
    WHERE model IN (SELECT id FROM model) AND bucket >= ? AND bucket < ? AND prompt_class < 0 GROUP BY 1, 2, 3
    """
  }
}

private struct UnmeasuredKey: Hashable {
  var model: Int64
  var route: Int64
  var kind: UnmeasuredClass
}

/// A span taken apart into whole days, whole hours at its ends, and the rest.
struct SpanParts {
  /// Days since 1970.
  var days: Range<Int64>
  /// Hours since 1970.
  var hours: [Range<Int64>]
  /// Epoch milliseconds.
  var rests: [Range<Int64>]

  init(_ span: Range<Int64>) {
    func whole(_ length: Int64) -> Range<Int64> {
      let first = (span.lowerBound + length - 1) / length
      return first..<max(first, span.upperBound / length)
    }
    (days, hours, rests) = (whole(Rollups.day), [whole(Rollups.hour)], [span])
    if let all = hours.first, !all.isEmpty {
      rests = [
        span.lowerBound..<all.lowerBound * Rollups.hour, all.upperBound * Rollups.hour..<span.upperBound,
      ]
      if !days.isEmpty { hours = [all.lowerBound..<days.lowerBound * 24, days.upperBound * 24..<all.upperBound] }
    }
  }
}
