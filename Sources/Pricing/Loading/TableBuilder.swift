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
  private var plans: [Plan] = []
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
    let planEntries = files.flatMap(\.plans).sorted { $0.name.value < $1.name.value }
    for plan in planEntries where !plan.offered { add(plan) }
    let offers = planEntries.filter(\.offered).map { entry -> Plan in
      claim(entry.name)
      return plan(entry, models: entry.models.map(\.value).filter { !$0.model.contains("*") })
    }
    for entry in entries where entry.model.prices.isEmpty && !entry.model.isFree {
      let slot = names.slot(of: ModelID(provider: entry.provider, model: entry.model.name.value))
      let id = ModelID(provider: entry.provider, model: entry.model.name.value)
      if slot.map({ slots[$0].plans.isEmpty }) ?? true, !plans.contains(where: { $0.pattern(for: id) != nil }) {
        findings.append(
          entry.model.name.place.error("a model needs prices, billing: free, or a plan that covers it", key: "prices"))
      }
    }
    findings += conversion.findings
    return PriceTable(
      providers: providers, models: models, plans: plans, offers: offers, currencies: currencies, names: names,
      slots: slots, warnings: warnings)
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
    let index = plans.count
    var plan = plan(entry, models: [])
    for model in entry.models where model.value.model.contains("*") {
      let others = plans.filter { $0.patterns.contains { $0.isSame(as: model.value) } }
      if let other = others.first(where: { running(plan, $0) }) {
        findings.append(
          model.place.error("\(model.value) is covered by the plan \(other.name) at the same time", key: "models"))
      }
    }
    for model in entry.models where !model.value.model.contains("*") {
      let slot = slot(of: model)
      if slots[slot].plans.contains(index) {
        findings.append(model.place.error("\"\(model.value)\" stands in this list already", key: "models"))
        continue
      }
      let others = slots[slot].plans.map { plans[$0] }
      if let other = others.first(where: { running(plan, $0) }) {
        findings.append(
          model.place.error("\(model.value) is covered by the plan \(other.name) at the same time", key: "models"))
      }
      if let priced = slots[slot].model.map({ models[$0] }), isPriced(priced, during: plan) {
        findings.append(
          model.place.error(
            "\(model.value) has a price of its own (\(slotPlaces[slot].file):\(slotPlaces[slot].line)) while the plan"
              + " \(plan.name) runs; end one of them with an entry that says ends: true", key: "models"))
      }
      slots[slot].plans.append(index)
      plan.models.append(slots[slot].id)
    }
    plans.append(plan)
  }

  private mutating func plan(_ entry: ParsedFile.PlanEntry, models: [ModelID]) -> Plan {
    let canonical = models.map { model -> ModelID in
      if let slot = names.slot(of: model) { return slots[slot].id }
      return ModelID(provider: names.canonicalProvider(model.provider), model: model.model)
    }
    let patterns = entry.models.map(\.value).filter { $0.model.contains("*") }.map {
      ModelID(provider: names.canonicalProvider($0.provider), model: $0.model)
    }
    return Plan(
      name: entry.name.value, kind: entry.kind, models: canonical, patterns: patterns,
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

  // Fees and prices change at listed instants only, so two of them meet exactly where they meet at one of those.

  private func running(_ plan: Plan, _ other: Plan) -> Bool {
    (plan.fees + other.fees).contains { plan.isRunning(at: $0.from) && other.isRunning(at: $0.from) }
  }

  private func isPriced(_ model: PricedModel, during plan: Plan) -> Bool {
    if model.isFree { return true }
    return (plan.fees.map(\.from) + model.prices.map(\.from)).contains {
      plan.isRunning(at: $0) && model.price(at: $0) != nil
    }
  }
}

extension ModelID {
  fileprivate func isSame(as other: ModelID) -> Bool {
    (provider.lowercased(), ModelNames.folded(model)) == (other.provider.lowercased(), ModelNames.folded(other.model))
  }
}
