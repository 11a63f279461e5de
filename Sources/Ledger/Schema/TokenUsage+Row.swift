import GRDB
import Model

extension TokenUsage {
  /// The tokens of a row by class; a column that holds nothing counts as zero.
  init(_ row: Row) throws {
    try self.init(
      input: row.count("input"), cacheRead: row.count("cache_read"), cacheWrite5m: row.count("cache_write_5m"),
      cacheWrite1h: row.count("cache_write_1h"), output: row.count("output"))
  }
}
