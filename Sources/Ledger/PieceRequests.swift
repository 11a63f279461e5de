import Foundation
import GRDB
import Reading
import Model

/// Writes requests that several records tell of, inside one transaction: all records are kept as pieces, and the row is
/// computed from all of them anew whenever one arrives.
struct PieceRequests {
  private let database: Database
  private var rows: RequestRows
  private let encoder = JSONEncoder()
  private let decoder = JSONDecoder()

  init(_ database: Database, caches: SessionCaches = SessionCaches()) throws {
    self.database = database
    rows = try RequestRows(database, caches: caches)
    encoder.outputFormatting = .sortedKeys
  }

  /// Writes what a stretch of free-claude-code's log says.
  /// - Returns: how many requests that added.
  mutating func add(_ fragments: [FreeClaudeCodeFragment]) throws -> Int {
    let writer = try rows.id(of: .proxy)
    for fragment in fragments {
      let number = StableHash.of(fragment.requestID)
      guard try keep(writer, number, try encoder.encode(fragment.facts), replacing: nil) else { continue }
      let pieces = try bodies(writer, number).map {
        FreeClaudeCodeFragment(
          requestID: fragment.requestID, facts: try decoder.decode([FreeClaudeCodeFact].self, from: $0))
      }
      guard let summary = FreeClaudeCodeSummary(of: FreeClaudeCodeFragment.merged(pieces)) else { continue }
      try replace(summary.request, writer, number, RequestRows.Extras(estimate: summary.estimated))
    }
    try rows.finish()
    return rows.added
  }

  /// Writes what the stores of claude-code-router 3 say.
  /// - Returns: how many requests that added.
  mutating func add(_ requests: [StoreRequest]) throws -> Int {
    let writer = try rows.id(of: .store)
    for request in requests {
      let number = StableHash.of(request.id)
      let body = try encoder.encode(request)
      guard try keep(writer, number, body, replacing: request.table.rawValue) else { continue }
      let pieces = try bodies(writer, number).map { try decoder.decode(StoreRequest.self, from: $0) }
      guard let merged = StoreMerge.merge(pieces).first else { continue }
      let claim = merged.claimedCost.flatMap(Self.picodollars)
      try replace(merged.request, writer, number, RequestRows.Extras(claim: claim))
    }
    try rows.finish()
    return rows.added
  }

  /// Keeps a piece.
  /// - Parameter table: whose earlier piece gives way, because its row was written over.
  /// - Returns: whether it says something new.
  private func keep(_ writer: Int64, _ number: Int64, _ body: Data, replacing table: String?) throws -> Bool {
    let known = try bodies(writer, number)
    if known.contains(body) { return false }
    if let table {
      let mark = Data(#""table":"\#(table)""#.utf8)
      let select = try database.cachedStatement(sql: "SELECT id, body FROM piece WHERE writer = ? AND number = ?")
      for row in try Row.fetchAll(select, arguments: [writer, number])
      where (row["body"] as Data).range(of: mark) != nil {
        try database.execute(sql: "DELETE FROM piece WHERE id = ?", arguments: [row["id"] as Int64])
      }
    }
    try database.cachedStatement(sql: "INSERT INTO piece (writer, number, body) VALUES (?, ?, ?)")
      .execute(arguments: [writer, number, body])
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

  private mutating func replace(
    _ request: RoutedRequest, _ writer: Int64, _ number: Int64, _ extras: RequestRows.Extras
  ) throws {
    try rows.insert(request, writer: writer, number: number, replacing: true, extras: extras)
    let key = RequestRows.RowKey(attempt: request.attempt, started: request.started)
    try rows.remove(writer: writer, number: number, keeping: [key]) { _ in true }
    if request.started < rows.keptFrom {
      try Archive.age(writer: writer, number: number, request.started, keptFrom: rows.keptFrom, database)
    }
  }
}
