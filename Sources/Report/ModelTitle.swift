package import Model

/// What people call a model.
package enum ModelTitle {
  /// `Sonnet 4.6`, or the model's whole name.
  package static func short(_ model: ModelID) -> String {
    let name = model.model
    let version = name.dropFirst("claude-sonnet-".count)
    guard name.hasPrefix("claude-sonnet-"), version.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) else {
      return model.description
    }
    return "Sonnet " + version.split(separator: "-").joined(separator: ".")
  }
}
