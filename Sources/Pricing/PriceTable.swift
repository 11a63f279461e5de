package import Usage

/// Every price and plan that is known, checked. Values only: no look-up touches a file.
package struct PriceTable: Hashable, Sendable {
  /// The models that have names or prices of their own, by name.
  package let models: [PricedModel]
  /// The plans that are taken, by name.
  package let plans: [Plan]
  /// Plans on the market that nobody here has taken (`offered: true`): they cover nothing, advice may name them.
  package let offers: [Plan]
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

  private let names: ModelNames
  private let slots: [Slot]

  init(
    models: [PricedModel], plans: [Plan], offers: [Plan], names: ModelNames, slots: [Slot], version: String,
    warnings: [Diagnostic]
  ) {
    self.models = models
    self.plans = plans
    self.offers = offers
    self.names = names
    self.slots = slots
    self.version = version
    self.warnings = warnings
    let entries = models.flatMap(\.prices)
    self.grain = PriceGrain(
      cuts: Set(entries.map(\.from) + plans.flatMap(\.fees).map(\.from)).sorted(),
      promptLimits: Set(entries.flatMap(\.tiers).map(\.aboveInputTokens)).sorted(),
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
    guard let index = names.slot(of: model) else { return .unpriced(nearest: nearest(to: model)) }
    let slot = slots[index]
    for plan in slot.plans where plans[plan].isRunning(at: milliseconds) { return .plan(plans[plan]) }
    guard let priced = slot.model.map({ models[$0] }) else { return .unpriced(nearest: []) }
    if priced.isFree { return .free }
    // Nothing is near a name that the table knows: it has no price at that time.
    guard let entry = priced.price(at: milliseconds), let rates = entry.rates(at: milliseconds, prompt: prompt)
    else { return .unpriced(nearest: []) }
    if rates.isFree { return .free }
    return .perToken(
      PriceInForce(model: slot.id, rates: rates, from: entry.from, source: entry.source, verified: entry.verified))
  }

  /// The table's own name of a model; `nil` where it knows no such spelling. `ModelNames` says what counts as one.
  package func resolve(_ model: ModelID) -> ModelID? { names.slot(of: model).map { slots[$0].id } }

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
