import Model

/// How text stands in systemd's units, in property lists and in crontabs.
enum UnitText {
  /// A word of a unit file: quoted where it needs to be, `%` doubled, because systemd expands that everywhere.
  /// - Parameter doublesDollar: for the arguments of a command, where systemd expands variables.
  static func systemdWord(_ text: String, doublesDollar: Bool) -> String {
    var word = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": word += "\\\\"
      case "\"": word += "\\\""
      case "%": word += "%%"
      case "$" where doublesDollar: word += "$$"
      default: word.unicodeScalars.append(character)
      }
    }
    return SafeText.isPlainWord(text) ? word : "\"\(word)\""
  }

  /// Text between tags of an XML file.
  static func xml(_ text: String) -> String { SafeText.escaped(text) }

  /// A word of a crontab's command: quoted for the shell, and `%`, which cron takes for a line end, escaped.
  static func cronWord(_ text: String) -> String {
    SafeText.escaping(SafeText.shellWord(text)) { $0 == "%" ? "\\%" : nil }
  }

  /// Lets only text through that all three can hold.
  static func checked(_ text: String) throws(DeliveryError) -> String {
    guard text.unicodeScalars.allSatisfy({ !$0.isUnprintable }) else {
      throw .unfitPath(text, reason: "it holds control characters, or some that cannot be seen")
    }
    return text
  }

  /// Lets only absolute paths through.
  static func checkedPath(_ path: String) throws(DeliveryError) -> String {
    guard path.hasPrefix("/") else { throw .unfitPath(path, reason: "it is not absolute") }
    return try checked(path)
  }
}
