import Model
import Pricing

/// The models that a bill and the ledger name in different ways.
struct BilledNames {
  private let provider: String
  private let prices: PriceTable
  private var byFolded: [String: ModelID] = [:]

  /// - Parameter models: those that the ledger has.
  init(_ models: [ModelID], provider: String, prices: PriceTable) {
    self.provider = provider
    self.prices = prices
    for model in Set(models).sorted() {
      let resolved = prices.resolve(model) ?? model
      byFolded[Self.folded(model.model)] = resolved
      byFolded[Self.folded(resolved.model)] = resolved
    }
  }

  /// A model of the ledger.
  func own(_ model: ModelID) -> ModelID { prices.resolve(model) ?? model }

  /// A model of the bill.
  func model(_ name: String) -> ModelID {
    let asked = ModelID(provider: provider, model: name)
    return byFolded[Self.folded(name)] ?? prices.resolve(asked) ?? asked
  }

  /// A model's name without its maker and the case of its letters.
  private static func folded(_ name: String) -> String {
    name.split(separator: "/").last.map { $0.lowercased().replacing(".", with: "-") } ?? name
  }
}
