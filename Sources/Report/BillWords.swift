import Model

/// Sentences about what bills measured.
enum BillWords {
  /// What bills know of requests that no record measured, a sum for each model.
  static func measured(_ uses: [BilledUse]) -> [BilledUse] {
    Dictionary(grouping: uses.filter { $0.measuredByBill > 0 }, by: \.model).sorted { $0.key < $1.key }
      .compactMap { _, uses in
        uses.dropFirst().reduce(uses.first) { sum, use in
          guard var sum else { return nil }
          sum.cost = sum.cost + use.cost
          sum.measuredByBill += use.measuredByBill
          sum.tokens = sum.tokens + use.tokens
          sum.measuredCost = sum.measuredCost + use.measuredCost
          return sum
        }
      }
  }

  /// A bill's own figures stand apart: no sum of the report holds them.
  static func line(_ use: BilledUse, quote: (String) -> String) -> String {
    let tokens = [
      (use.tokens.input, "input"), (use.tokens.cacheRead, "cache read"),
      (use.tokens.cacheWrite5m + use.tokens.cacheWrite1h, "cache write"), (use.tokens.output, "output"),
    ].filter { $0.0 != 0 }.map { "\(Figures.count($0.0)) \($0.1)" }.joined(separator: ", ")
    return "\(quote(use.model.description)): \(Figures.count(use.measuredByBill, "request")) that no record measured, "
      + "\(tokens) tokens, $\(use.measuredCost.rounded(places: 4)); no figure above holds them"
  }

  static func json(_ use: BilledUse) -> JSONText {
    .object([
      ("provider", .string(use.model.provider)), ("model", .string(use.model.model)),
      ("requests", .count(use.measuredByBill)), ("billed_usd", .string(use.measuredCost.description)),
      (
        "tokens",
        .object([
          ("input", .count(use.tokens.input)), ("cache_read", .count(use.tokens.cacheRead)),
          ("cache_write_5m", .count(use.tokens.cacheWrite5m)), ("cache_write_1h", .count(use.tokens.cacheWrite1h)),
          ("output", .count(use.tokens.output)),
        ])
      ),
    ])
  }
}
