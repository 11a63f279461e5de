/// A place in a pricing file; line and column count from 1.
package struct Place: Hashable, Sendable {
  package var file: String
  package var line: Int
  package var column: Int

  func error(_ message: String, key: String? = nil) -> Diagnostic {
    Diagnostic(severity: .error, file: file, line: line, column: column, key: key, message: message)
  }
}

/// A value, and where it was read.
struct Placed<Value> {
  var value: Value
  var place: Place
}

extension Placed: Sendable where Value: Sendable {}
