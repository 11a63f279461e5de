import GRDB
import Reading

/// What the ledger knows of files. All of it is read at once: one walk costs less than a look-up for each of thousands.
struct KnownFiles {
  private var byIdentity: [FileIdentity: Checkpoint] = [:]
  /// Where copies are looked for: by the hash of the front, and those whose front is short. Made when first needed.
  private var fronts: (byHash: [Int64: [Checkpoint]], short: [Checkpoint])?

  /// Reads the ledger's.
  init(in database: Database) throws {
    try BoundStatement(database, "SELECT \(Checkpoint.columns) FROM file").forEach { _ in
    } _: { row in
      let known = Checkpoint(row)
      byIdentity[known.facts.identity] = known
    }
  }

  private mutating func copies(of front: Int64) -> [Checkpoint] {
    if fronts == nil {
      var found: (byHash: [Int64: [Checkpoint]], short: [Checkpoint]) = ([:], [])
      for known in byIdentity.values {
        if known.headLength == Fingerprint.length {
          found.byHash[known.headHash, default: []].append(known)
        } else if known.headLength > 0 {
          found.short.append(known)
        }
      }
      fronts = found
    }
    return ((fronts?.short ?? []) + (fronts?.byHash[front] ?? [])).sorted { $0.place > $1.place }
  }

  /// Where to go on reading a file.
  /// - Parameters:
  ///   - source: what it has to be read as; one that was read as something else is read anew.
  ///   - quietBefore: a file that was not written to since then, epoch milliseconds, does not go on with a last line
  ///     that waits.
  /// - Returns: `nil` where the file has not changed since it was last read.
  /// - Throws: `LogError.unreadable`.
  mutating func checkpoint(
    for facts: FileFacts, source: SourceName? = nil, quietBefore: Int64 = .min
  ) throws(LogError) -> Checkpoint? {
    func isOther(_ known: Checkpoint) -> Bool { source != nil && known.source != nil && known.source != source }
    if let known = byIdentity[facts.identity], !isOther(known) {
      if known.facts.size == facts.size, known.facts.modified == facts.modified {
        return known.place < facts.size && facts.modified / 1_000_000 < quietBefore ? known.of(facts) : nil
      }
      if known.place > 0, try known.agrees(with: facts) { return known.of(facts) }
    }
    // Not the file it was, or never seen: perhaps a copy of one that was.
    guard !byIdentity.isEmpty, facts.size > 0 else { return Checkpoint(facts: facts) }
    let front = try Fingerprint(ofFileAt: facts.path, upTo: min(Fingerprint.length, facts.size)).head
    for copy in copies(of: front) where !isOther(copy) {
      if try copy.agrees(with: facts) { return copy.of(facts) }
    }
    return Checkpoint(facts: facts)
  }
}
