import Foundation
import Model
import TestSupport
import Testing

@testable import Reading

/// Bills as strangers have them: saved again, cut short, of other countries, with more around them than there should be.
@Suite struct BillOddityTests {
  private static let columns = ["day": "Day", "model": "Model", "cost": "Cost"]

  private func rows(
    _ text: String, _ columns: [String: String] = columns, currency: String? = nil
  ) throws(BillError) -> [BillRow] {
    try BillReader(columns: columns, currency: currency).bills(Array(text.utf8), path: "x").flatMap(\.rows)
  }

  private func error(_ text: String, _ columns: [String: String] = columns, currency: String? = nil) -> BillError? {
    #expect(throws: BillError.self) { _ = try rows(text, columns, currency: currency) }
  }

  // MARK: Tables

  @Test(arguments: [
    "Usage report\nGenerated 2026-11-26\n\nDay,Model,Cost\n2026-11-25,m,0.5\n",
    "Report,Usage\nFrom,2026-11-01\n\nDay,Model,Cost\n2026-11-25,m,0.5\n",
    "Usage report\nDay;Model;Cost\n2026-11-25;m;0,5\n", "Report, by day\nDay;Model;Cost\n2026-11-25;m;0,5\n",
    "Day|Model|Cost\n2026-11-25|m|0.5\n", "Day,Model,Cost\r2026-11-25,m,0.5\r",
    "sep=|\nDay|Model|Cost\n2026-11-25|m|0.5",
  ])
  func whatStandsAroundATableIsNoPartOfIt(_ text: String) throws {
    #expect(try rows(text).map(\.cost) == [ExactAmount("0.5")])
  }

  @Test func aTitleMayHoldACommaAndALineEnd() throws {
    let text = "Day,Model,\"Cost,\nUSD\"\n2026-11-25,\"a\nb\",1\n"
    let found = try rows(text, ["day": "Day", "model": "Model", "cost": "Cost,\nUSD"])
    #expect(found.map(\.model) == ["a\nb"] && found.map(\.cost) == [ExactAmount("1")])
  }

  @Test(arguments: [
    ("1,23,456.78", "123456.78"), ("12,34,56,789.5", "123456789.5"), ("$1,234,567.8", "1234567.8"),
  ])
  func numbersOfOtherCountriesAreRead(_ written: String, _ amount: String) throws {
    #expect(try rows("Day,Model,Cost\n2026-11-25,m,\"\(written)\"\n").map(\.cost) == [ExactAmount(amount)])
  }

  @Test(arguments: ["1,2,345.6", "1,234,56.7", "123,45,678.9", "1.23.456,7"])
  func digitsInOtherGroupsAreNoNumber(_ written: String) {
    #expect(error("Day,Model,Cost\n2026-11-25,m,\"\(written)\"\n") == .badCell(path: "x", line: 2, column: "Cost"))
  }

  @Test(arguments: [("₹1,23,456.50", "INR"), ("R$ 12.50", "BRL"), ("12.50 zł", "PLN"), ("HK$12.50", "HKD")])
  func aSignNamesItsCurrency(_ written: String, _ code: String) throws {
    let text = "Day;Model;Cost\n2026-11-25;m;\(written)\n"
    let bill = try #require(try BillReader(columns: Self.columns).bills(Array(text.utf8), path: "x").first)
    #expect(bill.currency == code && !bill.assumesCurrency)
  }

  /// The same sign stands for yuan and for yen: which one it is has to be said.
  @Test func theSignOfTwoCurrenciesIsTakenForNeither() throws {
    let text = "Day,Model,Cost\n2026-11-25,m,¥12.30\n"
    #expect(error(text) == .badCell(path: "x", line: 2, column: "Cost", why: .currencySign))
    #expect(error(text, currency: "USD") == .badCell(path: "x", line: 2, column: "Cost", why: .currencySign))
    for code in ["CNY", "JPY"] {
      let bill = try BillReader(columns: Self.columns, currency: code).bills(Array(text.utf8), path: "x").first
      #expect(bill?.currency == code && bill?.rows.map(\.cost) == [ExactAmount("12.3")])
    }
    let details = "账期(自然日),模型编码（推理专用）,应付金额\n2026-11-25,glm-5.2,¥0.50\n"
    #expect(try BillReader().bills(Array(details.utf8), path: "x").first?.currency == "CNY")
    let page = "Billing Date,Charge Type,Amount\n2026-11-25,token,$0.25\n"
    #expect(try BillReader().bills(Array(page.utf8), path: "x").first?.assumesCurrency == false)
  }

