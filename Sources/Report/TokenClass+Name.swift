import Model

extension TokenClass {
  /// What people call it, before "tokens".
  var name: String {
    switch self {
    case .input: "input"
    case .cacheRead: "cache read"
    case .cacheWrite5m: "5-minute cache write"
    case .cacheWrite1h: "1-hour cache write"
    case .output: "output"
    }
  }
}
