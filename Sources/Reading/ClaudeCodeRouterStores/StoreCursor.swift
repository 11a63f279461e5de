/// How far a store was read. Ids make it harmless to read a row twice, so in doubt a store is read from its start.
package struct StoreCursor: Codable, Hashable, Sendable {
  /// The table it is a place in.
  package var table: StoreTable
  /// Reading goes on after this row. Behind `last` where rows may still change.
  package var settled: Int64 = 0
  /// The last row that was read.
  package var last: Int64 = 0
  /// A hash over the last row's time and id. A database in which that row is another one, or is gone, was made anew or
  /// pruned.
  package var anchor = ""

  /// The start of a table.
  package init(table: StoreTable) { self.table = table }
}

/// A short name of a text, the same in every run. Not a cryptographic one: nobody attacks it.
enum StoreHash {
  /// FNV-1a, 64 bits, hexadecimal.
  static func text(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
