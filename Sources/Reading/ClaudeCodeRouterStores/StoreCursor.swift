import GRDB
import Model

/// How far a store was read. A row that is read twice counts once, by its id, so in doubt a store is read from its start.
package struct StoreCursor: Codable, Hashable, Sendable {
  /// The table it is a place in.
  package var table: String
  /// Reading goes on after this row. Behind `last` where rows may still change.
  package var settled: Int64 = 0
  /// The last row that was read.
  package var last: Int64 = 0
  /// A hash over the last row's time and id. A database in which that row is another one, or is gone, was created again or
  /// pruned.
  package var anchor = ""

  /// Where to go on after an earlier reading: at the start where there was none, or the table is not that any more.
  init(in table: String, after known: StoreCursor?, _ database: Database) throws {
    self.table = table
    guard let known, known.table == table, known.last > 0,
      try Self.anchor(of: known.last, table, database) == known.anchor
    else { return }
    self = known
  }

  /// Programs write over what they have written and mark nothing, as claude-code-router does once it has the upstream's
  /// raw trace. Rows of the last hour are therefore read again, by the clock of the store itself.
  private static let settlingTime: Int64 = 3_600_000

  /// Goes on behind rows that were read, in their order.
  /// - Parameters:
  ///   - rows: with the end of each call, epoch milliseconds; `nil` for what is none.
  ///   - more: whether rows follow that were not read.
  mutating func advance(behind rows: [(row: Int64, ended: Int64?)], more: Bool, _ database: Database) throws {
    let reached = rows.last?.row ?? settled
    last = max(last, reached)
    settled = more ? reached : last
    if !more, let newest = rows.compactMap(\.ended).max(),
      let pending = rows.first(where: { row in row.ended.map { $0 > newest - Self.settlingTime } ?? false })
    {
      settled = pending.row - 1
    }
    anchor = try Self.anchor(of: last, table, database) ?? ""
  }

  private static func anchor(of row: Int64, _ table: String, _ database: Database) throws -> String? {
    try String.fetchOne(
      database, sql: "SELECT quote(created_at) || quote(request_id) FROM \(table) WHERE rowid = ?", arguments: [row]
    ).map(StableHash.hexadecimal)
  }
}