  @Test(arguments: ["Nov 25, 2026", "November 25, 2026", "25-Nov-2026", "25 Nov 2026", "25 november 2026 10:00"])
  func aMonthMayHaveItsName(_ day: String) throws {
    #expect(try rows("Day,Model,Cost\n\"\(day)\",m,1\n").map(\.day) == [CivilDay("2026-11-25")])
  }

  @Test(arguments: ["Nov 31, 2026", "25 Nev 2026", "Nov 2026", "25Nov2026", "No 25, 2026"])
  func anotherWordIsNoDay(_ day: String) {
    #expect(error("Day,Model,Cost\n\"\(day)\",m,1\n") == .badCell(path: "x", line: 2, column: "Day"))
  }

  /// The clock of a spreadsheet begins in 1899, that of a program in 1970.
  @Test(arguments: ["0001-01-01", "1899-12-30", "1970-01-01", "2019-12-31"])
  func noBillIsOlderThanTheTrade(_ day: String) {
    #expect(error("Day,Model,Cost\n\(day),m,1\n") == .badCell(path: "x", line: 2, column: "Day", why: .tooEarly))
    let usage =
      "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write,"
      + "usage_input_tokens_cache_read,usage_output_tokens\n\(day),m,1,0,0,1\n"
    #expect(error(usage, [:]) == .badCell(path: "x", line: 2, column: "usage_date_utc", why: .tooEarly))
    let seconds = #"{"data":[{"start_time":0,"end_time":86400,"results":[{"input_tokens":5,"input_cached_tokens":4,"#
    let costs = seconds + #""output_tokens":5,"num_model_requests":7,"model":"m"}]}]}"#
    #expect(error(costs, [:]) == .badItem(path: "x", item: 1, member: "start_time", why: .tooEarly))
  }

  @Test func aMonthIsAllOfItsDays() throws {
    let months = try rows("Day,Model,Cost\n2026-02,m,1\n2026/12,m,2\n2024-2,m,3\n")
    #expect(months.map { $0.days.lowerBound.description } == ["2026-02-01", "2026-12-01", "2024-02-01"])
    #expect(months.map { $0.days.upperBound.description } == ["2026-02-28", "2026-12-31", "2024-02-29"])
    #expect(error("Day,Model,Cost\n2026-02,m,1\n2026-03-01,m,2\n") == .badCell(path: "x", line: 3, column: "Day"))
    #expect(error("Day,Model,Cost\n2026-13,m,1\n") == .badCell(path: "x", line: 2, column: "Day"))
  }

  @Test func quotesMayStandBehindASpace() throws {
    let found = try rows("Day, Model, Cost\n2026-11-25, \"m, of theirs\", \"1.50\"\n")
    #expect(found.map(\.model) == ["m, of theirs"] && found.map(\.cost) == [ExactAmount("1.5")])
  }

  // MARK: Exports

