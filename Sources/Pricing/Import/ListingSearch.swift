package import Model

/// A model whose price is looked for.
package struct WantedModel: Hashable, Sendable {
  /// The model, as our table is to call it.
  package var id: ModelID
  /// The whole name that it has in the source; `nil` to look for it by its name.
  package var key: String?

  /// A model.
  package init(_ id: ModelID, key: String? = nil) {
    self.id = id
    self.key = key
  }
}

/// What a price list has for a model.
package enum Found: Sendable {
  /// Its price.
  case listing(Listing)
  /// Several of that name, at different prices.
  case several([Listing])
  /// Models of that name at other providers only.
  case elsewhere([Listing])
  /// Nothing.
  case none
}

extension PriceList {
  /// Providers that these projects spell in another way than routers do.
  private static let spellings = [
    "moonshotai": "moonshot", "moonshot-ai": "moonshot", "z-ai": "zai", "z.ai": "zai", "x-ai": "xai",
  ]

  /// Looks for a model: by its key; else at its own provider by its name in the table or an alias, by the rules of
  /// `ModelNames`, an exact name before one with a date.
  package func find(_ wanted: WantedModel, in table: PriceTable) -> Found {
    if let key = wanted.key {
      let exact = listings.filter { $0.key == key }
      return Self.choose(
        exact.isEmpty ? listings.filter { ModelNames.folded($0.key) == ModelNames.folded(key) } : exact)
    }
    let known = table.pricedModel(wanted.id)
    let names = [wanted.id.model] + (known?.aliases ?? [])
    let folded = Set(names.map(ModelNames.folded))
    func provider(_ name: String) -> String {
      let name = table.provider(named: name).lowercased()
      return Self.spellings[name] ?? name
    }
    let home = provider(wanted.id.provider)
    let here = listings.filter { provider($0.provider) == home }
    let exact = here.filter { folded.contains(ModelNames.folded($0.model)) }
    if !exact.isEmpty { return Self.choose(exact) }
    let alike = here.filter { listing in
      ModelNames.candidates(listing.model, provider: [home]).contains { folded.contains($0) }
    }
    if !alike.isEmpty { return Self.choose(alike) }
    func bare(_ name: String) -> String { ModelNames.folded(String(name.split(separator: "/").last ?? "")) }
    let bareNames = Set(names.map(bare))
    let elsewhere = listings.filter { bareNames.contains(bare($0.model)) }
    return elsewhere.isEmpty ? .none : .elsewhere(elsewhere)
  }

  /// Listings of one price are one listing. What cannot be taken over only counts where nothing else is there.
  private static func choose(_ listings: [Listing]) -> Found {
    let priced = listings.filter { if case .success = $0.prices { true } else { false } }
    guard let first = priced.first ?? listings.first else { return .none }
    return priced.allSatisfy { $0.prices == first.prices } ? .listing(first) : .several(priced)
  }
}

extension ImportedPrice {
  /// Whether two sources can both be right: what both state is equal. One that has no word for something does not
  /// disagree about it.
  package func agrees(with other: ImportedPrice, _ source: PriceSource, _ otherSource: PriceSource) -> Bool {
    guard rates.agrees(with: other.rates) else { return false }
    if source.statesTiers, otherSource.statesTiers {
      guard tiers.count == other.tiers.count,
        zip(tiers, other.tiers).allSatisfy({ $0.isNear($1) && $0.rates.agrees(with: $1.rates) })
      else { return false }
    }
    return !source.statesHours || !otherSource.statesHours || windows == other.windows
  }

  /// Whether the table says as much already. What the source has no word for is no difference; what only the source
  /// says is one.
  func isCovered(by entry: PriceEntry, from source: PriceSource) -> Bool {
    guard let known = entry.rates, rates.isCovered(by: known) else { return false }
    if source.statesTiers {
      guard tiers.count == entry.tiers.count,
        zip(tiers, entry.tiers).allSatisfy({ $0.isNear($1) && $0.rates.isCovered(by: $1.rates) })
      else { return false }
    }
    guard source.statesHours else { return true }
    // These sources know hours, but no days of the week.
    return Self.minutesOfDay(windows.map { ($0.minutes, $0.rates) })
      == Self.minutesOfDay(entry.windows.flatMap { window in window.minutes.map { ($0, window.rates) } })
  }

  /// The input rate of each minute of a day that has a rate of its own.
  private static func minutesOfDay(_ windows: [(Range<Int>, Rates)]) -> [Int: Rates] {
    windows.reduce(into: [:]) { minutes, window in
      for minute in window.0 { minutes[minute % 1440] = window.1 }
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
