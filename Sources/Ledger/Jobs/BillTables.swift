import GRDB
import Model

/// The rows of recorded bills.
struct BillTables {
  private let database: Database

  init(_ database: Database) { self.database = database }

  /// One thing that a bill says of a model and days: what it charges, or what unmeasured requests were.
  struct Fact: Hashable {
    /// Whose bill it is, which may be another than the model's provider.
    var provider: String
    /// With either the charge or the tokens.
    var use: BilledUse

    /// Whether it charges nothing and measures nothing, so that all it can do is to end what others said.
    var isEmpty: Bool { use.cost == nil && use.measured.map { $0.requests == 0 } ?? true }

    static func facts(of use: BilledUse, provider: String) -> [Fact] {
      let parts = [
        use.cost.map { BilledUse(model: use.model, days: use.days, cost: $0, measured: nil) },
        use.measured.map { BilledUse(model: use.model, days: use.days, cost: nil, measured: $0) },
      ]
      return parts.compactMap { $0.map { Fact(provider: provider, use: $0) } }
    }

    /// The table that holds it.
    fileprivate var table: String { use.cost == nil ? "bill_tokens" : "bill_charge" }

    /// What `sameSubject` asks for.
    fileprivate var subject: StatementArguments {
      [
        use.days.upperBound.number, use.days.lowerBound.number, use.model.provider, use.model.model,
        BilledUse.allModels, provider,
      ]
    }
  }

  /// Which rows of a fact's table say something of the same, in whole or in part: of days in common, and of the same
  /// model; or one of both is of all models of a bill's provider.
  private static let sameSubject = """
    day <= ?1 AND last_day >= ?2 AND (
      (provider = ?3 AND model = ?4)
      OR ((model = ?5 OR ?4 = ?5) AND bill IN (SELECT id FROM bill WHERE provider = ?6)))
    """

  /// Earlier recordings of the same files, in the order of keeping.
  /// - Parameter hashes: those of bills that were kept when their files were not.
  func bills(of files: Set<Int64>, hashes: [Int64]) throws -> [Int64] {
    try Int64.fetchAll(database, sql: "SELECT id FROM bill ORDER BY id").filter { id in
      let own = try Int64.fetchSet(database, sql: "SELECT hash FROM bill_file WHERE bill = ?", arguments: [id])
      if !own.isEmpty { return own.isSubset(of: files) }
      return try hashes.contains(
        Int64.fetchOne(database, sql: "SELECT hash FROM bill WHERE id = ?", arguments: [id]) ?? 0)
    }
  }

  /// Whether bills were kept with the same provider and days.
  func isKept(_ bills: [RecordedBill], as earlier: [Int64]) throws -> Bool {
    let kept = try earlier.compactMap(bill)
    func timeless(_ bills: [RecordedBill]) -> [RecordedBill] {
      bills.map { bill in
        var bill = bill
        bill.recorded = 0
        return bill
      }
    }
    return timeless(kept) == timeless(bills)
  }

  func bill(_ id: Int64) throws -> RecordedBill? {
    try Row.fetchOne(database, sql: "SELECT * FROM bill WHERE id = ?", arguments: [id]).flatMap(RecordedBill.init)
  }

  func remove(_ id: Int64) throws {
    for table in ["bill_file", "bill_charge", "bill_tokens"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE bill = ?", arguments: [id])
    }
    try database.execute(sql: "DELETE FROM bill WHERE id = ?", arguments: [id])
  }

