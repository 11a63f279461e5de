package import Model
import Yams

extension Subscription {
  /// What an editor takes for a subscription.
  package static var schema: JSONSchema {
    let shape = FileShape.subscription
    return .object(
      shape.keys.map { ($0.name, $0.schema.described($0.help)) }, required: shape.keys.filter(\.isRequired).map(\.name))
  }

  /// Why a text is no subscription.
  package struct Problem: Error, Hashable {
    /// A clause.
    package var sentence: String
  }

  /// Reads `{plan: ollama-cloud-pro, from: 2026-11-21}`.
  package static func read(_ text: String) -> Result<Subscription, Problem> {
    var reader = FileReader(file: "")
    let subscription = reader.yaml.root(of: text).flatMap { reader.subscription($0) }
    if let finding = reader.yaml.findings.first(where: { $0.severity == .error }) {
      return .failure(Problem(sentence: (finding.key.map { "\($0): " } ?? "") + finding.message))
    }
    return subscription.map { .success($0) } ?? .failure(Problem(sentence: "it is no subscription"))
  }
}
