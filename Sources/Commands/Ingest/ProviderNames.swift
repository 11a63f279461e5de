import Ledger
import Model
import Pricing
import Reading

/// Names the provider of a model where only a client's record of the answer is left.
struct ProviderNames {
  let configuration: RouterConfiguration
  /// The pricing table, which is not read unless a name needs it.
  let prices: () throws(CommandFailure) -> PriceTable

  /// The provider that the router's configuration lists the model under, else the only one of the pricing table that
  /// has it.
  /// - Throws: `LedgerError.unnamed` where the table is needed and cannot be read.
  func name(_ model: String) throws(LedgerError) -> String? {
    let configured = Set(configuration.providers.filter { $0.models.contains(model) }.map(\.name))
    if configured.count == 1 { return configured.first }
    let table: PriceTable
    do throws(CommandFailure) {
      table = try prices()
    } catch {
      throw .unnamed(model: model, reason: error.sentence)
    }
    let priced = table.providers(ofModel: model)
    return priced.count == 1 ? priced.first : nil
  }
}
