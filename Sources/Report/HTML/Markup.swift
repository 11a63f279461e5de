import Model

/// HTML in which text cannot be forgotten to be escaped: whatever is not made by the program enters it as text or as an
/// attribute's value, and both are escaped. Elements and attributes are those of the two lists below and no others.
struct Markup: Sendable {
  /// The text of the HTML.
  private(set) var html = ""

  init() {}

  /// Text, shown as it is. What is invisible or turns the writing direction stands there as `\u{…}`.
  init(_ text: String) { html = Self.escaped(text) }

  init(_ tag: Tag, _ attributes: KeyValuePairs<Attribute, String> = [:], _ content: Markup...) {
    self.init(tag, attributes, content)
  }

  init(_ tag: Tag, _ attributes: KeyValuePairs<Attribute, String> = [:], _ content: [Markup]) {
    html = "<" + tag.rawValue
    for (name, value) in attributes { html += " \(name.rawValue)=\"\(Self.escaped(value))\"" }
    switch tag {
    case .meta, .wbr: html += ">"
    case .circle, .line, .path, .rect: html += content.isEmpty ? "/>" : ">\(content.joined().html)</\(tag.rawValue)>"
    default: html += ">\(content.joined().html)</\(tag.rawValue)>"
    }
  }

  /// A style sheet of the program.
  init(style: StaticString) { html = "<style>\(style)</style>" }

  /// A whole document.
  static func document(_ root: Markup) -> String { "<!doctype html>\n" + root.html + "\n" }

  static func + (left: Markup, right: Markup) -> Markup {
    var both = left
    both.html += right.html
    return both
  }

  /// Adds more.
  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  private static func escaped(_ text: String) -> String {
    SafeText.escaping(SafeText.visible(text)) { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      default: nil
      }
    }
  }

  /// The elements of a page.
  enum Tag: String {
    case a, b, bdi, body, caption, circle, code, dd, div, dl, dt, figcaption, figure, footer, h1, h2, h3, head, header
    case html, li, line, main, meta, p, path, pattern, rect, section, span, svg, table, tbody, td, text, tfoot, th
    case thead, title, tr, ul, wbr
  }

  /// The attributes of a page. None runs a script, fetches anything or holds a style.
  enum Attribute: String {
    case align, charset, content, `class`, cx, cy, d, fill, height, href, id, lang, name, opacity, overflow
    case patternUnits, preserveAspectRatio, r, role, rx, scope, stroke, tabindex, viewBox, width, x, x1, x2, y, y1, y2
    case ariaHidden = "aria-hidden"
    case ariaLabel = "aria-label"
    case ariaLabelledby = "aria-labelledby"
    case fillOpacity = "fill-opacity"
    case fillRule = "fill-rule"
    case fontSize = "font-size"
    case fontWeight = "font-weight"
    case httpEquiv = "http-equiv"
    case strokeDasharray = "stroke-dasharray"
    case strokeWidth = "stroke-width"
    case textAnchor = "text-anchor"
    case vectorEffect = "vector-effect"
  }
}

extension Markup: ExpressibleByStringInterpolation {
  /// Text of the program.
  init(stringLiteral text: String) { self.init(text) }

  /// Text of the program with other markup or text in it.
  init(stringInterpolation parts: StringInterpolation) { self = parts.markup }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var markup = Markup()

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ text: String) { markup += Markup(text) }

    mutating func appendInterpolation(_ text: String) { markup += Markup(text) }

    mutating func appendInterpolation(_ part: Markup) { markup += part }
  }
}

extension Markup {
  /// A table that scrolls sideways where the page is narrower.
  /// - Parameter label: what it is called where nobody sees it.
  static func scrolling(_ label: String, _ table: Markup) -> Markup {
    Markup(
      .div, [.class: "scroll", .role: "region", .ariaLabel: "\(label), scrolls sideways", .tabindex: "0"], table)
  }
}

extension Sequence<Markup> {
  func joined() -> Markup { reduce(into: Markup()) { $0 += $1 } }
}

/// Names from outside within sentences: between two scalars that no text can hold, because `SafeText` shows them as
/// `\u{…}`.
extension Markup {
  private static let begin: Unicode.Scalar = "\u{E000}"
  private static let end: Unicode.Scalar = "\u{E001}"

  private static let beginCode: Unicode.Scalar = "\u{E002}"
  private static let endCode: Unicode.Scalar = "\u{E003}"

  /// Marks a command for `init(sentence:)`, of which nothing may be missing.
  static func code(_ command: String) -> String {
    "\(beginCode)\(SafeText.terminal(command, columns: 1000))\(endCode)"
  }

  /// Marks a name for `init(sentence:)`.
  static func quote(_ name: String) -> String { "\(begin)\(SafeText.terminal(name))\(end)" }

  /// A sentence of `ReportSentences`: marked names stand isolated, what is between backticks is code.
  init(sentence: String, limit: Int = 4000) {
    var (text, isCode, isName, isCommand) = (String.UnicodeScalarView(), false, false, false)
    func flush() {
      let piece = String(text)
      text.removeAll()
      guard !piece.isEmpty else { return }
      self += isName ? Markup(name: piece) : isCode || isCommand ? Markup(command: piece) : Markup(piece)
    }
    var left = limit
    for scalar in sentence.unicodeScalars {
      left -= 1
      if left == 0 {
        text.append("…")
        break
      }
      switch scalar {
      case Self.begin, Self.end:
        flush()
        isName = scalar == Self.begin
      case Self.beginCode, Self.endCode:
        flush()
        isCommand = scalar == Self.beginCode
      case "`" where !isName && !isCommand:
        flush()
        isCode.toggle()
      default: text.append(scalar)
      }
    }
    flush()
  }

  /// A command, in which no line breaks inside an option.
  init(command: String) {
    let words = command.split(separator: " ", omittingEmptySubsequences: false).map { word in
      word.hasPrefix("-") && word.count <= 24
        ? Markup(.span, [.class: "k"], Markup(String(word))) : Markup(String(word))
    }
    self.init(.code, [:], words.enumerated().map { $0 == 0 ? $1 : " " + $1 })
  }

  /// A name from outside: its direction stays within it, and a line may break behind a provider.
  init(name: String) {
    func part(_ text: Substring) -> Markup {
      // Short names stay on a line, long ones may break anywhere.
      text.count <= 24 ? Markup(.span, [.class: "k"], Markup(String(text))) : Markup(String(text))
    }
    guard let slash = name.firstIndex(of: "/") else {
      self.init(.bdi, [.class: "n"], part(name[...]))
      return
    }
    let rest = name.index(after: slash)
    self.init(
      .bdi, [.class: "n"], Markup(.span, [.class: "p"], part(name[..<rest])), Markup(.wbr), part(name[rest...]))
  }
}
