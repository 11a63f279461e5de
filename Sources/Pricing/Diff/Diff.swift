import Model

/// What differs between two pricing tables, as facts: how files are written makes no difference.
package struct PriceTableDiff: Hashable, Sendable {
  /// One difference.
  package struct Change: Hashable, Sendable {
    /// What it is about: a model, a plan, a currency.
    package var subject: String
    /// What changed, in words.
    package var text: String
    /// From when it applies, epoch milliseconds; `nil` where it is no matter of time.
    package var from: Int64?
  }

  /// The differences, by subject and time.
  package var changes: [Change] = []

  /// Compares two tables.
  package init(from old: PriceTable, to new: PriceTable) { self.init(from: old, to: new, layer: \.models) }

  /// - Parameter layer: the models to compare.
  init(from old: PriceTable, to new: PriceTable, layer: KeyPath<PriceTable, [PricedModel]>) {
    let (oldModels, newModels) = (Self.byName(old[keyPath: layer], \.id), Self.byName(new[keyPath: layer], \.id))
    for id in Set(oldModels.keys).union(newModels.keys).sorted() {
      compare(oldModels[id], newModels[id], id.description)
    }
    compare(plans: old.offers, new.offers, word: "plan")
    compare(old.subscriptions, new.subscriptions)
    let (oldCurrencies, newCurrencies) = (Self.byName(old.currencies, \.code), Self.byName(new.currencies, \.code))
    for code in Set(oldCurrencies.keys).union(newCurrencies.keys).sorted() {
      let (before, after) = (oldCurrencies[code]?.rates ?? [], newCurrencies[code]?.rates ?? [])
      compare("currency \(code)", before, after, from: \.from) { "worth \($0.dollars) USD" }
    }
    // Aliases of providers, for one, have no words of their own.
    if changes.isEmpty, old.version != new.version {
      changes.append(Change(subject: "the table", text: "names of providers or free suffixes changed"))
    }
  }

  private static func byName<Value, Name: Hashable>(_ values: [Value], _ name: (Value) -> Name) -> [Name: Value] {
    Dictionary(values.map { (name($0), $0) }) { first, _ in first }
  }

  private mutating func note(_ subject: String, _ text: String, from: Int64? = nil) {
    changes.append(Change(subject: subject, text: text, from: from))
  }

  private mutating func compare(_ old: PricedModel?, _ new: PricedModel?, _ subject: String) {
    guard let new else { return note(subject, "removed from the table") }
    let isAdded = old == nil
    if isAdded { note(subject, "added to the table") }
    let old = old ?? PricedModel(id: new.id, aliases: [], isFree: false, prices: [])
    if old.isFree != new.isFree { note(subject, new.isFree ? "costs nothing now" : "is not free any more") }
    if !isAdded, Set(old.aliases) != Set(new.aliases) { note(subject, "other spellings changed") }
    if old.tokenFactor != new.tokenFactor {
      func words(_ factor: TokenFactor?) -> String { factor?.description ?? "none" }
      note(subject, "baseline_token_factor \(words(old.tokenFactor)) → \(words(new.tokenFactor))")
    }
    if old.modifiers != new.modifiers {
      note(subject, "modifiers \(old.modifiers.words) → \(new.modifiers.words)")
    }
    compare(subject, old.succession, new.succession, from: \.from) { "stands for \($0.model)" }
    compare(subject, old.prices, new.prices, from: \.from, words: \.words)
  }

  private mutating func compare(_ old: [Subscription], _ new: [Subscription]) {
    let (before, after) = (Set(old.map(\.description)), Set(new.map(\.description)))
    for subscription in old where !after.contains(subscription.description) {
      note("subscription \(subscription.plan)", "removed: \(subscription)")
    }
    for subscription in new where !before.contains(subscription.description) {
      note("subscription \(subscription.plan)", "added: \(subscription)")
    }
  }

  private mutating func compare(plans old: [Plan], _ new: [Plan], word: String) {
    let (before, after) = (Self.byName(old, \.name), Self.byName(new, \.name))
    for name in Set(before.keys).union(after.keys).sorted() {
      let subject = "\(word) \(name)"
      guard let plan = after[name] else {
        note(subject, "removed from the table")
        continue
      }
      if before[name] == nil { note(subject, "added to the table") }
      let old = before[name] ?? Plan(name: name, kind: plan.kind, models: [], fees: [], billingDay: plan.billingDay)
      let (was, now) = (Set(old.models + old.patterns), Set(plan.models + plan.patterns))
      for model in was.subtracting(now).sorted() { note(subject, "covers \(model) no more") }
      for model in now.subtracting(was).sorted() { note(subject, "covers \(model)") }
      if old.kind != plan.kind { note(subject, "\(old.kind.rawValue) → \(plan.kind.rawValue)") }
      if old.billingDay != plan.billingDay { note(subject, "billing day \(old.billingDay) → \(plan.billingDay)") }
      let (unpaid, stillUnpaid) = (old.excludedModes, plan.excludedModes)
      for mode in stillUnpaid.subtracting(unpaid).sorted() { note(subject, "does not pay for \(mode)") }
      for mode in unpaid.subtracting(stillUnpaid).sorted() { note(subject, "pays for \(mode)") }
      compare(subject, before[name]?.fees ?? [], plan.fees, from: \.from, words: \.words)
    }
  }

  /// Compares dated entries; of several from one instant the last holds.
  private mutating func compare<Entry: Hashable>(
    _ subject: String, _ old: [Entry], _ new: [Entry], from: (Entry) -> Int64, words: (Entry) -> String
  ) {
    let before = Dictionary(old.map { (from($0), $0) }) { $1 }
    let after = Dictionary(new.map { (from($0), $0) }) { $1 }
    for instant in Set(before.keys).union(after.keys).sorted() {
      switch (before[instant], after[instant]) {
      case (let old?, let new?) where old != new:
        let (was, now) = (words(old), words(new))
        note(subject, was == now ? "its source or its dates of proof changed" : "\(was) → \(now)", from: instant)
      case (let old?, nil): note(subject, "entry removed: \(words(old))", from: instant)
      case (nil, let new?): note(subject, "new entry: \(words(new))", from: instant)
      default: break
      }
    }
  }
}

