import GRDB

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

  /// The count in a column; `nil` for NULL. A sum over what is no number is no integer, however whole.
  /// - Throws: `ForeignValue`.
  func knownCount(_ column: String) throws -> Int64? {
    let found: DatabaseValue
    do {
      found = try decode(DatabaseValue.self, forColumn: column)
    } catch {
      throw ForeignValue(column: column)
    }
    switch found.storage {
    case .null: return nil
    case .int64(let number): return try ForeignValue.count(number, column)
    default: throw ForeignValue(column: column)
    }
  }

  /// The count in a column; 0 for NULL.
  /// - Throws: `ForeignValue`.
  func count(_ column: String) throws -> Int64 { try knownCount(column) ?? 0 }
}

extension BoundStatement.Columns {
  /// A count; 0 for NULL.
  /// - Throws: `ForeignValue`.
  func count(_ index: Int32) throws -> Int64 { try ForeignValue.count(self[index], name(index)) }

  /// A count; `nil` for NULL.
  /// - Throws: `ForeignValue`.
  func knownCount(_ index: Int32) throws -> Int64? {
    try optional(index).map { try ForeignValue.count($0, name(index)) }
  }

  /// An instant, epoch milliseconds.
  /// - Throws: `ForeignValue`.
  func instant(_ index: Int32) throws -> Int64 { try ForeignValue.instant(self[index], name(index)) }
}
