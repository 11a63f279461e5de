import GRDB
import Model

extension LedgerFile {
  /// Who this ledger is among others whose figures are added up: 16 hexadecimal digits, drawn when first asked for.
  package func origin() throws(LedgerError) -> String {
    if let drawn = try drawnOrigin() { return drawn }
    return try write { database in
      if let value = try Self.origin(database) { return Self.digits(value) }
      return try Self.drawOrigin(database)
    }
  }

  static func drawOrigin(_ database: Database) throws -> String {
    let value = Int64.random(in: .min ... .max)
    try database.execute(sql: "INSERT INTO setting (name, value) VALUES ('origin', ?)", arguments: [value])
    return digits(value)
  }

  /// The id; `nil` where none was drawn yet.
  package func drawnOrigin() throws(LedgerError) -> String? { try read(Self.origin).map(Self.digits) }

  private static func origin(_ database: Database) throws -> Int64? {
    try Setting.value("origin", in: database)
  }

  private static func digits(_ value: Int64) -> String {
    UInt64(bitPattern: value).digits(16, radix: 16)
  }
}
