import Model
import Foundation
import GRDB
import Reading

/// How far a file was read, and what its content looked like there.
///
/// A file is known by device and inode, and believed only as far as its content agrees: logs are renamed, truncated in
/// place, copied, and an inode is used again.
struct Checkpoint: Sendable {
  var facts: FileFacts
  /// How many bytes of the front `headHash` is over.
  var headLength: Int64 = 0
  var headHash: Int64 = 0
  /// Over the last bytes before `place`.
  var tailHash: Int64 = 0
  /// The offset after the last line that was read.
  var place: Int64 = 0
  /// How many lines that was.
  var lines: Int64 = 0
  /// What it was read as.
  var source: SourceName?

  /// A file that was never read.
  init(facts: FileFacts) { self.facts = facts }

  /// The columns of a row, as numbers.
  static let columns: String = {
    let sources = Sources.all.logNames.enumerated().map { "WHEN '\($1)' THEN \($0)" }.joined(separator: " ")
    return """
      device, inode, size, modified, head_length, head_hash, tail_hash, place, lines, CASE source \(sources) END
      """
  }()

  /// A row of the ledger, `columns`. The path is that of the file which goes on with it.
  /// - Throws: `ForeignValue` for a place that no file has.
  init(_ row: BoundStatement.Columns) throws {
    facts = FileFacts(path: "", device: row[0], inode: row[1], size: row[2], modified: row[3])
    headLength = try row.count(4)
    headHash = row[5]
    tailHash = row[6]
    place = try row.count(7)
    lines = try row.count(8)
    source = row.optional(9).map { Sources.all.logNames[Int($0)] }
  }

  /// The same of a file that goes on with this one's content.
  func of(_ facts: FileFacts) -> Checkpoint {
    var checkpoint = self
    checkpoint.facts = facts
    return checkpoint
  }

  /// Whether a file begins as this one did, and still holds what stood before the place.
  func agrees(with facts: FileFacts) throws(LogError) -> Bool {
    guard place > 0, place <= facts.size, headLength <= facts.size else { return false }
    guard let fingerprint else { return false }
    return try fingerprint.fits(OpenedFile(path: facts.path), upTo: place)
  }

  /// What the file looked like up to the place; `nil` before anything was read.
  var fingerprint: Fingerprint? {
    place > 0 ? Fingerprint(headLength: headLength, head: headHash, tail: tailHash) : nil
  }

  /// Goes on to the end of a part.
  /// - Parameter lines: how many lines of the file were read up to there.
  mutating func advance(to part: ReadBatch, lines: Int64) {
    guard !part.range.isEmpty else { return }
    place = part.range.upperBound
    self.lines = lines - part.repeated
    if let fingerprint = part.fingerprint { take(fingerprint) }
  }

  /// Takes what the file looks like up to the place.
  mutating func take(_ fingerprint: Fingerprint) {
    headLength = fingerprint.headLength
    headHash = fingerprint.head
    tailHash = fingerprint.tail
  }

  /// Writes down how far the file was read. Its path, with the names of users and projects, is nobody's business.
  func save(in database: Database) throws {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO file
          (device, inode, path, size, modified, head_length, head_hash, tail_hash, place, lines, source)
        VALUES (?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (device, inode) DO UPDATE SET (size, modified, head_length, head_hash, tail_hash, place, lines,
            source) = (excluded.size, excluded.modified, excluded.head_length, excluded.head_hash,
             excluded.tail_hash, excluded.place, excluded.lines, excluded.source)
        """)
    try statement.execute(arguments: [
      facts.device, facts.inode, facts.size, facts.modified, headLength, headHash, tailHash, place, lines,
      source?.rawValue,
    ])
  }
}
