import GRDB

/// The mark that joins are pending. It is written in the transaction that wrote what they join, so that a killed run
/// forgets none.
enum PendingJoins {
  static func set(in database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO setting VALUES ('unsettled', 1)").execute()
  }

  static func isSet(in database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM setting WHERE name = 'unsettled')") ?? false
  }

  static func clear(in database: Database) throws {
    try database.execute(sql: "DELETE FROM setting WHERE name = 'unsettled'")
  }
}
