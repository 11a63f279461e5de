/// Reads a page as strictly as no browser does: only these elements with only these attributes, each closed, and no other
/// `<`, `>`, `"` or `&` anywhere.
struct PageReading {
  /// What is wrong.
  private(set) var problems: [String] = []

  private static let elements: Set<String> = [
    "a", "b", "bdi", "body", "caption", "circle", "code", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
    "h1",
    "h2", "h3", "head", "header", "html", "li", "line", "main", "meta", "p", "path", "pattern", "rect", "section",
    "span", "style", "svg", "table", "tbody", "td", "text", "tfoot", "th", "thead", "title", "tr", "ul", "wbr",
  ]
  private static let attributes: Set<String> = [
    "align", "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "cx", "cy", "d", "fill",
    "fill-opacity", "fill-rule", "font-size", "font-weight", "height", "href", "http-equiv", "id", "lang", "name",
    "opacity", "overflow", "patternUnits", "preserveAspectRatio", "r", "role", "rx", "scope", "stroke",
    "stroke-dasharray",
    "stroke-width", "tabindex", "text-anchor", "vector-effect", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2",
  ]

  // Compiled once a page: a pattern where it is matched would be compiled at every match.
  private let closingTag = #/<\/([a-z0-9]+)>/#.matchingSemantics(.unicodeScalar)
  private let openingTag = #/<([a-z0-9]+)((?: [A-Za-z0-9-]+="[^"<>]*")*)(\/?)>/#.matchingSemantics(.unicodeScalar)
  private let assignment = #/ ([A-Za-z0-9-]+)="([^"]*)"/#.matchingSemantics(.unicodeScalar)
  private let reference = #/&[^;]{0,9};?/#.matchingSemantics(.unicodeScalar)

  init(_ page: String) {
    var (rest, open) = (Substring(page), [String]())
    if rest.hasPrefix("<!doctype html>\n") { rest = rest.dropFirst(16) } else { problems.append("no doctype") }
    while let first = rest.unicodeScalars.first {
      if first != "<" {
        let text = rest.unicodeScalars.prefix { $0 != "<" }
        check(text: Substring(text))
        rest = Substring(rest.unicodeScalars.dropFirst(text.count))
      } else if let match = rest.prefixMatch(of: closingTag) {
        if open.popLast() != String(match.1) { problems.append("\(match.0) closes nothing") }
        rest = Substring(rest.unicodeScalars[match.range.upperBound...])
      } else if let match = rest.prefixMatch(of: openingTag) {
        check(tag: String(match.1), attributes: match.2)
        if match.3.isEmpty, !["meta", "wbr"].contains(match.1) { open.append(String(match.1)) }
        rest = Substring(rest.unicodeScalars[match.range.upperBound...])
        if match.1 == "style" { rest = rest[(rest.firstRange(of: "</style>")?.lowerBound ?? rest.endIndex)...] }
      } else {
        problems.append("no tag: \(rest.prefix(60))")
        return
      }
    }
    if !open.isEmpty { problems.append("never closed: \(open)") }
  }

  private mutating func check(tag: String, attributes: Substring) {
    if !Self.elements.contains(tag) { problems.append("element \(tag)") }
    for attribute in attributes.matches(of: assignment) {
      let name = String(attribute.1)
      if !Self.attributes.contains(name) { problems.append("attribute \(name)") }
      if name == "href", !attribute.2.hasPrefix("#"), !attribute.2.hasPrefix("./") {
        problems.append("a link to \(attribute.2)")
      }
      check(text: attribute.2)
    }
  }

  private mutating func check(text: Substring) {
    if text.unicodeScalars.contains(where: { "\">'".unicodeScalars.contains($0) }) {
      problems.append("not escaped: \(text.prefix(60))")
    }
    for ampersand in text.matches(of: reference)
    where !(["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains { ampersand.0.hasPrefix($0) }) {
      problems.append("not escaped: \(ampersand.0)")
    }
    let invisible = text.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .format, .lineSeparator, .paragraphSeparator, .privateUse: true
      case .control: scalar != "\n"
      default: false
      }
    }
    if invisible { problems.append("invisible: \(text.debugDescription.prefix(90))") }
  }
}
