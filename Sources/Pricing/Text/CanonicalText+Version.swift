import Model

extension CanonicalText {
  /// SHA-256 over everything.
  /// - Parameter isHidden: whether a model of the catalogue is another one's above it.
  static func version(
    providers: ProviderNames, models: [PricedModel], offers: [Plan], subscriptions: [Subscription],
    currencies: [Currency], catalogue: Catalogue?, isHidden: (ModelID) -> Bool
  ) -> String {
    let own = Dictionary(grouping: models) { $0.id.provider }
    var text = CanonicalText(models: [])
    for (name, provider) in providers.providers.sorted(by: { $0.key < $1.key }) {
      let untouched = own[name] == nil ? catalogue?.digest(of: name, ifSame: provider) : nil
      let below = untouched == nil ? (catalogue?.models(of: name) ?? []).filter { !isHidden($0.id) } : []
      text.line([name, untouched ?? digest(name, provider, (own[name] ?? []) + below)])
    }
    text.add(offers: offers, subscriptions: subscriptions, currencies: currencies)
    return SecureHash.hex(text.text)
  }
}
