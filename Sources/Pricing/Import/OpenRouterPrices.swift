import Model

/// OpenRouter's list of models: `data`, each with an id such as `minimax/minimax-m2.7` and `pricing` in USD a token, as
/// strings. `overrides` replace rates from a length of the prompt on, that length included.
/// https://openrouter.ai/docs/api-reference/list-available-models
enum OpenRouterPrices {
  private static let keys = RateKeys(
    input: "prompt", output: "completion", cacheRead: "input_cache_read", cacheWrite5m: "input_cache_write",
    cacheWrite1h: "input_cache_write_1h")

  static func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    root["data"]?.elements?.compactMap { model in
      guard let id = model["id"]?.string else { return nil }
      return Listing(
        provider: "openrouter", model: id, key: id, line: line(model), link: "https://openrouter.ai/\(id)",
        prices: Result { () throws(ImportFault) in [try price(model)] })
    }
  }

  private static func price(_ model: JSONValue) throws(ImportFault) -> ImportedPrice {
    guard let pricing = model["pricing"] else { throw ImportFault("has no pricing") }
    let fields = RateFields(object: pricing, unit: .perToken, areQuoted: true)
    let rates = try fields.rates(keys)
    try fields.refuse("internal_reasoning", unless: rates.output, because: RateFields.reasoning)
    try fields.refuse("request", unless: nil, because: RateFields.byRequest)
    if let discount = pricing["discount"], discount.tokens != 0 {
      throw ImportFault("has a discount, and does not say whether its rates are before or after it")
    }
    var tiers: [PriceTier] = []
    for override in pricing["overrides"]?.elements ?? [] {
      guard let first = override["min_prompt_tokens"]?.tokens, first > 1 else {
        throw ImportFault("has an override that is not for long prompts")
      }
      let rates = try RateFields(object: override, unit: .perToken, areQuoted: true).rates(keys, over: rates)
      tiers.append(PriceTier(aboveInputTokens: first - 1, rates: rates))
    }
    return ImportedPrice(rates: rates, tiers: tiers.sorted { $0.aboveInputTokens < $1.aboveInputTokens })
  }
}
