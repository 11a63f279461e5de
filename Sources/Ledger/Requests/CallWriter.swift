import Foundation
import GRDB
import Reading
import Model

/// Writes requests that several records describe, inside one transaction: all records are kept, and the row is
/// recomputed from all of them whenever one arrives.
struct CallWriter {
  private let database: Database
  private var rows: RequestRows
  private var names: InternedNames
  /// Whether a request is recomputed although nothing new is said of it.
  private let isReread: Bool
  /// Calls of which what is kept does not yet make a request.
  private(set) var waiting: Set<Int64> = []
  /// Calls of which it does.
  private(set) var settled: Set<Int64> = []

  init(_ database: Database, caches: SessionCaches = SessionCaches(), isReread: Bool = false) throws {
    self.database = database
    self.isReread = isReread
    rows = try RequestRows(database, caches: caches)
    names = InternedNames(database)
  }

  /// Writes records of calls.
  /// - Parameters:
  ///   - source: whose they are.
  ///   - calls: says what all records of one call amount to.
  /// - Returns: how many requests that added.
  mutating func add(
    _ records: [CallRecord], of source: SourceName, calls: (_ id: String, _ bodies: [Data]) throws -> [ObservedCall]
  ) throws -> Int {
    let named = try rows.id(of: source)
    var hasUnnamed =
      try Bool.fetchOne(
        database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM writer WHERE source = ? AND host = ?)"),
        arguments: [source.rawValue, Self.unnamed]) ?? false
    for record in records {
      var (writer, number) = (named, StableHash.of(record.call))
      if let likeness = record.likeness, likeness.isUnnamed {
        if try !others(like: likeness, of: named).isEmpty { continue }
        writer = try rows.id(of: source, host: Self.unnamed)
        hasUnnamed = true
        number = try others(like: likeness, of: writer).first ?? number
      } else if hasUnnamed, let likeness = record.likeness {
        try removeOthers(like: likeness, of: rows.id(of: source, host: Self.unnamed))
      }
      let known = try bodies(writer, number)
      guard try keep(writer, number, record, beside: known) || isReread else { continue }
      let isFirst = known.isEmpty
      let observed: [ObservedCall]
      if isFirst, let alone = record.alone {
        observed = alone
      } else {
        observed = try calls(record.call, bodies(writer, number))
      }
      if observed.isEmpty { waiting.insert(number) } else { settled.insert(number) }
      try replace(observed, writer, number, isFirst: isFirst && !isReread)
    }
    try rows.finish()
    return rows.added
  }

  /// Records that do not name their call are kept apart: they count where no record that does describes the same call.
  private static let unnamed = "calls without an id"

  /// The calls of a writer of which a record is like another one.
  private func others(like likeness: CallRecord.Likeness, of writer: Int64) throws -> [Int64] {
    let slack = CallRecord.Likeness.slack
    let ids = RequestID.range(likeness.started - slack..<likeness.started + slack + 1)
    let select = try database.cachedStatement(
      sql: "SELECT DISTINCT number FROM request WHERE id >= ? AND id < ? AND +writer = ? AND number IS NOT NULL")
    return try Int64.fetchAll(select, arguments: [ids.lowerBound, ids.upperBound, writer])
      .filter { try bodies(writer, $0).contains(where: likeness.fits) }.sorted()
  }

  /// Removes calls whose records did not name them, now that one does.
  private mutating func removeOthers(like likeness: CallRecord.Likeness, of writer: Int64) throws {
    for number in try others(like: likeness, of: writer) {
      try database.cachedStatement(sql: "DELETE FROM piece WHERE writer = ? AND number = ?")
        .execute(arguments: [writer, number])
      try rows.remove(writer: writer, number: number, keeping: []) { _ in true }
    }
  }

  /// Keeps a record, unless it is known.
  /// - Returns: whether it says something new.
  private func keep(_ writer: Int64, _ number: Int64, _ record: CallRecord, beside known: [Data]) throws -> Bool {
    if known.contains(record.body) { return false }
    if let mark = record.replaces, !known.isEmpty {
      let mark = Data(mark.utf8)
      let select = try database.cachedStatement(sql: "SELECT id, body FROM piece WHERE writer = ? AND number = ?")
      for row in try Row.fetchAll(select, arguments: [writer, number]) {
        guard try row.value("body", as: Data.self).range(of: mark) != nil else { continue }
        try database.execute(sql: "DELETE FROM piece WHERE id = ?", arguments: [row.value("id", as: Int64.self)])
      }
    }
    try database.cachedStatement(sql: "INSERT INTO piece (writer, number, body) VALUES (?, ?, ?)")
      .execute(arguments: [writer, number, record.body])
    return true
  }

  private func bodies(_ writer: Int64, _ number: Int64) throws -> [Data] {
    try Data.fetchAll(
      database.cachedStatement(sql: "SELECT body FROM piece WHERE writer = ? AND number = ? ORDER BY body"),
      arguments: [writer, number])
  }

  /// A router's claim in whole picodollars.
  private static func picodollars(_ claim: String) -> Int64? {
    guard var amount = Decimal(string: claim).map({ $0 * 1_000_000_000_000 }) else { return nil }
    var whole = Decimal()
    unsafe NSDecimalRound(&whole, &amount, 0, .bankers)
    return whole <= Decimal(Int64.max) ? NSDecimalNumber(decimal: whole).int64Value : nil
  }

  /// - Parameter isFirst: whether nothing was known of the call, so that no row of it can be left over.
  private mutating func replace(
    _ calls: [ObservedCall], _ writer: Int64, _ number: Int64, isFirst: Bool
  ) throws {
    guard !calls.isEmpty else { return }
    var keys: Set<RequestRows.RowKey> = []
    for call in calls {
      let extras = RequestRows.Extras(
        claim: call.claimedCost.flatMap(Self.picodollars), estimate: call.estimate,
        asked: try call.requestedModel.map { try names.id(of: $0) })
      try rows.insert(call.request, writer: writer, number: number, replacing: true, extras: extras)
      keys.insert(RequestRows.RowKey(attempt: call.request.attempt, started: call.request.started))
    }
    if !isFirst { try rows.remove(writer: writer, number: number, keeping: keys) { _ in true } }
    if let oldest = calls.map(\.request.started).min(), oldest < rows.keptFrom {
      try Archive.age(writer: writer, number: number, oldest, keptFrom: rows.keptFrom, database)
    }
  }
}
