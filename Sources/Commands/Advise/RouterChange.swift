import Audit
import Reading
import Model

/// What advice changes in the `Router` of claude-code-router's `config.json`.
struct RouterChange {
  /// A route's model, before and after, as the router writes them: `provider,model`.
  struct Line: Hashable {
    var route: String
    var before: String
    var after: String
  }

  /// By route.
  private(set) var lines: [Line] = []
  /// What must be done besides.
  private(set) var notes: [String] = []

  init(_ advice: [Advice], configuration: RouterConfiguration) {
    var targets: [String: ModelID] = [:]
    for advice in advice {
      switch advice.action {
      case .takeOff(let model, _, let target):
        let routes = configuration.routes.filter { $0.value == Self.pair(model) }.keys
        for route in routes where targets[route] == nil { targets[route] = target }
      case .move(let route, let model, let target):
        let routes = route == .defaultOrWebSearch ? [Route.default, .webSearch] : [route]
        for route in routes.map(\.rawValue)
        where configuration.routes[route] == Self.pair(model) && targets[route] == nil {
          targets[route] = target
        }
      case .dropPlan, .takePlan: continue
      }
    }
    lines = targets.sorted { $0.key < $1.key }.map { route, target in
      Line(route: route, before: configuration.routes[route] ?? "", after: Self.pair(target))
    }
    let known = Set(configuration.providers.map(\.name))
    notes = Set(targets.values.map(\.provider)).subtracting(known).sorted().map {
      "The router's configuration has no provider \($0): add it under Providers first."
    }
  }

  /// The change as a unified diff without context, which `patch` and `git apply --unidiff-zero` take. Only lines that
  /// hold nothing but a route are shown, so that no provider's key can be.
  /// - Returns: the diff, and in words what stands in no line of its own.
  func diff(of text: String, path: String) -> (diff: String?, byHand: [String]) {
    let file = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = file.firstIndex { $0.firstMatch(of: /["']?Router["']?\s*:/) != nil } ?? file.endIndex
    var hunks: [(line: Int, text: String)] = []
    var byHand: [String] = []
    for line in lines {
      let found = file[start...].firstIndex { Self.value(of: line.route, in: $0) == line.before }
      if let found {
        let new = file[found].replacing(line.before, with: line.after, maxReplacements: 1)
        hunks.append((found, "@@ -\(found + 1) +\(found + 1) @@\n-\(file[found])\n+\(new)\n"))
      } else {
        byHand.append("In Router, set \"\(line.route)\" to \"\(line.after)\".")
      }
    }
    guard !hunks.isEmpty else { return (nil, byHand) }
    let body = hunks.sorted { $0.line < $1.line }.map(\.text).joined()
    return ("--- \(path)\n+++ \(path)\n\(body)", byHand)
  }

  /// The value of a route, if the line holds nothing else.
  private static func value(of route: String, in line: Substring) -> String? {
    guard let match = line.wholeMatch(of: /\s*["']?([A-Za-z]+)["']?\s*:\s*["']([^"']*)["']\s*,?\s*/),
      match.1 == route
    else { return nil }
    return String(match.2)
  }

  private static func pair(_ model: ModelID) -> String { "\(model.provider),\(model.model)" }
}
