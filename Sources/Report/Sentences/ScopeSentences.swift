import Audit
import Model

extension AuditScope {
  /// Whose traffic is shown, where that is not what one expects, and what is left out. No sentence has a full stop.
  var sentences: [String] { sentences { $0 } }

  /// The same.
  /// - Parameter code: how options are marked.
  func sentences(code: (String) -> String) -> [String] {
    var lines: [String] = []
    if standsIn {
      lines.append("Nothing went through a router: this is traffic that went straight to its provider")
    } else if shown == .direct {
      lines.append("Traffic that went straight to its provider")
    } else if shown == .all {
      lines.append("All traffic, through a router and straight to its provider")
    }
    if let rest = shown.rest, let size = sizeLeftOut {
      lines.append(
        "Left out: \(size); \(code("--scope \(rest.rawValue)")) shows only those, \(code("--scope all")) both")
    }
    return lines
  }

  /// The same in short, where not all traffic is shown.
  var part: String? {
    standsIn ? "none through a router; all went straight to its provider" : sizeLeftOut.map { "without \($0)" }
  }

  /// `9 requests that went straight to their provider (184,500 measured tokens)`.
  private var sizeLeftOut: String? {
    guard let leftOut, let rest = shown.rest else { return nil }
    let way = rest == .direct ? "straight to their provider" : "through a router"
    let tokens = leftOut.counts.measured > 0 ? " (\(Figures.count(leftOut.tokens, "measured token")))" : ""
    return "\(Figures.count(leftOut.counts.requests, "request")) that went \(way)\(tokens)"
  }

  /// The members of a JSON object.
  var members: [(String, JSONText)] {
    let rest = leftOut.flatMap { size in
      shown.rest.map { rest in
        JSONText.object([
          ("scope", .string(rest.rawValue)), ("requests", .count(size.counts.requests)),
          ("measured", .count(size.counts.measured)), ("tokens", .count(size.tokens)),
          ("option", .string("--scope \(rest.rawValue)")),
        ])
      }
    }
    return [
      ("scope", .string(shown.rawValue)), ("scope_stands_in", .bool(standsIn)), ("left_out", rest ?? .null),
    ]
  }
}
