import GRDB
import Reading

/// Which routers stand in front of which, where a call goes through two.
enum RouterOrder {
  /// Those that stand in front of others.
  static let outer = sources(.outer)
  /// Those that others stand in front of.
  static let inner = sources(.inner)

  private static func sources(_ position: RouterPosition) -> [SourceName] {
    Sources.all.list.filter { $0.position == position }.map { $0.name }
  }

  /// Whether requests of a source can be those that another router handed on.
  static func isInner(_ source: SourceName) -> Bool { inner.contains(source) }

  /// Whether the ledger holds records of routers that others may stand in front of.
  static func hasInner(_ database: Database) throws -> Bool { try has(inner, database) }

  /// Whether the ledger holds records of one of these.
  static func has(_ sources: [SourceName], _ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM writer WHERE source IN (\(list(sources))))") ?? false
  }

  /// For SQL's `IN`.
  static func list(_ sources: [SourceName]) -> String {
    sources.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }
}