extension PriceModifiers {
  /// `batch 0.5, fast 2, 0.01 a web search`.
  fileprivate var words: String {
    let all = Self.words(factors) + (webSearch.map { ["\($0) a web search"] } ?? [])
    return all.isEmpty ? "none" : all.joined(separator: ", ")
  }
}

extension PriceModifiers {
  fileprivate static func words(_ factors: [String: TokenFactor]) -> [String] {
    factors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
  }
}

extension PriceEntry {
  /// `3 in, 15 out, 0.3 cache read; above 200000 tokens: …; fast 3`.
  fileprivate var words: String {
    guard let rates else { return "no price" }
    let conditions =
      tiers.map { "above \($0.aboveInputTokens) tokens: \($0.rates.words)" }
      + windows.map { "\($0.words): \($0.rates.words)" } + PriceModifiers.words(factors)
    return ([rates.words] + conditions).joined(separator: "; ")
  }
}

extension Rates {
  fileprivate var words: String {
    let named: [(Rate?, String)] = [
      (cacheRead, "cache read"), (cacheWrite5m, "cache write 5m"), (cacheWrite1h, "cache write 1h"),
    ]
    let rest = named.compactMap { rate, name in rate.map { ", \($0) \(name)" } }
    return "\(input) in, \(output) out" + rest.joined()
  }
}

extension PlanFee {
  fileprivate var words: String {
    guard let monthly else { return "ends" }
    let seats = seats == 1 ? "" : " for \(seats) seats"
    let included = includedTokens.map { ", \($0) tokens included" } ?? ""
    let overage = overage.map { ", then \($0) a million" } ?? ""
    return "\(monthly.rounded(places: 2)) a month\(seats)\(included)\(overage)"
  }
}
