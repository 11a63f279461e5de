import GRDB
import Reading

/// Which routers stand in front of which, where a call goes through two or three.
enum RouterOrder {
  /// Routers in front, and those that they can hand a call on to.
  struct Layer {
    var outer: [SourceName]
    var inner: [SourceName]
    /// Whether those in front name neither a route nor where they called: only a key, or client and tokens, can tell.
    var isFront = false
    /// Whether those in front do not say where they called, although others call elsewhere: both ends have to agree.
    var isMiddle = false
  }

  /// In the order in which they are told: what two routers behind have made one call of is one to the router in front.
  static let layers = [
    Layer(outer: sources(.middle), inner: sources(.inner), isMiddle: true),
    Layer(outer: outer, inner: behind),
    Layer(outer: front, inner: outer + proxies, isFront: true),
  ]

  /// Those that stand in front of proxies.
  static let outer = sources(.outer)
  /// Those that stand in front of all others as a rule.
  static let front = sources(.front)

  private static let proxies = sources(.middle) + sources(.inner)
  private static let behind = proxies + front

  private static func sources(_ position: RouterPosition) -> [SourceName] {
    Sources.all.list.filter { $0.position == position }.map { $0.name }
  }

  /// Whether requests of a source can be those that a router of the first layer handed on.
  static func isInner(_ source: SourceName) -> Bool { behind.contains(source) }

  /// Whether the ledger holds records of a router that others may stand in front of, or behind.
  static func hasInner(_ database: Database) throws -> Bool { try has(behind, database) }

  /// The layers of which the ledger holds records of both sides.
  static func layers(in database: Database) throws -> [Layer] {
    try layers.filter { try has($0.outer, database) && has($0.inner, database) }
  }

  private static func has(_ sources: [SourceName], _ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM writer WHERE source IN (\(list(sources))))") ?? false
  }

  /// For SQL's `IN`.
  static func list(_ sources: [SourceName]) -> String {
    sources.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }
}
