import Model

/// Sentences about what bills measured.
enum BilledUseSummary {
  /// What bills know of requests that no record measured, a sum for each model.
  static func measured(_ uses: [BilledUse]) -> [(model: ModelID, sum: BilledUse.Measured)] {
    Dictionary(grouping: uses, by: \.model).sorted { $0.key < $1.key }.compactMap { model, uses in
      let told = uses.compactMap(\.measured).filter { $0.requests > 0 }
      return told.first.map { first in (model, told.dropFirst().reduce(first, +)) }
    }
  }

  /// A bill's own figures stand apart: no sum of the report holds them. One of tokens alone names no money.
  static func line(_ model: ModelID, _ sum: BilledUse.Measured, quote: (String) -> String) -> String {
    let tokens = [
      (sum.tokens.input, "input"), (sum.tokens.cacheRead, "cache read"),
      (sum.tokens.cacheWrite5m + sum.tokens.cacheWrite1h, "cache write"), (sum.tokens.output, "output"),
    ].filter { $0.0 != 0 }.map { "\(Figures.count($0.0)) \($0.1)" }.joined(separator: ", ")
    return "\(quote(model.description)): \(Figures.count(sum.requests, "request")) that no record measured, "
      + "\(tokens) tokens" + (sum.cost.map { ", $\($0.rounded(places: 4))" } ?? "") + "; no figure above holds them"
  }

  static func json(_ model: ModelID, _ use: BilledUse.Measured) -> JSONText {
    .object([
      ("provider", .string(model.provider)), ("model", .string(model.model)),
      ("requests", .count(use.requests)), ("billed_usd", .text(use.cost?.description)),
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
