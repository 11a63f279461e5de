/// Normalizes names, each once: very many records share a few.
final class NormalizedNames {
  private var known: [String: String] = [:]

  /// What `NormalizedName` makes of a name.
  func of(_ name: String) -> String {
    if let normalized = known[name] { return normalized }
    let normalized = NormalizedName.of(name)
    known[name] = normalized
    return normalized
  }
}
