import GRDB
package import Model

/// Bills that were kept (`reconcile --record`): sums beside the requests, never inside them.
extension LedgerFile {
  /// The table of bills. `hash` is of the files' bytes, so that a bill counts once; a later bill of the same model and
  /// day takes the place of an earlier one.
  static let billTables = """
    CREATE TABLE bill (
      id INTEGER PRIMARY KEY, hash INTEGER NOT NULL UNIQUE, seller TEXT NOT NULL, provider TEXT NOT NULL,
      first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, recorded INTEGER NOT NULL);
    CREATE TABLE bill_use (
      provider TEXT NOT NULL, model TEXT NOT NULL, day INTEGER NOT NULL, bill INTEGER NOT NULL REFERENCES bill,
      cost TEXT NOT NULL, requests INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
      requests_cost TEXT NOT NULL, PRIMARY KEY (provider, model, day)) WITHOUT ROWID;
    """

  /// Keeps a bill.
  /// - Parameter content: what was read, so that the same files are kept once.
  /// - Returns: whether it is new.
  /// - Throws: `LedgerError`.
  package func record(
    _ bill: RecordedBill, _ uses: [BilledUse], content: [[UInt8]]
  ) throws(LedgerError) -> Bool {
    var hash = StableHash()
    for bytes in content {
      hash.add(bytes)
      hash.add([0xff])
    }
    hash.add("\(bill.provider) \(bill.days.lowerBound) \(bill.days.upperBound)".utf8)
    let value = hash.value
    return try write { database in
      try database.execute(
        sql: """
          INSERT OR IGNORE INTO bill (hash, seller, provider, first_day, last_day, recorded) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          value, bill.seller.rawValue, bill.provider, bill.days.lowerBound.number, bill.days.upperBound.number,
          bill.recorded,
        ])
      guard database.changesCount > 0 else { return false }
      let id = database.lastInsertedRowID
      for use in uses {
        try database.execute(
          sql: "INSERT OR REPLACE INTO bill_use VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            use.model.provider, use.model.model, use.day.number, id, use.cost.description, use.measuredByBill,
            use.tokens.input, use.tokens.cacheRead, use.tokens.cacheWrite5m, use.tokens.cacheWrite1h,
            use.tokens.output, use.measuredCost.description,
          ])
      }
      return true
    }
  }

  /// The bills that were kept, in the order of keeping.
  /// - Throws: `LedgerError`.
  package func bills() throws(LedgerError) -> [RecordedBill] {
    try read { database in
      guard try database.tableExists("bill") else { return [] }
      return try Row.fetchAll(database, sql: "SELECT * FROM bill ORDER BY id").compactMap { row in
        BillSeller(rawValue: row["seller"]).map { seller in
          let (first, last) = (CivilDay(number: row["first_day"]), CivilDay(number: row["last_day"]))
          return RecordedBill(
            seller: seller, provider: row["provider"], days: first...max(first, last), recorded: row["recorded"])
        }
      }
    }
  }

  /// What bills say of the days of a period.
  /// - Throws: `LedgerError`.
  package func billedUse(in days: ClosedRange<CivilDay>) throws(LedgerError) -> [BilledUse] {
    try read { database in
      guard try database.tableExists("bill_use") else { return [] }
      return try Row.fetchAll(
        database, sql: "SELECT * FROM bill_use WHERE day BETWEEN ? AND ? ORDER BY provider, model, day",
        arguments: [days.lowerBound.number, days.upperBound.number]
      ).map { row in
        BilledUse(
          model: ModelID(provider: row["provider"], model: row["model"]), day: CivilDay(number: row["day"]),
          cost: ExactAmount(row["cost"] as String) ?? .zero, measuredByBill: row["requests"],
          tokens: TokenUsage(row),
          measuredCost: ExactAmount(row["requests_cost"] as String) ?? .zero)
      }
    }
  }
}
