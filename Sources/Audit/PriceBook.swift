package import Pricing
package import Usage

/// What the audit asks of a pricing table.
package protocol PriceBook: Sendable {
  /// What the table says of a model.
  /// - Parameters:
  ///   - time: epoch milliseconds; the price in force then applies.
  ///   - prompt: the prompt's length, tokens, which price tiers look at.
  func answer(for model: ModelID, at time: Int64, prompt: Int64) -> PriceAnswer
  /// The plans that are paid for.
  var plans: [Plan] { get }
  /// SHA-256 over the table's canonical content, hexadecimal.
  var version: String { get }
}

extension PriceTable: PriceBook {}
