import Model
package import Foundation
import GRDB

extension SourceName {
  /// CC Switch's database.
  package static let ccSwitch = SourceName("cc-switch")
}

/// The database of CC Switch, an application that switches clients between providers through a proxy of its own.
package enum CCSwitchStore: StoreSource {
  package static let name = SourceName.ccSwitch
  package static let position: RouterPosition? = .front

  package static func places(in surroundings: Surroundings) -> [String] {
    ["\(surroundings.home)/.cc-switch/cc-switch.db"]
  }

  package static func wrote(tables: Set<String>) -> Bool { tables.contains(CCSwitchRow.table) }

  package static func read(
    at path: String, temporaryFolder: URL, after cursor: String?, latest: Int64
  ) throws(StoreError) -> StoreBatch {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try StoreFile(path: path, patience: 0.5, temporaryFolder: temporaryFolder).read { database in
      let start = try Self.place(after: cursor, in: database)
      var batch = StoreBatch(cursor: "")
      var read: [(row: Int64, ended: Int64?)] = []
      let rows = try Row.fetchCursor(
        database, sql: CCSwitchRow.selection(in: database, path: path), arguments: [start.settled])
      while let row = try rows.next() {
        batch.rows += 1
        let number: Int64 = row["number"]
        var ended: Int64?
        do throws(StoreSkipReason) {
          let call = try CCSwitchRow(row, latest: latest)
          ended = call.created * 1000
          // Words and numbers, which can always be written.
          guard let body = try? encoder.encode(call) else { continue }
          batch.calls.append(
            CallRecord(
              call: call.requestID, body: body, replaces: #""app":"#, alone: [CCSwitchRequests.call(call)]))
        } catch {
          if number > start.last { batch.skipped[error, default: 0] += 1 }
        }
        read.append((number, ended))
      }
      var place = start
      try place.advance(behind: read, more: false, database)
      batch.cursor = String(decoding: try encoder.encode(place), as: UTF8.self)
      return batch
    }
  }

  /// How long a row stays, and how long before its end there is still time to read it, seconds.
  private static let age: (kept: Int64, near: Int64) = (30 * 86_400, 3 * 86_400)

  /// How many requests of its proxy were not read yet, and how many of them it is about to sum up and delete.
  /// - Parameters:
  ///   - cursor: what an earlier reading handed out.
  ///   - now: epoch milliseconds.
  package static func pending(
    at path: String, temporaryFolder: URL, after cursor: String?, now: Int64
  ) throws(StoreError) -> (all: Int, doomed: Int) {
    return try StoreFile(path: path, patience: 0.5, temporaryFolder: temporaryFolder).read { database in
      let last = try Self.place(after: cursor, in: database).last
      let selection = try CCSwitchRow.selection(in: database, path: path)
      func count(_ what: String, _ arguments: StatementArguments) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT \(what) FROM (\(selection))", arguments: arguments) ?? 0
      }
      let border = now / 1000 - age.kept + age.near
      let doomed = try count("count(CASE WHEN created_at < ? THEN 1 END)", [border, last])
      return (all: try count("count(*)", [last]), doomed: doomed)
    }
  }

  package static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] {
    try records.prefix(1).map { CCSwitchRequests.call(try JSONDecoder().decode(CCSwitchRow.self, from: $0)) }
  }

  private static func place(after cursor: String?, in database: Database) throws -> StoreCursor {
    let known = cursor.flatMap { try? JSONDecoder().decode(StoreCursor.self, from: Data($0.utf8)) }
    return try StoreCursor(in: CCSwitchRow.table, after: known, database)
  }
}
