import Audit
import Model

/// A run as JSON, for scripts.
enum RunSummary {
  /// `{"ok", "day", "requests", "measured", "steps": [{"step", "ok", "detail"}]}`.
  static func text(_ job: RunJob) -> String {
    let counts = job.report?.audit.coverage.counts
    let steps = job.steps.map { step in
      JSONText.object([
        ("step", .string(step.name)), ("ok", .bool(!step.failed)), ("detail", .string(step.detail)),
      ])
    }
    let members: [(String, JSONText)] = [
      ("schema_version", .integer(1)),
      ("ok", .bool(job.failure == nil)),
      ("day", .text(job.report?.audit.period.until.description)),
      ("finished", job.report.map { .bool($0.audit.hasEnded) } ?? .null),
      ("requests", counts.map { .count($0.requests) } ?? .null),
      ("measured", counts.map { .count($0.measured) } ?? .null),
      ("steps", .array(steps)),
    ]
    return JSONText.object(members).pretty + "\n"
  }
}
