/// A value that is computed at each use: for what few commands need and takes time to find out.
@propertyWrapper package struct Deferred<Value: Sendable>: Sendable {
  private var find: @Sendable () -> Value

  package init(wrappedValue: Value) { find = { wrappedValue } }

  /// - Parameter find: works it out.
  init(_ find: @escaping @Sendable () -> Value) { self.find = find }

  package var wrappedValue: Value {
    get { find() }
    set { find = { newValue } }
  }
}
