import BuiltInPrices
import Model
import Testing

@testable import Pricing

/// Sums of a model may straddle the instants at which only other models' prices change.
struct PriceChangeTests {
  private static let baseline = ModelID(provider: "anthropic", model: "claude-sonnet-4-6")

  /// From a model's first price on, as nothing else is one price.
  private func changes(
    _ model: ModelID, as variant: CallVariant = .none, earlier: Int64 = 0, _ table: PriceTable
  ) -> (changes: Set<Int64>?, span: Range<Int64>) {
    let priced = table.pricedModel(model)
    let first = [priced?.prices.first?.from, priced?.succession.first?.from].compactMap(\.self).min() ?? 0
    let span = max(0, first) - earlier..<1_800_000_000_000
    return (table.changes(of: model, as: variant, besides: [Self.baseline], in: span), span)
  }

  /// What the price at an instant is, for prompts on both sides of every limit.
  private func prices(of model: ModelID, at instant: Int64, _ table: PriceTable) -> [Rates?] {
    ([0] + table.grain.promptLimits.map { $0 + 1 }).map { prompt in
      switch table.answer(for: model, as: .none, at: instant, prompt: prompt) {
      case .perToken(let price): price.rates
      default: nil
      }
    }
  }

  @Test func noPriceChangesBetweenThem() throws {
    let table = try PriceTable.embedded()
    let all = table.models
    // Those with the most prices, and names that stand for others.
    let models =
      all.sorted { ($1.prices.count, $0.id) < ($0.prices.count, $1.id) }.prefix(20)
      + all.filter { !$0.succession.isEmpty }.prefix(5)
    var tried = 0
    for model in models.map(\.id) {
      let (changes, span) = changes(model, table)
      guard let changes else { continue }
      tried += 1
      for cut in table.grain.cuts where span.contains(cut - 1) && !changes.contains(cut) {
        for name in [model, Self.baseline] {
          #expect(prices(of: name, at: cut - 1, table) == prices(of: name, at: cut, table), "\(name) \(cut)")
          #expect(table.tokenFactor(of: name, at: cut - 1) == table.tokenFactor(of: name, at: cut))
          #expect(table.successors(of: name, in: cut - 1..<cut + 1).count == 1)
        }
      }
    }
    #expect(tried > 10)
  }

  /// Where a part of the time has no price, or something of a call is not known, every cut matters.
  @Test func whatIsNotOnePriceIsCutEverywhere() throws {
    let table = try PriceTable.embedded()
    #expect(changes(Self.baseline, table).changes != nil)
    #expect(changes(Self.baseline, as: CallVariant(isSplitUnknown: true), table).changes == nil)
    #expect(changes(Self.baseline, as: CallVariant(isAssumed: true), table).changes == nil)
    #expect(changes(Self.baseline, as: CallVariant(speed: "unheard of"), table).changes == nil)
    #expect(changes(Self.baseline, earlier: 1, table).changes == nil)
    #expect(changes(ModelID(provider: "nobody", model: "nothing"), table).changes == nil)
  }
}
