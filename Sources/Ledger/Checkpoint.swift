import Foundation
import GRDB
import RouterLogs

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

  /// How many bytes a fingerprint is over, at the most.
  static let fingerprintLength: Int64 = 1024

  /// Where to go on reading a file.
  /// - Returns: `nil` where the file has not changed since it was last read.
  static func find(for facts: FileFacts, in database: Database) throws -> Checkpoint? {
    let byIdentity = try database.cachedStatement(
      sql: "SELECT * FROM file WHERE device = ? AND inode = ?")
    let known = try Row.fetchOne(byIdentity, arguments: [facts.device, facts.inode]).map { Checkpoint($0, facts) }
    if let known, known.size == facts.size, known.modified == facts.modified { return nil }
    if let known, known.place > 0, try known.agrees() { return known }
    // Not the file it was, or never seen: perhaps a copy of one that was.
    let front = try Fingerprint.hash(facts.path, 0..<min(fingerprintLength, facts.size))
    let copies = try Row.fetchAll(
      database,
      sql: "SELECT * FROM file WHERE head_hash = ? OR (head_length < ? AND head_length > 0) ORDER BY place DESC",
      arguments: [front, fingerprintLength])
    for copy in copies.map({ Checkpoint($0, facts) }) where try copy.agrees() { return copy }
    return Checkpoint(facts: facts)
  }

  private var size: Int64 = -1
  private var modified: Int64 = -1

  /// A file that was never read.
  init(facts: FileFacts) { self.facts = facts }

  private init(_ row: Row, _ facts: FileFacts) {
    self.facts = facts
    self.size = row["size"]
    self.modified = row["modified"]
    self.headLength = row["head_length"]
    self.headHash = row["head_hash"]
    self.tailHash = row["tail_hash"]
    self.place = row["place"]
    self.lines = row["lines"]
    self.source = (row["source"] as String?).flatMap(SourceName.init(rawValue:))
  }

  /// Whether the file begins as it did, and still holds what stood before the place.
  private func agrees() throws -> Bool {
    guard place > 0, place <= facts.size, headLength <= facts.size else { return false }
    return try Fingerprint.hash(facts.path, 0..<headLength) == headHash
      && Fingerprint.hash(facts.path, max(0, place - Self.fingerprintLength)..<place) == tailHash
  }

  /// Writes down how far the file was read.
  func save(in database: Database) throws {
    let length = min(Self.fingerprintLength, place)
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO file (path, device, inode, size, modified, head_length, head_hash, tail_hash, place, lines, source)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (device, inode) DO UPDATE SET (path, size, modified, head_length, head_hash, tail_hash, place, lines,
            source) = (excluded.path, excluded.size, excluded.modified, excluded.head_length, excluded.head_hash,
             excluded.tail_hash, excluded.place, excluded.lines, excluded.source)
        """)
    try statement.execute(arguments: [
      facts.path, facts.device, facts.inode, facts.size, facts.modified, length,
      try Fingerprint.hash(facts.path, 0..<length),
      try Fingerprint.hash(facts.path, max(0, place - Self.fingerprintLength)..<place), place, lines, source?.rawValue,
    ])
  }
}

/// A hash over a few bytes of a file, to know it again.
enum Fingerprint {
  /// The hash over a range of a file; over what is there of it.
  /// - Throws: `LogError.unreadable`.
  static func hash(_ path: String, _ range: Range<Int64>) throws(LogError) -> Int64 {
    var hash = StableHash()
    guard !range.isEmpty else { return hash.value }
    var source = try FileSource(path: path, from: range.lowerBound)
    var buffer = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < buffer.count {
      let count = try source.read(into: &buffer, from: filled)
      if count == 0 { break }
      filled += count
    }
    hash.add(buffer[..<filled])
    return hash.value
  }
}
