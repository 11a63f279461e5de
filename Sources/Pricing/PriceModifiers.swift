/// What multiplies a model's rates beside its time and its prompt, and what single calls of server tools cost.
package struct PriceModifiers: Hashable, Sendable {
  /// Factors by name: `fast` (`speed: fast`), `batch`, `us` (`inference_geo`), `priority` and `flex` (`service_tier`).
  package var factors: [String: TokenFactor] = [:]
  /// The names of all modes.
  static let modes = FileShape.modifiers.names
  /// What one web search costs; `nil` where the table does not know.
  package var webSearch: Money?

  package init() {}

  /// Whether there are none.
  package var isEmpty: Bool { factors.isEmpty && webSearch == nil }
}
