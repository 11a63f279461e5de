import GRDB
import Model

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

  /// Values of another kind than their columns, which SQLite stores as they come, and texts that are no UTF-8.
  static func foreignValues(in database: Database) throws -> [String] {
    let kinds = ["INTEGER": "integer", "TEXT": "text", "BLOB": "blob"]
    var findings: [String] = []
    for table in try String.fetchAll(
      database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    {
      let columns = try database.columns(in: table).compactMap { column in
        kinds[column.type.uppercased()].map { (name: column.name, kind: $0) }
      }
      guard !columns.isEmpty else { continue }
      // All columns at once: a table is read from end to end.
      let counts = columns.map {
        "count(*) FILTER (WHERE typeof(\($0.name.quotedDatabaseIdentifier)) NOT IN ('\($0.kind)', 'null'))"
      }
      let row = try Row.fetchOne(
        database, sql: "SELECT \(counts.joined(separator: ", ")) FROM \(table.quotedDatabaseIdentifier)")
      for (place, column) in columns.enumerated() {
        guard let count = try row?.value(place, as: Int.self), count > 0 else { continue }
        findings.append("\(table): \(count) \(Plural.of("row", count)) whose \(column.name) is no \(column.kind)")
      }
      findings += try garbled(columns.filter { $0.kind == "text" }.map(\.name), of: table, in: database)
    }
    return findings
  }

  private static func garbled(_ columns: [String], of table: String, in database: Database) throws -> [String] {
    guard !columns.isEmpty else { return [] }
    let names = columns.map(\.quotedDatabaseIdentifier)
    let isText = names.map { "typeof(\($0)) = 'text'" }.joined(separator: " OR ")
    var counts = columns.map { _ in 0 }
    try BoundStatement(
      database, "SELECT \(names.joined(separator: ", ")) FROM \(table.quotedDatabaseIdentifier) WHERE \(isText)",
      texts: Set(columns.indices.map(Int32.init))
    ).forEach { _ in
    } _: { row in
      for place in columns.indices where row.isGarbled(Int32(place)) { counts[place] += 1 }
    }
    return zip(columns, counts).filter { $1 > 0 }.map { column, count in
      "\(table): \(count) \(Plural.of("row", count)) whose \(column) is no UTF-8"
    }
  }
}
