import Foundation
import Model
import Testing

@testable import Reading

/// What one file lists twice: an export joined with itself or with another one, and a page that was fetched twice.
@Suite struct BillRepeatTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/bills")

  private static func text(_ name: String) throws -> String {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    return text.last?.isNewline == true ? text : text + "\n"
  }

  private static func bills(_ text: String, _ reader: BillReader = BillReader()) throws -> [Bill] {
    try Bill.joined(reader.bills(Array(text.utf8), path: "x"))
  }

  private static func counts(_ bills: [Bill]) -> [BillRow: Int] {
    bills.flatMap(\.rows).reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private static let tables = [
    "deepseek-amount-zoned.csv", "anthropic-usage.csv", "anthropic-cost.csv", "openrouter-logs.csv",
    "openrouter-activity.csv",
  ]

  @Test(arguments: tables) func aTableJoinedWithItselfCountsOnce(_ name: String) throws {
    let text = try Self.text(name)
    let lines = text.split(whereSeparator: \.isNewline)
    let once = try Self.bills(text)
    // With the titles again, with a byte order mark before them, and without them.
    for more in [text, "\u{feff}" + text, lines.dropFirst().map { $0 + "\n" }.joined()] {
      let twice = try Self.bills(text + more)
      #expect(Self.counts(twice) == Self.counts(once), "\(name)")
      let repeats = twice.flatMap(\.repeats)
      #expect(repeats.count == 1 && repeats.allSatisfy { $0.file == "x" && $0.original == "x" }, "\(repeats)")
    }
  }

  /// DeepSeek's rows of requests name no price: as many at the one as at the other make equal lines.
  @Test func asManyRequestsAtEachOfTwoPricesAreNoRepeat() throws {
    func table(_ prices: [String]) -> String {
      let rows = prices.flatMap { ["output_tokens,\($0),10\($0.count)", "request_count,,5"] }
      return rows.map { "u,2026-11-10,m,router,sk-***,\($0)\n" }.joined()
    }
    let titles = "user_id,utc_date,model,api_key_name,api_key,type,price,amount\n"
    func requests(_ rows: String) throws -> Int64 {
      try Self.bills(titles + rows).flatMap(\.rows).reduce(0) { $0 + ($1.requests ?? 0) }
    }
    let two = table(["0.6", "1.25"])
    #expect(try requests(two) == 10)
    #expect(try requests(two + two) == 10)
    #expect(try requests(table(["0.6"]) + table(["0.6"])) == 5)
    // One price, and requests twice: nothing else tells two sums.
    #expect(try requests(table(["0.6"]) + "u,2026-11-10,m,router,sk-***,request_count,,5\n") == 5)
    // Two prices, one row of requests, and all of that twice.
    let one = two.replacing(/(u[^\n]*request_count[^\n]*\n)/, maxReplacements: 1) { _ in "" }
    #expect(try requests(one + one) == 5)
  }

  @Test(arguments: [
    "anthropic-usage-report.json", "anthropic-cost-report.json", "openai-costs.json", "openai-usage.json",
    "openrouter-activity.json",
  ])
  func aPageFetchedTwiceCountsOnce(_ name: String) throws {
    let whole = try JSONSerialization.jsonObject(with: Data(Self.text(name).utf8))
    let page = String(decoding: try JSONSerialization.data(withJSONObject: whole), as: UTF8.self)
    let items = try #require((whole as? [String: Any])?["data"] as? [Any])
    let joined = String(decoding: try JSONSerialization.data(withJSONObject: ["data": items + items]), as: UTF8.self)
    let once = try Self.bills(page)
    // As lines, and with the items of both in one list.
    for text in ["\(page)\n\(page)\n", joined] {
      let twice = try Self.bills(text)
      #expect(Self.counts(twice) == Self.counts(once), "\(name)")
      #expect(
        twice.flatMap(\.repeats) == [BillRepeat(file: "x", original: "x", rows: once[0].rows.count, isWhole: false)])
    }
  }

  /// A page of a day that was not over: nobody knows which figures hold.
  @Test func aBucketWithOtherFiguresIsRefused() throws {
    let page = try Self.text("openai-usage.json")
    let later = page.replacing("\"output_tokens\": 500", with: "\"output_tokens\": 501")
      .replacing("\"output_tokens\":500", with: "\"output_tokens\":501")
    #expect(page != later)
    let lines = try [page, later].map {
      String(
        decoding: try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: Data($0.utf8))),
        as: UTF8.self)
    }
    #expect(throws: BillError.sameUse(first: "x", second: "x", day: CivilDay(number: 20_402))) {
      try Self.bills(lines.joined(separator: "\n"))
    }
  }

  /// Two months in one file are both there; a day of both with other figures is refused.
  @Test func twoExportsInOneFileAreReadAsTwoFiles() throws {
    let head = "Date,Slug,Usage,Requests\n"
    let bills = try Self.bills(head + "2026-10-31,m,1.00,5\n" + head + "2026-11-01,m,2.00,6\n2026-10-31,m,1.00,5\n")
    #expect(bills.flatMap(\.rows).compactMap(\.requests) == [5, 6])
    let day = try #require(CivilDay("2026-10-31"))
    #expect(throws: BillError.sameUse(first: "x", second: "x", day: day)) {
      try Self.bills(head + "2026-10-31,m,1.00,5\n" + head + "2026-10-31,m,1.50,7\n")
    }
    // Titles alone behind the last row are those of an empty export.
    #expect(try Self.bills(head + "2026-10-31,m,1.00,5\n" + head).flatMap(\.rows).count == 1)
  }

  private static let columns = ["day": "day", "model": "model", "cost": "cost"]
  private static let rows = "2026-11-10,m,0.01\n2026-11-10,m,0.01\n2026-11-10,n,0.02\n"

  /// Of a table of somebody's own nobody knows whether equal lines are one use or two.
  @Test func equalLinesOfATableCountAndAreCounted() throws {
    let bill = try #require(try Self.bills("day,model,cost\n" + Self.rows, BillReader(columns: Self.columns)).first)
    #expect(bill.rows.count == 3 && bill.equalLines == 1)
    #expect(throws: BillError.joinedWithItself(path: "x")) {
      try Self.bills("day,model,cost\n" + Self.rows + Self.rows, BillReader(columns: Self.columns))
    }
  }

  @Test func idsTellEqualLinesApart() throws {
    let reader = BillReader(columns: Self.columns.merging(["id": "id"]) { $1 })
    let text = "id,day,model,cost\na,2026-11-10,m,0.01\nb,2026-11-10,m,0.01\na,2026-11-10,m,0.01\n"
    let bill = try #require(try Self.bills(text, reader).first)
    #expect(bill.rows.map(\.id) == ["a", "b"] && bill.equalLines == 0)
    #expect(bill.repeats == [BillRepeat(file: "x", original: "x", rows: 1, isWhole: false)])
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "id", why: .missing)) {
      try Self.bills("id,day,model,cost\n,2026-11-10,m,0.01\n", reader)
    }
    // A row for each class of a request is a part of it, and no repetition.
    let classes = BillReader(columns: [
      "id": "id", "day": "day", "model": "model", "class": "class", "tokens": "n", "rate/M": "price",
    ])
    let parts = "id,day,model,class,n,price\na,2026-11-10,m,input,5,1\na,2026-11-10,m,output,5,1\n"
    #expect(try Self.bills(parts, classes).flatMap(\.rows).count == 2)
  }

  /// Charges of one day have no id; what tells them apart is all that they say.
  @Test func chargesOfTwoPagesAddUpAndThoseOfBothCountOnce() throws {
    func charge(_ second: Int, _ tokens: Int) -> String {
      #"{"method":"cache-read(Text API)","model":"M","consume_token":"\#(tokens)","consume_cash":"0.05","#
        + #""ymd":"20261110","created_at":\#(1_794_000_000 + second)}"#
    }
    func page(_ charges: String...) throws -> [Bill] {
      try BillReader().bills(Array("{\"charge_records\":[\(charges.joined(separator: ","))]}".utf8), path: "x")
    }
    let joined = try Bill.joined(page(charge(1, 9), charge(2, 9)) + page(charge(2, 9), charge(3, 7)))
    #expect(joined.flatMap(\.rows).count == 3)
    #expect(joined.flatMap(\.repeats).map(\.rows) == [1])
  }
}
