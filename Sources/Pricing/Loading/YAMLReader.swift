import Model
import Yams

/// Reads the nodes of one YAML file as text, names and lists, and writes down everything that is wrong with them.
///
/// Values are taken by their text, so that a number without quotes never becomes binary floating point.
struct YAMLReader {
  let file: String
  private(set) var findings: [Diagnostic] = []

  /// A mapping whose keys are all known.
  struct Fields {
    var what: String
    var place: Place
    var values: [String: Node]

    func has(_ key: String) -> Bool { values[key] != nil }
  }

  mutating func refuse(_ place: Place, _ message: String, key: String? = nil) {
    findings.append(place.error(message, key: key))
  }

  mutating func warn(_ place: Place, _ message: String, key: String? = nil, isMinor: Bool = false) {
    var finding = place.error(message, key: key)
    finding.severity = .warning
    finding.isMinor = isMinor
    findings.append(finding)
  }

  /// The file's one document; `nil`, with a finding, where it is no YAML or empty.
  mutating func root(of text: String) -> Node? {
    // Some editors begin a file with a byte order mark.
    let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    if let finding = forbidden(in: text) {
      findings.append(finding)
      return nil
    }
    do {
      // Values are taken by their text, so nothing has to be told apart by a regular expression a scalar.
      if let node = try Yams.compose(yaml: text, .basic) { return node }
      refuse(start, "the file is empty")
    } catch let error as YamlError {
      refuse(error, in: text)
    } catch {
      refuse(start, "this is no YAML")
    }
    return nil
  }

  /// The first tab or anchor. A few anchors of anchors can stand for more nodes than there is memory, so none is read.
  private func forbidden(in text: String) -> Diagnostic? {
    // By scalars: to a Swift string, a carriage return and a newline are one character.
    var (line, column) = (1, 0)
    var (before, last): (Unicode.Scalar, Unicode.Scalar) = ("\n", "\n")
    for scalar in text.unicodeScalars {
      column += 1
      if scalar == "\t" {
        return Place(file: file, line: line, column: column).error("a tab stands here; use spaces")
      }
      if last == "&", " \r\n[{,:".unicodeScalars.contains(before), !" \r\n".unicodeScalars.contains(scalar) {
        return Place(file: file, line: line, column: column - 1)
          .error("an anchor stands here; write the value itself wherever it is needed")
      }
      if scalar == "\n" { (line, column) = (line + 1, 0) }
      (before, last) = (last, scalar)
    }
    return nil
  }

  /// A mapping; unknown keys are findings, each with the nearest known key.
  mutating func fields(of node: Node, as shape: FileShape) -> Fields? {
    let (what, known) = (shape.what, shape.names)
    guard let mapping = node.mapping else {
      refuse(place(of: node), "\(what) must be a mapping of keys to values")
      return nil
    }
    var fields = Fields(what: what, place: place(of: node), values: [:])
    for (keyNode, value) in mapping {
      // Keys are shown to people, whose terminals obey control characters.
      let key = Self.shown(keyNode.scalar?.string ?? "")
      if known.contains(key) {
        if fields.has(key) { refuse(place(of: keyNode), "the same key stands here twice", key: key) }
        fields.values[key] = value
      } else if let advice = shape.retired[key] {
        refuse(place(of: keyNode), advice, key: key)
      } else {
        let near = nearest(to: key, in: known).first.map { "did you mean \($0)?" }
        let choice = near ?? "known are \(known.joined(separator: ", "))"
        refuse(place(of: keyNode), "\(what) has no such key; \(choice)", key: key)
      }
    }
    return fields
  }

  /// The text of a scalar; `nil`, with a finding, where it is missing although required, empty, or no scalar.
  mutating func text(_ key: String, in fields: Fields, required: Bool = true) -> Placed<String>? {
    guard let node = fields.values[key] else {
      if required { refuse(fields.place, "\(fields.what) needs this key", key: key) }
      return nil
    }
    return text(of: node, key: key)
  }

  /// The text of a scalar, converted; a finding where the conversion refuses it.
  mutating func value<Value>(
    _ key: String, in fields: Fields, required: Bool = true, as what: String, _ convert: (String) -> Value?
  ) -> Placed<Value>? {
    guard let text = text(key, in: fields, required: required) else { return nil }
    guard let value = convert(text.value) else {
      refuse(text.place, "\"\(text.value)\" is not \(what)", key: key)
      return nil
    }
    return Placed(value: value, place: text.place)
  }

  /// The members of a list that is there, and then is not empty.
  mutating func list(_ key: String, in fields: Fields, required: Bool = false) -> [Node] {
    guard let node = fields.values[key] else {
      if required { refuse(fields.place, "\(fields.what) needs this key", key: key) }
      return []
    }
    guard let sequence = node.sequence else {
      refuse(place(of: node), "must be a list", key: key)
      return []
    }
    if sequence.isEmpty { refuse(place(of: node), "the list is empty", key: key) }
    return Array(sequence)
  }

  /// The members of a list of names.
  mutating func names(_ key: String, in fields: Fields, required: Bool = false) -> [Placed<String>] {
    var names: [Placed<String>] = []
    for node in list(key, in: fields, required: required) {
      if let name = text(of: node, key: key) { names.append(name) }
    }
    return names
  }

  func place(of node: Node) -> Place {
    Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// A text with a question mark for each control character.
  private static func shown(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(scalar.properties.generalCategory == .control ? "?" : scalar) }
    return String(scalars)
  }

  private var start: Place { Place(file: file, line: 1, column: 1) }

  private mutating func text(of node: Node, key: String) -> Placed<String>? {
    guard let scalar = node.scalar else {
      refuse(place(of: node), "must be one value, not a list or a mapping", key: key)
      return nil
    }
    guard !scalar.string.isEmpty, scalar.style != .plain || !["~", "null"].contains(scalar.string.lowercased()) else {
      refuse(place(of: node), "has no value", key: key)
      return nil
    }
    guard Self.shown(scalar.string) == scalar.string else {
      refuse(place(of: node), "holds a control character", key: key)
      return nil
    }
    return Placed(value: scalar.string, place: place(of: node))
  }

  private mutating func refuse(_ error: YamlError, in text: String) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      // The end of a file without a last newline is marked as one line more.
      let line = min(mark.line, text.count(where: \.isNewline) + 1)
      refuse(Place(file: file, line: line, column: mark.column), "this is no YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      refuse(
        Place(file: file, line: context.mark.line, column: context.mark.column), "the same key stands here twice",
        key: keys.first)
    case .reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      let line = before.count(where: \.isNewline) + 1
      let column = before.count - (before.lastIndex(where: \.isNewline).map { before.distance(to: $0) + 1 } ?? 0) + 1
      refuse(Place(file: file, line: line, column: column), "this is no YAML: \(problem)")
    default:
      refuse(start, "this is no YAML")
    }
  }
}

extension Substring {
  fileprivate func distance(to index: Index) -> Int { distance(from: startIndex, to: index) }
}
