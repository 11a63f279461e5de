import GRDB

extension Database {
  /// The id of the row that a statement finds; where it finds none, that of the row that another one inserts with the
  /// same arguments.
  func id(_ select: String, _ insert: String, _ arguments: StatementArguments) throws -> Int64 {
    if let id = try Int64.fetchOne(cachedStatement(sql: select), arguments: arguments) { return id }
    try cachedStatement(sql: insert).execute(arguments: arguments)
    return lastInsertedRowID
  }
}
