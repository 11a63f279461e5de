import Model

/// Puts the files together and checks what only all of them show: names that stand for two things, and models that are
/// billed in two ways at once.
struct TableBuilder {
  private(set) var findings: [Diagnostic] = []
  /// The layer below.
  private let catalogue: Catalogue?
  private var providers = ProviderNames()
  private var names: [ModelID: Int] = [:]
  private var slots: [PriceTable.Slot] = []
  /// Where each slot was named first.
  private var slotPlaces: [Place] = []
  private var models: [PricedModel] = []
  /// Whose models these are.
  private var modelProviders: Set<String> = []
  private var offers: [Plan] = []
  private var planPlaces: [String: Place] = [:]
  private var conversion = CurrencyConversion([])

  init(over catalogue: Catalogue?) { self.catalogue = catalogue }

  /// The table; only to be used where there are no errors in `findings`. Of the layer below, plans and currencies of the
  /// same name are hidden.
  mutating func build(_ files: [ParsedFile], warnings: [Diagnostic]) -> PriceTable {
    let own = currencies(files)
    let below = catalogue?.offers ?? ParsedFile()
    let currencies =
      (own + below.currencies.map(\.value).filter { other in !own.contains { $0.code == other.code } })
      .sorted { $0.code < $1.code }
    conversion = CurrencyConversion(currencies)
    addProviders(files)
    let entries = files.flatMap { file in
      file.models.map { (provider: providers.canonical(file.provider?.value ?? ""), model: $0) }
    }
    .sorted { ($0.provider, $0.model.name.value) < ($1.provider, $1.model.name.value) }
    for entry in entries { add(entry.model, of: entry.provider) }
    let ownPlans = Set(files.flatMap(\.plans).map(\.name.value))
    let planEntries =
      (files.flatMap(\.plans).map { (plan: $0, isBelow: false) }
      + below.plans.filter { !ownPlans.contains($0.name.value) }.map { (plan: $0, isBelow: true) })
      .sorted { $0.plan.name.value < $1.plan.name.value }
    for entry in planEntries { add(entry.plan, isBelow: entry.isBelow) }
    for entry in entries { settle(entry.model, of: entry.provider) }
    let subscriptions = files.flatMap(\.subscriptions)
    let paid = PaidPlans(subscriptions, of: offers)
    findings += conversion.findings + paid.findings
    return PriceTable(
      providers: providers, models: models, offers: offers, subscriptions: subscriptions, plans: paid.plans,
      currencies: currencies, names: names, slots: slots, catalogue: catalogue,
      version: files.isEmpty ? catalogue?.tableVersion : nil,
      warnings: warnings + paid.findings.filter { $0.severity == .warning })
  }

  /// Checks what only the whole table shows of a model: that it has a price, and what an alias stands for.
  private mutating func settle(_ model: ParsedFile.Model, of provider: String) {
    let id = ModelID(provider: provider, model: model.name.value)
    let slot = self.slot(named: id)
    if model.succession.isEmpty {
      guard !model.statesPrices, !model.isFree else { return }
      let isCovered = slot.map { !slots[$0].offers.isEmpty } ?? false
      if !isCovered, !offers.contains(where: { $0.pattern(for: id) != nil }) {
        findings.append(
          model.name.place.error("a model needs prices, billing: free, or a plan that covers it", key: "prices"))
      }
      return
    }
    guard let index = slot.flatMap({ slots[$0].model }) else { return }
    models[index].succession = model.succession.compactMap { successor in
      let named = successor.value.model
      let wanted = canonical(ModelID(provider: named.provider.isEmpty ? provider : named.provider, model: named.model))
      let above = self.slot(named: wanted).flatMap { slots[$0].model }.map { models[$0] }
      let target = above ?? catalogue?.model(wanted.provider, folded: ModelNames.folded(wanted.model))
      guard let target, !target.prices.isEmpty else {
        findings.append(successor.place.error("the table has no model \(wanted) with prices", key: "model"))
        return nil
      }
      return Successor(from: successor.value.from, model: target.id)
    }
  }

  private mutating func currencies(_ files: [ParsedFile]) -> [Currency] {
    var places: [String: Place] = [:]
    for currency in files.flatMap(\.currencies) {
      guard let other = places.updateValue(currency.place, forKey: currency.value.code) else { continue }
      findings.append(currency.place.error("\(other.file):\(other.line) has this currency already", key: "currency"))
    }
    return files.flatMap(\.currencies).map(\.value).sorted { $0.code < $1.code }
  }

  private mutating func addProviders(_ files: [ParsedFile]) {
    // Names before aliases, so that an alias that is another file's name is the finding, whatever the order.
    var own: [String: String] = [:]
    for file in files {
      guard let provider = file.provider else { continue }
      // A file for a provider that the layer below has under another name adds to that one.
      let name = catalogue?.provider(named: provider.value) ?? provider.value
      own[provider.value] = name
      if providers.add(name: name, for: name) != nil {
        findings.append(provider.place.error("another file is for this provider already", key: "provider"))
      }
      if name != provider.value { _ = providers.add(name: provider.value, for: name) }
      providers.add(freeSuffixes: file.freeSuffixes.map(\.value), of: name)
    }
    for file in files {
      guard let provider = file.provider.flatMap({ own[$0.value] }) else { continue }
      for alias in file.aliases {
        if let other = providers.add(name: alias.value, for: provider), other != provider || catalogue == nil {
          findings.append(
            alias.place.error("\"\(alias.value)\" stands for the provider \(other) already", key: "aliases"))
        }
      }
      for host in file.hosts {
        if let other = providers.add(host: host.value, of: provider) {
          findings.append(host.place.error("\"\(host.value)\" is an endpoint of \(other) already", key: "hosts"))
        }
      }
    }
    // What the files say goes before what lies below.
    for section in catalogue?.names ?? [] {
      let name = section.name
      guard providers.add(name: name, for: name).map({ $0 == name }) ?? true else { continue }
      for alias in section.provider.aliases { _ = providers.add(name: alias, for: name) }
      for host in section.provider.hosts { _ = providers.add(host: host, of: name) }
      providers.add(freeSuffixes: section.provider.freeSuffixes, of: name)
    }
  }

