package import Model

/// Every price and plan that is known, checked. Values only: no look-up touches a file.
package struct PriceTable: Hashable, Sendable {
  /// The models that have names or prices of their own, by name.
  package let models: [PricedModel]
  /// The plans that are taken, by name.
  package let plans: [Plan]
  /// Plans on the market that nobody here has taken (`offered: true`): they cover nothing, advice may name them.
  package let offers: [Plan]
  /// The currencies that are known beside the US dollar, by code.
  package let currencies: [Currency]
  /// Where prices change: everything that a sum must not straddle.
  package let grain: PriceGrain
  /// SHA-256 of the content, hexadecimal: the same for the same facts, however they are written down.
  package let version: String
  /// What was odd about the files, but no reason to refuse them.
  package let warnings: [Diagnostic]

  /// One identity of the table: what is known about it.
  struct Slot: Hashable, Sendable {
    var id: ModelID
    /// Where in `models`.
    var model: Int?
    /// Which of `plans` cover it.
    var plans: [Int] = []
  }

  /// A provider's other names, and the ends of its models' names that cost nothing.
  struct Provider: Hashable, Sendable {
    var aliases: [String]
    var freeSuffixes: [String]
  }

  private let providers: [String: Provider]
  private let names: ModelNames
  private let slots: [Slot]

  init(
    providers: [String: Provider], models: [PricedModel], plans: [Plan], offers: [Plan], currencies: [Currency],
    names: ModelNames, slots: [Slot], warnings: [Diagnostic]
  ) {
    self.providers = providers
    self.models = models
    self.plans = plans
    self.offers = offers
    self.currencies = currencies
    self.names = names
    self.slots = slots
    self.warnings = warnings
    let canonical = CanonicalText(
      providers: providers, models: models, plans: plans, offers: offers, currencies: currencies)
    self.version = SHA256.hex(canonical.text.utf8)
    let entries = models.flatMap(\.prices)
    // A tier's limit counts the baseline's tokens; for a model of another tokenizer it lies elsewhere.
    let own = Set(models.map(\.tokenFactor)).union([.one])
    let factors = Set(own.flatMap { factor in own.map { factor.over($0) } })
    let limits = Set(entries.flatMap(\.tiers).map(\.aboveInputTokens))
    self.grain = PriceGrain(
      cuts: Set(entries.map(\.from) + plans.flatMap(\.fees).map(\.from)).sorted(),
      promptLimits: Set(limits.flatMap { limit in factors.map { $0.limit(limit) } }).sorted(),
      weeklyCuts: Set(
        entries.flatMap(\.windows).flatMap(\.minutes).flatMap { [$0.lowerBound, $0.upperBound % (7 * 1440)] }
      ).sorted())
  }

  /// What one request costs by.
  /// - Parameters:
  ///   - model: who was called, in any spelling that the table knows.
  ///   - milliseconds: when the request was made, epoch milliseconds.
  ///   - prompt: the length of its prompt, all input and cache classes together, tokens.
  package func answer(for model: ModelID, at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    guard let index = names.memoisedSlot(of: model) else {
      if let plan = planByPattern(for: model, at: milliseconds) { return .plan(plan) }
      return names.isFree(model) ? .free : .unpriced(nearest: nearest(to: model))
    }
    let slot = slots[index]
    for plan in slot.plans where plans[plan].isRunning(at: milliseconds) { return .plan(plans[plan]) }
    let priced = slot.model.map { models[$0] }
    if priced?.isFree ?? false { return .free }
    guard let entry = priced?.price(at: milliseconds), let rates = entry.rates(at: milliseconds, prompt: prompt) else {
      // Nothing is near a name that the table knows: it has no price at that time.
      return planByPattern(for: slot.id, at: milliseconds).map(PriceAnswer.plan) ?? .unpriced(nearest: [])
    }
    if rates.isFree { return .free }
    return .perToken(
      PriceInForce(model: slot.id, rates: rates, from: entry.from, source: entry.source, verified: entry.verified))
  }

  /// The table's own name of a model; `nil` where it knows no such spelling. `ModelNames` says what counts as one.
  package func resolve(_ model: ModelID) -> ModelID? { names.memoisedSlot(of: model).map { slots[$0].id } }

  /// The table's own name of a provider; one that it does not know keeps its name.
  package func provider(named name: String) -> String { names.canonicalProvider(name) }

  /// The baseline's tokens for a text ÷ the model's; one unless the table says otherwise.
  package func tokenFactor(of model: ModelID) -> TokenFactor {
    names.memoisedSlot(of: model).flatMap { slots[$0].model }.map { models[$0].tokenFactor } ?? .one
  }

  /// Whether a model's price in some instant of a span has hours of the day.
  /// - Parameter span: epoch milliseconds.
  package func hasWindows(_ model: ModelID, in span: Range<Int64>) -> Bool {
    guard let prices = names.memoisedSlot(of: model).flatMap({ slots[$0].model }).map({ models[$0].prices }) else {
      return false
    }
    return prices.indices.contains { index in
      !prices[index].windows.isEmpty && prices[index].from < span.upperBound
        && (index + 1 == prices.count || prices[index + 1].from > span.lowerBound)
    }
  }

  /// The table as it was at the end of a day: without what was recorded later. An entry that does not say when it was
  /// recorded was known when it came into force.
  package func asKnown(on day: CivilDay) -> PriceTable {
    func known(_ plans: [Plan]) -> [Plan] {
      plans.map { plan in
        var plan = plan
        plan.fees.removeAll { ($0.recorded ?? $0.day) > day }
        return plan
      }
    }
    return PriceTable(
      providers: providers,
      models: models.map { model in
        var model = model
        model.prices.removeAll { ($0.recorded ?? CivilDay(utc: $0.from)) > day }
        return model
      },
      plans: known(plans), offers: known(offers), currencies: currencies, names: names, slots: slots,
      warnings: warnings)
  }

  /// The running plan whose pattern fits a name best.
  private func planByPattern(for model: ModelID, at milliseconds: Int64) -> Plan? {
    let name = ModelID(provider: names.canonicalProvider(model.provider), model: model.model)
    return plans.filter { !$0.patterns.isEmpty && $0.isRunning(at: milliseconds) }
      .compactMap { plan in plan.pattern(for: name).map { (plan: plan, letters: $0.model.utf8.count) } }
      .max { ($0.letters, $1.plan.name) < ($1.letters, $0.plan.name) }?.plan
  }

  /// Whether some plan covers a model, now or ever.
  package func isEverCovered(_ model: ModelID) -> Bool {
    if let index = names.memoisedSlot(of: model), !slots[index].plans.isEmpty { return true }
    let name = ModelID(provider: names.canonicalProvider(model.provider), model: model.model)
    let known = resolve(model) ?? name
    return plans.contains { $0.pattern(for: name) != nil || $0.pattern(for: known) != nil }
  }

  /// Up to three names that look alike, best first: by the model's own name, then the same provider first.
  private func nearest(to model: ModelID) -> [ModelID] {
    func bare(_ name: String) -> String { ModelNames.folded(String(name.split(separator: "/").last ?? "")) }
    let word = bare(model.model)
    let provider = names.canonicalProvider(model.provider)
    return
      slots
      .map { slot in
        let name = bare(slot.id.model)
        return (
          id: slot.id, length: max(word.count, name.count), distance: editDistance(word, name),
          elsewhere: slot.id.provider == provider ? 0 : 1
        )
      }
      .filter { 2 * $0.distance <= $0.length }
      .sorted { ($0.distance, $0.elsewhere, $0.id) < ($1.distance, $1.elsewhere, $1.id) }
      .prefix(3)
      .map(\.id)
  }
}
