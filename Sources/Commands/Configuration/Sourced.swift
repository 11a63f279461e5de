/// A value and where it comes from.
package struct Sourced<Value: Sendable>: Sendable {
  package var value: Value
  package var origin: Origin

  package init(_ value: Value, _ origin: Origin = .default) {
    self.value = value
    self.origin = origin
  }
}

extension Sourced: Equatable where Value: Equatable {}

/// Where a value comes from; the later case wins.
package enum Origin: Hashable, Sendable, CustomStringConvertible {
  case `default`
  case file(path: String, line: Int, column: Int)
  case environment(String)
  case flag(String)

  package var description: String {
    switch self {
    case .default: "default"
    case .file(let path, let line, let column): "\(path):\(line):\(column)"
    case .environment(let name), .flag(let name): name
    }
  }
}
