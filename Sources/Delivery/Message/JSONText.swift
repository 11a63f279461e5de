/// A JSON value whose keys keep their order, so that the same message is always the same bytes.
enum JSONText {
  case string(String)
  case bool(Bool)
  case array([JSONText])
  case object(KeyValuePairs<String, JSONText>)

  /// The JSON, without white space.
  var text: String {
    switch self {
    case .string(let text): Self.quoted(text)
    case .bool(let value): value ? "true" : "false"
    case .array(let values): "[\(values.map(\.text).joined(separator: ","))]"
    case .object(let members):
      "{\(members.map { "\(Self.quoted($0.key)):\($0.value.text)" }.joined(separator: ","))}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\u{0}"..<" ", "\u{7F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
