/// A JSON value whose members keep the order in which they are written, which Foundation's encoder does not do.
package enum JSONText: Sendable {
  case null
  /// A number without fraction. Money and ratios are strings.
  case integer(Int128)
  /// `true` or `false`.
  case bool(Bool)
  case string(String)
  case array([JSONText])
  /// An object; the caller keeps its names apart.
  case object([(String, JSONText)])

  /// A number without fraction.
  package static func count(_ number: some BinaryInteger) -> JSONText { .integer(Int128(number)) }
  /// A string, or `null`.
  package static func text(_ text: String?) -> JSONText { text.map { .string($0) } ?? .null }

  /// The value on one line.
  package var line: String { written(indent: nil) }
  /// The value on as many lines as it takes, two spaces a level; an object without nested values stays on one line.
  package var pretty: String { written(indent: 0) }

  private func written(indent: Int?) -> String {
    switch self {
    case .null: "null"
    case .integer(let number): String(number)
    case .bool(let value): String(value)
    case .string(let text): Self.quoted(text)
    case .array(let values):
      Self.joined(values.map { (nil, $0) }, between: ("[", "]"), indent: indent)
    case .object(let members):
      Self.joined(members.map { ($0, $1) }, between: ("{", "}"), indent: indent)
    }
  }

  private var isNested: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  private static func joined(
    _ members: [(String?, JSONText)], between ends: (String, String), indent: Int?
  ) -> String {
    // Flat objects and arrays read best on one line.
    let inner = indent.flatMap { level in members.contains { $0.1.isNested } ? level + 1 : nil }
    let parts = members.map { name, value in (name.map { quoted($0) + ": " } ?? "") + value.written(indent: inner) }
    guard let inner else { return ends.0 + parts.joined(separator: ", ") + ends.1 }
    let margin = String(repeating: "  ", count: inner)
    return "\(ends.0)\n" + parts.map { margin + $0 }.joined(separator: ",\n") + "\n\(margin.dropLast(2))\(ends.1)"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.isUnprintable:
        for unit in String(scalar).utf16 { quoted += "\\u" + unit.digits(4, radix: 16) }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension Unicode.Scalar {
  /// Whether a terminal or a reader could be misled by it: controls, escapes, line ends, and everything that draws
  /// nothing or turns the direction of the text.
  package var isUnprintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
    default: false
    }
  }
}
