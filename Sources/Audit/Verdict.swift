/// The answer in a word. Raw values are the words of the JSON contract.
package enum Verdict: String, Sendable {
  /// Costs less than the baseline.
  case cheaper
  /// Costs more than the baseline.
  case dearer
  /// Costs exactly what the baseline costs.
  case equal
  /// Cheaper at one end of what the tokens can have cost, and not at the other.
  case uncertain
  /// Paid by a plan, which is judged as a whole.
  case plan
  case free
  /// The model, or else the baseline, has no price.
  case unpriced
  /// No measured tokens, so nothing to compare.
  case noUsage = "no_usage"
}
