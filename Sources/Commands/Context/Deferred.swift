/// A value that is worked out each time that somebody asks, for what few commands need and costs time to find out.
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
