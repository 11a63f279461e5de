package import Foundation
import GRDB
import Model

/// A SQLite store of claude-code-router 3, read without the router noticing.
package struct RouterStore: Sendable {
  /// What a file is.
  package enum Kind: Equatable, Sendable {
    /// A store that can be read.
    case store(StoreTable)
    /// A database of some other program.
    case otherDatabase
    /// No SQLite database.
    case notSQLite
  }

  /// Where it is.
  package let path: String
  private let file: StoreFile

  /// A store. Nothing is opened yet.
  /// - Parameters:
  ///   - path: the database's main file.
  ///   - patience: how many seconds to wait for a lock.
  ///   - temporaryFolder: where a private copy goes when the store cannot be read where it is.
  package init(path: String, patience: Double = 0.5, temporaryFolder: URL) {
    self.path = path
    self.file = StoreFile(path: path, patience: patience, temporaryFolder: temporaryFolder)
  }

  /// Removes what a killed run has left in the folder for private copies. Holding the run's lock is up to the caller.
  package static func removeLeftovers(in temporaryFolder: URL) { StoreFile.removeLeftovers(in: temporaryFolder) }

  /// Tells what the file is by its header and its tables.
  /// - Throws: `StoreError`, where the file begins as a database and cannot be read.
  package func kind() throws(StoreError) -> Kind {
    guard StoreFile.isSQLite(try file.header()) else { return .notSQLite }
    return try file.read { try StoreTable.find(in: $0).map { .store($0) } ?? .otherDatabase }
  }

  /// Reads what is new.
  /// - Parameters:
  ///   - cursor: where an earlier reading ended; `nil` for everything.
  ///   - limit: how many usage events to read at the most. Request logs are a day's, and always read to their end.
  ///   - latest: the last time that a request can have, epoch milliseconds.
  /// - Throws: `StoreError`. A row that cannot be understood is counted, not thrown.
  package func read(
    after cursor: StoreCursor? = nil, limit: Int = 100_000, latest: Int64 = .max
  ) throws(StoreError) -> StoreReading {
    try file.read { database in
      guard let table = try StoreTable.find(in: database) else { throw StoreError.notAStore(path: path) }
      let selection = try table.selection(in: database, path: path)
      let start = try StoreCursor(in: table.rawValue, after: cursor, database)
      var reading = StoreReading(table: table, cursor: start)
      var read: [(row: Int64, ended: Int64?)] = []
      let rows = try Row.fetchCursor(
        database,
        sql: "SELECT \(selection) FROM \(table.rawValue) WHERE rowid > ? ORDER BY rowid LIMIT ?",
        arguments: [start.settled, table == .usageEvents ? limit : -1])
      while let next = try rows.next() {
        let row = StoreRow(row: next, table: table, latest: latest)
        let isNew = row.number > start.last
        reading.rows += 1
        var ended: Int64?
        switch row.content {
        case .request(let request):
          reading.requests.append(request)
          ended = request.request.ended ?? request.request.started
        case .skipped(let reason): if isNew { reading.skipped[reason, default: 0] += 1 }
        case .ignored(let kind): if isNew { reading.ignored[kind, default: 0] += 1 }
        }
        read.append((row.number, ended))
      }
      reading.more = table == .usageEvents && reading.rows == limit
      try reading.cursor.advance(behind: read, more: reading.more, database)
      return reading
    }
  }
}
