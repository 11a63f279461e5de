/// What a part of a claude-code-router log holds.
package struct RouterBatch: RecordBatch {
  /// The facts of each request that the part touches, in the order of their first lines.
  package var fragments: [RequestFragment] = []
  /// When processes started, epoch milliseconds: request numbers begin at 1 again there.
  package var starts: [LogStart] = []
  /// Lines left out. Only the first thousand are named.
  package var skipped: [SkippedLine] = []
  /// How many lines were left out.
  package var skippedCount = 0
  package var records: Int {
    fragments.count {
      if case .incoming(isMessages: false, _) = $0.facts.first?.event { false } else { true }
    }
  }

  /// Nothing.
  package init() {}
}

/// The start of a process that writes a log.
package struct LogStart: Hashable, Sendable {
  /// The process.
  package var writer: LogWriter
  /// Epoch milliseconds.
  package var time: Int64
}
