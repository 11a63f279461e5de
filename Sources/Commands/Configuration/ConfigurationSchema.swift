import Model

/// The JSON Schema of a configuration file, made of the same table of keys as the reader.
enum ConfigurationSchema {
  /// The schema as a file.
  static var text: String {
    // Who has given a section's name and nothing more is not done yet; the reader says so too.
    let whole = object(SettingKey.all.map { (path: $0.name.split(separator: "."), key: $0) })
    return whole.described("Every key may be missing; a flag or a variable CCR_AUDIT_… wins over it.")
      .document(title: "ccr-audit configuration")
  }

  private static func object(_ keys: [(path: [Substring], key: SettingKey)]) -> JSONSchema {
    var names: [Substring] = []
    for name in keys.compactMap(\.path.first) where !names.contains(name) { names.append(name) }
    return .object(
      names.map { name in
        let below = keys.filter { $0.path.first == name }
        if below.count == 1, below[0].path.count == 1 {
          return (String(name), below[0].key.schema.described(below[0].key.help))
        }
        return (String(name), object(below.map { (Array($0.path.dropFirst()), $0.key) }))
      })
  }
}
