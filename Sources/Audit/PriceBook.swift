package import Pricing
package import Model

/// What the audit asks of a pricing table.
package protocol PriceBook: Sendable {
  /// What the table says of a model.
  /// - Parameters:
  ///   - time: epoch milliseconds; the price in force then applies.
  ///   - prompt: the prompt's length, tokens, which price tiers look at.
  func answer(for model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer
  /// The table's own name of a model; `nil` where it knows no such spelling.
  func resolve(_ model: ModelID) -> ModelID?
  /// The baseline's tokens for a text ÷ the model's.
  func tokenFactor(of model: ModelID) -> TokenFactor
  /// The plans that are paid for.
  var plans: [Plan] { get }
  /// SHA-256 over the table's canonical content, hexadecimal.
  var version: String { get }
}

extension PriceTable: PriceBook {}

extension PriceBook {
  /// The name itself: a table in which every model has one spelling.
  package func resolve(_ model: ModelID) -> ModelID? { model }
  /// One.
  package func tokenFactor(of model: ModelID) -> TokenFactor { .one }

  /// Whether two names stand for one model.
  func isSame(_ left: ModelID, _ right: ModelID) -> Bool { (resolve(left) ?? left) == (resolve(right) ?? right) }

  /// How many tokens another model makes of a model's text.
  func factor(of model: ModelID, to other: ModelID) -> TokenFactor {
    tokenFactor(of: model).over(tokenFactor(of: other))
  }
}