  func insert(_ bill: RecordedBill, hash: Int64, files: Set<Int64>, _ facts: [Fact]) throws {
    try database.execute(
      sql: """
        INSERT INTO bill (hash, seller, provider, first_day, last_day, recorded, has_money)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        hash, bill.seller.rawValue, bill.provider, bill.days.lowerBound.number, bill.days.upperBound.number,
        bill.recorded, bill.hasMoney,
      ])
    let id = database.lastInsertedRowID
    for file in files {
      try database.execute(sql: "INSERT INTO bill_file VALUES (?, ?)", arguments: [id, file])
    }
    for fact in facts { try insert(fact, id) }
  }

  private func insert(_ fact: Fact, _ id: Int64) throws {
    let use = fact.use
    if use.cost != nil { try removeTokens(replacedBy: fact) }
    try database.execute(
      sql: "DELETE FROM \(fact.table) WHERE \(Self.sameSubject)", arguments: fact.subject)
    if let cost = use.cost {
      try database.execute(
        sql: "INSERT INTO bill_charge VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          id, use.model.provider, use.model.model, use.days.lowerBound.number, use.days.upperBound.number,
          cost.description,
        ])
    } else if let measured = use.measured {
      try database.execute(
        sql: "INSERT INTO bill_tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          id, use.model.provider, use.model.model, use.days.lowerBound.number, use.days.upperBound.number,
          measured.requests, measured.tokens.input, measured.tokens.cacheRead, measured.tokens.cacheWrite5m,
          measured.tokens.cacheWrite1h, measured.tokens.output, measured.cost?.description,
        ])
    }
  }

  /// Removes what bills say of tokens whose charge is replaced by another amount.
  private func removeTokens(replacedBy fact: Fact) throws {
    let replaced = try Row.fetchAll(
      database, sql: "SELECT * FROM bill_charge WHERE \(Self.sameSubject)", arguments: fact.subject)
    let sum = try replaced.reduce(ExactAmount.zero) { try $0 + (Self.charge($1).cost ?? .zero) }
    guard sum != fact.use.cost else { return }
    for row in replaced {
      try database.execute(
        sql: "DELETE FROM bill_tokens WHERE \(Self.sameSubject) AND bill = ?7",
        arguments: fact.subject + [row.value("bill", as: Int64.self)])
    }
  }

  func facts(of id: Int64) throws -> [Fact] { try facts(where: "bill.id = ?", [id]) }

  /// The days of which what is kept says something else than a fact.
  func otherDays(_ fact: Fact) throws -> [ClosedRange<CivilDay>] {
    let rows = try Row.fetchAll(
      database, sql: "SELECT * FROM \(fact.table) WHERE \(Self.sameSubject)", arguments: fact.subject)
    return try rows.map { try fact.use.cost != nil ? Self.charge($0) : Self.tokens($0) }
      .filter { $0 != fact.use && $0.cost != fact.use.cost }.map(\.days)
  }

  /// Whether other bills say the same as a fact, and more: by the day or by the model, more exactly, or with money.
  /// - Parameters:
  ///   - rounding: by how much it may be off.
  ///   - earlier: the bills that it takes the place of.
  func tellsMore(than fact: Fact, within rounding: ExactAmount, beside earlier: [Int64]) throws -> Bool {
    let (own, isCharge) = (fact.use, fact.use.cost != nil)
    let rows = try Row.fetchAll(
      database, sql: "SELECT * FROM \(fact.table) WHERE \(Self.sameSubject)", arguments: fact.subject)
    let uses = try rows.filter { try !earlier.contains($0.value("bill")) }
      .map { try isCharge ? Self.charge($0) : Self.tokens($0) }
    let areParts = uses.allSatisfy { use in
      own.days.contains(use.days.lowerBound) && own.days.contains(use.days.upperBound)
        && (use.model == own.model || own.model.model == BilledUse.allModels)
    }
    guard areParts, !uses.isEmpty else { return false }
    let areFiner = uses.contains { ($0.model, $0.days) != (own.model, own.days) }
    if let cost = own.cost {
      let sum = uses.reduce(ExactAmount.zero) { $0 + ($1.cost ?? .zero) }
      return (sum - cost).magnitude <= rounding && (areFiner || rounding > .zero)
    }
    let measured = uses.compactMap(\.measured)
    guard let own = own.measured, let first = measured.first else { return false }
    let sum = measured.dropFirst().reduce(first, +)
    return (sum.requests, sum.tokens) == (own.requests, own.tokens)
      && (areFiner || own.cost == nil && sum.cost != nil)
  }

  func facts(in days: ClosedRange<CivilDay>) throws -> [Fact] {
    try facts(where: "day >= ? AND fact.last_day <= ?", [days.lowerBound.number, days.upperBound.number])
  }

  func facts(across days: ClosedRange<CivilDay>) throws -> [Fact] {
    let (first, last) = (days.lowerBound.number, days.upperBound.number)
    return try facts(
      where: "day <= ? AND fact.last_day >= ? AND NOT (day >= ? AND fact.last_day <= ?)", [last, first, first, last])
  }

  private func facts(where condition: String, _ arguments: StatementArguments) throws -> [Fact] {
    func rows(_ table: String) throws -> [Row] {
      try Row.fetchAll(
        database,
        sql: """
          SELECT fact.*, bill.provider AS biller FROM \(table) AS fact JOIN bill ON bill.id = fact.bill
          WHERE \(condition) ORDER BY fact.provider, fact.model, fact.day
          """, arguments: arguments)
    }
    return try rows("bill_charge").map { try Fact(provider: $0.value("biller"), use: Self.charge($0)) }
      + rows("bill_tokens").map { try Fact(provider: $0.value("biller"), use: Self.tokens($0)) }
  }

  private static func charge(_ row: Row) throws -> BilledUse {
    try BilledUse(
      model: model(row), days: days(row), cost: ExactAmount(row.value("cost", as: String.self)) ?? .zero, measured: nil)
  }

  private static func tokens(_ row: Row) throws -> BilledUse {
    try BilledUse(
      model: model(row), days: days(row), cost: nil,
      measured: BilledUse.Measured(
        requests: row.value("requests"), tokens: TokenUsage(row),
        cost: row.value("cost", as: String?.self).flatMap { ExactAmount($0) }))
  }

  private static func model(_ row: Row) throws -> ModelID {
    try ModelID(provider: row.value("provider"), model: row.value("model"))
  }

  private static func days(_ row: Row) throws -> ClosedRange<CivilDay> {
    let first = try CivilDay(number: row.value("day"))
    return first...max(first, try CivilDay(number: row.value("last_day")))
  }
}

extension RecordedBill {
  /// A row of the table of bills; `nil` where its maker is not known.
  init?(_ row: Row) throws {
    guard let seller = BillSeller(rawValue: try row.value("seller")) else { return nil }
    let first = try CivilDay(number: row.value("first_day"))
    try self.init(
      seller: seller, provider: row.value("provider"),
      days: first...max(first, CivilDay(number: row.value("last_day"))),
      recorded: row.value("recorded"), hasMoney: row.value("has_money"))
  }
}
