/// How far a store was read. A row that is read twice counts once, by its id, so in doubt a store is read from its start.
package struct StoreCursor: Codable, Hashable, Sendable {
  /// The table it is a place in.
  package var table: StoreTable
  /// Reading goes on after this row. Behind `last` where rows may still change.
  package var settled: Int64 = 0
  /// The last row that was read.
  package var last: Int64 = 0
  /// A hash over the last row's time and id. A database in which that row is another one, or is gone, was created again or
  /// pruned.
  package var anchor = ""
}
