package import Model

/// The model that a dated alias stands for from an instant on.
package struct Successor: Hashable, Sendable {
  /// From when, epoch milliseconds.
  package var from: Int64
  /// The model, as the table names it.
  package var model: ModelID

  package init(from: Int64, model: ModelID) {
    self.from = from
    self.model = model
  }
}
