/// Makes text from outside safe to show. Names come out of logs, and anybody can write a log.
package enum SafeText {
  /// Everything that moves the cursor, hides or turns text stands there as `\u{…}`, and so does what would begin a
  /// workflow command where a line of a CI's log begins with it.
  package static func visible(_ text: String) -> String {
    var safe = ""
    let scalars = text.unicodeScalars
    var isAfterSpace = true
    for index in scalars.indices {
      let scalar = scalars[index]
      if scalar.isUnprintable || beginsCommand(scalars[index...], isAfterSpace: isAfterSpace) {
        safe += "\\u{\(String(scalar.value, radix: 16))}"
        isAfterSpace = false
      } else {
        safe.unicodeScalars.append(scalar)
        isAfterSpace = scalar.properties.isWhitespace
      }
    }
    return safe
  }

  /// As GitHub's runner has it: `::name` at the begin of a line, or in its older form `##[name` anywhere.
  private static func beginsCommand(_ scalars: Substring.UnicodeScalarView, isAfterSpace: Bool) -> Bool {
    if scalars.first == "#" { return scalars.starts(with: "##[".unicodeScalars) }
    guard scalars.first == ":", isAfterSpace, scalars.starts(with: "::".unicodeScalars) else { return false }
    return scalars.dropFirst(2).first?.properties.isAlphabetic ?? false
  }

  /// Replaces scalars one by one. `String.replacing` compares characters: it misses a quote with a combining mark behind
  /// it, and the line feed of CR LF.
  package static func escaping(_ text: String, _ escape: (Unicode.Scalar) -> String?) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let other = escape(scalar) { escaped.append(contentsOf: other.unicodeScalars) } else { escaped.append(scalar) }
    }
    return String(escaped)
  }

  /// For a terminal: the same, cut to some columns, and to so many marks that draw over one column.
  package static func terminal(_ text: String, columns: Int) -> String {
    let scalars = text.unicodeScalars.prefix(4 * columns)
    let cut = visible(String(scalars)).truncated(to: columns)
    return scalars.endIndex == text.unicodeScalars.endIndex || cut.hasSuffix("…") ? cut : cut + "…"
  }

  /// For a terminal: the same, at most 120 columns.
  package static func terminal(_ text: String) -> String { terminal(text, columns: 120) }

  /// For GitHub's Markdown, cells of tables included: code, in which nothing else can begin.
  package static func markdown(_ text: String) -> String { markdown(text, columns: 120) }

  /// The same for a command, of which nothing may be missing.
  package static func markdownCode(_ text: String) -> String { markdown(text, columns: 1000) }

  private static func markdown(_ text: String, columns: Int) -> String {
    let safe = terminal(text, columns: columns)
    let scalars = safe.unicodeScalars
    let isPlain = scalars.allSatisfy { !"`|\\<>&".unicodeScalars.contains($0) } && scalars.first?.isMark == false
    guard !isPlain || scalars.first == " " || scalars.last == " " else { return "`\(safe)`" }
    // A code span knows no escapes; a character reference is text to Markdown and to HTML.
    let references = safe.unicodeScalars.map { scalar in
      scalar.isASCII && !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar)
        ? "&#\(scalar.value);" : String(scalar)
    }
    return "<code>\(references.joined())</code>"
  }

  /// For a cell of CSV that a spreadsheet may open: a name that would be a formula gets an apostrophe before it.
  package static func csv(_ text: String) -> String {
    let safe = terminal(text)
    return safe.unicodeScalars.first.map { "=+-@＝＋－＠".unicodeScalars.contains($0) } ?? false ? "'" + safe : safe
  }
}

extension Unicode.Scalar {
  /// Whether it is drawn over what stands before it, even a quote.
  fileprivate var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }
}
