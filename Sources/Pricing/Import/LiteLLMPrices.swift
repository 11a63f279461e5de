import Model

/// LiteLLM's `model_prices_and_context_window.json`: an object of models by name, USD a token. The rate of a long
/// prompt stands beside the others with `_above_200k_tokens` after its name, or the whole price in `tiered_pricing`,
/// one object a range. A one-hour cache write is `…_above_1hr`.
/// https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json
enum LiteLLMPrices {
  private static let keys = RateKeys(
    input: "input_cost_per_token", output: "output_cost_per_token", cacheRead: "cache_read_input_token_cost",
    cacheWrite5m: "cache_creation_input_token_cost", cacheWrite1h: "cache_creation_input_token_cost_above_1hr")

  static func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    root.members?.compactMap { key, model in
      // The first entry explains the format.
      guard key != "sample_spec", let provider = model["litellm_provider"]?.string else { return nil }
      let name = key.hasPrefix(provider + "/") ? String(key.dropFirst(provider.count + 1)) : key
      return Listing(
        provider: provider, model: name, key: key, line: line(model), link: model["source"]?.string,
        prices: Result { () throws(ImportFault) in [try price(model)] })
    }
  }

  private static func price(_ model: JSONValue) throws(ImportFault) -> ImportedPrice {
    for (key, value) in model.members ?? []
    where key.contains("pricing") && !["tiered_pricing", "off_peak_pricing"].contains(key) {
      guard value.members != nil || value.elements != nil else { continue }
      throw ImportFault("has \(key), which cannot be taken over from this list; `pricing add` writes what applies")
    }
    var price = model["tiered_pricing"] == nil ? try flat(model) : try ranges(model)
    if let offPeak = model["off_peak_pricing"] {
      guard price.tiers.isEmpty else { throw ImportFault("has both tiers and hours, which the table cannot say") }
      price.windows = try windows(offPeak, peak: price.rates)
    }
    try RateFields(object: model, unit: .perToken)
      .refuse("output_cost_per_reasoning_token", unless: price.rates.output, because: RateFields.reasoning)
    return price
  }

  private static func flat(_ model: JSONValue) throws(ImportFault) -> ImportedPrice {
    let fields = RateFields(object: model, unit: .perToken)
    let rates = try fields.rates(keys)
    var limits: Set<Int64> = []
    for (key, _) in model.members ?? [] where key.hasSuffix("k_tokens") {
      for name in keys.all where key.hasPrefix(name + "_above_") {
        // `…_above_1hr_above_200k_tokens` begins like another name; what stands between is then no number.
        let digits = key.dropFirst(name.utf8.count + 7).dropLast(8)
        if digits.count <= 7, let thousands = Int64(digits), thousands > 0 { limits.insert(thousands) }
      }
    }
    var tiers: [PriceTier] = []
    for limit in limits.sorted() {
      let rates = try fields.rates(keys.suffixed("_above_\(limit)k_tokens"), over: tiers.last?.rates ?? rates)
      tiers.append(PriceTier(aboveInputTokens: limit * 1000, rates: rates))
    }
    return ImportedPrice(rates: rates, tiers: tiers)
  }

  /// The hours outside the peak, whose rates are the model's own: `{"windows": [{"weekdays": [1, 2], "hours_utc":
  /// "16:00-01:00"}], …}`, Monday being 1.
  private static func windows(_ offPeak: JSONValue, peak: Rates) throws(ImportFault) -> [PriceWindow] {
    let known = Set(keys.all + ["windows"])
    for (key, _) in offPeak.members ?? [] where !known.contains(key) {
      throw ImportFault("off_peak_pricing has \(key), which the table cannot say")
    }
    let rates = try RateFields(object: offPeak, unit: .perToken).rates(keys, over: peak)
    var windows: [PriceWindow] = []
    for window in offPeak["windows"]?.elements ?? [] {
      for (key, _) in window.members ?? [] where !["weekdays", "hours_utc"].contains(key) {
        throw ImportFault("off_peak_pricing has \(key), which the table cannot say")
      }
      var days = Set(0...6)
      if let list = window["weekdays"] {
        let numbers = (list.elements ?? []).map { $0.tokens.map { Int($0) - 1 } }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { (0...6).contains($0) } ?? false }) else {
          throw ImportFault("off_peak_pricing has weekdays that are none")
        }
        days = Set(numbers.compactMap(\.self))
      }
      let spans = window["hours_utc"].map { $0.elements ?? [$0] } ?? []
      guard !spans.isEmpty else { throw ImportFault("off_peak_pricing has no hours_utc") }
      for span in spans {
        guard
          let hours = span.string.flatMap({ Times.span($0.hasSuffix("-00:00") ? String($0.dropLast(5)) + "24:00" : $0) }
          )
        else { throw ImportFault("off_peak_pricing has hours_utc that are no span of hours") }
        windows.append(PriceWindow(minutes: Times.week(hours, on: days), rates: rates))
      }
    }
    guard !windows.isEmpty else { throw ImportFault("off_peak_pricing has no windows") }
    return windows
  }

  private static func ranges(_ model: JSONValue) throws(ImportFault) -> ImportedPrice {
    var ranges: [PriceTier] = []
    for range in model["tiered_pricing"]?.elements ?? [] {
      guard let start = range["range"]?.elements?.first?.tokens else {
        throw ImportFault("tiered_pricing has a range without a start")
      }
      ranges.append(
        PriceTier(aboveInputTokens: start, rates: try RateFields(object: range, unit: .perToken).rates(keys)))
    }
    ranges.sort { $0.aboveInputTokens < $1.aboveInputTokens }
    guard let first = ranges.first, first.aboveInputTokens == 0 else {
      throw ImportFault("tiered_pricing has no range from 0")
    }
    return ImportedPrice(rates: first.rates, tiers: Array(ranges.dropFirst()))
  }
}
