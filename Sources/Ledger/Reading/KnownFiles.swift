import GRDB
import RouterLogs

/// What the ledger knows of files. All of it is read at once: one walk costs less than a look-up for each of thousands.
struct KnownFiles {
  private struct Identity: Hashable {
    var device: Int64
    var inode: Int64
  }

  private var byIdentity: [Identity: Checkpoint] = [:]
  /// Where copies are looked for.
  private var byHead: [Int64: [Checkpoint]] = [:]
  private var short: [Checkpoint] = []

  /// Reads the ledger's.
  init(in database: Database) throws {
    let rows = try Row.fetchCursor(database, sql: "SELECT \(Checkpoint.columns) FROM file")
    while let row = try rows.next() {
      let known = Checkpoint(row)
      byIdentity[Identity(device: known.facts.device, inode: known.facts.inode)] = known
      if known.headLength == Fingerprint.length {
        byHead[known.headHash, default: []].append(known)
      } else if known.headLength > 0 {
        short.append(known)
      }
    }
  }

  /// Where to go on reading a file.
  /// - Returns: `nil` where the file has not changed since it was last read.
  /// - Throws: `LogError.unreadable`.
  func checkpoint(for facts: FileFacts) throws(LogError) -> Checkpoint? {
    if let known = byIdentity[Identity(device: facts.device, inode: facts.inode)] {
      if known.facts.size == facts.size, known.facts.modified == facts.modified { return nil }
      if known.place > 0, try known.agrees(with: facts) { return known.of(facts) }
    }
    // Not the file it was, or never seen: perhaps a copy of one that was.
    guard !byIdentity.isEmpty, facts.size > 0 else { return Checkpoint(facts: facts) }
    let front = try Fingerprint(ofFileAt: facts.path, upTo: min(Fingerprint.length, facts.size)).head
    for copy in (short + (byHead[front] ?? [])).sorted(by: { $0.place > $1.place }) where try copy.agrees(with: facts) {
      return copy.of(facts)
    }
    return Checkpoint(facts: facts)
  }
}
