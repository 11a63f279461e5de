package import Audit
import Model

/// GitHub's workflow commands: a line each, which the runner shows at the pull request.
package enum GateAnnotations {
  /// Annotations of a check.
  package static func text(_ gate: Gate) -> String { text(GateMessage.all(of: gate).map { Annotation($0) }) }

  package struct Annotation: Sendable {
    package var level: GateMessage.Level
    /// A few words.
    package var title: String
    /// One sentence.
    package var text: String
    /// The file, line and column that it stands at.
    package var place: (file: String, line: Int, column: Int)?

    package init(
      level: GateMessage.Level, title: String, text: String, place: (file: String, line: Int, column: Int)? = nil
    ) {
      (self.level, self.title, self.text, self.place) = (level, title, text, place)
    }

    init(_ message: GateMessage) { self.init(level: message.level, title: message.title, text: message.text) }

    fileprivate var line: String {
      var properties = [("title", String(title.prefix(200)))]
      if let place {
        properties = [("file", place.file), ("line", "\(place.line)"), ("col", "\(place.column)")] + properties
      }
      let list = properties.map { "\($0)=\(property($1))" }.joined(separator: ",")
      return "::\(level.rawValue) \(list)::\(data(String(text.prefix(4000))))\n"
    }

    /// As the runner's own toolkit escapes it.
    private func data(_ text: String) -> String {
      SafeText.escaping(text) { scalar in
        switch scalar {
        case "%": "%25"
        case "\r": "%0D"
        case "\n": "%0A"
        default: nil
        }
      }
    }

    private func property(_ text: String) -> String {
      SafeText.escaping(data(text)) { scalar in
        switch scalar {
        case ":": "%3A"
        case ",": "%2C"
        default: nil
        }
      }
    }
  }

  /// The lines. GitHub shows ten of a level for a step: of more, the tenth says how many there are.
  package static func text(_ annotations: [Annotation]) -> String {
    let levels: [GateMessage.Level] = [.error, .warning, .notice]
    return levels.flatMap { level -> [Annotation] in
      let own = annotations.filter { $0.level == level }
      guard own.count > 10 else { return own }
      let rest = Annotation(level: level, title: "More", text: "and \(own.count - 9) more; see the output of this step")
      return own.prefix(9) + [rest]
    }.map(\.line).joined()
  }
}
