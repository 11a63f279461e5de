/// A model as the router names it: the provider it was asked from, and the model there.
///
/// The same model from two providers is two identities, because their prices differ.
package struct ModelID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  /// The router's own name of the provider (`ollama`).
  package let provider: String
  /// The router's own name of the model (`glm-5.2`).
  package let model: String

  /// Names a model of a provider.
  package init(provider: String, model: String) {
    self.provider = provider
    self.model = model
  }

  /// Reads `provider/model`; the provider ends at the first slash. `nil` where either part is empty.
  package init?(_ text: String) {
    guard let slash = text.firstIndex(of: "/") else { return nil }
    let provider = text[..<slash]
    let model = text[text.index(after: slash)...]
    guard !provider.isEmpty, !model.isEmpty else { return nil }
    self.init(provider: String(provider), model: String(model))
  }

  /// `provider/model`.
  package var description: String { "\(provider)/\(model)" }

  /// Orders by provider, then by model.
  package static func < (left: ModelID, right: ModelID) -> Bool {
    (left.provider, left.model) < (right.provider, right.model)
  }
}
