import Synchronization
package import Model

/// Every price and plan that is known, checked. Values only: no look-up touches a file.
///
/// A table has two layers: the catalogue below, which may be empty, and a folder's files on top, model by model.
package struct PriceTable: Hashable, Sendable {
  /// The models of the upper layer that have names or prices of their own, by name.
  let own: [PricedModel]
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
    /// Where in `own`.
    var model: Int?
    /// Which of `offers` cover it.
    var offers: [Int] = []
  }

  let providers: ProviderNames
  /// The layer below.
  let catalogue: Catalogue?
  /// By provider's own name in lower case and folded name of the model.
  private let slotsByName: [ModelID: Int]
  private let slots: [Slot]
  /// Which of `plans` is the paid one of each of `offers`.
  private let paid: [Int: Int]
  /// More spellings than anybody has; a log could hold endlessly many.
  private let names = Memo<ModelID, Resolved?>(limit: 300_000)
  let sellers = Memo<Called, ModelID?>(limit: 300_000)
  private let alike = Memo<ModelID, [ModelID]>(limit: 300_000)
  private let covering = Memo<ModelID, [Int]>(limit: 300_000)
  /// By provider, and more of them than any table has.
  private let likely = Memo<String, [Likely]>(limit: 1000)

  /// - Parameter version: where it is known already, so that it need not be computed.
  init(
    providers: ProviderNames, models: [PricedModel], offers: [Plan], subscriptions: [Subscription], plans: [Plan],
    currencies: [Currency], names: [ModelID: Int], slots: [Slot], catalogue: Catalogue?,
    version: String? = nil, warnings: [Diagnostic]
  ) {
    self.providers = providers
    self.own = models
    self.plans = plans
    self.offers = offers
    self.subscriptions = subscriptions.sorted { ($0.plan, $0.from) < ($1.plan, $1.from) }
    self.currencies = currencies
    self.slotsByName = names
    self.slots = slots
    self.catalogue = catalogue
    self.warnings = warnings
    let byName = Dictionary(plans.indices.map { (plans[$0].name, $0) }) { first, _ in first }
    var paid: [Int: Int] = [:]
    for index in offers.indices { paid[index] = byName[offers[index].name] }
    self.paid = paid
    self.version =
      version
      ?? CanonicalText.version(
        providers: providers, models: models, offers: offers, subscriptions: self.subscriptions,
        currencies: currencies, catalogue: catalogue,
        isHidden: { names[Self.key($0.provider, $0.model)].map { slots[$0].model != nil } ?? false })
    var facts = PriceFacts(models)
    if let catalogue { facts.add(catalogue.facts) }
    self.grain = facts.grain(with: plans.flatMap(\.fees).map(\.from))
  }

  /// All models that have names or prices of their own, by name.
  package var models: [PricedModel] {
    (own + (catalogue?.models ?? []).filter { !isHidden($0.id) }).sorted { $0.id < $1.id }
  }

  /// The providers that have a model of that very name, whatever its case.
  package func providers(ofModel name: String) -> Set<String> {
    let asked = name.lowercased()
    return Set(own.filter { $0.id.model.lowercased() == asked }.map(\.id.provider))
      .union(catalogue?.providers(ofModel: name) ?? [])
  }

  /// Whether there is a layer below.
  package var isLayered: Bool { catalogue != nil }

  /// Whether the upper layer has a model of that very name, which hides the layer below's.
  func isHidden(_ id: ModelID) -> Bool {
    slotsByName[Self.key(id.provider, id.model)].map { slots[$0].model != nil } ?? false
  }

  static func key(_ provider: String, _ model: String) -> ModelID {
    ModelID(provider: provider.lowercased(), model: ModelNames.folded(model))
  }

  /// What a name stands for. Asked for several times for each sum of a report, and so shared and not copied.
  final class Resolved: Sendable {
    let id: ModelID
    let model: PricedModel?
    /// Which of `offers` cover it.
    let offers: [Int]

    init(id: ModelID, model: PricedModel?, offers: [Int]) { (self.id, self.model, self.offers) = (id, model, offers) }
  }

  /// What a name stands for; each name is looked up once.
  func find(_ name: ModelID) -> Resolved? { names.value(of: name) { look(for: name) } }

  private func look(for name: ModelID) -> Resolved? {
    let provider = providers.canonical(name.provider)
    let candidates = ModelNames.candidates(name.model, provider: providers.names(of: provider))
    for candidate in candidates {
      if let slot = slotsByName[ModelID(provider: provider.lowercased(), model: candidate)] {
        return found(slots[slot])
      }
      if let below = catalogue?.model(provider, folded: candidate) { return found(below) }
    }
    // A maker before the name says nothing of the price, where only one model of the provider is called so.
    for candidate in candidates {
      let bare = ModelNames.bare(candidate)
      let above = slots.filter {
        $0.id.provider.lowercased() == provider.lowercased() && ModelNames.bare(ModelNames.folded($0.id.model)) == bare
      }
      if above.count == 1 { return found(above[0]) }
      if let below = catalogue?.model(provider, bare: bare) { return found(below) }
    }
    return nil
  }

  private func found(_ slot: Slot) -> Resolved {
    Resolved(
      id: slot.id,
      model: slot.model.map { own[$0] } ?? catalogue?.model(slot.id.provider, folded: ModelNames.folded(slot.id.model)),
      offers: slot.offers)
  }

  private func found(_ below: PricedModel) -> Resolved {
    guard let slot = slotsByName[Self.key(below.id.provider, below.id.model)] else {
      return Resolved(id: below.id, model: below, offers: [])
    }
    return found(slots[slot])
  }

  /// What one request costs by: a running subscription that covers the model, else the list.
  /// - Parameters:
  ///   - model: who was called, in any spelling that the table knows.
  ///   - milliseconds: when the request was made, epoch milliseconds.
  ///   - prompt: the length of its prompt, all input and cache classes together, tokens.
  package func answer(for model: ModelID, at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    answer(for: model, in: [], at: milliseconds, prompt: prompt)
  }

  /// - Parameter modes: those of the call, which not every plan pays for.
  func answer(for model: ModelID, in modes: [String], at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    if let plan = plan(for: model, in: modes, at: milliseconds) { return .plan(plan) }
    let list = listPrice(of: model, at: milliseconds, prompt: prompt)
    // A pattern covers what has no price of its own.
    guard case .unpriced = list, !plans.isEmpty,
      let plan = planByPattern(for: resolve(model) ?? model, in: modes, at: milliseconds)
    else { return list }
    return .plan(plan)
  }

  /// What one request costs where no plan pays; never `.plan`. A plan does not take a model's list price away.
  package func listPrice(of model: ModelID, at milliseconds: Int64, prompt: Int64) -> PriceAnswer {
    guard let found = find(model) else {
      return providers.isFree(model) ? .free : .unpriced(nearest: nearest(to: model))
    }
    if let alias = found.model, !alias.succession.isEmpty {
      // What it stands for is no alias itself.
      return alias.successor(at: milliseconds).map { listPrice(of: $0, at: milliseconds, prompt: prompt) }
        ?? .unpriced(nearest: [])
    }
    if found.model?.isFree ?? false { return .free }
    guard let entry = found.model?.price(at: milliseconds), let rates = entry.rates(at: milliseconds, prompt: prompt)
    else {
      // Nothing is near a name that the table knows: it has no price at that time.
      return .unpriced(nearest: [])
    }
    if rates.isFree { return .free }
    return .perToken(
      PriceInForce(
        model: found.id, rates: rates, from: entry.from, source: entry.source, verified: entry.verified,
        imported: entry.imported))
  }

  /// The running subscription that names a model.
  private func plan(for model: ModelID, in modes: [String], at milliseconds: Int64) -> Plan? {
    guard !plans.isEmpty, let found = find(model) else { return nil }
    return found.offers.compactMap { paid[$0] }
      .first { plans[$0].isRunning(at: milliseconds) && plans[$0].pays(for: modes) }.map { plans[$0] }
  }

  /// The plans on the market that cover a model, by their latest fees and names.
  package func offers(for model: ModelID) -> [Plan] {
    covering.value(of: model) { places(covering: model) }.map { offers[$0] }
  }

  /// Where in `offers` those are that cover a model, the cheapest first.
  private func places(covering model: ModelID) -> [Int] {
    let found = find(model)
    let name = found?.id ?? ModelID(provider: providers.canonical(model.provider), model: model.model)
    let listed = found?.offers ?? []
    return offers.indices.filter { listed.contains($0) || offers[$0].pattern(for: name) != nil }
      .sorted { left, right in
        let (one, other) = (offers[left].fees.last?.monthly, offers[right].fees.last?.monthly)
        guard one != other else { return offers[left].name < offers[right].name }
        return one.map { one in other.map { one < $0 } ?? true } ?? false
      }
  }

  /// What a dated alias stands for in the instants of a span, oldest first; any other model stands for itself.
  /// - Parameter span: epoch milliseconds, not empty.
  package func successors(of model: ModelID, in span: Range<Int64>) -> [Successor] {
    let succession = find(model)?.model?.succession ?? []
    let later = succession.partitioningIndex { $0.from > span.lowerBound }
    let known = succession[max(0, later - 1)...].filter { $0.from < span.upperBound }
    return known.isEmpty ? [Successor(from: span.lowerBound, model: resolve(model) ?? model)] : known
  }

  /// The table's own name of a model; `nil` where it knows no such spelling. `ModelNames` says what counts as one.
  package func resolve(_ model: ModelID) -> ModelID? { find(model)?.id }

  /// The table's own name of a model, where it has the very name that is asked for, and not only a shorter one.
  func ownName(of model: ModelID) -> ModelID? {
    guard let found = find(model) else { return nil }
    let wanted = ModelNames.folded(model.model)
    let names = [found.id.model] + (found.model?.aliases ?? [])
    return names.contains { ModelNames.folded($0) == wanted } ? found.id : nil
  }

  /// What the table has under a name.
  package func pricedModel(_ name: ModelID) -> PricedModel? { find(name)?.model }

  /// The table's own name of a provider; one that it does not know keeps its name.
  package func provider(named name: String) -> String { providers.canonical(name) }

  /// Whether any file names a provider so.
  package func hasProvider(_ name: String) -> Bool { providers.providers[providers.canonical(name)] != nil }

  /// The table's own names of all providers.
  package var providerNames: [String] { providers.providers.keys.sorted() }

  /// The provider whose endpoint a host is; `nil` where the table does not know it.
  package func provider(atHost host: String) -> String? { providers.provider(atHost: host) }

  /// The tokens of Claude Sonnet 4.6 for a text ÷ the model's; `nil` where nobody published that.
  /// - Parameter milliseconds: when a dated alias is asked about, epoch milliseconds.
  package func tokenFactor(of model: ModelID, at milliseconds: Int64) -> TokenFactor? {
    guard let priced = find(model)?.model else { return nil }
    return priced.successor(at: milliseconds).map { tokenFactor(of: $0, at: milliseconds) } ?? priced.tokenFactor
  }

  /// What multiplies a model's rates. An own price without modifiers keeps those of the layer below.
  package func modifiers(of model: ModelID) -> PriceModifiers {
    guard let found = find(model) else { return PriceModifiers() }
    if let own = found.model?.modifiers, !own.isEmpty { return own }
    let below = catalogue?.model(found.id.provider, folded: ModelNames.folded(found.id.model))
    return below?.modifiers ?? PriceModifiers()
  }

  /// What multiplies a model's rates at an instant (epoch milliseconds), by mode: what the price in force says goes before
  /// what the model says.
  func factors(of model: ModelID, at milliseconds: Int64) -> [String: TokenFactor] {
    modifiers(of: model).factors.merging(find(model)?.model?.price(at: milliseconds)?.factors ?? [:]) { $1 }
  }

  /// Whether a folder's file, and not the layer below, prices a model under that name.
  func isOwn(_ name: ModelID) -> Bool {
    find(name).flatMap { slotsByName[Self.key($0.id.provider, $0.id.model)] }.map { slots[$0].model != nil } ?? false
  }

  /// Whether a provider's name stands for a plan and for no host of its own, as a router's preset for a coding plan does.
  /// At an endpoint whose every model runs on that plan, the endpoint says more.
  func isPlanOnly(_ provider: String, at seller: String) -> Bool {
    guard let known = providers.providers[provider], known.hosts.allSatisfy({ $0.contains("/") }) else { return false }
    let covering = offers.filter { plan in (plan.models + plan.patterns).contains { $0.provider == provider } }
    let everything = ModelID(provider: seller, model: "*")
    return !covering.isEmpty && !covering.contains { $0.patterns.contains(everything) }
      && !own.contains { $0.id.provider == provider } && (catalogue?.models(of: provider) ?? []).isEmpty
  }

  /// Whether a model's price in some instant of a span has hours of the day.
  /// - Parameter span: epoch milliseconds.
  package func hasWindows(_ model: ModelID, in span: Range<Int64>) -> Bool {
    guard let priced = find(model)?.model else { return false }
    if priced.succession.contains(where: { hasWindows($0.model, in: span) }) { return true }
    let prices = priced.prices
    return prices.indices.contains { index in
      !prices[index].windows.isEmpty && prices[index].from < span.upperBound
        && (index + 1 == prices.count || prices[index + 1].from > span.lowerBound)
    }
  }

  /// The lengths of prompts above which other rates apply to a request at an instant (epoch milliseconds), tokens.
  package func tierLimits(of model: ModelID, at milliseconds: Int64) -> [Int64] {
    guard let priced = find(model)?.model else { return [] }
    if let successor = priced.successor(at: milliseconds) { return tierLimits(of: successor, at: milliseconds) }
    return priced.price(at: milliseconds)?.tiers.map(\.aboveInputTokens) ?? []
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
      providers: providers, models: own.map { $0.asKnown(on: day) }, offers: known, subscriptions: subscriptions,
      plans: PaidPlans(subscriptions, of: known).plans, currencies: currencies, names: slotsByName, slots: slots,
      catalogue: catalogue?.asKnown(on: day), warnings: warnings)
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
      providers: providers, models: own, offers: offers, subscriptions: subscriptions + more, plans: paid.plans,
      currencies: currencies, names: slotsByName, slots: slots, catalogue: catalogue,
      warnings: warnings + paid.findings.filter { !warnings.contains($0) })
  }

  /// The table with a dated alias of another one, for the models that this one has too: a team's own folder seldom names
  /// the default baseline. The first of them stands for all days before. The same table where it knows the name, or none
  /// of those models.
  package func borrowing(_ alias: ModelID, from other: PriceTable) -> PriceTable {
    guard resolve(alias) == nil, let lent = other.find(alias)?.model else { return self }
    var succession = lent.succession.compactMap { successor in
      resolve(successor.model).map { Successor(from: successor.from, model: $0) }
    }
    guard !succession.isEmpty else { return self }
    succession[0].from = 0
    var model = PricedModel(id: alias, aliases: [], isFree: false, prices: [])
    model.succession = succession
    var names = slotsByName
    names[Self.key(alias.provider, alias.model)] = slots.count
    return PriceTable(
      providers: providers, models: own + [model], offers: offers, subscriptions: subscriptions, plans: plans,
      currencies: currencies, names: names, slots: slots + [Slot(id: alias, model: own.count)], catalogue: catalogue,
      warnings: warnings)
  }

  /// The table without the subscriptions to a plan.
  package func cancelling(_ plan: String) -> PriceTable {
    let kept = subscriptions.filter { $0.plan != plan }
    return PriceTable(
      providers: providers, models: own, offers: offers, subscriptions: kept,
      plans: plans.filter { $0.name != plan }, currencies: currencies, names: slotsByName, slots: slots,
      catalogue: catalogue, warnings: warnings)
  }

  /// The running plan whose pattern fits a name best.
  private func planByPattern(for model: ModelID, in modes: [String], at milliseconds: Int64) -> Plan? {
    let name = ModelID(provider: providers.canonical(model.provider), model: model.model)
    return plans.filter { !$0.patterns.isEmpty && $0.isRunning(at: milliseconds) && $0.pays(for: modes) }
      .compactMap { plan in plan.pattern(for: name).map { (plan: plan, letters: $0.model.utf8.count) } }
      .max { ($0.letters, $1.plan.name) < ($1.letters, $0.plan.name) }?.plan
  }

  /// Whether somebody ever pays for a plan that covers a model, under its provider's name or at an endpoint of the plan's
  /// own, whatever the provider is called there.
  package func isEverCovered(_ model: ModelID) -> Bool {
    if isCovered(model) { return true }
    let sellers = Set(plans.flatMap { ($0.models + $0.patterns).map(\.provider) })
    return sellers.contains { seller in
      !(providers.providers[seller]?.hosts.isEmpty ?? true) && isCovered(ModelID(provider: seller, model: model.model))
    }
  }

  private func isCovered(_ model: ModelID) -> Bool {
    let found = find(model)
    if let found, found.offers.contains(where: { paid[$0] != nil }) { return true }
    let name = ModelID(provider: providers.canonical(model.provider), model: model.model)
    return plans.contains { $0.pattern(for: name) != nil || $0.pattern(for: found?.id ?? name) != nil }
  }

  /// The longest name that others are compared with, bytes.
  private static let longestName = 256

  /// A name that a wrong one may have been meant for.
  struct Likely: Sendable {
    var id: ModelID
    /// The model's own part of it.
    var name: [Unicode.Scalar]
    /// What has no price any more stands last, and a name that always means the newest first.
    var rank: Int
    /// Its version and size, without dates: of names that are as near, the highest stands first.
    var numbers: [Int]

    init(_ id: ModelID, _ model: PricedModel?) {
      self.id = id
      let own = ModelNames.own(id.model)
      name = Array(own.unicodeScalars)
      numbers = PriceTable.numbers(own)
      let isOver = model?.prices.last.map { $0.rates == nil } ?? false
      rank = isOver ? 2 : model?.succession.isEmpty == false ? 0 : 1
    }
  }

  /// Up to three names that look alike, best first: by the model's own name, then the same provider, the same version and
  /// the newest first. Of the layer below, only names of the same provider.
  private func nearest(to model: ModelID) -> [ModelID] {
    alike.value(of: model) {
      let provider = providers.canonical(model.provider)
      return Self.close(to: model.model, of: provider, in: likely.value(of: provider) { likely(of: provider) })
    }
  }

  /// The names of all providers that a name may be meant for, which may be a part of one: `sonnet`. Best first.
  package func modelNames(like model: ModelID) -> [ModelID] {
    let provider = providers.canonical(model.provider)
    let all = models.map { Likely($0.id, $0) }
    let near = Self.close(to: model.model, of: provider, in: all)
    guard near.isEmpty else { return near }
    let asked = Self.words(ModelNames.own(model.model).unicodeScalars)
    let shared = all.map { (likely: $0, distance: -Self.words($0.name).intersection(asked).count) }
    let most = shared.map(\.distance).min() ?? 0
    return most == 0 ? [] : Self.ranked(shared.filter { $0.distance == most }, as: model.model, of: provider)
  }

  /// A typing error may have made at most a third of a name's letters. Of a name that shares a word it may be half.
  private static func close(to name: String, of provider: String, in all: [Likely]) -> [ModelID] {
    let letters = Array(ModelNames.own(name).unicodeScalars)
    // No table has such a name, and the comparison costs the product of both lengths.
    guard letters.count <= longestName else { return [] }
    let asked = words(letters)
    return ranked(
      all.compactMap { likely in
        let length = max(letters.count, likely.name.count)
        let most = words(likely.name).isDisjoint(with: asked) ? max(1, length / 3) : length / 2
        return editDistance(letters, likely.name, atMost: most).map { (likely, $0) }
      }, as: name, of: provider)
  }

  private static func ranked(
    _ found: [(likely: Likely, distance: Int)], as name: String, of provider: String
  ) -> [ModelID] {
    let asked = numbers(ModelNames.own(name))
    func order(_ one: (likely: Likely, distance: Int)) -> [Int] {
      let (likely, isElsewhere) = (one.likely, one.likely.id.provider != provider)
      return [one.distance, isElsewhere ? 1 : 0, likely.numbers == asked ? 0 : 1, likely.rank]
        + likely.numbers.map(-) + [0]
    }
    return found.map { (order($0), $0.likely.id) }.sorted {
      $0.0 == $1.0 ? $0.1 < $1.1 : $0.0.lexicographicallyPrecedes($1.0)
    }.prefix(3).map(\.1)
  }

  /// The version and size in a name, without a date: 4 and 5 of `claude-sonnet-4-5-20250929`.
  private static func numbers(_ own: String) -> [Int] {
    own.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }.filter { $0 < 1000 }
  }

  /// The words of a name, of two letters or more: `claude` and `sonnet` of `claude-sonnet-4-5`, `glm` of `glm4.6`.
  private static func words(_ name: some Sequence<Unicode.Scalar>) -> Set<String> {
    var words: Set<String> = []
    var word = String.UnicodeScalarView()
    for letter in name {
      if letter.properties.isAlphabetic {
        word.append(letter)
      } else {
        words.insert(String(word))
        word = .init()
      }
    }
    return words.union([String(word)]).filter { $0.count > 1 }
  }

  /// The names that a name of a provider may have been meant for. A model that a plan covers has a slot and stands in the
  /// layer below.
  private func likely(of provider: String) -> [Likely] {
    let below = (catalogue?.models(of: provider) ?? []).filter { !isHidden($0.id) }
    let models = Dictionary((own + below).map { ($0.id, $0) }) { own, _ in own }
    return Set(slots.map(\.id)).union(below.map(\.id)).map { Likely($0, models[$0]) }
  }

  package static func == (left: PriceTable, right: PriceTable) -> Bool {
    left.version == right.version && left.warnings == right.warnings
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(version) }
}

/// What was worked out before.
final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let known = Mutex<[Key: Value]>([:])
  private let limit: Int

  /// - Parameter limit: how many values are kept; what comes later is worked out each time.
  init(limit: Int) { self.limit = limit }

  func value(of key: Key, _ find: () -> Value) -> Value {
    if let value = known.withLock({ $0[key] }) { return value }
    let value = find()
    known.withLock { known in
      if known.count < limit { known[key] = .some(value) }
    }
    return value
  }
}

extension PricedModel {
  /// Without the entries that were recorded after a day.
  func asKnown(on day: CivilDay) -> PricedModel {
    var model = self
    model.prices.removeAll { ($0.recorded ?? CivilDay(utc: $0.from)) > day }
    return model
  }
}
