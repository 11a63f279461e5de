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

  /// What bills charge for a model on days of the period.
  struct Charge {
    var model: ModelID
    /// From the first to the last of the bills' days.
    var days: ClosedRange<CivilDay>
    /// USD.
    var cost: ExactAmount
  }

  /// What bills charge, whether they count requests or not. A model that a bill has nothing of has no charge.
  static func charges(_ uses: [BilledUse]) -> [Charge] {
    Dictionary(grouping: uses.filter { $0.cost.map { $0 != .zero } ?? false }, by: \.model)
      .sorted { $0.key < $1.key }.compactMap { model, uses in
        guard let first = uses.map(\.days.lowerBound).min(), let last = uses.map(\.days.upperBound).max() else {
          return nil
        }
        return Charge(
          model: model, days: first...last, cost: uses.reduce(.zero) { $0 + ($1.cost ?? .zero) })
      }
  }

  /// The days may have gaps: a bill lists those of its use.
  static func line(_ charge: Charge, quote: (String) -> String) -> String {
    "\(quote(charge.model.description)): $\(charge.cost.rounded(places: 4)) charged, \(Figures.days(charge.days)); "
      + "no figure above holds it"
  }

  static func json(_ charge: Charge) -> JSONText {
    .object([
      ("provider", .string(charge.model.provider)),
      ("model", charge.model.model == BilledUse.allModels ? .null : .string(charge.model.model)),
      ("since", .string(charge.days.lowerBound.description)), ("until", .string(charge.days.upperBound.description)),
      ("billed_usd", .string(charge.cost.description)),
    ])
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
