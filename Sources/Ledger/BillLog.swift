import GRDB
package import Model

/// Bills that were kept (`reconcile --record`): sums beside the requests, never inside them.
extension LedgerFile {
  /// What became of bills that somebody wanted kept.
  package enum BillRecording: Sendable {
    case kept, replaced, unchanged
    /// They are known to have been compared, and charge or measure nothing that other bills do not say, too.
    case nothingAdded
  }

  /// Keeps the bills of some files. What an earlier recording of the same files kept is replaced; what other bills said
  /// of the same model and days is, too, unless these were kept later, or say the same and tell more of it.
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
      let last = earlier.max()
      let facts = try bills.map { bill, uses in
        try uses.flatMap { use in
          try BillTables.Fact.facts(of: use, provider: bill.provider).filter { fact in
            if let last, try log.isReplaced(fact, after: last) { return false }
            return try !log.tellsMore(than: fact, within: use.rounding, beside: earlier)
          }
        }
      }
      if !earlier.isEmpty, try log.isKept(bills.map(\.bill), as: earlier), before == Set(facts.joined()) {
        return .unchanged
      }
      for id in earlier { try log.remove(id) }
      for (number, (bill, facts)) in zip(bills.map(\.bill), facts).enumerated() {
        // In the place of the earlier one, so that what is later stays later.
        let id = number < earlier.count ? earlier[number] : nil
        try log.insert(bill, id: id, hash: Self.hash(bill, whole, number), files: files, facts)
      }
      if !earlier.isEmpty { return .replaced }
      return facts.joined().allSatisfy(\.isEmpty) ? .nothingAdded : .kept
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
}
