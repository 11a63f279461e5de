/// Names come out of logs, and anybody can write a log: they are shown so that they can do no harm where they are read.
package enum SafeText {
  /// Everything that moves the cursor, hides or turns text stands there as `\u{…}`.
  package static func visible(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      if scalar.isUnprintable {
        safe += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  /// For a terminal: the same, cut to some columns.
  package static func terminal(_ text: String, columns: Int) -> String { visible(text).truncated(to: columns) }

  /// For a terminal: the same, at most 120 columns.
  package static func terminal(_ text: String) -> String { terminal(text, columns: 120) }

  /// For GitHub's Markdown, cells of tables included: code, in which nothing else can begin.
  package static func markdown(_ text: String) -> String {
    let safe = terminal(text)
    guard safe.contains(where: { "`|\\<>&".contains($0) }) || safe.isEmpty || safe.hasPrefix(" ") || safe.hasSuffix(" ")
    else { return "`\(safe)`" }
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
    return safe.first.map { "=+-@＝＋－＠".contains($0) } ?? false ? "'" + safe : safe
  }
}
