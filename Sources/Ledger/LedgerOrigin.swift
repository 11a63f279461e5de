import GRDB
import Model

extension LedgerFile {
  /// Who this ledger is among others whose figures are added up: 16 hexadecimal digits, drawn when first asked for.
  /// - Throws: `LedgerError`.
  package func origin() throws(LedgerError) -> String {
    func known(_ database: Database) throws -> Int64? {
      try Int64.fetchOne(database, sql: "SELECT value FROM setting WHERE name = 'origin'")
    }
    if let value = try read(known) { return Self.digits(value) }
    return try write { database in
      if let value = try known(database) { return Self.digits(value) }
      let value = Int64.random(in: .min ... .max)
      try database.execute(sql: "INSERT INTO setting (name, value) VALUES ('origin', ?)", arguments: [value])
      return Self.digits(value)
    }
  }

  private static func digits(_ value: Int64) -> String {
    UInt64(bitPattern: value).digits(16, radix: 16)
  }
}
