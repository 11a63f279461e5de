/// What a part of a free-claude-code log holds.
package struct FreeClaudeCodeBatch: RecordBatch {
  /// The facts of each request that the part touches, in the order of their first lines.
  package var fragments: [FreeClaudeCodeFragment] = []
  package var skipped: [SkippedLine] = []
  package var skippedCount = 0
  package var records: Int { fragments.count }

  /// Nothing.
  package init() {}
}

/// Takes the lines of a free-claude-code log and gathers what they say of each request.
package struct FreeClaudeCodeCollector {
  private var batch = FreeClaudeCodeBatch()
  private var places: [String: Int] = [:]

  /// Lines of later times are left out, epoch milliseconds.
  package var latest: Int64

  /// A collector that has seen nothing.
  /// - Parameter latest: the last time that can be, epoch milliseconds.
  package init(latest: Int64 = .max) { self.latest = latest }

  /// How many requests it holds.
  package var requests: Int { batch.fragments.count }

  package mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
    guard bytes.count > 0 else { return }
    let found =
      try FreeClaudeCodeRecord.isRecord(bytes) ? FreeClaudeCodeRecord.fact(bytes) : FreeClaudeCodeLine.fact(bytes)
    guard let (requestID, fact) = found else { return }
    guard fact.time / 1000 <= latest else { throw .ahead }
    add(fact, of: requestID)
  }

  package mutating func skip(_ line: Int64, _ reason: SkipReason) { batch.skip(line, reason) }

  /// Hands out all that was gathered and forgets it.
  package mutating func finish() -> FreeClaudeCodeBatch {
    defer { self = FreeClaudeCodeCollector(latest: latest) }
    return batch
  }

  private mutating func add(_ fact: FreeClaudeCodeFact, of requestID: String) {
    if let place = places[requestID] {
      batch.fragments[place].facts.append(fact)
    } else {
      places[requestID] = batch.fragments.count
      batch.fragments.append(FreeClaudeCodeFragment(requestID: requestID, facts: [fact]))
    }
  }
}
