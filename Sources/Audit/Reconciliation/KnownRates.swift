import Model
import Pricing

/// What the table has for a model at the time of a bill's row: a day can have several rates, by the hour or by the
/// length of a prompt.
struct KnownRates {
  private let parts: [LedgerUse.Part]
  private let listed: [Rates]
  /// The class under which the bill lists tokens of a class.
  private let named: (TokenClass) -> TokenClass

  /// - Parameters:
  ///   - listed: the table's, the usual ones first.
  ///   - named: the class under which the bill lists tokens of a class.
  init(use: LedgerUse, listed: [Rates], named: @escaping (TokenClass) -> TokenClass) {
    parts = use.parts
    self.listed = listed + use.unmeasuredRates.filter { !listed.contains($0) }
    self.named = named
  }

  /// Those of a class, the usual one first.
  func rates(of tokenClass: TokenClass) -> [Rate] {
    let all =
      listed.map { $0.applied(to: tokenClass).rate }
      + parts.filter { named($0.tokenClass) == tokenClass }.compactMap(\.rate)
    return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Whether there is none.
  var isEmpty: Bool { listed.isEmpty && parts.allSatisfy { $0.rate == nil } }

  /// The highest one of any class; `nil` where there is none.
  var highest: Rate? {
    let all = listed.flatMap { rates in TokenClass.allCases.map { rates.applied(to: $0).rate } }
    return (all + parts.compactMap(\.rate)).max()
  }
}
