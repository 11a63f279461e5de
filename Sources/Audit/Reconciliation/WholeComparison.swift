import Model
import Pricing

/// What the tokens of a bill cost at the table's rates, where the bill has one sum for several classes, or none. Pure.
struct WholeComparison {
  /// What the measured tokens of them cost.
  private(set) var measured = ExactAmount.zero
  /// What the others can cost: at the table's lowest rates, at the usual ones, and at the highest.
  private(set) var (low, usual, high) = (ExactAmount.zero, ExactAmount.zero, ExactAmount.zero)
  /// What measured tokens cost that the bill does not have; not below zero.
  private(set) var lacking = ExactAmount.zero
  /// Whether the table has a rate for each of the tokens.
  private(set) var isPriced = true

  /// - Parameters:
  ///   - billed: the bill's tokens.
  ///   - parts: the measured tokens of a class by the table's rate.
  ///   - known: the rates that the table has for a class at that time, the usual one first.
  init(
    billed: [TokenClass: Int64], parts: (TokenClass) -> [LedgerUse.Part], known: (TokenClass) -> [Rate]
  ) {
    for tokenClass in TokenClass.allCases {
      let parts = parts(tokenClass)
      let (count, own) = (parts.reduce(0) { $0 + $1.tokens }, billed[tokenClass] ?? 0)
      let cost = parts.reduce(ExactAmount.zero) { $0 + ($1.rate?.exact ?? .zero) * $1.tokens }
      guard own >= count else {
        let less = cost.multiplied(by: Int128(count - own), over: Int128(count))
        lacking = lacking + less
        measured = measured + cost - less
        continue
      }
      measured = measured + cost
      guard own > count else { continue }
      let rates = known(tokenClass)
      guard let first = rates.first, let lowest = rates.min(), let highest = rates.max() else {
        isPriced = false
        continue
      }
      low = low + lowest.exact * (own - count)
      usual = usual + first.exact * (own - count)
      high = high + highest.exact * (own - count)
    }
  }

  /// What of a sum the table's rates explain: all of it, where it is between what the tokens cost at least and at most.
  func explained(_ billed: ExactAmount) -> ExactAmount { min(max(billed, measured + low), measured + high) }
}
