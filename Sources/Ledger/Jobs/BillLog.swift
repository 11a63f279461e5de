import GRDB
package import Model

/// Bills that were kept (`reconcile --record`): sums beside the requests, never inside them.
extension LedgerFile {
  /// What became of bills that somebody wanted kept.
  package enum BillRecording: Hashable, Sendable {
    case kept, replaced, unchanged
    /// They hold now for days of which other files said something else.
    case tookOver(ClosedRange<CivilDay>)
    /// They are known to have been compared, and charge or measure nothing that other bills do not say, too.
    case nothingAdded
  }

  /// Keeps the bills of some files: the last recording holds. What an earlier one of the same files kept is replaced; what
  /// other bills said of the same model and days is, too, unless these say the same and tell more of it.
  /// - Parameter contents: the files' bytes.
  package func record(
    _ bills: [(bill: RecordedBill, uses: [BilledUse])], contents: [[UInt8]]
  ) throws(LedgerError) -> BillRecording {
    let files = Set(contents.map(Self.fingerprint))
    let whole = contents.reduce(into: StableHash()) { hash, bytes in
      hash.add(bytes)
      hash.add([0xff])
    }
    return try write { database in
      let log = BillTables(database)
      let earlier = try log.bills(of: files, hashes: bills.map { Self.hash($0.bill, whole, 0) })
      var before: Set<BillTables.Fact> = []
      for id in earlier { before.formUnion(try log.facts(of: id)) }
      let facts = try bills.map { bill, uses in
        try uses.flatMap { use in
          try BillTables.Fact.facts(of: use, provider: bill.provider)
            .filter { try !log.tellsMore(than: $0, within: use.rounding, beside: earlier) }
        }
      }
      if !earlier.isEmpty, try log.isKept(bills.map(\.bill), as: earlier), before == Set(facts.joined()) {
        return .unchanged
      }
      for id in earlier { try log.remove(id) }
      let taken = try facts.joined().flatMap { try log.otherDays($0) }
      for (number, (bill, facts)) in zip(bills.map(\.bill), facts).enumerated() {
        try log.insert(bill, hash: Self.hash(bill, whole, number), files: files, facts)
      }
      if let first = taken.map(\.lowerBound).min(), let last = taken.map(\.upperBound).max() {
        return .tookOver(first...last)
      }
      if !earlier.isEmpty { return .replaced }
      return facts.joined().allSatisfy(\.isEmpty) ? .nothingAdded : .kept
    }
  }

  /// Takes back what was kept of some files.
  /// - Returns: the bills that are gone.
  package func forgetBills(contents: [[UInt8]]) throws(LedgerError) -> [RecordedBill] {
    let files = Set(contents.map(Self.fingerprint))
    return try write { database in
      let log = BillTables(database)
      return try log.bills(of: files, hashes: []).compactMap { id in
        let bill = try log.bill(id)
        try log.remove(id)
        return bill
      }
    }
  }

  /// The hash of a file without what only frames it: a mark of its encoding, the kind and the number of its line ends.
  private static func fingerprint(_ bytes: [UInt8]) -> Int64 {
    var text = bytes[...]
    if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
    while let last = text.last, last == 0x0a || last == 0x0d { text = text.dropLast() }
    var hash = StableHash()
    hash.add(text.lazy.filter { $0 != 0x0d })
    return hash.value
  }

  /// - Parameters:
  ///   - files: the hash of all files' bytes.
  ///   - number: its place among the bills of these files.
  private static func hash(_ bill: RecordedBill, _ files: StableHash, _ number: Int) -> Int64 {
    var hash = files
    hash.add("\(bill.provider) \(bill.days.lowerBound) \(bill.days.upperBound)".utf8)
    if number > 0 { hash.add("\(number)".utf8) }
    return hash.value
  }

  /// The bills that were kept, in the order of keeping.
  package func bills() throws(LedgerError) -> [RecordedBill] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM bill ORDER BY id").compactMap(RecordedBill.init)
    }
  }

  /// What bills say of days that lie wholly in a period.
  package func billedUse(in days: ClosedRange<CivilDay>) throws(LedgerError) -> [BilledUse] {
    try read { database in try BillTables(database).facts(in: days).map(\.use) }
  }

  /// What bills say of days together that are in part outside a period.
  package func billedUse(across days: ClosedRange<CivilDay>) throws(LedgerError) -> [BilledUse] {
    try read { database in try BillTables(database).facts(across: days).map(\.use) }
  }
}
