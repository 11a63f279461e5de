package import Model

/// Why a request has no price.
package enum PriceLack: Hashable, Sendable {
  /// The table has none for the model at that time.
  case price
  /// It was answered by a server of one's own, which no list prices.
  case ownHardware
  /// Nobody knows where it was answered, by a name that servers of one's own mostly have; no plan covers it.
  case perhapsOwnHardware
  /// It was made in a mode (`fast`) of which the table does not know what it costs.
  case mode(String)
  /// Somebody pays for this plan, which covers it, but not at that time.
  case unpaidTime(ofPlan: String)
}

extension PriceTable {
  /// Why a request has no price, or no plan that pays for it. Only to be asked of one that has none.
  package func lack(of model: ModelID, as variant: CallVariant, at milliseconds: Int64) -> PriceLack {
    let offers = plans.isEmpty ? [] : offers(for: model, as: variant)
    if let plan = offers.first(where: { offer in plans.contains { $0.name == offer.name } }) {
      return .unpaidTime(ofPlan: plan.name)
    }
    guard let seller = seller(of: model, at: variant.host) else { return .ownHardware }
    // Ollama sells, too; the others are only ever run by their users.
    let name = model.provider.lowercased()
    if variant.host == nil, Self.localServers.contains(name) {
      if name != "ollama" { return .ownHardware }
      if self.offers(for: model, as: variant).isEmpty { return .perhapsOwnHardware }
    }
    if let speed = variant.speed, factors(of: seller, at: milliseconds)[speed] == nil,
      case .perToken = listPrice(of: seller, at: milliseconds, prompt: 0)
    {
      return .mode(speed)
    }
    return .price
  }
}
