package import Model

/// A model whose price is looked for.
package struct WantedModel: Hashable, Sendable {
  /// The model, as our table is to call it.
  package var id: ModelID
  /// The whole name that it has in the source; `nil` to look for it by its name.
  package var key: String?

  package init(_ id: ModelID, key: String? = nil) {
    self.id = id
    self.key = key
  }
}

/// What a price list has for a model.
package enum ListingMatch: Sendable {
  /// Its price.
  case listing(Listing)
  /// Several of that name, at different prices.
  case several([Listing])
  /// Models of that name at other providers only.
  case elsewhere([Listing])
  case none
}

extension PriceList {
  /// Providers that these projects call otherwise than the table does.
  private static let spellings = [
    "moonshotai": "moonshot", "moonshot-ai": "moonshot", "z-ai": "zai", "z.ai": "zai", "x-ai": "xai",
    "zhipuai": "zhipu", "bigmodel": "zhipu", "google": "gemini", "alibaba": "dashscope",
    "qwen_ai_platform": "dashscope", "qwencloud": "dashscope", "amazon-bedrock": "bedrock",
    "bedrock_converse": "bedrock", "vertex_ai": "vertex", "google-vertex": "vertex",
    "google-vertex-anthropic": "vertex", "fireworks_ai": "fireworks", "fireworks-ai": "fireworks",
    "together_ai": "together", "togetherai": "together", "novita-ai": "novita", "xiaomi_mimo": "xiaomi",
    "vercel_ai_gateway": "vercel", "opencode_go": "opencode", "azure_ai": "azure", "codestral": "mistral",
    "cohere_chat": "cohere", "meta_llama": "meta",
  ]

  /// A provider as the table calls it, by its name in the table, in a router or in a list.
  private static func seller(_ name: String, in table: PriceTable) -> String {
    let own = table.provider(named: name).lowercased()
    // LiteLLM has a provider for each maker on Vertex.
    if own.hasPrefix("vertex_ai-") { return "vertex" }
    return spellings[own] ?? own
  }

  /// Whether a listing is of the seller that a model is called at.
  package static func isOfSeller(_ listing: Listing, _ model: ModelID, in table: PriceTable) -> Bool {
    seller(listing.provider, in: table) == seller(model.provider, in: table)
  }

  /// Looks for a model: by its key; else at its own provider by its name in the table or an alias, by the rules of
  /// `ModelNames`, an exact name before one with a date.
  package func find(_ wanted: WantedModel, in table: PriceTable) -> ListingMatch {
    if let key = wanted.key {
      let exact = listings.filter { $0.key == key }
      return Self.choose(
        exact.isEmpty ? listings.filter { ModelNames.folded($0.key) == ModelNames.folded(key) } : exact)
    }
    let known = table.pricedModel(wanted.id)
    let names = [wanted.id.model] + (known?.aliases ?? [])
    let folded = Set(names.map(ModelNames.folded))
    let home = Self.seller(wanted.id.provider, in: table)
    // A list names a seller thousands of times.
    var sellers: [String: String] = [:]
    for name in Set(listings.map(\.provider)) { sellers[name] = Self.seller(name, in: table) }
    let here = listings.filter { sellers[$0.provider] == home }
    let exact = here.filter { folded.contains(ModelNames.folded($0.model)) }
    if !exact.isEmpty { return Self.choose(exact) }
    let alike = here.filter { listing in
      ModelNames.candidates(listing.model, provider: [home]).contains { folded.contains($0) }
    }
    if !alike.isEmpty { return Self.choose(alike) }
    let ownNames = Set(names.map(ModelNames.own))
    let elsewhere = listings.filter { ownNames.contains(ModelNames.own($0.model)) }
    return elsewhere.isEmpty ? .none : .elsewhere(elsewhere)
  }

  /// Listings of one price are one listing. What cannot be taken over only counts where nothing else is there.
  private static func choose(_ listings: [Listing]) -> ListingMatch {
    let priced = listings.filter { if case .success = $0.prices { true } else { false } }
    guard let first = priced.first ?? listings.first else { return .none }
    return priced.allSatisfy { $0.prices == first.prices } ? .listing(first) : .several(priced)
  }
}

extension ImportedPrice {
  /// Whether two sources can both be right: what both state is equal. One that has no word for something does not
  /// disagree about it.
  package func agrees(with other: ImportedPrice, _ source: PriceSource, _ otherSource: PriceSource) -> Bool {
    if source.statesTiers, otherSource.statesTiers {
      guard tiers.count == other.tiers.count,
        zip(tiers, other.tiers).allSatisfy({ $0.isNear($1) && $0.rates.agrees(with: $1.rates) })
      else { return false }
    }
    guard source.statesHours, otherSource.statesHours else { return rates.agrees(with: other.rates) }
    return Self.alike(
      schedule(over: Self.span(source, otherSource)), other.schedule(over: Self.span(source, otherSource))
    ) { $0.agrees(with: $1) }
  }

  /// Whether the table says as much already. What the source has no word for is no difference; what only the source
  /// says is one.
  func isCovered(by entry: PriceEntry, from source: PriceSource) -> Bool {
    guard let known = entry.rates else { return false }
    if source.statesTiers {
      guard tiers.count == entry.tiers.count,
        zip(tiers, entry.tiers).allSatisfy({ $0.isNear($1) && $0.rates.isCovered(by: $1.rates) })
      else { return false }
    }
    guard source.statesHours else { return rates.isCovered(by: known) }
    let span = Self.span(source, source)
    return Self.alike(schedule(over: span), Self.schedule(known, entry.windows, over: span)) { $0.isCovered(by: $1) }
  }

  /// The interval that two sources can be compared over: a week; Monday where one of them knows no days of the week.
  private static func span(_ source: PriceSource, _ other: PriceSource) -> Range<Int> {
    source.statesDays && other.statesDays ? 0..<7 * 1440 : 0..<1440
  }

  private static func alike(
    _ left: [Range<Int>: Rates], _ right: [Range<Int>: Rates], _ isAlike: (Rates, Rates) -> Bool
  ) -> Bool {
    left.allSatisfy { minutes, rates in
      right.allSatisfy { !$0.key.overlaps(minutes) || isAlike(rates, $0.value) }
    }
  }

  /// How many figures it states, to tell the one that says most.
  package var figures: Int { rates.named.count + tiers.count + windows.count }
}

extension PriceTier {
  /// Some say "above", some "from": the limits then differ by one token.
  fileprivate func isNear(_ other: PriceTier) -> Bool { abs(aboveInputTokens - other.aboveInputTokens) <= 1 }
}

extension Rates {
  /// The classes that have a rate of their own.
  fileprivate var named: [TokenClass] { TokenClass.allCases.filter { self[$0] != nil } }

  fileprivate func agrees(with other: Rates) -> Bool {
    named.allSatisfy { other[$0] == nil || other[$0] == self[$0] }
  }

  fileprivate func isCovered(by other: Rates) -> Bool { named.allSatisfy { other[$0] == self[$0] } }
}
