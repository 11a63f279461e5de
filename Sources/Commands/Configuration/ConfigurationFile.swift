import Model
import Yams

/// The YAML of a configuration file, as raw settings by the name of their key.
struct ConfigurationFile {
  let path: String
  private(set) var entries: [(key: SettingKey, raw: RawSetting)] = []

  init(path: String, bytes: [UInt8]) throws(ConfigurationError) {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .syntax(problem: "the file is not UTF-8 text", origin: .file(path: path, line: 1, column: 1))
    }
    guard let root = try Self.compose(text, path: path), !root.isNull else { return }
    guard case .mapping(let mapping) = root else {
      throw .syntax(problem: "a configuration is made of keys and values", origin: origin(of: root))
    }
    try flatten(mapping, under: "")
  }

  private mutating func flatten(_ mapping: Node.Mapping, under prefix: String) throws(ConfigurationError) {
    for (keyNode, value) in mapping {
      guard case .scalar(let scalar) = keyNode else {
        throw .syntax(problem: "a key must be a word", origin: origin(of: keyNode))
      }
      let name = prefix + scalar.string
      let section = SettingKey.all.filter { $0.name.hasPrefix(name + ".") }
      if let key = SettingKey.all.first(where: { $0.name == name }) {
        let texts = try key.isMapping ? mappings(of: value, key: name) : texts(of: value, key: name)
        let places = value.sequence?.map(origin(of:)) ?? []
        entries.append((key, RawSetting(texts: texts, origin: origin(of: value), places: places)))
      } else if section.isEmpty {
        throw .unknownKey(name, nearest: Self.nearestKey(to: name), origin: origin(of: keyNode))
      } else if case .mapping(let inner) = value {
        try flatten(inner, under: name + ".")
      } else {
        let names = section.map { String($0.name.dropFirst(name.count + 1)) }.joined(separator: ", ")
        throw .invalidValue(key: name, problem: "must hold keys: \(names)", origin: origin(of: value))
      }
    }
  }

  private func texts(of node: Node, key: String) throws(ConfigurationError) -> [String] {
    guard !node.isNull else { throw .invalidValue(key: key, problem: "has no value", origin: origin(of: node)) }
    switch node {
    case .scalar(let scalar): return [scalar.string]
    case .sequence(let nodes):
      var texts: [String] = []
      for node in nodes {
        guard case .scalar(let scalar) = node, !node.isNull else {
          throw .invalidValue(key: key, problem: "must be a list of texts", origin: origin(of: node))
        }
        texts.append(scalar.string)
      }
      return texts
    case .mapping, .alias:
      throw .invalidValue(key: key, problem: "must be a value, not keys and values", origin: origin(of: node))
    }
  }

  /// Values that are made of keys and values, each as YAML on one line.
  private func mappings(of node: Node, key: String) throws(ConfigurationError) -> [String] {
    guard case .sequence(let nodes) = node else {
      throw .invalidValue(key: key, problem: "must be a list of keys and values", origin: origin(of: node))
    }
    var texts: [String] = []
    for node in nodes {
      guard case .mapping(let mapping) = node else {
        throw .invalidValue(key: key, problem: "must be a list of keys and values", origin: origin(of: node))
      }
      var members: [(String, JSONText)] = []
      for (name, value) in mapping {
        guard case .scalar(let name) = name else {
          throw .invalidValue(key: key, problem: "must hold one value a key", origin: origin(of: value))
        }
        switch value {
        case .scalar(let text): members.append((name.string, value.isNull ? .null : .string(text.string)))
        case .sequence(let items) where items.allSatisfy({ $0.scalar != nil }):
          members.append((name.string, .array(items.map { .string($0.scalar?.string ?? "") })))
        default:
          throw .invalidValue(key: key, problem: "must hold a value or a list a key", origin: origin(of: value))
        }
      }
      // JSON is YAML.
      texts.append(JSONText.object(members).line)
    }
    return texts
  }

  private func origin(of node: Node) -> Origin {
    .file(path: path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// The nearest key by its whole name or, so that a key at the wrong level finds its own, by its last part.
  private static func nearestKey(to name: String) -> String? {
    let keys = SettingKey.all.map(\.name)
    if let whole = nearest(to: name, in: keys).first { return whole }
    let last = { (name: String) in name.split(separator: ".").last.map(String.init) ?? name }
    let part = nearest(to: last(name), in: keys.map(last)).first
    return keys.first { last($0) == part }
  }

  private static func compose(_ text: String, path: String) throws(ConfigurationError) -> Node? {
    func problem(_ sentence: String, _ line: Int = 1, _ column: Int = 1) -> ConfigurationError {
      .syntax(problem: sentence, origin: .file(path: path, line: line, column: column))
    }
    do {
      // Values are taken by their text, so no resolver has to compile its patterns.
      return try Yams.compose(yaml: text, .basic)
    } catch YamlError.scanner(_, let sentence, let mark, _) {
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first ?? ""
      let isTab = line.unicodeScalars.dropFirst(mark.column - 1).first == "\t"
      throw problem(isTab ? "YAML is indented with spaces, and here is a tab" : sentence, mark.line, mark.column)
    } catch YamlError.parser(_, let sentence, let mark, _), YamlError.composer(_, let sentence, let mark, _) {
      throw problem(sentence, mark.line, mark.column)
    } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
      let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
      // Yams names the place of the mapping; the second of the two lines is the one to look at.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let repeated = lines.indices.filter { line in
        keys.contains { lines[line].trimmingPrefix(while: \.isWhitespace).hasPrefix("\($0):") }
      }
      let line = repeated.count > 1 ? repeated[1] + 1 : context.mark.line
      throw problem("a key is there twice: \(names)", line, context.mark.column)
    } catch YamlError.reader(let sentence, let offset, _, _) {
      let before = text.prefix(offset ?? 0)
      let line = before.split(separator: "\n", omittingEmptySubsequences: false)
      throw problem(sentence, max(line.count, 1), (line.last?.count ?? 0) + 1)
    } catch {
      throw problem("the file is no YAML")
    }
  }
}

extension Node {
  /// Whether nothing is written there, or YAML's words for it.
  fileprivate var isNull: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
