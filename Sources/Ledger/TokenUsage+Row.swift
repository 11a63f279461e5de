import GRDB
import Model

extension TokenUsage {
  /// The tokens of a row by class; a column that holds nothing counts as zero.
  init(_ row: Row) {
    self.init(
      input: row["input"] ?? 0, cacheRead: row["cache_read"] ?? 0, cacheWrite5m: row["cache_write_5m"] ?? 0,
      cacheWrite1h: row["cache_write_1h"] ?? 0, output: row["output"] ?? 0)
  }
}
