package import Model

/// Takes the lines of one kind of log and gathers what they say.
package protocol LineCollector: RecordReader {
  /// How many requests or answers it holds.
  var count: Int { get }
  /// Hands out all that was gathered and forgets it.
  mutating func gather() -> Gathered
  /// Records of later times are left out, epoch milliseconds.
  var latest: Int64 { get set }
}

/// What the lines of a part of a log say.
package enum Gathered: Sendable {
  /// Of claude-code-router's log.
  case router(RouterPart)
  /// Of a client's transcript.
  case transcript(TranscriptBatch)
  /// Of any other source.
  case calls(CallBatch)

  /// What was left out of it.
  package var batch: any RecordBatch {
    switch self {
    case .router(let part): part.batch
    case .transcript(let batch): batch
    case .calls(let batch): batch
    }
  }

  /// Adds lines that nobody looked at.
  package mutating func leaveOut(_ lines: [SkippedLine]) {
    func note(_ batch: inout some RecordBatch) {
      for line in lines { batch.skip(line.line, line.reason) }
      batch.skipped.sort { $0.line < $1.line }
    }
    if lines.isEmpty { return }
    switch self {
    case .router(var part):
      note(&part.batch)
      self = .router(part)
    case .transcript(var batch):
      note(&batch)
      self = .transcript(batch)
    case .calls(var batch):
      note(&batch)
      self = .calls(batch)
    }
  }

  /// How much memory it takes, in answers: a router's request comes with all that its lines say.
  package var weight: Int {
    switch self {
    case .router(let part): 4 * part.batch.fragments.count
    case .transcript(let batch): batch.messages.count
    case .calls(let batch): 4 * batch.calls.count
    }
  }
}

/// What a part of a router's log says, with the calls of those requests that are whole: worked out where it was read,
/// so that threads share the work.
package struct RouterPart: Sendable {
  /// What the lines say.
  package var batch: RouterBatch
  /// For each of the fragments its calls, at the most one; `nil` for a part of a request.
  package var whole: [[RoutedRequest]?]

  /// Works out the calls of a batch.
  package init(_ batch: RouterBatch, configuration: RouterConfiguration) {
    self.batch = batch
    whole = batch.fragments.map {
      $0.isWhole ? RequestSummary.requests(of: $0.facts, configuration: configuration) : nil
    }
  }
}
