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
  /// - Parameter unmeasured: how many requests of the model the ledger now has without measured tokens on these days; `nil`
  ///   where nobody looked.
  static func line(
    _ model: ModelID, _ sum: BilledUse.Measured, unmeasured: Int?, quote: (String) -> String
  ) -> String {
    let tokens = [
      (sum.tokens.input, "input"), (sum.tokens.cacheRead, "cache read"),
      (sum.tokens.cacheWrite5m + sum.tokens.cacheWrite1h, "cache write"), (sum.tokens.output, "output"),
    ].filter { $0.0 != 0 }.map { "\(Figures.count($0.0)) \($0.1)" }.joined(separator: ", ")
    let what = "\(tokens) tokens" + (sum.cost.map { ", $\($0.rounded(places: 4))" } ?? "")
    let start = "\(quote(model.description)): \(Figures.count(sum.requests, "request")) that no record "
    guard let unmeasured, unmeasured < sum.requests else {
      return "\(start)measured, \(what); no figure above holds them"
    }
    return "\(start)measured when the bill was compared, \(what); the records have changed: of these days "
      + "\(unmeasured == 0 ? "none" : Figures.count(unmeasured)) of the model's requests "
      + "\(unmeasured == 1 || unmeasured == 0 ? "is" : "are") unmeasured now, so that figures above can hold them"
  }

  /// What bills charge for a model on days of the period.
  struct Charge {
    var model: ModelID
    /// From the first to the last of the bills' days.
    var days: ClosedRange<CivilDay>
    /// How many days the bills are of: those between others may be on none.
    var count: Int
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
        let count = Set(uses.flatMap { $0.days.lowerBound.number...$0.days.upperBound.number }).count
        return Charge(
          model: model, days: first...last, count: count, cost: uses.reduce(.zero) { $0 + ($1.cost ?? .zero) })
      }
  }

  /// The days may have gaps: a bill lists those of its use, and others are on none.
  static func line(_ charge: Charge, quote: (String) -> String) -> String {
    "\(quote(charge.model.description)): $\(charge.cost.rounded(places: 4)) charged, \(days(charge)); "
      + "no figure above holds it"
  }

  private static func days(_ charge: Charge) -> String {
    let span = charge.days.upperBound.number - charge.days.lowerBound.number + 1
    return charge.count == span
      ? Figures.days(charge.days)
      : "\(Figures.count(charge.count)) days from \(charge.days.lowerBound) to \(charge.days.upperBound)"
  }

  static func json(_ charge: Charge) -> JSONText {
    .object([
      ("provider", .string(charge.model.provider)),
      ("model", charge.model.model == BilledUse.allModels ? .null : .string(charge.model.model)),
      ("since", .string(charge.days.lowerBound.description)), ("until", .string(charge.days.upperBound.description)),
      ("days", .count(charge.count)), ("billed_usd", .string(charge.cost.description)),
    ])
  }

  /// A bill's sum of days of which a period has only some.
  static func line(across use: BilledUse, quote: (String) -> String) -> String {
    "\(quote(use.model.description)): what a bill says of \(Figures.days(use.days)) together is not shown, for some of "
      + "these days are outside of this period"
  }

  /// The models and days of such sums, each once.
  static func across(_ uses: [BilledUse]) -> [BilledUse] {
    Set(uses.map { BilledUse(model: $0.model, days: $0.days, cost: nil, measured: nil) }).sorted {
      ($0.model, $0.days.lowerBound, $0.days.upperBound) < ($1.model, $1.days.lowerBound, $1.days.upperBound)
    }
  }

  static func json(_ use: BilledUse) -> JSONText {
    .object([
      ("provider", .string(use.model.provider)),
      ("model", use.model.model == BilledUse.allModels ? .null : .string(use.model.model)),
      ("since", .string(use.days.lowerBound.description)), ("until", .string(use.days.upperBound.description)),
    ])
  }

  static func json(_ model: ModelID, _ use: BilledUse.Measured, unmeasured: Int?) -> JSONText {
    .object([
      ("provider", .string(model.provider)), ("model", .string(model.model)),
      ("requests", .count(use.requests)), ("unmeasured_now", unmeasured.map { .count($0) } ?? .null),
      ("billed_usd", .text(use.cost?.description)),
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
