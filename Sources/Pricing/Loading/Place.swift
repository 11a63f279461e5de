/// A place in a pricing file; line and column count from 1.
struct Place: Hashable, Sendable {
  var file: String
  var line: Int
  var column: Int

  func error(_ message: String, key: String? = nil) -> Diagnostic {
    Diagnostic(severity: .error, file: file, line: line, column: column, key: key, message: message)
  }
}

/// A value, and where it was read.
struct Placed<Value> {
  var value: Value
  var place: Place
}
