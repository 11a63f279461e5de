import GRDB

/// Whether a ledger has the tables that its migrations made, and in their columns what belongs there.
extension Schema {
  /// What every ledger has and this one has not.
  static func missing(in database: Database) throws -> [String] {
    let sql = "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    let whole = try DatabaseQueue()
    try migrator.migrate(whole)
    return try whole.read { try String.fetchSet($0, sql: sql) }
      .subtracting(String.fetchSet(database, sql: sql)).sorted().map { "there is no \($0)" }
  }

  /// Values of another kind than their columns, which SQLite stores as they come.
  static func foreignValues(in database: Database) throws -> [String] {
    var findings: [String] = []
    for table in try String.fetchAll(
      database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    {
      for column in try database.columns(in: table) {
        guard let kind = ["INTEGER": "integer", "TEXT": "text", "BLOB": "blob"][column.type.uppercased()] else {
          continue
        }
        let count = try Int.fetchOne(
          database,
          sql: "SELECT count(*) FROM \(table.quotedDatabaseIdentifier) "
            + "WHERE typeof(\(column.name.quotedDatabaseIdentifier)) NOT IN (?, 'null')", arguments: [kind])
        if let count, count > 0 { findings.append("\(table): \(count) rows whose \(column.name) is no \(kind)") }
      }
    }
    return findings
  }
}
