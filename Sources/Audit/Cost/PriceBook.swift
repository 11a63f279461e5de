package import Pricing
package import Model

/// What the audit asks of a pricing table.
package protocol PriceBook: Sendable {
  /// What the table says of a model.
  /// - Parameters:
  ///   - time: epoch milliseconds; the price in force then applies.
  ///   - prompt: the prompt's length, tokens, which price tiers look at.
  func answer(for model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer
  /// What the table says of a model at the endpoint and in the mode that it was called with.
  func answer(for model: ModelID, as variant: CallVariant, at time: Int64, prompt: Int64) -> PriceAnswer
  /// Why a request has no price; only to be asked of one that has none.
  func lack(of model: ModelID, as variant: CallVariant, at time: Int64) -> PriceLack
  /// What multiplies the rates of a mode of a call; `nil` where the table does not know.
  func factor(of mode: String, for model: ModelID, as variant: CallVariant, at time: Int64) -> TokenFactor?
  /// The instants from which other factors multiply the rates.
  func factorChanges(of model: ModelID, as variant: CallVariant) -> [Int64]
  /// What one search of the web costs; `nil` where the table does not know.
  func webSearchFee(of model: ModelID, as variant: CallVariant) -> Money?
  /// The same where no plan pays: never `.plan`. What a baseline and a what-if are priced by.
  func listPrice(of model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer
  /// The plans on the market that cover a model at the endpoint that was called, which may be a plan's own; paid for or
  /// not, the cheapest first.
  func offers(for model: ModelID, as variant: CallVariant) -> [Plan]
  /// What a dated alias stands for in the instants of a span, oldest first; any other model stands for itself.
  func successors(of model: ModelID, in span: Range<Int64>) -> [Successor]
  /// The table's own name of a model; `nil` where it knows no such spelling.
  func resolve(_ model: ModelID) -> ModelID?
  /// The table's own name of a provider; one that it does not know keeps its name.
  func provider(named name: String) -> String
  /// The tokens of Claude Sonnet 4.6 for a text ÷ the model's; `nil` where nobody published that.
  func tokenFactor(of model: ModelID, at time: Int64) -> TokenFactor?
  /// The plans that are paid for.
  var plans: [Plan] { get }
  /// SHA-256 over the table's canonical content, hexadecimal.
  var version: String { get }
}

extension PriceTable: PriceBook {}

extension PriceBook {
  /// The same whatever the endpoint and the mode.
  package func answer(for model: ModelID, as variant: CallVariant, at time: Int64, prompt: Int64) -> PriceAnswer {
    answer(for: model, at: time, prompt: prompt)
  }
  /// Not known.
  package func factor(of mode: String, for model: ModelID, as variant: CallVariant, at time: Int64) -> TokenFactor? {
    nil
  }
  /// None.
  package func factorChanges(of model: ModelID, as variant: CallVariant) -> [Int64] { [] }
  /// Not known.
  package func webSearchFee(of model: ModelID, as variant: CallVariant) -> Money? { nil }
  /// The table has none.
  package func lack(of model: ModelID, as variant: CallVariant, at time: Int64) -> PriceLack { .price }
  /// The name itself: a table in which every model has one spelling.
  package func resolve(_ model: ModelID) -> ModelID? { model }
  package func provider(named name: String) -> String { name }
  package func tokenFactor(of model: ModelID, at time: Int64) -> TokenFactor? { nil }
  package func offers(for model: ModelID, as variant: CallVariant) -> [Plan] { [] }
  /// The model itself.
  package func successors(of model: ModelID, in span: Range<Int64>) -> [Successor] {
    [Successor(from: span.lowerBound, model: model)]
  }

  /// Whether two names stand for one model.
  func isSame(_ left: ModelID, _ right: ModelID) -> Bool { (resolve(left) ?? left) == (resolve(right) ?? right) }

  /// Whether two models are of one provider.
  func isOfOneProvider(_ left: ModelID, _ right: ModelID) -> Bool {
    (resolve(left) ?? left).provider.lowercased() == (resolve(right) ?? right).provider.lowercased()
  }

  /// What a model stands for at an instant: itself, unless it is a dated alias.
  func standing(for model: ModelID, at time: Int64) -> ModelID {
    successors(of: model, in: time..<time + 1).first?.model ?? model
  }

  /// How many tokens another model makes of a model's text; one where nobody published how one of both counts.
  func factor(of model: ModelID, to other: ModelID, at time: Int64) -> TokenFactor {
    guard let own = tokenFactor(of: model, at: time), let others = tokenFactor(of: other, at: time) else { return .one }
    return own.over(others)
  }
}
