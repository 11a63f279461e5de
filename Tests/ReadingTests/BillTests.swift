import Foundation
import Model
import Testing

@testable import Reading

@Suite struct BillTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/bills")

  private func bills(_ name: String, _ reader: BillReader = BillReader()) throws -> [Bill] {
    try Bill.joined(reader.bills(Array(Data(contentsOf: Self.folder.appending(path: name))), path: name))
  }

  private func bill(_ name: String) throws -> Bill { try #require(try bills(name).first) }

  @Test func anArchiveOfDeepSeekIsReadWholeAndItsCostsAreNoSecondBill() throws {
    let bills = try bills("deepseek.zip")
    let bill = try #require(bills.first)
    #expect(bills.count == 1)
    #expect(bill.seller == .deepseek && bill.dayRule == .end && bill.currency == "USD")
    #expect(bill.rows.reduce(0) { $0 + ($1.requests ?? 0) } == 45)
    let day = try #require(CivilDay("2026-11-10"))
    let cost = bill.rows.filter { $0.day == day }.reduce(ExactAmount.zero) { $0 + ($1.cost ?? .zero) }
    // The same amount as the archive's file of costs has.
    #expect(cost == ExactAmount("0.056513898"))
  }

  @Test func aDeepSeekExportOfABrowsersZoneHasThatZonesDays() throws {
    let bill = try bill("deepseek-amount-zoned.csv")
    #expect(bill.timeZone.secondsFromGMT() == 7200)
    #expect(bill.rows.map(\.day) == [CivilDay("2026-11-10")])
  }

  @Test func noKeyIsKept() throws {
    let bill = try bill("deepseek.zip")
    #expect(Set(bill.rows.compactMap(\.keyName)) == ["router", "notebook"])
    #expect(!"\(bill)".contains("CANARY"))
  }

  private static let sonnetUse: [TokenClass: Int64] = [
    .input: 1200, .cacheRead: 50_000, .cacheWrite5m: 300, .cacheWrite1h: 400, .output: 900,
  ]

  @Test(arguments: ["anthropic-usage.csv", "anthropic-usage-report.json"])
  func anthropicNamesFiveClassesAndNoMoney(_ name: String) throws {
    let row = try #require(try bill(name).rows.first)
    #expect(row.tokens == Self.sonnetUse)
    #expect(row.cost == nil && row.model == "claude-sonnet-4-6" && row.day == CivilDay("2026-03-31"))
  }

  @Test func anthropicsConsoleShowsNamesOfModelsAndSearchesApart() throws {
    let rows = try bill("anthropic-cost.csv").rows
    #expect(rows.map(\.model) == ["claude-sonnet-4.6", "claude-sonnet-4.6"])
    #expect(rows.map(\.fee) == [nil, "web search"])
    #expect(rows.map(\.cost) == [ExactAmount("1.35"), ExactAmount("0.02")])
  }

  @Test func anthropicsReportOfCostsIsInCents() throws {
    let rows = try bill("anthropic-cost-report.json").rows
    #expect(rows.map(\.cost) == [ExactAmount("1.2345"), ExactAmount("0.02")])
    #expect(rows.last?.fee == "web search")
  }

  @Test func openRoutersPromptIncludesWhatWasCachedAndSearchesAreNoTokens() throws {
    let rows = try bill("openrouter-logs.csv").rows
    #expect(rows.count == 2)
    #expect(rows[0].fee == "web search" && rows[0].cost == ExactAmount("0.004"))
    #expect(rows[1].tokens == [.input: 6000, .cacheRead: 4000, .output: 1000])
    #expect(rows[1].cost == ExactAmount("0.0103") && rows[1].keyName == "router")
  }

  @Test func openRoutersActivityIsReadInBothShapes() throws {
    let table = try #require(try bill("openrouter-activity.csv").rows.first)
    #expect((table.requests, table.cost, table.model) == (31, ExactAmount("1.23"), "minimax/minimax-m2.7"))
    let document = try #require(try bill("openrouter-activity.json").rows.first)
    #expect((document.requests, document.cost) == (5, ExactAmount("0.015")))
  }

  @Test func openAIHasCostsByLineAndUseWithCachedTokensInside() throws {
    let costs = try bill("openai-costs.json").rows
    #expect(costs.map(\.model) == ["gpt-5-2025-08-07", nil])
    #expect(costs.map(\.fee) == [nil, "web search"])
    #expect(costs.map(\.cost) == [ExactAmount("0.06"), ExactAmount("0.01")])
    let use = try #require(try bill("openai-usage.json").rows.first)
    #expect(use.tokens == [.input: 1000, .cacheRead: 4000, .output: 500])
    #expect(use.requests == 7 && use.day == CivilDay("2025-11-10"))
  }

  @Test func anyTableIsReadByItsColumns() throws {
    let reader = BillReader(columns: ["day": "Tag", "model": "Modell", "cost": "Betrag"])
    let bill = try #require(try bills("table.csv", reader).first)
    #expect(
      bill.rows == [
        BillRow(day: try #require(CivilDay("2026-11-10")), model: "deepseek-v4-flash", cost: ExactAmount("0.1"))
      ])
    #expect(bill.roundedPlaces == 2)
  }

  @Test func whatIsNoBillSaysWhatWasSeen() throws {
    #expect(throws: BillError.unknownFormat(path: "table.csv", seen: ["Tag", "Modell", "Betrag"])) {
      try bills("table.csv")
    }
    let wrong = #expect(throws: BillError.self) {
      try bills("table.csv", BillReader(columns: ["day": "Tag", "cost": "Betrag", "fee": "5"]))
    }
    #expect(
      wrong?.description
        == "table.csv: fee takes the title of a column, and no column is called 5; it has Tag, Modell, Betrag")
    #expect(throws: BillError.notText(path: "x")) { try BillReader().bills([0xff, 0xfe, 0x00], path: "x") }
    #expect(throws: BillError.badArchive(path: "x")) {
      try BillReader().bills([0x50, 0x4b, 0x03, 0x04, 0x00], path: "x")
    }
  }

  @Test(arguments: ["deepseek.zip", "openrouter-logs.csv", "openai-costs.json"])
  func aCutFileIsAnErrorOrABillButNeverATrap(_ name: String) throws {
    let whole = Array(try Data(contentsOf: Self.folder.appending(path: name)))
    for length in stride(from: 0, to: whole.count, by: max(1, whole.count / 97)) {
      _ = try? BillReader().bills(Array(whole.prefix(length)), path: name)
    }
  }

  @Test func anExportAcrossAChangeOfTheClockHasABillForEachOffset() throws {
    let head = "user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount\n"
    let row = "u,2026-10-24T00:00:00+02:00,2026-10-25T00:00:00+02:00,m,k,sk-CANARY-1,output_tokens,0.0000006,10\n"
    let later = "u,2026-10-26T00:00:00+01:00,2026-10-27T00:00:00+01:00,m,k,sk-CANARY-1,request_count,,1\n"
    let bills = try BillReader().bills(Array((head + row + later).utf8), path: "x")
    #expect(bills.map { $0.timeZone.secondsFromGMT() } == [7200, 3600])
    #expect(bills.flatMap { $0.rows.map(\.day) } == [CivilDay("2026-10-24"), CivilDay("2026-10-26")])
    #expect(bills.allSatisfy { $0.rows.count == 1 })
  }

  @Test func whatAGrantedBalancePaidWasNotPaid() throws {
    let use =
      "user_id,utc_date,model,api_key_name,api_key,type,price,amount\nu,20261110,m,k,x,output_tokens,0.000001,900000\n"
    let costs =
      "user_id,utc_date,model,wallet_type,cost,currency\nu,20261110,m,Paid,0.5,CNY\nu,20261110,m,granted,0.4,CNY\n"
    let bills = try [use, costs].flatMap { try BillReader().bills(Array($0.utf8), path: "x") }
    let joined = try Bill.joined(bills)
    let bill = try #require(joined.first)
    #expect(joined.count == 1 && bill.currency == "CNY")
    #expect(bill.rows.filter { $0.fee == nil }.compactMap(\.cost) == [ExactAmount("0.9")])
    #expect(bill.rows.filter { $0.fee != nil }.map(\.cost) == [ExactAmount("-0.4")])
  }

  @Test func tokensOfOneFileAndMoneyOfAnotherAreOneBill() throws {
    let use =
      "usage_date_utc,model_version,api_key,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
      + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
      + "2026-03-31,m,team,1000,0,0,0,200\n"
    let costs =
      "usage_date_utc,model,api_key,token_type,cost_usd,cost_type\n2026-03-31,M,team,input_no_cache,0.30,token\n"
      + "2026-03-31,M,team,output,0.60,token\n"
    let bills = try [use, costs].flatMap { try BillReader().bills(Array($0.utf8), path: "x") }
    let joined = try Bill.joined(bills)
    #expect(joined.count == 1)
    #expect(joined.first?.rows.map(\.chargedClass) == [nil, .input, .output])
    #expect(joined.first?.roundedPlaces == 2)
    // Two months of one format are one bill, too.
    var later = bills[0]
    later.rows[0].day = later.rows[0].day.advanced(by: 30)
    #expect(try Bill.joined([bills[0], later]).map(\.rows.count) == [2])
  }

  @Test func tokensByAnOwnKeyAreChargedByAnotherThanTheFee() throws {
    let text =
      "generation_id,created_at,cost_total,byok_usage_inference,tokens_prompt,tokens_completion,model_permaslug\n"
      + "g,2026-11-10 09:00:01,0.005,0.1,10,5,m\n"
    let rows = try #require(try BillReader().bills(Array(text.utf8), path: "x").first).rows
    #expect(rows.last?.cost == ExactAmount("0.1") && rows.last?.fee == nil)
    #expect(rows.reduce(ExactAmount.zero) { $0 + ($1.cost ?? .zero) } == ExactAmount("0.005"))
  }

  /// Of a day by own keys alone the usage is the fee; where some requests were by the balance, no split is known.
  @Test(arguments: [(4, ["0.1", "0.005", "-0.1"]), (3, ["0.105", "-0.1"])])
  func aDayByOwnKeysHasAFee(_ own: Int, _ amounts: [String]) throws {
    let text =
      #"{"data":[{"date":"2026-11-10","model":"m","model_permaslug":"m","usage":0.005,"byok_usage_inference":0.1,"#
      + #""requests":4,"byok_requests":\#(own),"prompt_tokens":10,"completion_tokens":5}]}"#
    let rows = try #require(try BillReader().bills(Array(text.utf8), path: "x").first).rows
    #expect(rows.map(\.cost) == amounts.map { ExactAmount($0) })
    #expect(rows.first?.fee == nil && rows.dropFirst().allSatisfy { $0.fee != nil })
  }

  /// Of two forms that say the same the one that rounds less is kept, in whatever order they are given.
  @Test func theFormThatRoundsLessIsKept() throws {
    let table = "Date,Slug,Usage,Requests,Prompt Tokens,Completion Tokens\n2026-11-10,m,0.13,4,10,5\n"
    let answer =
      #"{"data":[{"date":"2026-11-10","model":"m","model_permaslug":"m","usage":0.1268,"requests":4,"#
      + #""prompt_tokens":10,"completion_tokens":5}]}"#
    let bills = try [table, answer].flatMap { try BillReader().bills(Array($0.utf8), path: "x") }
    for order in [bills, bills.reversed()] {
      #expect(try BillForms.distinct(order).flatMap(\.rows).map(\.cost) == [ExactAmount("0.1268")])
    }
  }

  @Test func aClaimOfSeveralProvidersIsABillForEach() throws {
    func row(_ provider: String, _ status: String) -> String {
      """
      {"request_id":"a","spend":\(status == "failure" ? 0 : 0.1),"startTime":"2026-11-25T20:07:41.774","endTime":"2026-11-25T20:07:42.86","status":"\(status)","custom_llm_provider":"\(provider)","model":"m","prompt_tokens":12,"completion_tokens":3,"metadata":{"usage_object":{"prompt_tokens_details":{"cached_tokens":10}}}}
      """
    }
    let text = [row("minimax", "success"), row("ollama", "success"), row("minimax", "failure")].joined(separator: "\n")
    let bills = try BillReader().bills(Array(text.utf8), path: "x")
    #expect(bills.map(\.provider) == ["minimax", "ollama"] && bills.allSatisfy { $0.isClaim && $0.rows.count == 1 })
    #expect(bills.first?.rows.first?.tokens == [.input: 2, .cacheRead: 10, .cacheWrite5m: 0, .output: 3])
  }

  /// The ledger's reading of a row and the bill's are one: as it stands here, each rule of the tokens holds for both.
  @Test(arguments: [
    // Beside the prompt, as the total says.
    (#""prompt_tokens":10,"completion_tokens":5,"total_tokens":115"#, #"{"cache_read_input_tokens":100}"#),
    // In text, as an export of the table has it, with writes that last an hour.
    (
      #""prompt_tokens":500,"completion_tokens":5,"total_tokens":505"#,
      #""{\"usage_object\":{\"cache_creation\":{\"ephemeral_1h_input_tokens\":70,\"ephemeral_5m_input_tokens\":30}}}""#
    ),
    // Thoughts beside the answer.
    (
      #""prompt_tokens":50,"completion_tokens":5,"total_tokens":62"#,
      #"{"completion_tokens_details":{"reasoning_tokens":7}}"#
    ),
  ])
  func aClaimHasTheTokensOfTheLedger(_ counts: String, _ usage: String) throws {
    let metadata = usage.hasPrefix("{") ? #"{"usage_object":\#(usage)}"# : usage
    let row =
      #"{"request_id":"a","call_type":"acompletion","spend":0.1,"startTime":"2026-11-25T20:07:41.774Z",\#(counts),"#
      + #""model":"m","custom_llm_provider":"p","metadata":\#(metadata)}"#
    let bytes = Array(row.utf8)
    let read = try LiteLLMRecord.read(bytes.span, at: 0)
    let record = try #require(read)
    let tokens = LiteLLMRequests.tokens(of: record)
    let billed = try #require(try BillReader().bills(bytes, path: "x").first?.rows.first).tokens
    #expect(TokenClass.allCases.allSatisfy { billed[$0] ?? 0 == tokens[$0] }, "\(billed) \(tokens)")
    #expect(billed.values.reduce(0, +) == tokens.total && tokens.total > 55)
  }

  @Test func whatLiteLLMsCacheAnsweredIsNoRequest() throws {
    func row(_ id: String, _ more: String) -> String {
      #"{"request_id":"\#(id)","call_type":"acompletion","startTime":"2026-11-25T20:07:41Z","model":"m","#
        + #""prompt_tokens":5,"completion_tokens":1,"custom_llm_provider":"p",\#(more)}"#
    }
    let text = [row("a", #""spend":0.1,"cache_hit":"None""#), row("b", #""spend":0,"cache_hit":"True""#)]
    let rows = try BillReader().bills(Array(text.joined(separator: "\n").utf8), path: "x").flatMap(\.rows)
    #expect(rows.map(\.id) == ["a"])
  }

  @Test func chargesOfMiniMaxNameTheirClassAndVouchersStandApart() throws {
    let text = """
      {"charge_records":[{"method":"cache-read(Text API)","model":"MiniMax-M2.7","consume_token":"900","consume_cash":"0.054","consume_cash_after_voucher":"0.004","ymd":"20261110"},
      {"method":"chatcompletion(Text API)","model":"MiniMax-M2.7","consume_input_token":"100","consume_output_token":"50","consume_cash":"0.09","consume_cash_after_voucher":"0.09","ymd":"20261110"}]}
      """
    let bill = try #require(try BillReader().bills(Array(text.utf8), path: "x").first)
    #expect(bill.timeZone.secondsFromGMT() == 8 * 3600)
    #expect(bill.rows.map(\.tokens) == [[.cacheRead: 900], [:], [.input: 100, .output: 50]])
    #expect(bill.rows[1].fee == "vouchers" && bill.rows[1].cost == ExactAmount("-0.05"))
  }

  @Test func detailsOfZaiAreReadInBothLanguages() throws {
    let page =
      "Billing Date,API Key,Charge Type,Listed Price,Usage,API Calls,Amount\n2026-11-10,sk-CANARY,token,1,5,3,0.25\n"
    let sheet = "账期(自然日),模型编码（推理专用）,用量,抵扣用量,目录价,应付金额,请求次数\n2026-11-10,glm-5.2,100,0,1,0.50,4\n"
    let first = try #require(try BillReader().bills(Array(page.utf8), path: "x").first)
    #expect(
      first.rows == [
        BillRow(
          day: try #require(CivilDay("2026-11-10")), requests: 3, cost: ExactAmount("0.25"))
      ])
    let second = try #require(try BillReader().bills(Array(sheet.utf8), path: "x").first)
    // In the pricing table they are two sellers.
    #expect(first.provider == "zai" && second.provider == "zhipu")
    #expect(second.currency == "CNY" && second.rows.first?.model == "glm-5.2" && second.rows.first?.requests == 4)
  }

  @Test func whatLooksLikeAKeyIsNoName() throws {
    let key = "0123456789abcdef0123456789abcdef"
    let text = "day,key,cost\n2026-11-10,sk-CANARY-1,1\n2026-11-10,\(key),1\n2026-11-10,router,1\n"
    let reader = BillReader(columns: ["day": "day", "key": "key", "cost": "cost"])
    #expect(try reader.bills(Array(text.utf8), path: "x").first?.rows.map(\.keyName) == [nil, nil, "router"])
  }

  @Test(arguments: [
    "sk-CANARY-1", "gsk_0123456789abcdefABCD", "AIzaSyA0123456789abcdefghijk",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x",
    "Bearer abcdefgh", "0123456789abcdef0123456789abcdef.abcdefgh12345678",
  ])
  func aKeyIsNeitherANameNorShown(key: String) throws {
    let text = "day,key,cost\n2026-11-10,\"\(key)\",1\n"
    let names = BillReader(columns: ["day": "day", "key": "key", "cost": "cost"])
    #expect(try names.bills(Array(text.utf8), path: "x").first?.rows.map(\.keyName) == [nil])
  }

  /// A file without a line of titles, and columns that somebody confused.
  @Test func aKeyStandsInNoErrorAndForNoModel() throws {
    let text = "2026-11-10,sk-CANARY-1,1\n2026-11-11,sk-CANARY-1,1\n"
    let seen = #expect(throws: BillError.self) { _ = try BillReader().bills(Array(text.utf8), path: "x") }
    #expect(seen?.description.contains("CANARY") == false)
    let titled = "day,key,cost\n2026-11-10,sk-CANARY-1,1\n"
    for column in ["model", "fee"] {
      let reader = BillReader(columns: ["day": "day", column: "key", "cost": "cost"])
      #expect(throws: BillError.holdsKey(path: "x", column: "\(column)s")) {
        _ = try reader.bills(Array(titled.utf8), path: "x")
      }
    }
  }

  @Test(arguments: [
    "claude-3-5-sonnet-20241022", "deepseek-v4-flash", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", "accounts/fireworks/models/kimi-k2-instruct-0905",
    "web_search",
  ])
  func aModelIsNoKey(name: String) { #expect(!name.looksLikeKey) }

  /// What no bill holds is refused: unknown tokens are not zero, and no sum can overflow.
  @Test(arguments: [
    "2026-03-31,m,-5", "2026-03-31,m,abc", "2026-03-31,m,1.5", "2026-03-31,m,9999999999999999", "03/04/2026,m,5",
  ])
  func whatNoBillHoldsIsRefused(_ row: String) {
    let text =
      "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write,"
      + "usage_input_tokens_cache_read,usage_output_tokens\n\(row),0,0,0\n"
    let error = #expect(throws: BillError.self) { try BillReader().bills(Array(text.utf8), path: "x") }
    guard case .badCell(path: "x", line: 2, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aCountOfADocumentThatIsNoneIsNamedByItsItem() {
    let text = """
      {"data":[{"starting_at":"2026-03-31T00:00:00Z","results":[{"uncached_input_tokens":"many","cache_creation":{},"model":"m"}]}]}
      """
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "uncached_input_tokens")) {
      try BillReader().bills(Array(text.utf8), path: "x")
    }
  }

  @Test func binaryFractionsAreReadAsFarAsAmountsGo() throws {
    let text = """
      {"data":[{"date":"2026-05-12","model":"m","model_permaslug":"m","usage":1.2345678901234567e-05,"requests":5}]}
      """
    let bill = try #require(try BillReader().bills(Array(text.utf8), path: "x").first)
    #expect(bill.rows.first?.cost == ExactAmount("0.000012345678901234"))
    #expect(bill.roundedPlaces == 9)
  }

  /// A page goes on where another one ends; another month is no page of it.
  @Test func aPageOfAnAnswerSaysSo() throws {
    func page(_ first: String, _ last: String, hasMore: Bool) throws -> Bill {
      let text = """
        {"has_more":\(hasMore),"data":[{"starting_at":"\(first)T00:00:00Z","ending_at":"\(last)T00:00:00Z","results":[{"uncached_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"cache_read_input_tokens":0,"output_tokens":1,"model":"m"}]}]}
        """
      return try #require(try BillReader().bills(Array(text.utf8), path: first).first)
    }
    let pages = [
      try page("2026-03-31", "2026-04-01", hasMore: true), try page("2026-04-01", "2026-04-02", hasMore: true),
      try page("2026-04-02", "2026-04-03", hasMore: false),
    ]
    #expect(pages.map(\.hasMore) == [true, true, false])
    #expect(try Bill.joined(pages).map(\.hasMore) == [false])
    #expect(try Bill.joined(pages.reversed()).map(\.hasMore) == [false])
    for missing in pages.indices.dropFirst() {
      var others = pages
      others.remove(at: missing)
      #expect(try Bill.joined(others).map(\.hasMore) == [true], "without page \(missing)")
    }
    let other = try page("2026-05-01", "2026-05-02", hasMore: false)
    #expect(try Bill.joined([pages[0], other]).map(\.hasMore) == [true])
  }

  @Test func aCellThatIsNoAmountIsNamedByItsLine() {
    let text = "usage_date_utc,model,cost_usd\n2026-03-31,a,1\n2026-03-31,b,x\n"
    #expect(throws: BillError.badCell(path: "x", line: 3, column: "cost_usd")) {
      try BillReader().bills(Array(text.utf8), path: "x")
    }
  }
}

@Suite struct ExactAmountTests {
  @Test(arguments: [
    ("0.00000015", "0.00000015"), ("1.5e-7", "0.00000015"), ("-$1,234.50", "-1234.5"),
    ("0.0565138980000000", "0.056513898"),
    ("3", "3"), ("2E2", "200"),
  ])
  func readsDecimalsExactly(_ text: String, _ exact: String) { #expect(ExactAmount(text)?.description == exact) }

  @Test(arguments: ["", "-", "1.2.3", "abc", "1e99", "0.0000000000000000001", "99999999999999999999999999"])
  func refusesWhatItCannotHold(_ text: String) { #expect(ExactAmount(text) == nil) }

  @Test func roundsHalfToEven() throws {
    #expect(try #require(ExactAmount("0.125")).rounded(places: 2) == "0.12")
    #expect(try #require(ExactAmount("0.135")).rounded(places: 2) == "0.14")
    #expect(try #require(ExactAmount("-0.001")).rounded(places: 2) == "0.00")
  }
}
