import GRDB
import Model

extension TokenUsage {
  /// The tokens of a row by class; a column that holds nothing counts as zero.
  init(_ row: Row) throws {
    try self.init(
      input: row.value("input") ?? 0, cacheRead: row.value("cache_read") ?? 0,
      cacheWrite5m: row.value("cache_write_5m") ?? 0,
      cacheWrite1h: row.value("cache_write_1h") ?? 0, output: row.value("output") ?? 0)
  }
}
