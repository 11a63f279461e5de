import Audit
package import Foundation
package import Model

/// Measured tokens as OpenTelemetry's conventions for generative AI name them, in OTLP's JSON
/// (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter): a line for each day, which a collector's
/// `otlpjsonfile` receiver reads.
///
/// `gen_ai.client.token.usage` is the conventions' histogram, without buckets: the ledger's sums keep how many requests and
/// how many tokens. Requests without measured tokens are in no point of it; `ccr_audit.requests` counts them.
package struct OTelExport: Sendable {
  /// The traffic, by day.
  package var traffic: [TrafficSlice]
  /// Whose it is.
  package var origin: String
  /// Whose days these are.
  package var timeZone: TimeZone
  /// The program's version.
  package var version: String

  package init(_ traffic: [TrafficSlice], origin: String, timeZone: TimeZone, version: String) {
    self.traffic = traffic
    self.origin = origin
    self.timeZone = timeZone
    self.version = version
  }

  /// The lines, each with a line end.
  package var lines: String {
    Dictionary(grouping: traffic, by: \.day).sorted { $0.key < $1.key }
      .map { line($0, Dictionary(grouping: $1, by: \.model).sorted { $0.key < $1.key }.map(Sum.init)) + "\n" }.joined()
  }

  /// A model's traffic of a day.
  private struct Sum {
    var model: ModelID
    var counts: RequestCounts
    var tokens: TokenUsage

    init(_ model: ModelID, _ slices: [TrafficSlice]) {
      self.model = model
      counts = slices.reduce(.zero) { $0 + $1.counts }
      tokens = slices.reduce(.zero) { $0 + $1.tokens }
    }
  }

  private func line(_ day: CivilDay, _ sums: [Sum]) -> String {
    let time: [(String, JSONText)] = [
      ("startTimeUnixNano", Self.nanoseconds(day.start(in: timeZone))),
      ("timeUnixNano", Self.nanoseconds(day.advanced(by: 1).start(in: timeZone))),
    ]
    let usage = sums.filter { $0.counts.measured > 0 }.flatMap { sum in
      // The conventions' input counts cached tokens too.
      [("input", sum.tokens.prompt), ("output", sum.tokens.output)].map { type, tokens in
        JSONText.object(
          time + [
            ("count", .string(String(sum.counts.measured))), ("sum", .count(tokens)),
            ("attributes", Self.attributes(of: sum.model, ["gen_ai.token.type": type])),
          ])
      }
    }
    let requests = sums.flatMap { sum in
      let counts = sum.counts
      return [
        ("measured", counts.measured), ("estimated", counts.estimated), ("unknown", counts.unknown),
        ("failed", counts.failed),
      ].filter { $0.1 > 0 }.map { state, count in
        JSONText.object(
          time + [
            ("asInt", .string(String(count))),
            ("attributes", Self.attributes(of: sum.model, ["ccr_audit.state": state])),
          ])
      }
    }
    let metrics =
      (usage.isEmpty
        ? []
        : [
          Self.metric(
            "gen_ai.client.token.usage", unit: "{token}", "Measured tokens.", "histogram", usage)
        ])
      + [
        Self.metric(
          "ccr_audit.requests", unit: "{request}", "Requests by what is known of their tokens.", "sum", requests,
          [("isMonotonic", .bool(true))])
      ]
    return JSONText.object([
      (
        "resourceMetrics",
        .array([
          .object([
            (
              "resource",
              .object([
                ("attributes", Self.attributes(["service.name": "ccr-audit", "ccr_audit.origin": origin]))
              ])
            ),
            (
              "scopeMetrics",
              .array([
                .object([
                  ("scope", .object([("name", .string("ccr-audit")), ("version", .string(version))])),
                  ("metrics", .array(metrics)),
                ])
              ])
            ),
          ])
        ])
      )
    ]).line
  }

  /// A metric whose points are each of their own day: delta temporality.
  private static func metric(
    _ name: String, unit: String, _ words: String, _ kind: String, _ points: [JSONText],
    _ more: [(String, JSONText)] = []
  ) -> JSONText {
    .object([
      ("name", .string(name)), ("description", .string(words)), ("unit", .string(unit)),
      (kind, .object([("aggregationTemporality", .integer(1))] + more + [("dataPoints", .array(points))])),
    ])
  }

  private static func attributes(of model: ModelID, _ more: KeyValuePairs<String, String>) -> JSONText {
    let names: KeyValuePairs = [
      "gen_ai.operation.name": "chat", "gen_ai.provider.name": model.provider, "gen_ai.request.model": model.model,
    ]
    return .array((Array(names) + Array(more)).map(attribute))
  }

  private static func attributes(_ values: KeyValuePairs<String, String>) -> JSONText { .array(values.map(attribute)) }

  private static func attribute(_ key: String, _ value: String) -> JSONText {
    .object([("key", .string(key)), ("value", .object([("stringValue", .string(value))]))])
  }

  /// Numbers of 64 bits are strings in the JSON of protocol buffers.
  private static func nanoseconds(_ milliseconds: Int64) -> JSONText { .string("\(milliseconds)000000") }
}
