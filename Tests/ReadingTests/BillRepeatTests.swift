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

  private static let usage =
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
    + "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
    + "usage_output_tokens,web_search_count,inference_geo,speed\n"

  private static func line(_ time: String, _ workspace: String, _ tokens: Int) -> String {
    "\(time),claude-sonnet-4-6,k,\(workspace),standard,≤ 200k,\(tokens),0,0,0,1,0,global,\n"
  }

  /// Two figures of one use cannot both hold; of two workspaces each has its own.
  @Test func aLineOfTheSameUseWithOtherFiguresIsRefused() throws {
    let first = Self.line("2026-11-10", "Default", 10)
    #expect(throws: BillError.repeatedUse(path: "x", place: .line(3), of: .line(2))) {
      try Self.bills(Self.usage + first + Self.line("2026-11-10", "Default", 11))
    }
    #expect(try Self.bills(Self.usage + first + Self.line("2026-11-10", "Other", 11)).flatMap(\.rows).count == 2)
  }

  @Test(arguments: [
    "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n2026-11-10,m,1,0,3,4,5,0\n"
      + "2026-11-10,m,1,0,4,4,5,0\n",
    "usage_date_utc,model,token_type,cost_usd\n2026-11-10,Claude Opus 4.6,output,1\n"
      + "2026-11-10,Claude Opus 4.6,output,2\n",
    "user_id,utc_date,model,api_key_name,api_key,type,price,amount\nu,2026-11-10,m,k,,request_count,,5\n"
      + "u,2026-11-10,m,k,,request_count,,6\n",
    "user_id,utc_date,model,wallet_type,cost,currency\nu,2026-11-10,m,Paid,1,USD\nu,2026-11-10,m,Paid,2,USD\n",
    "start_time,end_time,amount_value,amount_currency,line_item\n1794268800,1794355200,1,usd,x\n"
      + "1794268800,1794355200,2,usd,x\n",
    "Billing Date,API Key,Charge Type,Listed Price,Usage,API Calls,Amount\n2026-11-10,k,GLM-4.6 Input,1,2,3,4\n"
      + "2026-11-10,k,GLM-4.6 Input,1,3,3,6\n",
  ])
  func soItIsInEachExport(_ table: String) {
    #expect(throws: BillError.repeatedUse(path: "x", place: .line(3), of: .line(2))) { try Self.bills(table) }
  }

  @Test func hoursBesideTheirDayAreRefused() throws {
    let hours = Self.line("2026-11-10 12:00", "Default", 10) + Self.line("2026-11-10 13:00", "Default", 10)
    let refused = BillError.sameUse(first: "x", second: "x", day: CivilDay(number: 20_767))
    #expect(throws: refused) {
      try Self.bills(Self.usage + hours + Self.line("2026-11-10", "Default", 20))
    }
    #expect(try Self.bills(Self.usage + hours + Self.line("2026-11-11", "Default", 20)).flatMap(\.rows).count == 3)
    // Buckets of every width.
    let day = 1_794_268_800
    func bucket(_ start: Int, _ end: Int) -> String {
      #"{"start_time":\#(day + start),"end_time":\#(day + end),"results":[{"input_tokens":3,"input_cached_tokens":2,"#
        + #""output_tokens":1,"num_model_requests":1,"model":"m"}]}"#
    }
    func answer(_ buckets: String...) -> String { #"{"data":[\#(buckets.joined(separator: ","))]}"# }
    for other in [bucket(43_200, 46_800), bucket(0, 7 * 86_400)] {
      #expect(throws: refused) { try Self.bills(answer(other, bucket(0, 86_400))) }
    }
    #expect(throws: refused) { try Self.bills(answer(bucket(43_200, 46_800), bucket(45_000, 45_060))) }
    #expect(try Self.bills(answer(bucket(43_200, 46_800), bucket(46_800, 46_860))).flatMap(\.rows).count == 2)
  }

  /// Inside one bucket, too.
  @Test func aResultCountsOnceInItsBucket() throws {
    func answer(_ tokens: Int...) -> String {
      let results = tokens.map {
        #"{"uncached_input_tokens":\#($0),"cache_read_input_tokens":0,"output_tokens":1,"model":"m","workspace_id":null,"#
          + #""cache_creation":{"ephemeral_5m_input_tokens":\#($0),"ephemeral_1h_input_tokens":0}}"#
      }
      return #"{"data":[{"starting_at":"2026-11-10T00:00:00Z","ending_at":"2026-11-11T00:00:00Z","results":["#
        + results.joined(separator: ",") + "]}]}"
    }
    let bills = try Self.bills(answer(5, 5))
    #expect(bills.flatMap(\.rows).count == 1 && bills.flatMap(\.repeats).map(\.rows) == [1])
    #expect(throws: BillError.repeatedUse(path: "x", place: .item(1), of: .item(1))) { try Self.bills(answer(5, 6)) }
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

  /// Answers to questions for one key each, gathered in a file: as pages, or with the buckets of all in one list.
  @Test func aBucketOfOtherKeysIsOtherUse() throws {
    func bucket(_ results: [(key: String, tokens: Int)]) -> String {
      let all = results.map {
        #"{"input_tokens":\#($0.tokens),"input_cached_tokens":0,"output_tokens":1,"num_model_requests":1,"model":"m","#
          + #""api_key_id":\#($0.key)}"#
      }
      return #"{"start_time":1794268800,"end_time":1794355200,"results":[\#(all.joined(separator: ","))]}"#
    }
    let (one, two) = (bucket([(#""a""#, 7), (#""b""#, 3)]), bucket([(#""b""#, 3), (#""c""#, 9)]))
    for text in [#"[{"data":[\#(one)]},{"data":[\#(two)]}]"#, #"{"data":[\#(one),\#(two)]}"#] {
      let bills = try Self.bills(text)
      #expect(bills.flatMap(\.rows).map { $0.tokens[.input] } == [7, 3, 9])
      #expect(bills.flatMap(\.repeats).map(\.rows) == [1])
    }
    for other in [bucket([(#""a""#, 8)]), bucket([("null", 19)])] {
      #expect(throws: BillError.sameUse(first: "x", second: "x", day: CivilDay(number: 20_767))) {
        try Self.bills(#"{"data":[\#(one),\#(other)]}"#)
      }
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
