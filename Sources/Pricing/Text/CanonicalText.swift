import Model

/// The content of a table as `FieldLines` that do not depend on file names, order, comments or how numbers are spelled.
///
/// Each provider has a text of its own, and the table's version is the hash over the hashes of those: so it can be told
/// without reading what a layer does not touch.
struct CanonicalText {
  private var lines = FieldLines()

  var text: String { lines.text }

  /// A provider, and its models by name.
  init(_ name: String, _ provider: ProviderNames.Provider, _ models: [PricedModel]) {
    line(["provider", name] + provider.aliases.sorted())
    if !provider.hosts.isEmpty { line(["hosts"] + provider.hosts.sorted()) }
    if !provider.freeSuffixes.isEmpty { line(["free suffixes"] + provider.freeSuffixes.sorted()) }
    for model in models.sorted(by: { $0.id < $1.id }) { add(model) }
  }

  /// Models alone, which `CanonicalReader` reads again.
  init(models: [PricedModel]) { models.forEach { add($0) } }

  private mutating func add(_ model: PricedModel) {
    line(["model", model.id.provider, model.id.model, model.isFree ? "free" : nil] + model.aliases.sorted())
    if let factor = model.tokenFactor { line(["token factor", factor.description]) }
    for successor in model.succession {
      line(["stands for", "\(successor.from)", successor.model.provider, successor.model.model])
    }
    if !model.modifiers.isEmpty {
      line(["modifiers", model.modifiers.webSearch?.description] + Self.fields(model.modifiers.factors))
    }
    model.prices.forEach { add($0) }
  }

  private static func fields(_ factors: [String: TokenFactor]) -> [String] {
    factors.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value.description] }
  }

  /// The hash of a provider's text.
  static func digest(_ name: String, _ provider: ProviderNames.Provider, _ models: [PricedModel]) -> String {
    SecureHash.hex(CanonicalText(name, provider, models).text)
  }

  mutating func add(offers: [Plan], subscriptions: [Subscription], currencies: [Currency]) {
    for currency in currencies.sorted(by: { $0.code < $1.code }) {
      line(["currency", currency.code])
      for rate in currency.rates {
        line(["worth", "\(rate.from)", rate.dollars.description, rate.source, rate.verified?.description])
      }
    }
    for plan in offers.sorted(by: { $0.name < $1.name }) {
      line(["plan", plan.name, plan.kind.rawValue] + plan.models.sorted().flatMap { [$0.provider, $0.model] })
      if !plan.patterns.isEmpty { line(["patterns"] + plan.patterns.sorted().flatMap { [$0.provider, $0.model] }) }
      if plan.billingDay != 1 { line(["billing day", "\(plan.billingDay)"]) }
      if !plan.excludedModes.isEmpty { line(["excluded modes"] + plan.excludedModes.sorted()) }
      plan.fees.forEach { add($0) }
    }
    for subscription in subscriptions {
      line([
        "subscription", subscription.plan, subscription.from.description, subscription.until?.description,
        subscription.seats.map { "\($0)" }, subscription.fee?.description,
      ])
    }
  }

  private mutating func add(_ entry: PriceEntry) {
    line(
      ["from", "\(entry.from)", entry.recorded?.description, entry.source, entry.verified?.description]
        + (entry.imported.map { [$0.list, $0.version, $0.on.description] } ?? []))
    if !entry.factors.isEmpty { line(["factors"] + Self.fields(entry.factors)) }
    add(entry.rates)
    for tier in entry.tiers {
      line(["above", "\(tier.aboveInputTokens)"])
      add(tier.rates)
    }
    let windows = entry.windows.sorted { ($0.minutes.first?.lowerBound ?? 0) < ($1.minutes.first?.lowerBound ?? 0) }
    for window in windows {
      line(["within"] + window.minutes.flatMap { ["\($0.lowerBound)", "\($0.upperBound)"] })
      add(window.rates)
    }
  }

  private mutating func add(_ rates: Rates?) {
    line(rates.map { rates in TokenClass.allCases.map { rates[$0]?.description } } ?? ["ends"])
  }

  private mutating func add(_ fee: PlanFee) {
    line([
      "fee", "\(fee.from)", fee.monthly?.description ?? "ends", fee.recorded?.description, fee.source,
      fee.verified?.description,
    ])
    if fee.annual != nil || fee.seats != 1 || fee.includedTokens != nil {
      line([
        "paid", fee.annual?.description, "\(fee.seats)", fee.includedTokens.map { "\($0)" }, fee.overage?.description,
      ])
    }
    guard let hardware = fee.hardware else { return }
    line([
      "hardware", hardware.price.description, "\(hardware.amortisationMonths)", "\(hardware.watts)",
      "\(hardware.hourThousandthsPerDay)", hardware.tariffPerKWh.description, hardware.otherMonthly.description,
      hardware.tokensPerSecond.map { "\($0)" },
    ])
  }

  mutating func line(_ fields: [String?]) { lines.line(fields) }
}
