import Foundation
import Model

/// Z.ai's and bigmodel's details of charges, saved as CSV: a row a charge type and day, Beijing days.
enum ZaiBill {
  /// The columns of a page or a sheet.
  private struct Columns {
    var day: String
    var amount: String
    var usage: String
    /// That of the unit of `usage`; `nil` where it stands in the same cell.
    var unit: String?
    var calls: String
    var type: String
    var key: String?
  }

  /// - Parameter currency: what was asked for where the file does not say it.
  static func read(_ table: BillTable, currency: String?) throws(BillError) -> Bill? {
    if try table.has("billing date", "charge type", "amount") { return try page(table, currency: currency) }
    for amount in sheetAmounts {
      if try table.has("账期(自然日)", amount) { return try sheet(table, amount, currency: currency) }
    }
    return nil
  }

  /// What is charged: to be paid, or before what was paid ahead is taken off.
  static let sheetAmounts = ["应付金额", "总消费金额（结算金额加总）"]

  private static func page(_ table: BillTable, currency: String?) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .zai, format: "Z.ai billing details", timeZone: .beijing, roundedPlaces: table.places("amount"))
    var told = try table.currency("currency", of: "amount", fallback: currency)
    if told == nil { told = try table.currency(beside: "amount", asked: currency) }
    bill.assumesCurrency = told == nil
    bill.currency = told ?? currency ?? "USD"
    let columns = Columns(
      day: "billing date", amount: "amount", usage: "usage", calls: "api calls", type: "charge type", key: "api key")
    try read(table, columns, into: &bill) { row, line in
      let type = row[columns.type] ?? ""
      if line.model == nil { (line.model, line.fee) = charged(type) }
      return parts(of: type)
    }
    return bill
  }

  private static func sheet(_ table: BillTable, _ amount: String, currency: String?) throws(BillError) -> Bill {
    var bill = Bill(
      seller: .zai, provider: "zhipu", format: "bigmodel billing details", timeZone: .beijing,
      roundedPlaces: table.places(amount))
    var told = try table.currency("币种", of: amount, fallback: currency)
    // Its own sign is that of yuan.
    if told == nil { told = try table.currency(beside: amount, asked: currency ?? "CNY") }
    bill.currency = told ?? "CNY"
    func title(_ start: String) -> String { table.csv.header.first { $0.hasPrefix(start) } ?? "" }
    let columns = Columns(
      day: "账期(自然日)", amount: amount, usage: "用量", unit: table.csv.column("用量单位") == nil ? nil : "用量单位",
      calls: title("请求次数"), type: "价格类型")
    let model = title("模型编码")
    try read(table, columns, into: &bill) { row, line throws(BillError) in
      line.model = try row.model(model)
      let product = row["模型产品名称"] ?? row["产品类型"]
      // What is bought before it is used, and what is charged by the call.
      if line.model == nil { line.fee = product }
      if let unit = columns.unit.flatMap({ row[$0] }), Usage.units[unit.lowercased()] == nil {
        line.fee = line.fee ?? product ?? line.model ?? unit
      }
      return row[columns.type].flatMap { sheetTypes[$0] }
    }
    return bill
  }

  /// What a type of charge is of: the tokens of a class, or all of a request.
  private enum Part {
    case of(TokenClass)
    case all
  }

  private static let sheetTypes: [String: Part] = [
    "输入": .of(.input), "输出": .of(.output), "缓存命中": .of(.cacheRead), "不区分输入输出": .all,
  ]

  private static func parts(of type: String) -> Part? {
    let words = Set(type.lowercased().split { !$0.isLetter }.map(String.init))
    if !words.isDisjoint(with: ["output", "completion"]) { return .of(.output) }
    if !words.isDisjoint(with: ["cached", "cache"]) { return .of(.cacheRead) }
    if !words.isDisjoint(with: ["input", "prompt"]) { return .of(.input) }
    return words.isDisjoint(with: ["token", "tokens"]) ? nil : .all
  }

  /// - Parameter name: says whose and what for a row is, and which tokens it charges; `nil` where it does not tell these.
  private static func read(
    _ table: BillTable, _ columns: Columns, into bill: inout Bill,
    _ name: (BillCells, inout BillRow) throws(BillError) -> Part?
  ) throws(BillError) {
    var calls = Calls()
    // The most places that each unit shows.
    var places: [Int: Int] = [:]
    let uses = try table.rows.map { row throws(BillError) in try Usage(row, columns) }
    for use in uses.compactMap(\.self) {
      places[use.unit] = max(places[use.unit] ?? 0, WrittenNumber.places(use.number))
    }
    let tellsTypes = table.csv.column(columns.type) != nil
    for (row, use) in zip(table.rows, uses) {
      guard let cost = try row.amount(columns.amount, in: bill.currency) else {
        throw row.bad(columns.amount, .missing)
      }
      var line = BillRow(day: try row.day(columns.day), model: try row.model("model"), cost: cost)
      var ofPackage: BillRow?
      let part = try name(row, &line)
      if cost < .zero { line.fee = line.fee ?? BillRow.credit(for: line.model) }
      if line.fee == nil {
        if let part, let use {
          switch part {
          // Thousands with fewer than three places may be rounded, and what may be rounded is not known.
          case _ where places[use.unit, default: 0] < use.unit: bill.roundsTokens = true
          case .of(let tokenClass):
            let (all, free) = (try use.tokens(row, columns), try deducted(row, columns))
            try row.checkPart(free, deductedUsage, of: all, columns.usage)
            line.tokens = [tokenClass: all - free]
            guard free > 0 else { break }
            // A package that was bought before pays for these.
            ofPackage = BillRow(day: line.day, model: line.model, tokens: [tokenClass: free], cost: .zero, rate: .zero)
          case .all: line.total = try use.tokens(row, columns)
          }
        }
        calls.add(
          try row.count(columns.calls), of: line, by: columns.key.flatMap { row[$0] },
          for: tellsTypes ? row[columns.type] ?? "" : "\(bill.rows.count)", at: bill.rows.count)
      }
      bill.rows.append(line)
      if let ofPackage { bill.rows.append(ofPackage) }
    }
    calls.settle(&bill.rows, tellsTypes: tellsTypes)
    settleTokens(&bill.rows)
  }

  /// The column of tokens that a package pays for, among those of its row.
  private static let deductedUsage = "抵扣用量"

  private static func deducted(_ row: BillCells, _ columns: Columns) throws(BillError) -> Int64 {
    var columns = columns
    columns.usage = deductedUsage
    return try Usage(row, columns)?.tokens(row, columns) ?? 0
  }

  /// How many tokens a row names.
  private struct Usage {
    /// How many places of a unit tell single tokens.
    static let units = [
      "token": 0, "tokens": 0, "ktoken": 3, "ktokens": 3, "千token": 3, "千tokens": 3, "mtoken": 6, "mtokens": 6,
      "百万token": 6, "百万tokens": 6,
    ]

    let number: String
    let unit: Int

    /// `nil` where it names no unit of tokens.
    init?(_ row: BillCells, _ columns: Columns) throws(BillError) {
      guard let cell = row[columns.usage] else { return nil }
      let digits = String(cell.prefix { !$0.isLetter }).trimmed
      let word = columns.unit.map { row[$0] ?? "" } ?? String(cell.drop { !$0.isLetter })
      guard let unit = Self.units[word.trimmed.lowercased()], let number = WrittenNumber(digits) else { return nil }
      guard let text = number.text(by: row.marks.mark(columns.usage, of: digits)) else {
        throw row.bad(columns.usage, .decimalMark)
      }
      (self.number, self.unit) = (text, unit)
    }

    func tokens(_ row: BillCells, _ columns: Columns) throws(BillError) -> Int64 {
      let tokens = (0..<unit).reduce(ExactAmount(ofBill: number)) { amount, _ in amount?.billed(times: 10) }
      guard let tokens else { throw row.bad(columns.usage, .tooLarge) }
      guard let count = tokens.billedCount else {
        throw row.bad(columns.usage, tokens < .zero ? .negative : .fraction)
      }
      return count
    }
  }

  /// What a type of charge is for, where no column names the model: `GLM-4.6 Input` is a model's, `Input Token` all
  /// models', and what names no tokens is none of tokens.
  private static func charged(_ type: String) -> (model: String?, fee: String?) {
    let words = type.split(separator: " ").map(String.init)
    let name = words.prefix { !tokenWords.contains($0.lowercased().trimmingCharacters(in: .punctuationCharacters)) }
    let rest = words.dropFirst(name.count).map { $0.lowercased() }
    guard !rest.isEmpty, besideTokens.isDisjoint(with: rest) else {
      return (nil, type.isEmpty ? "without a type" : type)
    }
    let model = name.filter { $0.contains { $0.isLetter || $0.isNumber } }.joined(separator: " ")
    return (model.isEmpty ? nil : model, nil)
  }

  /// Words for tokens that are bought before they are used, and for keeping them.
  private static let besideTokens: Set<String> = ["package", "packages", "pack", "plan", "storage"]

  private static let tokenWords: Set<String> = [
    "input", "output", "cached", "cache", "prompt", "completion", "token", "tokens",
  ]

  private struct Use: Hashable {
    var day: CivilDay
    var model: String?
    var key: String?
  }

  /// A model's tokens of a day are known where each of its charges tells them; else its money is compared alone.
  private static func settleTokens(_ rows: inout [BillRow]) {
    let untold = Set(
      rows.lazy.filter { $0.fee == nil && $0.allTokens == nil }.map { Use(day: $0.day, model: $0.model?.lowercased()) })
    for place in rows.indices where untold.contains(Use(day: rows[place].day, model: rows[place].model?.lowercased())) {
      (rows[place].tokens, rows[place].total) = ([:], nil)
    }
  }

  /// The requests of a model, day and key. One that is charged for its prompt, for what a cache served of it and for its
  /// answer stands in the calls of each of these types: the type with the most has all of them.
  private struct Calls {
    private var uses: [Use: (place: Int, byType: [String: Int64])] = [:]

    mutating func add(_ count: Int64?, of row: BillRow, by key: String?, for type: String, at place: Int) {
      guard let count else { return }
      uses[Use(day: row.day, model: row.model, key: key), default: (place, [:])].byType[type, default: 0] += count
    }

    /// Gives them to the first row of each use; the others count none.
    /// - Parameter tellsTypes: whether rows say what they charge of a request; else several may be of the same ones, or
    ///   of others, and nobody knows how many there are.
    func settle(_ rows: inout [BillRow], tellsTypes: Bool) {
      for use in uses.values where tellsTypes || use.byType.count == 1 {
        rows[use.place].requests = use.byType.values.max()
      }
    }
  }
}
