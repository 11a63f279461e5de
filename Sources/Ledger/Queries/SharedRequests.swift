import GRDB
import Model

/// The requests that two ledgers both hold: adding the ledgers up counts them twice.
package struct SharedRequests: Sendable {
  /// The two ledgers, by their places among all.
  package var first: Int
  package var second: Int
  package var count: Int64 = 0
  /// How many each of the two ledgers holds.
  package var ofFirst: Int64 = 0
  package var ofSecond: Int64 = 0

  /// Whether one ledger holds nothing that the other one lacks.
  package var isCopy: Bool { count > 0 && count >= min(ofFirst, ofSecond) }
}

extension LedgerFile {
  /// Looks for requests that two of some ledgers hold, by what tells a request from all others wherever its record is
  /// read: writer, number, attempt and start; of one that only a client's answer describes, the answer and the start.
  /// Sums that retention left are the same where all of them is. Each ledger is read once, in the order of time.
  package static func requestsShared(among ledgers: [LedgerFile]) throws(LedgerError) -> [SharedRequests] {
    var found: [SharedRequests] = []
    for second in ledgers.indices { for first in 0..<second { found.append(.init(first: first, second: second)) } }
    var streams: [RequestIdentities] = []
    var next: [RequestIdentities.Instant?] = []
    var archives: [[Int64: Int64]] = []
    for ledger in ledgers {
      var stream = try RequestIdentities(ledger)
      next.append(try stream.next())
      streams.append(stream)
      archives.append(try ledger.archivedRequests())
    }
    while let started = next.lazy.compactMap({ $0?.started }).min() {
      let holders = next.indices.filter { next[$0]?.started == started }
      if holders.count > 1 {
        for place in found.indices {
          guard let one = next[found[place].first], one.started == started, let two = next[found[place].second],
            two.started == started
          else { continue }
          found[place].count += one.requestsShared(with: two)
        }
      }
      for holder in holders { next[holder] = try streams[holder].next() }
    }
    for place in found.indices {
      let (one, two) = (archives[found[place].first], archives[found[place].second])
      for (sum, requests) in one where two[sum] != nil { found[place].count += requests }
      guard found[place].count > 0 else { continue }
      found[place].ofFirst = try one.values.reduce(ledgers[found[place].first].rowCount(), +)
      found[place].ofSecond = try two.values.reduce(ledgers[found[place].second].rowCount(), +)
    }
    return found.filter { $0.count > 0 }
  }

  private func rowCount() throws(LedgerError) -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT count(*) FROM request") ?? 0 }
  }

  /// The requests of each archived sum, by a hash of all that it says.
  private func archivedRequests() throws(LedgerError) -> [Int64: Int64] {
    try read { database in
      let columns = RollupColumns.counts + RollupColumns.tokens
      let sql = """
        SELECT provider, model.model, time, route, prompt, \(columns.joined(separator: ", "))
        FROM archive JOIN model ON model.id = archive.model
        """
      var found: [Int64: Int64] = [:]
      try BoundStatement(database, sql, texts: [0, 1]).forEach { _ in
      } _: { row in
        let numbers = (2..<5 + columns.count).map { "\(row[Int32($0)])" }
        let sum = try StableHash.of(row.text(0) ?? "", row.text(1) ?? "", numbers.joined(separator: " "))
        for index in 0..<RollupColumns.counts.count { found[sum, default: 0] += try row.count(5 + Int32(index)) }
      }
      return found
    }
  }
}

/// A ledger's requests in the order of time, as what tells them apart in every ledger.
private struct RequestIdentities {
  /// The requests of an instant.
  struct Instant {
    var started: Int64
    var requests: [Identity] = []

    /// How many of them another ledger's instant has, too.
    func requestsShared(with other: Instant) -> Int64 {
      var rest = other.requests
      var count: Int64 = 0
      for request in requests {
        guard let place = rest.firstIndex(of: request) else { continue }
        rest.remove(at: place)
        count += 1
      }
      return count
    }
  }

  struct Identity: Equatable {
    var writer: Int64
    var number: Int64
    var attempt: Int64
  }

  /// How many rows are read at once.
  private static let batch: Int64 = 10_000

  private let ledger: LedgerFile
  private let writers: [Int64: Int64]
  /// The next rows, the last one first.
  private var rows: [(id: Int64, identity: Identity)] = []
  private var last: Int64 = -1
  private var isAtEnd = false

  init(_ ledger: LedgerFile) throws(LedgerError) {
    self.ledger = ledger
    writers = try ledger.read { database in
      try Row.fetchAll(database, sql: "SELECT id, source, host, pid FROM writer").reduce(into: [:]) { found, row in
        let (source, host): (String, String) = (try row.value("source"), try row.value("host"))
        let pid: Int64 = try row.value("pid")
        found[try row.value("id")] = StableHash.of(source, host, "\(pid)")
      }
    }
  }

  /// The requests of the next instant; `nil` behind the last one.
  mutating func next() throws(LedgerError) -> Instant? {
    guard let row = try row() else { return nil }
    var found = Instant(started: RequestID.instant(of: row.id), requests: [row.identity])
    while let more = try self.row() {
      guard RequestID.instant(of: more.id) == found.started else {
        rows.append(more)
        break
      }
      found.requests.append(more.identity)
    }
    return found
  }

  private mutating func row() throws(LedgerError) -> (id: Int64, identity: Identity)? {
    if rows.isEmpty, !isAtEnd { try read(from: last + 1) }
    return rows.popLast()
  }

  private mutating func read(from id: Int64) throws(LedgerError) {
    let writers = writers
    rows = try ledger.read { database in
      var found: [(id: Int64, identity: Identity)] = []
      try BoundStatement(database, Self.sql).forEach {
        $0.add(id)
        $0.add(Self.batch)
      } _: { row in
        let number = row.optional(2)
        found.append(
          (
            row[0],
            Identity(
              writer: number == nil ? 0 : writers[row[1]] ?? 0, number: number ?? row[4], attempt: row[3])
          ))
      }
      return found.reversed()
    }
    isAtEnd = rows.isEmpty
    last = rows.first?.id ?? last
  }

  private static let sql = """
    SELECT id, writer, number, attempt,
      CASE WHEN number IS NULL THEN (SELECT key FROM message WHERE message.id = request.message) END
    FROM request WHERE id >= ? ORDER BY id LIMIT ?
    """
}
