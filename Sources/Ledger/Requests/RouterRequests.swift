import Foundation
import GRDB
import Reading
import Model

/// Writes what a claude-code-router log says into the ledger, inside one transaction.
///
/// Whatever the order and the cut of the fragments, the rows end up the same: a whole request is written once; of any
/// other all fragments are kept, and its rows are recomputed from all of them whenever one arrives.
struct RouterRequests {
  private let database: Database
  private let configuration: RouterConfiguration
  private var rows: RequestRows
  private var hasFragments: Bool
  private let fragments: BoundStatement
  /// Whether rows that an earlier version made of the same lines are replaced.
  private let isReread: Bool
  /// The highest number of each writer's fragments.
  private var highest: [Int64: Int64] = [:]
  /// Requests of which fragments arrived, and when the earliest of those began: their rows from there on are computed
  /// once, before the writing ends.
  private var pending: [Numbered: Int64] = [:]

  private struct Numbered: Hashable {
    var writer: Int64
    var number: Int64
  }

  private var lastWriter: (writer: LogWriter, id: Int64)?
  private let encoder = JSONEncoder()
  private let decoder = JSONDecoder()

  init(
    _ database: Database, configuration: RouterConfiguration, caches: SessionCaches = SessionCaches(),
    isReread: Bool = false
  ) throws {
    self.database = database
    self.isReread = isReread
    self.configuration = configuration
    rows = try RequestRows(database, caches: caches)
    encoder.outputFormatting = .sortedKeys
    fragments = try BoundStatement(database, "SELECT 1 FROM fragment WHERE writer = ? AND number = ? LIMIT 1")
    hasFragments = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM fragment)") ?? false
  }

  /// Writes what a batch of a log holds.
  mutating func add(_ log: RouterPart) throws {
    try add(log.batch.starts)
    for (fragment, whole) in zip(log.batch.fragments, log.whole) { try add(fragment, whole: whole) }
  }

  /// Ends the writing.
  /// - Returns: how many requests were added.
  mutating func finish() throws -> Int {
    for (request, since) in pending { try recompute(request.writer, request.number, since: since) }
    pending.removeAll()
    try rows.finish()
    return rows.added
  }

  private mutating func add(_ starts: [LogStart]) throws {
    var earliest: [Int64: Int64] = [:]
    let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO writer_start VALUES (?, ?)")
    for start in starts {
      let writer = try id(of: start.writer)
      try insert.execute(arguments: [writer, start.time])
      if database.changesCount > 0 { earliest[writer] = min(earliest[writer] ?? .max, start.time) }
    }
    guard hasFragments else { return }
    // Fragments that were taken for the process before may belong to this one.
    for (writer, time) in earliest {
      let numbers = try Int64.fetchSet(
        database, sql: "SELECT number FROM fragment WHERE writer = ? AND start >= ?", arguments: [writer, time])
      for number in numbers { markPending(writer, number, since: time) }
    }
  }

  private mutating func markPending(_ writer: Int64, _ number: Int64, since time: Int64) {
    let request = Numbered(writer: writer, number: number)
    pending[request] = min(time, pending[request] ?? .max)
  }

  private mutating func add(_ fragment: RequestFragment, whole: [RoutedRequest]?) throws {
    guard fragment.start >= rows.keptFrom else { return }
    let writer = try id(of: fragment.writer)
    if let whole, try !fragmentsExist(writer, fragment.number) {
      for request in whole { try rows.insert(request, writer: writer, number: fragment.number, replacing: isReread) }
      if isReread { try removeOthers(than: whole, fragment, writer) }
      return
    }
    if try isPartOfWhole(fragment, writer) { return }
    let facts = try encoder.encode(fragment.facts)
    let known = try database.cachedStatement(
      sql:
        "SELECT EXISTS (SELECT 1 FROM fragment WHERE writer = ? AND number = ? AND start = ? AND place = ? AND facts = ?)"
    )
    if try Bool.fetchOne(known, arguments: [writer, fragment.number, fragment.start, fragment.offset, facts]) == true {
      if isReread { markPending(writer, fragment.number, since: fragment.start) }
      return
    }
    let insert = try database.cachedStatement(
      sql: "INSERT INTO fragment (writer, number, head, start, place, facts) VALUES (?, ?, ?, ?, ?, ?)")
    try insert.execute(
      arguments: [writer, fragment.number, fragment.head, fragment.start, fragment.offset, facts])
    hasFragments = true
    highest[writer] = highest[writer].map { max($0, fragment.number) }
    markPending(writer, fragment.number, since: fragment.start)
  }

  /// Removes what an earlier version made of a request beside its calls.
  private mutating func removeOthers(than whole: [RoutedRequest], _ fragment: RequestFragment, _ writer: Int64) throws {
    // A clock that was set back ends it before it began.
    let span = fragment.start...max(fragment.start, fragment.facts.last?.time ?? fragment.start)
    let keys = Set(whole.map { RequestRows.RowKey(attempt: $0.attempt, started: $0.started) })
    try rows.remove(writer: writer, number: fragment.number, keeping: keys) { span.contains($0.started) }
  }

  /// Most numbers are higher than those of all fragments, which saves the look-up.
  private mutating func fragmentsExist(_ writer: Int64, _ number: Int64) throws -> Bool {
    guard hasFragments else { return false }
    let highest =
      try highest[writer] ?? Int64.fetchOne(
        database.cachedStatement(sql: "SELECT max(number) FROM fragment WHERE writer = ?"), arguments: [writer]) ?? .min
    self.highest[writer] = highest
    guard number <= highest else { return false }
    return try fragments.first {
      $0.add(writer)
      $0.add(number)
    } _: { _ in
      true
    } ?? false
  }

  /// Whether the ledger already holds the whole of the request that this is a fragment of: a log was copied in part.
  private func isPartOfWhole(_ fragment: RequestFragment, _ writer: Int64) throws -> Bool {
    let whole = try database.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT 1 FROM (
            -- A router that starts again and again uses a number thousands of times; only the last are near.
            SELECT started, duration FROM request
            WHERE writer = ?1 AND number = ?2 AND attempt = 0 AND id >= ?3 AND id < ?4 ORDER BY id DESC LIMIT 64
          ) AS request
          -- By a clock that was set back a request can end before its front does, which begins where it began.
          WHERE (started + duration >= ?5 OR duration IS NOT NULL AND started = ?6)
            AND NOT EXISTS (SELECT 1 FROM fragment
              WHERE writer = ?1 AND number = ?2 AND start = request.started AND head IS NOT NULL))
        """)
    let last = fragment.facts.last?.time ?? fragment.start
    let ids = RequestID.range(fragment.start - Self.longest..<fragment.start + 1)
    return try Bool.fetchOne(
      whole, arguments: [writer, fragment.number, ids.lowerBound, ids.upperBound, last, fragment.start])
      ?? false
  }

  /// The longest that a request is expected to last, milliseconds.
  private static let longest: Int64 = 6 * 3_600_000

  /// Recomputes the rows of a number's requests from all fragments that are kept of them.
  /// - Parameter since: what ended before is not changed by what arrived; a router that starts again and again uses a
  ///   number thousands of times.
  private mutating func recompute(_ writer: Int64, _ number: Int64, since: Int64) throws {
    let first =
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT max(head) FROM fragment WHERE writer = ? AND number = ? AND head <= ?"),
        arguments: [writer, number, since]) ?? .min
    let fragments = try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT place, facts FROM fragment WHERE writer = ?1 AND number = ?2
            AND (start >= ?3 OR start < (SELECT min(head) FROM fragment WHERE writer = ?1 AND number = ?2))
          """),
      arguments: [writer, number, first]
    ).map { row in
      try RequestFragment(
        writer: LogWriter(host: "", pid: 0), number: number, offset: row.value("place"),
        facts: decoder.decode([RequestFact].self, from: row.value("facts")))
    }
    var groups = Dictionary(grouping: fragments.filter { $0.head != nil }) { $0.head ?? 0 }
    let heads = groups.keys.sorted()
    for tail in fragments where tail.head == nil {
      guard let head = try head(of: tail, among: fragments, heads, writer) else { continue }
      groups[head]?.append(tail)
    }
    var keys: Set<RequestRows.RowKey> = []
    for (_, fragments) in groups {
      let facts = RequestFragment.merged(fragments)
      for request in RequestSummary.requests(of: facts, configuration: configuration) {
        try rows.insert(request, writer: writer, number: number, replacing: true)
        keys.insert(RequestRows.RowKey(attempt: request.attempt, started: request.started))
      }
    }
    // A fall-back that is older than all heads belongs to a call whose fragments were removed with its age.
    let earliest = heads.first ?? .max
    try rows.remove(writer: writer, number: number, since: first, keeping: keys) {
      ($0.attempt > 0 && $0.started >= earliest) || groups[$0.started] != nil
    }
  }

  /// The head that a later fragment belongs to; `nil` where it is not there.
  /// - Parameter heads: those of the fragments, in order.
  private func head(
    of tail: RequestFragment, among fragments: [RequestFragment], _ heads: [Int64], _ writer: Int64
  ) throws -> Int64? {
    let next = heads.partitioningIndex { $0 > tail.start }
    if next > 0 {
      return try isSeparated(writer, tail.number, heads[next - 1], tail.start) ? nil : heads[next - 1]
    }
    // None began before it: the clock was set back since, and only its place in the log says what it goes on with.
    let before = fragments.filter { $0.head != nil && $0.offset < tail.offset }.max { $0.offset < $1.offset }
    guard let head = before?.head, head - tail.start <= Self.longestSetBack else { return nil }
    let hasRestarted = try Bool.fetchOne(
      database, sql: "SELECT EXISTS (SELECT 1 FROM writer_start WHERE writer = ? AND time > ? AND time <= ?)",
      arguments: [writer, tail.start, head])
    return hasRestarted == true ? nil : head
  }

  /// By how much a clock may be set back in the middle of a request, milliseconds.
  private static let longestSetBack: Int64 = 86_400_000

  /// Whether a start of the process, or a whole request of the same number, lies between a head and a later fragment.
  private func isSeparated(_ writer: Int64, _ number: Int64, _ head: Int64, _ fragment: Int64) throws -> Bool {
    try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (SELECT 1 FROM writer_start WHERE writer = ?1 AND time > ?3 AND time <= ?4)
          OR EXISTS (SELECT 1 FROM request
            WHERE writer = ?1 AND number = ?2 AND attempt = 0 AND started > ?3 AND started <= ?4)
        """, arguments: [writer, number, head, fragment]) ?? false
  }

  private mutating func id(of writer: LogWriter) throws -> Int64 {
    if let lastWriter, lastWriter.writer == writer { return lastWriter.id }
    let id = try rows.id(of: .claudeCodeRouter, host: writer.host, pid: writer.pid)
    lastWriter = (writer, id)
    return id
  }

  /// Calls that no line ended, and whose machine has started the router since, were interrupted.
  func markInterrupted() throws {
    let interrupted = Codes.code(FailureKind.interrupted)
    let latest = try Row.fetchAll(
      database,
      sql: """
        SELECT host, max(time) FROM writer_start JOIN writer ON writer.id = writer_start.writer GROUP BY host
        """
    ).reduce(into: [String: Int64]()) { try $0[$1.value(0, as: String.self)] = $1.value(1, as: Int64.self) }
    let writers = try Row.fetchAll(
      database,
      sql: """
        SELECT id, host FROM writer
        WHERE EXISTS (
          SELECT 1 FROM request WHERE request.writer = writer.id AND duration IS NULL AND failure IS NULL)
        """)
    let update = try database.cachedStatement(
      sql: """
        UPDATE request SET failure = ? WHERE writer = ? AND duration IS NULL AND failure IS NULL AND started < ?
        """)
    for writer in writers {
      guard let time = try latest[writer.value(1, as: String.self)] else { continue }
      try update.execute(arguments: [interrupted, writer.value(0, as: Int64.self), time])
    }
  }
}
