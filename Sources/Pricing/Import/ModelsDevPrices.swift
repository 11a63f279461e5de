import Model

/// models.dev's `api.json`: an object of providers, each with its models by name and their `cost` in USD a million
/// tokens. `tiers` name the prompt from which they apply; `context_over_200k` is the older word for one of them, and is
/// kept beside them.
/// https://github.com/anomalyco/models.dev
enum ModelsDevPrices {
  private static let keys = RateKeys(
    input: "input", output: "output", cacheRead: "cache_read", cacheWrite5m: "cache_write", cacheWrite1h: nil)

  static func listings(_ root: JSONValue, _ line: (JSONValue) -> Int) -> [Listing]? {
    root.members?.flatMap { provider, content in
      (content["models"]?.members ?? []).map { name, model in
        Listing(
          provider: provider, model: name, key: "\(provider)/\(name)", line: line(model), link: content["doc"]?.string,
          prices: Result { () throws(ImportFault) in [try price(model)] })
      }
    }
  }

  private static func price(_ model: JSONValue) throws(ImportFault) -> ImportedPrice {
    guard let cost = model["cost"] else { throw ImportFault("has no cost") }
    let fields = RateFields(object: cost, unit: .perMillion)
    let rates = try fields.rates(keys)
    try fields.refuse("reasoning", unless: rates.output, because: RateFields.reasoning)
    var tiers: [PriceTier] = []
    for tier in cost["tiers"]?.elements ?? [] {
      guard tier["tier"]?["type"]?.string == "context", let size = tier["tier"]?["size"]?.tokens else {
        throw ImportFault("has a tier that is not of the prompt's length")
      }
      tiers.append(
        PriceTier(
          aboveInputTokens: size, rates: try RateFields(object: tier, unit: .perMillion).rates(keys, over: rates)))
    }
    if tiers.isEmpty, let long = cost["context_over_200k"] {
      let rates = try RateFields(object: long, unit: .perMillion).rates(keys, over: rates)
      tiers = [PriceTier(aboveInputTokens: 200_000, rates: rates)]
    }
    return ImportedPrice(rates: rates, tiers: tiers.sorted { $0.aboveInputTokens < $1.aboveInputTokens })
  }
}
