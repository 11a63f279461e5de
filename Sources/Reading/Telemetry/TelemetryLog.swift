extension SourceName {
  /// Claude Code's telemetry.
  package static let telemetry = SourceName("claude-code-telemetry")
}

/// Claude Code's telemetry as OTLP/JSON: as the client sends it, and as a Collector's file exporter writes it. It is the
/// client's record, like a transcript, and outlives that.
package enum TelemetryLog: LogSource {
  package static let name = SourceName.telemetry
  package static let framing = LogFraming.values

  package static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool {
    ["resourceLogs", "resourceMetrics", "resourceSpans"].contains { keys.have($0, .array) }
      && (bytes.firstIndex(of: "\"claude-code\"") != nil || bytes.firstIndex(of: "\"claude_code.") != nil)
  }

  package static func collector(_ configuration: RouterConfiguration) -> any LineCollector { Collector() }

  private struct Collector: LineCollector {
    var latest = Int64.max
    private var batch = TranscriptBatch()

    var count: Int { batch.messages.count }

    mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
      for start in try JSONRecords.places(bytes) {
        let answers = try TelemetryRecord.answers(bytes, at: start)
        batch.messages += answers.filter { $0.time <= latest }
        for answer in answers where answer.time > latest { skip(line, .ahead) }
      }
    }

    mutating func skip(_ line: Int64, _ reason: SkipReason) { batch.skip(line, reason) }

    mutating func gather() -> Gathered {
      defer { batch = TranscriptBatch() }
      return .transcript(batch)
    }
  }
}
