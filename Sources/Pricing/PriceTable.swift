package import Model

/// Every price and plan that is known, checked. Values only: no look-up touches a file.
package struct PriceTable: Hashable, Sendable {
  /// The models that have names or prices of their own, by name.
  package let models: [PricedModel]
  /// The plans that somebody here pays for, by name: those of the market that are subscribed to, on the days on which
  /// they are.
  package let plans: [Plan]
  /// The plans on the market, by name. They cover nothing and cost nothing.
  package let offers: [Plan]
  /// Who pays for which plan, by plan and day.
  package let subscriptions: [Subscription]
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
    /// Which of `offers` cover it.
    var offers: [Int] = []
  }

  /// A provider's other names, and the ends of its models' names that cost nothing.
  struct Provider: Hashable, Sendable {
    var aliases: [String]
    var freeSuffixes: [String]
  }

  private let providers: [String: Provider]
  private let names: ModelNames
  private let slots: [Slot]
  /// Which of `plans` cover each slot.
  private let paid: [[Int]]

  init(
    providers: [String: Provider], models: [PricedModel], offers: [Plan], subscriptions: [Subscription],
    plans: [Plan], currencies: [Currency], names: ModelNames, slots: [Slot], warnings: [Diagnostic]
  ) {
    self.providers = providers
    self.models = models
    self.plans = plans
    self.offers = offers
    self.subscriptions = subscriptions.sorted { ($0.plan, $0.from) < ($1.plan, $1.from) }
    self.currencies = currencies
    self.names = names
    self.slots = slots
    self.warnings = warnings
    let byName = Dictionary(plans.indices.map { (plans[$0].name, $0) }) { first, _ in first }
    self.paid = slots.map { $0.offers.compactMap { byName[offers[$0].name] } }
    let canonical = CanonicalText(
      providers: providers, models: models, offers: offers, subscriptions: self.subscriptions, currencies: currencies)
    self.version = SHA256.hex(canonical.text.utf8)
    let entries = models.flatMap(\.prices)
    // A tier's limit counts the baseline's tokens; for a model of another tokenizer it lies elsewhere.
    let own = Set(models.compactMap(\.tokenFactor)).union([.one])
    let factors = Set(own.flatMap { factor in own.map { factor.over($0) } })
    let limits = Set(entries.flatMap(\.tiers).map(\.aboveInputTokens))
    self.grain = PriceGrain(
      cuts: Set(
        entries.map(\.from) + plans.flatMap(\.fees).map(\.from) + models.flatMap(\.succession).map(\.from)
      ).sorted(),
      promptLimits: Set(limits.flatMap { limit in factors.map { $0.limit(limit) } }).sorted(),
      weeklyCuts: Set(
        entries.flatMap(\.windows).flatMap(\.minutes).flatMap { [$0.lowerBound, $0.upperBound % (7 * 1440)] }
      ).sorted())
  }

  /// What one request costs by: a running subscription that covers the model, else the list.
  /// - Parameters:
  ///   - model: who was called, in any spelling that the table knows.
  ///   - milliseconds: when the request was made, epoch milliseconds.
  ///   - prompt: the length of its prompt, all input and cache classes together, tokens.
  package func answer(for model: ModelID, at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    if let plan = plan(for: model, at: milliseconds) { return .plan(plan) }
    let list = listPrice(of: model, at: milliseconds, prompt: prompt)
    // A pattern covers what has no price of its own.
    guard case .unpriced = list, !plans.isEmpty,
      let plan = planByPattern(for: resolve(model) ?? model, at: milliseconds)
    else { return list }
    return .plan(plan)
  }

  /// What one request costs where no plan pays; never `.plan`. A plan does not take a model's list price away.
  package func listPrice(of model: ModelID, at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    guard let slot = names.memoisedSlot(of: model).map({ slots[$0] }) else {
      return names.isFree(model) ? .free : .unpriced(nearest: nearest(to: model))
    }
    let priced = slot.model.map { models[$0] }
    if let alias = priced, !alias.succession.isEmpty {
      // What it stands for is no alias itself.
      return alias.successor(at: milliseconds).map { listPrice(of: $0, at: milliseconds, prompt: prompt) }
        ?? .unpriced(nearest: [])
    }
    if priced?.isFree ?? false { return .free }
    guard let entry = priced?.price(at: milliseconds), let rates = entry.rates(at: milliseconds, prompt: prompt) else {
      // Nothing is near a name that the table knows: it has no price at that time.
      return .unpriced(nearest: [])
    }
    if rates.isFree { return .free }
    return .perToken(
      PriceInForce(model: slot.id, rates: rates, from: entry.from, source: entry.source, verified: entry.verified))
  }

  /// The running subscription that names a model.
  private func plan(for model: ModelID, at milliseconds: Int64) -> Plan? {
    guard !plans.isEmpty, let slot = names.memoisedSlot(of: model) else { return nil }
    return paid[slot].first { plans[$0].isRunning(at: milliseconds) }.map { plans[$0] }
  }

  /// The plans on the market that cover a model, by name.
  package func offers(for model: ModelID) -> [Plan] {
    let slot = names.memoisedSlot(of: model)
    let name =
      slot.map { slots[$0].id } ?? ModelID(provider: names.canonicalProvider(model.provider), model: model.model)
    let listed = slot.map { slots[$0].offers } ?? []
    return offers.indices.filter { listed.contains($0) || offers[$0].pattern(for: name) != nil }.map { offers[$0] }
  }

  /// What a dated alias stands for in the instants of a span, oldest first; any other model stands for itself.
  /// - Parameter span: epoch milliseconds, not empty.
  package func successors(of model: ModelID, in span: Range<Int64>) -> [Successor] {
    let succession = names.memoisedSlot(of: model).flatMap { slots[$0].model }.map { models[$0].succession } ?? []
    let later = succession.partitioningIndex { $0.from > span.lowerBound }
    let known = succession[max(0, later - 1)...].filter { $0.from < span.upperBound }
    return known.isEmpty ? [Successor(from: span.lowerBound, model: resolve(model) ?? model)] : known
  }

  /// The table's own name of a model; `nil` where it knows no such spelling. `ModelNames` says what counts as one.
  package func resolve(_ model: ModelID) -> ModelID? { names.memoisedSlot(of: model).map { slots[$0].id } }

  /// The table's own name of a provider; one that it does not know keeps its name.
  package func provider(named name: String) -> String { names.canonicalProvider(name) }

  /// The tokens of Claude Sonnet 4.6 for a text ÷ the model's; `nil` where nobody published that.
  /// - Parameter milliseconds: when a dated alias is asked about, epoch milliseconds.
  package func tokenFactor(of model: ModelID, at milliseconds: Int64) -> TokenFactor? {
    guard let priced = names.memoisedSlot(of: model).flatMap({ slots[$0].model }).map({ models[$0] }) else {
      return nil
    }
    return priced.successor(at: milliseconds).map { tokenFactor(of: $0, at: milliseconds) } ?? priced.tokenFactor
  }

  /// Whether a model's price in some instant of a span has hours of the day.
  /// - Parameter span: epoch milliseconds.
  package func hasWindows(_ model: ModelID, in span: Range<Int64>) -> Bool {
    guard let priced = names.memoisedSlot(of: model).flatMap({ slots[$0].model }).map({ models[$0] }) else {
      return false
    }
    if priced.succession.contains(where: { hasWindows($0.model, in: span) }) { return true }
    let prices = priced.prices
    return prices.indices.contains { index in
      !prices[index].windows.isEmpty && prices[index].from < span.upperBound
        && (index + 1 == prices.count || prices[index + 1].from > span.lowerBound)
    }
  }

  /// The table as it was at the end of a day: without what was recorded later. An entry that does not say when it was
  /// recorded was known when it came into force.
  package func asKnown(on day: CivilDay) -> PriceTable {
    let known = offers.map { plan in
      var plan = plan
      plan.fees.removeAll { ($0.recorded ?? $0.day) > day }
      return plan
    }
    return PriceTable(
      providers: providers,
      models: models.map { model in
        var model = model
        model.prices.removeAll { ($0.recorded ?? CivilDay(utc: $0.from)) > day }
        return model
      },
      offers: known, subscriptions: subscriptions, plans: PaidPlans(subscriptions, of: known).plans,
      currencies: currencies, names: names, slots: slots, warnings: warnings)
  }

  /// The table with more subscriptions, such as those of the configuration.
  /// - Throws: `PricingError.invalid`.
  package func subscribing(to more: [Subscription]) throws(PricingError) -> PriceTable {
    guard !more.isEmpty else { return self }
    let paid = PaidPlans(subscriptions + more, of: offers)
    guard !paid.findings.contains(where: { $0.severity == .error }) else {
      throw .invalid(paid.findings.filter { $0.severity == .error })
    }
    return PriceTable(
      providers: providers, models: models, offers: offers, subscriptions: subscriptions + more, plans: paid.plans,
      currencies: currencies, names: names, slots: slots,
      warnings: warnings + paid.findings.filter { !warnings.contains($0) })
  }

  /// The table with a dated alias of another one, for the models that this one has too: a team's own folder seldom names
  /// the default baseline. The first of them stands for all days before. The same table where it knows the name, or none
  /// of those models.
  package func borrowing(_ alias: ModelID, from other: PriceTable) -> PriceTable {
    guard resolve(alias) == nil, let lent = other.models.first(where: { $0.id == alias }) else { return self }
    var succession = lent.succession.compactMap { successor in
      resolve(successor.model).map { Successor(from: successor.from, model: $0) }
    }
    guard !succession.isEmpty else { return self }
    succession[0].from = 0
    var model = PricedModel(id: alias, aliases: [], isFree: false, prices: [])
    model.succession = succession
    var names = names
    guard names.add(alias, slot: slots.count) == nil else { return self }
    return PriceTable(
      providers: providers, models: models + [model], offers: offers, subscriptions: subscriptions, plans: plans,
      currencies: currencies, names: names, slots: slots + [Slot(id: alias, model: models.count)], warnings: warnings)
  }

  /// The table without the subscriptions to a plan.
  package func cancelling(_ plan: String) -> PriceTable {
    let kept = subscriptions.filter { $0.plan != plan }
    return PriceTable(
      providers: providers, models: models, offers: offers, subscriptions: kept,
      plans: plans.filter { $0.name != plan }, currencies: currencies, names: names, slots: slots, warnings: warnings)
  }

  /// The running plan whose pattern fits a name best.
  private func planByPattern(for model: ModelID, at milliseconds: Int64) -> Plan? {
    let name = ModelID(provider: names.canonicalProvider(model.provider), model: model.model)
    return plans.filter { !$0.patterns.isEmpty && $0.isRunning(at: milliseconds) }
      .compactMap { plan in plan.pattern(for: name).map { (plan: plan, letters: $0.model.utf8.count) } }
      .max { ($0.letters, $1.plan.name) < ($1.letters, $0.plan.name) }?.plan
  }

  /// Whether somebody ever pays for a plan that covers a model.
  package func isEverCovered(_ model: ModelID) -> Bool {
    if let index = names.memoisedSlot(of: model), !paid[index].isEmpty { return true }
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
