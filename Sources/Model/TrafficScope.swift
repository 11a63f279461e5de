/// Which requests count. Raw values are the words of options, configuration and JSON.
package enum TrafficScope: String, CaseIterable, Codable, Sendable {
  /// Those that went through a router.
  case routed
  /// Those that went from the client straight to their provider.
  case direct
  case all

  /// The two scopes that `all` is made of, or the scope itself.
  package var parts: [TrafficScope] { self == .all ? [.routed, .direct] : [self] }

  /// Whether requests of a route belong to it.
  package func contains(_ route: Route) -> Bool {
    switch self {
    case .all: true
    case .routed: route != .direct
    case .direct: route == .direct
    }
  }

  /// What the scope leaves out; `nil` where it leaves out nothing.
  package var rest: TrafficScope? {
    switch self {
    case .routed: .direct
    case .direct: .routed
    case .all: nil
    }
  }
}