  /// Makes a name of the table's own provider name stand for a slot.
  /// - Returns: the slot that it stood for already; the names then stay as they were.
  private mutating func add(_ spelling: ModelID, slot: Int) -> Int? {
    let key = PriceTable.key(spelling.provider, spelling.model)
    if let other = names[key] { return other }
    names[key] = slot
    return nil
  }

  /// The slot that a name stands for.
  private func slot(named name: ModelID) -> Int? {
    let provider = providers.canonical(name.provider)
    for candidate in ModelNames.candidates(name.model, provider: providers.names(of: provider)) {
      if let slot = names[ModelID(provider: provider.lowercased(), model: candidate)] { return slot }
    }
    return nil
  }

  /// The table's own name of a model.
  private func canonical(_ model: ModelID) -> ModelID {
    if let slot = slot(named: model) { return slots[slot].id }
    let provider = providers.canonical(model.provider)
    for candidate in ModelNames.candidates(model.model, provider: providers.names(of: provider)) {
      if let below = catalogue?.model(provider, folded: candidate) { return below.id }
    }
    return ModelID(provider: provider, model: model.model)
  }

  private mutating func add(_ model: ParsedFile.Model, of provider: String) {
    let id = ModelID(provider: provider, model: model.name.value)
    if let other = add(id, slot: slots.count) {
      refuseSpelling(model.name, of: other, key: "model")
      return
    }
    let slot = slots.count
    slots.append(PriceTable.Slot(id: id, model: models.count))
    slotPlaces.append(model.name.place)
    modelProviders.insert(provider)
    models.append(
      PricedModel(
        id: id, aliases: model.aliases.map(\.value), isFree: model.isFree,
        prices: conversion.pieces(model.prices) { $0.converted(from: $1, at: $2) }, tokenFactor: model.tokenFactor,
        modifiers: model.modifiers))
    for alias in model.aliases {
      if let other = add(ModelID(provider: provider, model: alias.value), slot: slot) {
        refuseSpelling(alias, of: other, key: "aliases")
      }
    }
  }

  private mutating func refuseSpelling(_ spelling: Placed<String>, of slot: Int, key: String) {
    let (id, place) = (slots[slot].id, slotPlaces[slot])
    findings.append(
      spelling.place.error("\"\(spelling.value)\" stands for \(id) already (\(place.file):\(place.line))", key: key))
  }

  /// Takes a plan's name, which must be its own.
  private mutating func claim(_ name: Placed<String>) {
    if let other = planPlaces.updateValue(name.place, forKey: name.value) {
      findings.append(name.place.error("\(other.file):\(other.line) has a plan of this name already", key: "plan"))
    }
  }

  /// - Parameter isBelow: whether the layer below has it, with its models by their own names.
  private mutating func add(_ entry: ParsedFile.PlanEntry, isBelow: Bool) {
    claim(entry.name)
    var plan = plan(entry)
    for model in entry.models where !model.value.model.contains("*") {
      let slot = slot(of: model, isBelow: isBelow)
      if slots[slot].offers.contains(offers.count) {
        findings.append(model.place.error("\"\(model.value)\" is in this list already", key: "models"))
        continue
      }
      slots[slot].offers.append(offers.count)
      plan.models.append(slots[slot].id)
    }
    offers.append(plan)
  }

  private mutating func plan(_ entry: ParsedFile.PlanEntry) -> Plan {
    let patterns = entry.models.map(\.value).filter { $0.model.contains("*") }.map {
      ModelID(provider: providers.canonical($0.provider), model: $0.model)
    }
    return Plan(
      name: entry.name.value, kind: entry.kind, models: [], patterns: patterns,
      fees: conversion.pieces(entry.fees) { $0.converted(from: $1, at: $2) }, billingDay: entry.billingDay,
      excludedModes: entry.excludedModes)
  }

  /// Whether the files have models of a provider, or call another one by its name.
  private func hasModels(of provider: String) -> Bool {
    modelProviders.contains(provider) || providers.canonical(provider) != provider
  }

  /// The slot of a model that a plan names, made where no file has the model itself.
  private mutating func slot(of model: Placed<ModelID>, isBelow: Bool) -> Int {
    let id: ModelID
    if isBelow, !hasModels(of: model.value.provider) {
      // No other spelling stands for it, so nothing of the layer below has to be read.
      id = model.value
      if let slot = names[PriceTable.key(id.provider, id.model)] { return slot }
    } else {
      id = canonical(model.value)
      if let slot = self.slot(named: id) { return slot }
    }
    let slot = slots.count
    _ = add(id, slot: slot)
    slots.append(PriceTable.Slot(id: id, model: nil))
    slotPlaces.append(model.place)
    return slot
  }
}
