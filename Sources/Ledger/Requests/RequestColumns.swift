/// SQL of a row of `request`, each piece written once.
enum RequestColumns {
  /// Its tokens by class, as the tables of answers, bounds and sums call them, too.
  static let classes = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"]
  /// The length of its prompt, tokens; NULL where nobody wrote it down.
  static let prompt = "(input + cache_read + cache_write_5m + cache_write_1h)"
  /// Whether somebody who knows wrote its tokens down.
  static let measured = equals("request.source", 1...3)
  /// Whether no answer began, so that it needs no tokens.
  static let failed = failed("request")

  /// The same of a row under another name.
  static func failed(_ row: String) -> String { "(\(row).source = 0 AND coalesce(\(row).failure, 0) IN (1, 2))" }

  /// Whether a column is one of some codes. For IN with three and more of them SQLite makes a table each time that a sum
  /// runs, which takes longer than the sum over an hour.
  static func equals(_ column: String, _ codes: ClosedRange<Int>) -> String {
    "(\(codes.map { "\(column) = \($0)" }.joined(separator: " OR ")))"
  }
}
