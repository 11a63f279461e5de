import GRDB

/// What the ledger remembers by name.
enum Setting {
  /// A setting; `nil` where it was never set.
  /// - Throws: `ForeignValue` for what is no number: taken for 0, it would have archived requests counted once more.
  static func value(_ name: String, in database: Database) throws -> Int64? {
    let row = try Row.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
    do {
      return try row?.value("value")
    } catch {
      throw ForeignValue(column: "setting.value")
    }
  }
}
