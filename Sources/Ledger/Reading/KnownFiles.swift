import GRDB
import Reading

/// What the ledger knows of files, all read at once: one query costs less than a look-up for each of thousands.
struct KnownFiles {
  private var byIdentity: [FileIdentity: Checkpoint] = [:]
  /// Files that are no record, with size and time of writing.
  private var foreign: [FileIdentity: (size: Int64, modified: Int64)] = [:]
  /// Where copies are looked for: by the hash of the front, and those whose front is short. Made when first needed.
  private var fronts: (byHash: [Int64: [Checkpoint]], short: [Checkpoint])?

  /// Reads the ledger's.
  init(in database: Database) throws {
    try BoundStatement(database, "SELECT \(Checkpoint.columns) FROM file").forEach { _ in
    } _: { row in
      let known = try Checkpoint(row)
      byIdentity[known.facts.identity] = known
    }
    try BoundStatement(database, "SELECT device, inode, size, modified FROM foreign_file").forEach { _ in
    } _: { row in
      foreign[FileIdentity(device: row[0], inode: row[1])] = (row[2], row[3])
    }
  }

  /// Whether a file was looked at, is no record of any source, and has not changed since.
  func isForeign(_ facts: FileFacts) -> Bool {
    foreign[facts.identity].map { $0 == (facts.size, facts.modified) } ?? false
  }

  /// Writes down which files are no records, so that thousands of them are not opened at every ingest.
  static func remember(foreign: [FileFacts], in database: Database) throws {
    let statement = try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO foreign_file (device, inode, size, modified) VALUES (?, ?, ?, ?)")
    for facts in foreign {
      try statement.execute(arguments: [facts.device, facts.inode, facts.size, facts.modified])
    }
  }

  /// Whether what is no record was said by a program.
  static func isForeign(by program: Int64, in database: Database) throws -> Bool {
    try Setting.value("foreign_by", in: database) == program
  }

  /// Forgets what is no record where another program said so, which may have known fewer sources.
  /// - Parameter program: the version of this one, and its sources.
  static func forgetForeign(unlessBy program: Int64, in database: Database) throws {
    guard try !isForeign(by: program, in: database) else { return }
    try database.execute(sql: "DELETE FROM foreign_file")
    try database.execute(sql: "INSERT OR REPLACE INTO setting VALUES ('foreign_by', ?)", arguments: [program])
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
  ///   - source: what it has to be read as; one that was read as something else is read from its start.
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
    let front = try Fingerprint(of: OpenedFile(path: facts.path), upTo: min(Fingerprint.length, facts.size)).head
    for copy in copies(of: front) where !isOther(copy) {
      if try copy.agrees(with: facts) { return copy.of(facts) }
    }
    return Checkpoint(facts: facts)
  }
}
