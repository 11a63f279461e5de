import Foundation
import Model
import Testing

@testable import Reading

/// What tables of bills hold, and what they must not hold: a figure is read right, or refused with its line and column.
@Suite struct BillCellTests {
  private func bills(_ text: String, _ reader: BillReader = BillReader()) throws(BillError) -> [Bill] {
    try reader.bills(Array(text.utf8), path: "x")
  }

  private static let columns = ["day": "day", "model": "model", "cost": "cost"]

  /// A table of days, models and costs, each cell quoted.
  private func table(
    _ costs: [String], separator: String = ",", columns: [String: String] = columns, currency: String? = nil
  ) throws(BillError) -> [ExactAmount?] {
    let rows = costs.map { ["2026-11-10", "m", "\"\($0)\""].joined(separator: separator) }
    let text = ([["day", "model", "cost"].joined(separator: separator)] + rows).joined(separator: "\n")
    return try bills(text, BillReader(columns: columns, currency: currency)).flatMap(\.rows).map(\.cost)
  }

  @Test func decimalCommasOfASpreadsheetAreReadAsWhatTheyAre() throws {
    #expect(
      try table(["0,0123", "1,234", "1.234,5"], separator: ";")
        == ["0.0123", "1.234", "1234.5"].map { ExactAmount($0) })
    #expect(try table(["0.0123", "1,234", "1,234.5"]) == ["0.0123", "1234", "1234.5"].map { ExactAmount($0) })
  }

  @Test func anAmountOfTwoReadingsIsRefused() {
    for (costs, separator, line) in [(["1,234"], ",", 2), (["1.234"], ";", 2), (["0,5", "0.5", "1,234"], ";", 4)] {
      let error = #expect(throws: BillError.self) { try table(costs, separator: separator) }
      #expect(error == .badCell(path: "x", line: line, column: "cost", why: .decimalMark))
    }
    // Of a program's own table, with commas between cells, a point is a decimal point.
    #expect((try? table(["1.234"])) == [ExactAmount("1.234")])
  }

  /// Three digits behind a mark are a count only where they are a group.
  @Test func aCountOfTwoReadingsIsTheWholeOne() throws {
    let head = "day;model;cost;requests\n2026-11-10;m;0,5;"
    let reader = BillReader(columns: Self.columns.merging(["requests": "requests"]) { $1 })
    #expect(try bills(head + "1.234\n", reader).first?.rows.first?.requests == 1234)
    let plain = "day,model,cost,requests\n2026-11-10,m,5,"
    #expect(try bills(plain + "\"1,234\"\n", reader).first?.rows.first?.requests == 1234)
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "requests", why: .fraction)) {
      try bills(plain + "1.5\n", reader)
    }
  }

  @Test(arguments: ["NaN", "inf", "-", "1e300", "99999999999999", "1,2,3"])
  func whatIsNoAmountIsRefused(_ text: String) {
    let error = #expect(throws: BillError.self) { try table(["1.5", text]) }
    guard case .badCell(path: "x", line: 3, column: "cost", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func noTokensCostLessThanNothing() {
    let text = "day,model,cost,in\n2026-11-10,m,-1.5,10\n"
    let reader = BillReader(columns: ["day": "day", "model": "model", "cost": "cost", "input": "in"])
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "cost", why: .negative)) {
      try reader.bills(Array(text.utf8), path: "x")
    }
  }

  @Test func roundingIsThatOfTheColumnAndNeverMoreThanCents() throws {
    let reader = BillReader(columns: Self.columns)
    func places(_ cost: String) throws -> Int? {
      try bills("day,model,cost\n2026-11-10,m,\(cost)\n", reader).first?.roundedPlaces
    }
    #expect(try places("5") == 2)
    #expect(try places("1.5e-05") == 6)
    #expect(try places("0.12345") == 5)
  }

  @Test func aRowHasAsManyCellsAsThereAreTitles() {
    let reader = BillReader(columns: Self.columns)
    let head = "day,model,cost\n2026-11-10,m,1.5\n"
    #expect(throws: BillError.ragged(path: "x", line: 3, cells: 4, titles: 3)) {
      try bills(head + "2026-11-10,m,1,5\n", reader)
    }
    #expect(throws: BillError.ragged(path: "x", line: 3, cells: 2, titles: 3)) {
      try bills(head + "2026-11-10,1.5\n", reader)
    }
    #expect(throws: BillError.cutOff(path: "x", line: 3)) { try bills(head + "2026-11-10,m", reader) }
    #expect(throws: BillError.cutOff(path: "x", line: 3)) { try bills(head + "2026-11-10,\"m\n", reader) }
    #expect(throws: BillError.badQuotes(path: "x", line: 3)) { try bills(head + "2026-11-10,\"m\"n,1\n", reader) }
  }

  @Test func aSeparatorAtTheEndOfEachRowIsNoCell() throws {
    let reader = BillReader(columns: Self.columns)
    let text = "day,model,cost\n2026-11-10,m,1.5,\n2026-11-11,m,2.5,\n"
    #expect(try bills(text, reader).first?.rows.map(\.cost) == [ExactAmount("1.5"), ExactAmount("2.5")])
  }

  @Test func aQuotedLineEndIsPartOfItsCell() throws {
    let text = "day,note,cost\n2026-11-10,\"a\nb\",1.5\n2026-11-10,c,x\n"
    #expect(throws: BillError.badCell(path: "x", line: 4, column: "cost")) {
      try bills(text, BillReader(columns: ["day": "day", "cost": "cost"]))
    }
  }

  @Test func aTitleStandsAboveOneColumn() {
    let text = "day,model,cost,Cost\n2026-11-10,m,1,2\n"
    #expect(throws: BillError.doubleTitle(path: "x", name: "cost")) {
      try bills(text, BillReader(columns: Self.columns))
    }
  }

  @Test func aLineThatSumsUpIsNoRow() throws {
    let reader = BillReader(columns: Self.columns)
    let rows = "day,model,cost\n2026-11-10,a,1.25\n2026-11-10,b,2.50\n"
    #expect(try bills(rows + "Total,,3.75\n", reader).first?.rows.count == 2)
    #expect(try bills(rows + ",,\n合计,,3.75\n", reader).first?.rows.count == 2)
    // Of a file whose middle is missing the sum is another.
    #expect(throws: BillError.badCell(path: "x", line: 4, column: "cost", why: .sum)) {
      try bills(rows + "Total,,12.34\n", reader)
    }
    #expect(throws: BillError.sum(path: "x", line: 4)) { try bills(rows + "Total,,3.75\n2026-11-11,a,1\n", reader) }
    #expect(throws: BillError.sum(path: "x", line: 4)) { try bills(rows + "2026-11-10,Total,3.75\n", reader) }
  }

  @Test func aSpreadsheetsFirstLineNamesTheSeparator() throws {
    let rows = try bills("sep=;\r\nday;model;cost\r\n2026-11-10;m;0,5\r\n", BillReader(columns: Self.columns)).first?
      .rows
    #expect(rows?.map(\.cost) == [ExactAmount("0.5")])
  }

  /// Programs number rows in a column without a title.
  @Test func aColumnWithoutATitleIsNothing() throws {
    let rows = try bills(",day,model,cost\n7,2026-11-10,m,1.5\n", BillReader(columns: Self.columns)).first?.rows
    #expect(rows == [BillRow(day: try #require(CivilDay("2026-11-10")), model: "m", cost: ExactAmount("1.5"))])
  }

  @Test func aTableNamesItsCurrency() throws {
    let reader = BillReader(columns: Self.columns.merging(["currency": "currency"]) { $1 })
    let head = "day,model,cost,currency\n2026-11-10,m,1,"
    #expect(try bills(head + "cny\n", reader).first?.currency == "CNY")
    #expect(throws: BillError.mixedCurrencies(path: "x", place: .line(3), ["CNY", "USD"])) {
      try bills(head + "CNY\n2026-11-11,m,1,USD\n", reader)
    }
    #expect(throws: BillError.badCell(path: "x", line: 3, column: "currency", why: .missing)) {
      try bills(head + "CNY\n2026-11-11,m,1,\n", reader)
    }
    var asked = reader
    asked.currency = "CNY"
    #expect(try bills(head + "CNY\n2026-11-11,m,1,\n", asked).first?.currency == "CNY")
    #expect(throws: BillError.contradicts(path: "x", says: "USD", asked: "CNY")) { try bills(head + "USD\n", asked) }
  }

  @Test func aCurrencyBesideAmountsIsTheTables() throws {
    let reader = BillReader(columns: Self.columns)
    let euros = try #require(try bills("day;model;cost\n2026-11-10;m;1,25 €\n", reader).first)
    #expect(euros.currency == "EUR" && euros.rows.map(\.cost) == [ExactAmount("1.25")] && !euros.assumesCurrency)
    #expect(throws: BillError.mixedCurrencies(path: "x", place: .line(3), ["EUR", "USD"])) {
      try bills("day;model;cost\n2026-11-10;m;1,25 €\n2026-11-10;m;$1,25\n", reader)
    }
    #expect(throws: BillError.contradicts(path: "x", says: "EUR", asked: "CNY")) {
      try bills("day;model;cost\n2026-11-10;m;1,25 €\n", BillReader(columns: Self.columns, currency: "CNY"))
    }
    let plain = try #require(try bills("day,model,cost\n2026-11-10,m,1\n", reader).first)
    #expect(plain.currency == "USD" && plain.assumesCurrency)
  }

  @Test func whatWasAskedForDoesNotOverrideAFile() {
    let cost = "usage_date_utc,model,cost_usd,token_type\n2026-03-31,m,1,output\n"
    #expect(throws: BillError.contradicts(path: "x", says: "USD", asked: "CNY")) {
      try bills(cost, BillReader(currency: "cny"))
    }
    let error = #expect(throws: BillError.self) {
      try bills(cost, BillReader(timeZone: TimeZone(identifier: "Asia/Shanghai")))
    }
    guard case .contradicts(path: "x", _, asked: "Asia/Shanghai") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func daysWithAnOffsetAreThoseOfItsZone() throws {
    let reader = BillReader(columns: Self.columns)
    let head = "day,model,cost\n"
    // Midnights begin the days of their zone.
    let days = try bills(head + "2026-11-10T00:00:00-08:00,m,1\n", reader)
    #expect(days.map { $0.timeZone.secondsFromGMT() } == [-28_800])
    #expect(days.flatMap(\.rows).map(\.day) == [CivilDay("2026-11-10")])
    // Other times fall on a day of UTC, or of the zone that was asked for.
    let instants = try bills(head + "2026-11-10T23:30:00-08:00,m,1\n2026-11-10T00:00:00-08:00,m,1\n", reader)
    #expect(instants.map { $0.timeZone.secondsFromGMT() } == [0])
    #expect(instants.flatMap(\.rows).map(\.day) == [CivilDay("2026-11-11"), CivilDay("2026-11-10")])
    let asked = BillReader(columns: Self.columns, timeZone: TimeZone(secondsFromGMT: -8 * 3600))
    #expect(
      try bills(head + "2026-11-10T23:30:00-08:00,m,1\n", asked).flatMap(\.rows).map(\.day) == [CivilDay("2026-11-10")])
    #expect(throws: BillError.badCell(path: "x", line: 3, column: "day", why: .noOffset)) {
      try bills(head + "2026-11-10T00:00:00-08:00,m,1\n2026-11-11,m,1\n", reader)
    }
    #expect(throws: BillError.self) { try bills(head + "2026-11-10T00:00:00+02:00,m,1\n", asked) }
  }

  @Test func whatARowDoesNotSayIsNotZero() {
    let head = "day,model,cost,input,output\n2026-11-10,m,1,5,5\n"
    let reader = BillReader(columns: Self.columns.merging(["input": "input", "output": "output"]) { $1 })
    for (row, column) in [
      ("2026-11-10,m,1,5,", "output"), ("2026-11-10,m,,5,5", "cost"), ("2026-11-10,,,5,5", "model"),
    ] {
      #expect(throws: BillError.badCell(path: "x", line: 3, column: column, why: .missing)) {
        try bills(head + row + "\n", reader)
      }
    }
  }

  /// A price is of one token, of a thousand, or of a million, in the bill's currency.
  @Test(arguments: [("rate", "0.000002"), ("rate/K", "0.002"), ("rate/M", "2")])
  func aRateIsOfSoManyTokens(_ word: String, _ price: String) throws {
    let reader = BillReader(columns: ["day": "day", "model": "model", "class": "kind", "tokens": "n", word: "price"])
    let text = "day,model,kind,n,price\n2026-11-10,m,output,500,\(price)\n"
    let row = try #require(try bills(text, reader).first?.rows.first)
    #expect(row.rate == ExactAmount("0.000002") && row.cost == ExactAmount("0.001"))
  }

  /// The price that a bill states is its price also where a column has the money: what that has beside it stands apart.
  @Test(
    arguments: [
      ("900000", "0.95", "0.05", BillRow.Correction.charge), ("900000", "0.90", nil, nil),
      ("904000", "0.90", "-0.004", .rounding),
    ] as [(String, String, String?, BillRow.Correction?)])
  func aRateBesideACostIsTheBillsPrice(
    _ tokens: String, _ cost: String, _ beside: String?, _ mends: BillRow.Correction?
  ) throws {
    let reader = BillReader(columns: [
      "day": "day", "model": "model", "class": "kind", "tokens": "n", "rate/M": "price", "cost": "cost",
    ])
    let text = "day,model,kind,n,price,cost\n2026-11-10,m,output,\(tokens),1,\(cost)\n"
    let rows = try #require(try bills(text, reader).first).rows
    #expect(rows.first?.rate == ExactAmount("0.000001"))
    #expect(rows.dropFirst().map(\.cost) == (beside.map { [ExactAmount($0)] } ?? []))
    #expect(rows.dropFirst().map(\.mends) == (mends.map { [$0] } ?? []))
    #expect(rows.reduce(ExactAmount.zero) { $0 + ($1.cost ?? .zero) } == ExactAmount(cost))
  }

  @Test func aPriceIsForTokensOfOneClass() {
    let reader = BillReader(columns: [
      "day": "day", "model": "model", "input": "in", "output": "out", "rate": "price", "cost": "cost",
    ])
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "price", why: .rateOfClasses)) {
      try bills("day,model,in,out,price,cost\n2026-11-10,m,5,5,1,10\n", reader)
    }
    let alone = BillReader(columns: ["day": "day", "model": "model", "rate": "price", "cost": "cost"])
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "price", why: .rateOfClasses)) {
      try bills("day,model,price,cost\n2026-11-10,m,1,10\n", alone)
    }
  }

  /// Spreadsheets write days in the order of their country. Where only one order can be, it is that one.
  @Test func daysThatASpreadsheetSavedAgainAreReadWhereOneLineTellsTheirOrder() throws {
    func days(_ days: String...) throws(BillError) -> [String] {
      try bills(
        "day;model;cost\n" + days.map { "\($0);m;1\n" }.joined(), BillReader(columns: Self.columns)
      ).flatMap(\.rows).map(\.day.description)
    }
    #expect(try days("1.11.2026", "13.11.2026 02:00") == ["2026-11-01", "2026-11-13"])
    #expect(try days("11/1/2026", "11/13/2026 2:00 PM") == ["2026-11-01", "2026-11-13"])
    #expect(try days("01/11/2026", "13/11/2026 0:00") == ["2026-11-01", "2026-11-13"])
    #expect(try days("11-11-2026") == ["2026-11-11"])
    for unclear in [
      ["1/11/2026", "2/11/2026"], ["1/11/2026", "13/11/2026", "11/13/2026"], ["1.11.2026", "11/13/2026"],
    ] {
      let error = #expect(throws: BillError.self) {
        try bills(
          "day;model;cost\n" + unclear.map { "\($0);m;1\n" }.joined(), BillReader(columns: Self.columns))
      }
      #expect(error == .badCell(path: "x", line: 2, column: "day", why: .dayOrder))
    }
    for wrong in ["31.13.2026", "2026-11-10 25:00", "11/13/26", "13:00 PM", "2026-11-10 13:00 PM", "1.76273E+12"] {
      #expect(throws: BillError.self, "\(wrong)") { try days(wrong) }
    }
  }

  @Test func tokensOfAClassNameIt() {
    let reader = BillReader(columns: ["day": "day", "model": "model", "class": "kind", "tokens": "n", "rate": "rate"])
    let head = "day,model,kind,n,rate\n2026-11-10,m,output,5,0.1\n"
    for (row, why) in [
      ("2026-11-10,m,,5,0.1", BillError.Why.missing), ("2026-11-10,m,thoughts,5,0.1", .unknown("thoughts")),
    ] {
      #expect(throws: BillError.badCell(path: "x", line: 3, column: "kind", why: why)) {
        try bills(head + row + "\n", reader)
      }
    }
  }
}
