/// What a part of a transcript holds.
package struct TranscriptBatch: RecordBatch {
  /// Answers, each key once, in the order of their first lines.
  package var messages: [TranscriptMessage] = []
  /// The projects of sessions: the folder that the client ran in, without the path to it.
  package var projects: [String: String] = [:]
  /// Lines in which the client speaks in a model's place.
  package var ignored = 0
  package var skipped: [SkippedLine] = []
  package var skippedCount = 0
  package var records: Int { messages.count }

  /// Nothing.
  package init() {}
}

/// Takes the lines of a Claude Code transcript and gathers the answers.
package struct TranscriptCollector {
  private var batch = TranscriptBatch()
  private var places: [TranscriptMessage.Key: Int] = [:]
  /// The answer of the line before, to which the next line most often belongs.
  private var last: (message: TranscriptMessage, place: Int)?

  /// Lines of later times are left out, epoch milliseconds.
  package var latest: Int64

  /// A collector that has seen nothing.
  /// - Parameter latest: the last time that can be, epoch milliseconds.
  package init(latest: Int64 = .max) { self.latest = latest }

  /// How many answers it holds.
  package var messages: Int { batch.messages.count }

  package mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
    guard bytes.count > 0 else { return }
    switch try TranscriptLine(bytes, after: last?.message) {
    case .answer(let message, let others, let project):
      guard message.time <= latest else { throw .ahead }
      if let project, batch.projects[message.session] == nil { batch.projects[message.session] = project }
      add(message)
      for other in others { add(other) }
    case .synthetic: batch.ignored += 1
    case .other: break
    }
  }

  package mutating func skip(_ line: Int64, _ reason: SkipReason) { batch.skip(line, reason) }

  /// Hands out all that was gathered and forgets it.
  package mutating func finish() -> TranscriptBatch {
    defer { self = TranscriptCollector(latest: latest) }
    return batch
  }

  private mutating func add(_ message: TranscriptMessage) {
    if let last, message.requestID != nil, message.messageID != nil, message.requestID == last.message.requestID,
      message.messageID == last.message.messageID
    {
      batch.messages[last.place].merge(message)
      return
    }
    let place = places[message.key, default: batch.messages.count]
    last = (message, place)
    if place < batch.messages.count {
      batch.messages[place].merge(message)
    } else {
      places[message.key] = place
      batch.messages.append(message)
    }
  }
}
