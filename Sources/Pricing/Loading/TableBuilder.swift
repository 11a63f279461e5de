import Model

/// Puts the files together and checks what only all of them show: names that stand for two things, and models that are
/// billed in two ways at once.
struct TableBuilder {
  private(set) var findings: [Diagnostic] = []
  private var names = ModelNames()
  private var slots: [PriceTable.Slot] = []
  /// Where each slot was named first.
  private var slotPlaces: [Place] = []
  private var models: [PricedModel] = []
  private var offers: [Plan] = []
  private var planPlaces: [String: Place] = [:]
  private var conversion = CurrencyConversion([])

  /// The table; only to be used where there are no errors in `findings`.
  mutating func build(_ files: [ParsedFile], warnings: [Diagnostic]) -> PriceTable {
    let currencies = currencies(files)
    conversion = CurrencyConversion(currencies)
    let providers = addProviders(files)
    let entries = files.flatMap { file in file.models.map { (provider: file.provider?.value ?? "", model: $0) } }
      .sorted { ($0.provider, $0.model.name.value) < ($1.provider, $1.model.name.value) }
    for entry in entries { add(entry.model, of: entry.provider) }
    for plan in files.flatMap(\.plans).sorted(by: { $0.name.value < $1.name.value }) { add(plan) }
    for entry in entries {
      settle(entry.model, of: entry.provider)
    }
    let subscriptions = files.flatMap(\.subscriptions)
    let paid = PaidPlans(subscriptions, of: offers)
    findings += conversion.findings + paid.findings
    return PriceTable(
      providers: providers, models: models, offers: offers, subscriptions: subscriptions, plans: paid.plans,
      currencies: currencies, names: names, slots: slots,
      warnings: warnings + paid.findings.filter { $0.severity == .warning })
  }

  /// Checks what only the whole table shows of a model: that it has a price, and what an alias stands for.
  private mutating func settle(_ model: ParsedFile.Model, of provider: String) {
    let id = ModelID(provider: provider, model: model.name.value)
    let slot = names.slot(of: id)
    if model.succession.isEmpty {
      guard model.prices.isEmpty, !model.isFree else { return }
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
      let wanted = ModelID(provider: named.provider.isEmpty ? provider : named.provider, model: named.model)
      guard let target = names.slot(of: wanted).map({ slots[$0] }), let priced = target.model,
        !models[priced].prices.isEmpty
      else {
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

  private mutating func addProviders(_ files: [ParsedFile]) -> [String: PriceTable.Provider] {
    var providers: [String: PriceTable.Provider] = [:]
    // Names before aliases, so that an alias that is another file's name is the finding, whatever the order.
    for file in files {
      guard let provider = file.provider else { continue }
      if names.add(provider: provider.value, for: provider.value) != nil {
        findings.append(provider.place.error("another file is for this provider already", key: "provider"))
      }
      providers[provider.value] = PriceTable.Provider(
        aliases: file.aliases.map(\.value), freeSuffixes: file.freeSuffixes.map(\.value))
      names.add(freeSuffixes: file.freeSuffixes.map(\.value), of: provider.value)
    }
    for file in files {
      for alias in file.aliases {
        guard let provider = file.provider, let other = names.add(provider: alias.value, for: provider.value) else {
          continue
        }
        findings.append(
          alias.place.error("\"\(alias.value)\" stands for the provider \(other) already", key: "aliases"))
      }
    }
    return providers
  }

  private mutating func add(_ model: ParsedFile.Model, of provider: String) {
    let id = ModelID(provider: provider, model: model.name.value)
    if let other = names.add(id, slot: slots.count) {
      refuseSpelling(model.name, of: other, key: "model")
      return
    }
    let slot = slots.count
    slots.append(PriceTable.Slot(id: id, model: models.count))
    slotPlaces.append(model.name.place)
    models.append(
      PricedModel(
        id: id, aliases: model.aliases.map(\.value), isFree: model.isFree,
        prices: conversion.pieces(model.prices) { $0.converted(from: $1, at: $2) }, tokenFactor: model.tokenFactor))
    for alias in model.aliases {
      if let other = names.add(ModelID(provider: provider, model: alias.value), slot: slot) {
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

  private mutating func add(_ entry: ParsedFile.PlanEntry) {
    claim(entry.name)
    var plan = plan(entry)
    for model in entry.models where !model.value.model.contains("*") {
      let slot = slot(of: model)
      if slots[slot].offers.contains(offers.count) {
        findings.append(model.place.error("\"\(model.value)\" stands in this list already", key: "models"))
        continue
      }
      slots[slot].offers.append(offers.count)
      plan.models.append(slots[slot].id)
    }
    offers.append(plan)
  }

  private mutating func plan(_ entry: ParsedFile.PlanEntry) -> Plan {
    let patterns = entry.models.map(\.value).filter { $0.model.contains("*") }.map {
      ModelID(provider: names.canonicalProvider($0.provider), model: $0.model)
    }
    return Plan(
      name: entry.name.value, kind: entry.kind, models: [], patterns: patterns,
      fees: conversion.pieces(entry.fees) { $0.converted(from: $1, at: $2) }, billingDay: entry.billingDay)
  }

  /// The slot of a model that a plan names, made where no file has the model itself.
  private mutating func slot(of model: Placed<ModelID>) -> Int {
    if let slot = names.slot(of: model.value) { return slot }
    let id = ModelID(provider: names.canonicalProvider(model.value.provider), model: model.value.model)
    let slot = slots.count
    _ = names.add(id, slot: slot)
    slots.append(PriceTable.Slot(id: id, model: nil))
    slotPlaces.append(model.place)
    return slot
  }
}
