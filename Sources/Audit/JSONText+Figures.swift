package import Pricing
package import Model

extension JSONText {
  /// An exact decimal string, or `null`.
  package static func money(_ money: Money?) -> JSONText { text(money?.description) }
  /// A string with six places, or `null`.
  package static func ratio(_ ratio: Ratio?) -> JSONText { text(ratio?.description) }

  /// A figure, or `null` where it is a range, and both of its ends.
  package static func ends<Figure>(
    _ name: String, _ range: ClosedRange<Figure>?, _ text: (Figure?) -> JSONText
  ) -> [(String, JSONText)] {
    let (low, high) = (range?.lowerBound, range?.upperBound)
    return [(name, text(low == high ? low : nil)), ("\(name)_low", text(low)), ("\(name)_high", text(high))]
  }

  /// Tokens by class, as every format of ours writes them.
  package static func tokens(_ tokens: TokenUsage) -> JSONText {
    let classes: [(String, JSONText)] = TokenClass.allCases.map { ($0.rawValue, .count(tokens[$0])) }
    return .object(classes + [("reasoning", .count(tokens.reasoning))])
  }

  /// Requests by where their tokens come from; failed ones need none.
  package static func usageSources(_ counts: RequestCounts) -> JSONText {
    .object([
      ("upstream", .count(counts.upstream)), ("router", .count(counts.router)), ("client", .count(counts.client)),
      ("estimated", .count(counts.estimated)), ("unknown", .count(counts.unknown)),
    ])
  }
}
