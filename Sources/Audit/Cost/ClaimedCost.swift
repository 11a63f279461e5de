package import Pricing
import Model

/// What a router says that requests cost, against what the audit finds. Its claim is a list price, frozen when the
/// request was made, also where a plan pays: shown, never used.
package struct ClaimedCost: Hashable, Sendable {
  /// The requests of which the router says it.
  package var requests: Int
  /// What it says.
  package var claimed: Money
  /// What the same requests cost by the token; nothing where a plan pays, `nil` where tokens or a price are not known.
  package var audited: Money?
}
