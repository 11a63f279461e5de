import GRDB
import GRDBSQLite

/// A prepared statement whose arguments are bound one after another. Boxing arguments is most of what writing a row
/// costs otherwise.
struct BoundStatement {
  private let owner: Statement
  private let database: Database
  /// The columns that hold integers.
  private let integers: [Int32]

  /// Prepares a statement, or takes the one that the database keeps.
  /// - Parameter texts: the columns that hold text, from 0; all others hold integers.
  init(_ database: Database, _ sql: String, texts: Set<Int32> = []) throws {
    owner = try database.cachedStatement(sql: sql)
    self.database = database
    integers = unsafe (0..<sqlite3_column_count(owner.sqliteStatement)).filter { !texts.contains($0) }
  }

  /// Where arguments go.
  @safe struct Arguments: ~Copyable {
    fileprivate let handle: OpaquePointer
    private var index: Int32 = 0

    fileprivate init(_ handle: OpaquePointer) { unsafe self.handle = unsafe handle }

    mutating func add(_ value: Int64) {
      index += 1
      unsafe sqlite3_bind_int64(handle, index, value)
    }

    mutating func add(_ value: Int64?) {
      if let value { return add(value) }
      index += 1
      unsafe sqlite3_bind_null(handle, index)
    }

    mutating func add(_ value: Int?) { add(value.map(Int64.init)) }
  }

  /// Runs the statement to its end.
  /// - Parameter bind: adds the arguments in their order.
  /// - Returns: whether it changed a row.
  @discardableResult
  func run(_ bind: (inout Arguments) -> Void) throws -> Bool {
    try first(bind) { _ in }
    return unsafe sqlite3_changes(database.sqliteConnection) > 0
  }

  /// The number of the row that was inserted last.
  var lastRow: Int64 { unsafe sqlite3_last_insert_rowid(database.sqliteConnection) }

  /// Runs the statement up to its first row.
  /// - Parameter body: is handed the row.
  /// - Returns: what the body made of it; `nil` where there is no row.
  @discardableResult
  func first<Value>(_ bind: (inout Arguments) -> Void, _ body: (Columns) -> Value) throws -> Value? {
    try start(bind)
    defer { unsafe _ = sqlite3_reset(owner.sqliteStatement) }
    return try step() ? body(unsafe Columns(handle: owner.sqliteStatement)) : nil
  }

  /// Runs the statement and hands out every row.
  /// - Throws: `ForeignValue` for what is no integer where one belongs: SQLite itself reads that as 0, or as the digits
  ///   that it begins with.
  func forEach(_ bind: (inout Arguments) -> Void, _ body: (Columns) throws -> Void) throws {
    try start(bind)
    defer { unsafe _ = sqlite3_reset(owner.sqliteStatement) }
    while try step() {
      let row = unsafe Columns(handle: owner.sqliteStatement)
      for index in integers where !row.isInteger(index) { throw ForeignValue(column: row.name(index)) }
      try body(row)
    }
  }

  /// A row's columns, from 0.
  @safe struct Columns {
    fileprivate let handle: OpaquePointer

    fileprivate init(handle: OpaquePointer) { unsafe self.handle = unsafe handle }

    /// An integer; 0 for NULL.
    subscript(_ index: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, index) }

    /// A text, or NULL.
    /// - Throws: `ForeignValue` for what is no text, or none in UTF-8.
    func text(_ index: Int32) throws -> String? {
      let type = unsafe sqlite3_column_type(handle, index)
      guard type != SQLITE_NULL else { return nil }
      guard type == SQLITE_TEXT, let text = decoded(index) else { throw ForeignValue(column: name(index)) }
      return text
    }

    /// Whether a column holds a text that is no UTF-8.
    func isGarbled(_ index: Int32) -> Bool {
      unsafe sqlite3_column_type(handle, index) == SQLITE_TEXT && decoded(index) == nil
    }

    private func decoded(_ index: Int32) -> String? {
      // SQLite counts the bytes of what it handed out last.
      let start = unsafe sqlite3_column_text(handle, index)
      let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
      return unsafe String(validating: bytes, as: UTF8.self)
    }

    /// Whether a column holds an integer, or NULL.
    fileprivate func isInteger(_ index: Int32) -> Bool {
      let type = unsafe sqlite3_column_type(handle, index)
      return type == SQLITE_INTEGER || type == SQLITE_NULL
    }

    /// What the statement calls a column.
    func name(_ index: Int32) -> String {
      unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? "\(index)"
    }

    /// An integer, or NULL.
    func optional(_ index: Int32) -> Int64? {
      // NULL reads as 0, and to ask for the type takes as long.
      let value = self[index]
      return unsafe value == 0 && sqlite3_column_type(handle, index) == SQLITE_NULL ? nil : value
    }
  }

  private func start(_ bind: (inout Arguments) -> Void) throws {
    unsafe sqlite3_reset(owner.sqliteStatement)
    var arguments = unsafe Arguments(owner.sqliteStatement)
    bind(&arguments)
  }

  private func step() throws -> Bool {
    switch unsafe sqlite3_step(owner.sqliteStatement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let code = unsafe sqlite3_extended_errcode(database.sqliteConnection)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage, sql: owner.sql)
    }
  }
}
