import GRDB

/// The mark that something was read whose joins are not computed yet. It is written with what was read, so that no end
/// of a run between the two is forgotten.
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
