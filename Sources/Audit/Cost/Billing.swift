package import Pricing

/// How a request was paid for.
package enum Billing: Hashable, Sendable {
  /// By the token.
  case perToken
  /// By a plan's flat fee.
  case plan(String, PlanKind)
  /// Not at all.
  case free
  /// The pricing table does not say.
  case unpriced

  /// The word of the JSON contract; `nil` for what the table does not say.
  package var word: String? {
    switch self {
    case .perToken: "per_token"
    case .plan(_, let kind): kind.rawValue
    case .free: "free"
    case .unpriced: nil
    }
  }

  package var plan: String? {
    if case .plan(let name, _) = self { name } else { nil }
  }
}