  /// A spreadsheet's sum below an export shows whether rows are missing.
  @Test(arguments: [
    ("Date,Slug,Usage,Requests\n2026-11-24,m,1.25,1\n2026-11-25,m,2.50,1\n", "Total,,", ",2\n", "Usage"),
    (
      "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-11-24,M,output,1.25,token\n2026-11-25,,,2.50,web_search\n",
      "Total,,,", ",\n", "cost_usd"
    ),
    ("Billing Date,Charge Type,Amount\n2026-11-24,token,1.25\n2026-11-25,seat,2.50\n", "合计,,", "\n", "Amount"),
    (
      "Billing Date,Charge Type,Usage,Amount\n2026-11-24,token,1 token,1.25\n2026-11-25,seat,,2.50\n",
      "Total,,1 token,", "\n", "Amount"
    ),
  ])
  func aSumBelowAnExportIsTheSumOfItsRows(_ text: String, _ start: String, _ end: String, _ column: String) throws {
    #expect(try rows(text + start + "3.75" + end, [:]).count == 2)
    #expect(
      error(text + start + "5.00" + end, [:])
        == .badCell(path: "x", line: 4, column: column.lowercased(), why: .sum))
  }

  /// Nothing costs less than nothing: what takes something off stands apart from the tokens of a day.
  @Test func whatTakesSomethingOffIsACredit() throws {
    let own = try rows("Day,Model,Cost\n2026-11-25,m,2\n2026-11-25,,-0.5\n")
    let console = try rows(
      "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-11-25,M,output,2,token\n2026-11-25,,,-0.5,\n", [:])
    func result(_ cost: String, _ item: String) -> String {
      #"{"amount":{"value":\#(cost),"currency":"usd"},"line_item":\#(item)}"#
    }
    let costs = try rows(
      #"{"data":[{"start_time":1795564800,"end_time":1795651200,"results":["#
        + result("2", #""m, output""#) + "," + result("-0.5", "null") + "]}]}", [:])
    for found in [own, console, costs] {
      #expect(found.map(\.fee) == [nil, "credit"] && found.map(\.cost) == [ExactAmount("2"), ExactAmount("-0.5")])
    }
  }

  @Test func aCreditMayNameItsModel() throws {
    let columns = Self.columns.merging(["requests": "Req", "input": "In"]) { first, _ in first }
    let console = try rows(
      "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-11-25,M,output,2,token\n2026-11-25,M,,-0.5,\n", [:])
    #expect(console.map(\.fee) == [nil, "credit for m"])
    let alone = try rows("Day,Model,Cost\n2026-11-25,m,2\n2026-11-25,m,-0.5\n")
    #expect(alone.map(\.fee) == [nil, "credit for m"])
    for cells in [",", "0,0", "0,", ",0"] {
      let found = try rows("Day,Model,Cost,Req,In\n2026-11-25,m,2,1,10\n2026-11-25,m,-0.5,\(cells)\n", columns)
      #expect(found.map(\.fee) == [nil, "credit for m"] && found.last?.cost == ExactAmount("-0.5"))
      #expect(found.last?.requests == nil && found.last?.tokens == [:])
    }
    // Requests and tokens cost something.
    for cells in ["1,", "1,10", ",10"] {
      #expect(
        error("Day,Model,Cost,Req,In\n2026-11-25,m,2,1,10\n2026-11-25,m,-0.5,\(cells)\n", columns)
          == .badCell(path: "x", line: 3, column: "Cost", why: .negative))
    }
  }

  @Test func whatASpreadsheetOfTheWestSavesIsRead() throws {
    let bytes: [UInt8] = Array("Tag;Model;Betr".utf8) + [0xe4] + Array("ge\n2026-11-25;m;0,5 ".utf8) + [0x80, 0x0a]
    let reader = BillReader(columns: ["day": "Tag", "model": "Model", "cost": "Betr\u{e4}ge"])
    let bill = try #require(try reader.bills(bytes, path: "x").first)
    #expect(bill.isWindows1252 && bill.currency == "EUR" && bill.rows.map(\.cost) == [ExactAmount("0.5")])
    let known = try #require(try BillReader(columns: Self.columns).bills(Self.table, path: "x").first)
    #expect(!known.isWindows1252)
  }

  private static let logs =
    "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug,cancelled\n"

  @Test func whatWasCancelledBeforeItBeganIsNoRequest() throws {
    let row = "a,2026-11-25 09:00:01.1,0.5,10,5,0,m,false\n"
    #expect(try rows(Self.logs + row + "b,2026-11-25 09:00:02.1,0,,,,m,true\n", [:]).map(\.id) == ["a"])
    // What was charged has tokens.
    #expect(
      error(Self.logs + row + "b,2026-11-25 09:00:02.1,0.1,,,,m,true\n", [:])
        == .badCell(path: "x", line: 3, column: "tokens_prompt", why: .missing))
  }

  /// Without seconds no request is found by its time: sums are compared instead.
  @Test func logsThatASpreadsheetSavedAgainHaveDaysAndNoInstants() throws {
    let found = try rows(
      Self.logs.replacing(",", with: ";")
        + "a;11/25/2026 9:00;0.5;10;5;0;m;FALSE\nb;11/25/2026 21:30;0.5;10;5;0;m;FALSE\n",
      [:])
    #expect(found.map(\.day) == Array(repeating: CivilDay("2026-11-25"), count: 2))
    #expect(found.allSatisfy { $0.started == nil && $0.requests == 1 })
    let whole = try rows(Self.logs + "a,2026-11-25 09:00:01.1,0.5,10,5,0,m,false\n", [:])
    #expect(whole.allSatisfy { $0.started != nil })
  }

  @Test func theTableOfSpendLogsIsReadAsItsRows() throws {
    let head =
      "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,"
    let row =
      "r1,acompletion,sk-CANARY-1,0.1,15,10,5,2026-11-25 09:00:00.5,2026-11-25 09:00:01,m,p,"
      + "\"{\"\"usage_object\"\":{\"\"cache_read_input_tokens\"\":4}}\"\n"
    let text = head + "custom_llm_provider,metadata\n" + row
    let bill = try #require(try BillReader().bills(Array(text.utf8), path: "x").first)
    #expect(bill.isClaim && bill.provider == "p" && !"\(bill)".contains("CANARY"))
    #expect(bill.rows.first?.tokens == [.input: 6, .cacheRead: 4, .cacheWrite5m: 0, .output: 5])
    #expect(
      error(text.replacing(",10,5,", with: ",,5,"), [:])
        == .badItem(path: "x", item: 1, member: "prompt_tokens", why: .missing))
  }

  @Test func pagesThatAProgramGatheredInAListAreThePages() throws {
    func page(_ day: Int, hasMore: Bool) -> String {
      let bucket =
        #"{"starting_at":"2026-11-\#(day)T00:00:00Z","ending_at":"2026-11-\#(day + 1)T00:00:00Z","results":["#
      return #"{"data":["# + bucket
        + #"{"currency":"USD","amount":"300","cost_type":"tokens","model":"m","token_type":"output_tokens"}]}],"#
        + #""has_more":\#(hasMore)}"#
    }
    let text = "[\(page(10, hasMore: true)),\(page(11, hasMore: false))]"
    let bill = try #require(try Bill.joined(BillReader().bills(Array(text.utf8), path: "x")).first)
    #expect(bill.rows.map(\.cost) == [ExactAmount("3"), ExactAmount("3")] && !bill.hasMore)
  }

  // MARK: Archives

  private func archive(_ files: [(name: String, bytes: [UInt8])], repeated: Int = 1) -> [UInt8] {
    ArchiveTests.archive(files, repeated: repeated)
  }

  private static let table = Array("Day,Model,Cost\n2026-11-25,m,0.5\n".utf8)

  @Test func anArchiveInAnArchiveIsReadAndOneCutShortIsNot() throws {
    let reader = BillReader(columns: Self.columns)
    let inner = archive([("a.csv", Self.table)])
    let outer = archive([("folder/inner.zip", inner), ("__MACOSX/._inner.zip", [0, 5, 22, 7])])
    let bill = try #require(try reader.bills(outer, path: "x").first)
    #expect(bill.files == ["x(folder/inner.zip)(a.csv)"] && bill.archive == "x(folder/inner.zip)")
    for length in [outer.count - 1, outer.count - 30, outer.count / 2, 40] {
      #expect(throws: BillError.badArchive(path: "x")) { try reader.bills(Array(outer.prefix(length)), path: "x") }
    }
  }

  @Test func whatStandsBesideABillInItsArchiveIsLeftOutAndNamed() throws {
    let reader = BillReader(columns: Self.columns)
    let (invoice, text) = (Array("%PDF-1.7\n".utf8), Array("Dear user,\nthis is, by and large,\nyour export.\n".utf8))
    let beside: [(name: String, bytes: [UInt8])] = [
      ("README.txt", text), ("invoice.pdf", invoice), ("doc/License", text),
    ]
    let whole = archive(beside + [("a.csv", Self.table)])
    let bills = try reader.bills(whole, path: "x")
    #expect(bills.map(\.files) == [["x(a.csv)"]])
    #expect(bills.map(\.leftOut) == [["x(README.txt)", "x(invoice.pdf)", "x(doc/License)"]])
    // Without a bill there is nothing that they stand beside.
    #expect(throws: BillError.foreign(path: "x(invoice.pdf)", .pdf)) {
      try reader.bills(archive([("invoice.pdf", invoice)]), path: "x")
    }
    let empty = Array("Day,Model,Cost\n".utf8)
    #expect(throws: BillError.empty(path: "x")) {
      try reader.bills(archive([("invoice.pdf", invoice), ("a.csv", empty)]), path: "x")
    }
    // A bill that cannot be read is not left out, whatever its name is.
    let bad = Array("Day,Model,Cost\n2026-11-25,m,x\n".utf8)
    #expect(throws: BillError.badCell(path: "x(readme.csv)", line: 2, column: "Cost")) {
      try reader.bills(archive([("a.csv", Self.table), ("readme.csv", bad)]), path: "x")
    }
    #expect(throws: BillError.self) {
      try reader.bills(archive([("a.csv", Self.table), ("other.csv", text)]), path: "x")
    }
  }

  /// A few bytes that stand for more than a memory holds.
  @Test func anArchiveOfMoreThanAnyExportIsRefusedBeforeItIsUnpacked() {
    let large = archive([("a.csv", Array(repeating: UInt8(ascii: "0"), count: 1 << 20))], repeated: 257)
    #expect(throws: BillError.badArchive(path: "x")) { try BillReader().bills(large, path: "x") }
    #expect(ZipArchive.entries(archive([("a.csv", Self.table)], repeated: 3), atMost: Self.table.count * 3)?.count == 3)
    #expect(ZipArchive.entries(archive([("a.csv", Self.table)], repeated: 4), atMost: Self.table.count * 3) == nil)
  }
}
