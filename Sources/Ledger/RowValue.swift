import GRDB

/// A value in a column that cannot hold it, as in a ledger that another program wrote to.
struct ForeignValue: Error, CustomStringConvertible {
  /// The column, as the statement names it.
  var column: String

  var description: String { "its column `\(column)` holds a value of another kind" }
}

/// GRDB's own subscripts end the program where a value is of another kind. Whatever the ledger decodes goes through these.
extension Row {
  /// The value of a column.
  /// - Throws: `ForeignValue`, which `LedgerError.of` calls damage.
  func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ column: String, as type: Value.Type = Value.self
  ) throws -> Value {
    do {
      return try decode(type, forColumn: column)
    } catch {
      throw ForeignValue(column: column)
    }
  }

  /// The value of a column by its place, from 0.
  /// - Throws: `ForeignValue`, which `LedgerError.of` calls damage.
  func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
    _ place: Int, as type: Value.Type = Value.self
  ) throws -> Value {
    do {
      return try decode(type, atIndex: place)
    } catch {
      throw ForeignValue(column: columnNames.dropFirst(place).first ?? "\(place)")
    }
  }
}
