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

  /// Gives a ledger that has no id yet the one of a former ledger, of whose requests it was made anew.
  /// - Parameters:
  ///   - digits: the former's id.
  ///   - now: when, epoch milliseconds.
  /// - Returns: whether it has the id now.
  package func adopt(origin digits: String, at now: Int64) throws(LedgerError) -> Bool {
    guard let value = UInt64(digits, radix: 16), value.digits(16, radix: 16) == digits else { return false }
    return try write { database in
      guard try Self.origin(database) == nil else { return false }
      for (name, value) in [("origin", Int64(bitPattern: value)), ("adopted", now)] {
        try database.execute(sql: "INSERT INTO setting (name, value) VALUES (?, ?)", arguments: [name, value])
      }
      return true
    }
  }

  /// When the ledger was given the id of a former one, epoch milliseconds; `nil` where it has one of its own. Of the days
  /// before, the former may have held more.
  package func adopted() throws(LedgerError) -> Int64? { try read { try Setting.value("adopted", in: $0) } }

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
