/// For a chat, which formats, links and mentions.
extension SafeText {
  /// One line without control characters, invisible ones and those that change the writing direction, at most that many
  /// UTF-16 units long.
  package static func plain(_ text: String, limit: Int = 200) -> String {
    var line = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .lineSeparator, .paragraphSeparator, .spaceSeparator: line += " "
      case .control where ["\n", "\r", "\t"].contains(scalar): line += " "
      case .control, .format, .surrogate, .privateUse, .unassigned: line += "\u{FFFD}"
      default: line.unicodeScalars.append(scalar)
      }
    }
    return cut(line, to: limit)
  }

  /// A name, set as code: nothing in it is formatted, linked or taken for a mention.
  package static func code(_ name: String, limit: Int = 120) -> String {
    "`" + escaped(escaping(plain(name, limit: limit)) { $0 == "`" ? "'" : nil }) + "`"
  }

  /// A sentence: shown as it is, without formatting and mentions.
  package static func sentence(_ text: String, limit: Int = 400) -> String {
    let line = Array(plain(text, limit: limit).unicodeScalars)
    var safe = String.UnicodeScalarView()
    for (index, scalar) in line.enumerated() {
      switch scalar {
      case "*": safe.append("∗")
      case "~": safe.append("∼")
      case "`": safe.append("'")
      // Chats other than Slack know @all and @everyone.
      case "@": safe.append("＠")
      // Within a word an underscore formats nothing, and stands in names that people copy.
      case "_" where !(index > 0 && isWord(line[index - 1]) && index + 1 < line.count && isWord(line[index + 1])):
        safe.append("＿")
      default: safe.append(scalar)
      }
    }
    return escaped(String(safe))
  }

  /// Cuts a text to a number of UTF-16 units, between characters, and marks the cut.
  package static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf16.count > limit else { return text }
    var kept = ""
    var length = 0
    for character in text {
      length += character.utf16.count
      // A single character can be thousands of combining marks long.
      guard length < limit else { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// The three characters that begin a link, a mention or an entity in Slack, and markup in XML, as entities.
  package static func escaped(_ text: String) -> String {
    escaping(text) { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      default: nil
      }
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
