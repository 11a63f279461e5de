package import Model

/// A model of the table with its own names and prices.
package struct PricedModel: Hashable, Sendable {
  /// The model as the table names it.
  package var id: ModelID
  /// Other spellings of the model's name.
  package var aliases: [String]
  /// Whether the table says that it costs nothing, ever (`billing: free`).
  package var isFree: Bool
  /// Its prices, oldest first; empty where it is free or only plans cover it. Of several from the same instant the last
  /// holds: it corrects those before.
  package var prices: [PriceEntry]
  /// The tokens of Claude Sonnet 4.6 for a text ÷ this model's for it; `nil` where nobody published that.
  package var tokenFactor: TokenFactor?
  /// Of a dated alias, what it stands for over time, oldest first; it then has no prices of its own.
  package var succession: [Successor] = []
  /// What multiplies its rates.
  package var modifiers = PriceModifiers()

  /// The model that a dated alias stands for at an instant (epoch milliseconds); `nil` before the first, and for what
  /// is no alias.
  package func successor(at milliseconds: Int64) -> ModelID? {
    let later = succession.partitioningIndex { $0.from > milliseconds }
    return later > 0 ? succession[later - 1].model : nil
  }

  /// The instants from which other factors multiply its rates, epoch milliseconds.
  var factorChanges: [Int64] {
    zip(prices, prices.dropFirst()).filter { $0.factors != $1.factors }.map(\.1.from)
  }

  /// The price in force at an instant (epoch milliseconds); `nil` before the first and after the last has ended.
  package func price(at milliseconds: Int64) -> PriceEntry? {
    let later = prices.partitioningIndex { $0.from > milliseconds }
    guard later > 0, prices[later - 1].rates != nil else { return nil }
    return prices[later - 1]
  }
}

/// A model's price from an instant on.
package struct PriceEntry: Hashable, Sendable {
  /// From when it applies, epoch milliseconds.
  package var from: Int64
  /// The rates; `nil` from when the model has no price any more (`ends: true`).
  package var rates: Rates?
  /// Rates of long prompts, ascending. An entry has tiers or windows, never both.
  package var tiers: [PriceTier]
  /// Rates by time of the UTC week; they do not overlap.
  package var windows: [PriceWindow]
  /// What multiplies the rates in place of the model's own factors of the same modes.
  package var factors: [String: TokenFactor]
  /// When the table learned of it, where that is not when it applied.
  package var recorded: CivilDay?
  package var source: String?
  /// The day on which somebody last compared them with the source.
  package var verified: CivilDay?
  /// The list that it was taken from, where nobody compared it with the source.
  package var imported: ImportedFrom?

  package init(
    from: Int64, rates: Rates?, tiers: [PriceTier] = [], windows: [PriceWindow] = [],
    factors: [String: TokenFactor] = [:], recorded: CivilDay? = nil, source: String? = nil, verified: CivilDay? = nil,
    imported: ImportedFrom? = nil
  ) {
    self.from = from
    self.rates = rates
    self.tiers = tiers
    self.windows = windows
    self.factors = factors
    self.recorded = recorded
    self.source = source
    self.verified = verified
    self.imported = imported
  }

  /// The rates of a whole request.
  /// - Parameters:
  ///   - milliseconds: when it was made, epoch milliseconds.
  ///   - prompt: the length of its prompt, all input and cache classes together, tokens.
  package func rates(at milliseconds: Int64, prompt: Int64) -> Rates? {
    if let tier = tiers.last(where: { prompt > $0.aboveInputTokens }) { return tier.rates }
    guard !windows.isEmpty else { return rates }
    let minute = Int(PriceGrain.minuteOfWeek(milliseconds))
    return windows.first { $0.contains(minute: minute) }?.rates ?? rates
  }
}

/// A list of prices that somebody else keeps.
package struct ImportedFrom: Hashable, Sendable {
  /// The list's name (`genai-prices`).
  package var list: String
  /// Its version, where it has one.
  package var version: String?
  /// The day on which it was read.
  package var on: CivilDay
}

/// Rates of a whole request whose prompt is longer than a limit.
package struct PriceTier: Hashable, Sendable {
  /// The tier applies strictly above this many prompt tokens, cache included.
  package var aboveInputTokens: Int64
  /// The rates of every token of such a request.
  package var rates: Rates
}

/// Rates that come back every week.
package struct PriceWindow: Hashable, Sendable {
  /// Intervals of the UTC week in minutes (Monday 00:00 is 0), ascending, apart.
  package var minutes: [Range<Int>]
  /// The rates inside.
  package var rates: Rates

  /// Whether a minute of the UTC week lies inside.
  func contains(minute: Int) -> Bool { minutes.contains { $0.contains(minute) } }
}
