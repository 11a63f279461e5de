/// How a text for a person is to look.
package struct Style: Hashable, Sendable {
  /// Whether to colour it.
  package var color: Bool
  /// The columns of the terminal.
  package var width: Int

  package init(color: Bool, width: Int) {
    self.color = color
    self.width = width
  }

  /// Text in a paint, if colour is wanted.
  func paint(_ text: String, _ paint: Paint) -> String {
    color && paint != .plain ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// The colours of a report, as terminals know them.
enum Paint: String {
  case plain = ""
  case heading = "1"
  case good = "32"
  case bad = "1;31"
  case unsure = "33"
}
