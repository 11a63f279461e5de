import Foundation
import Model
import Testing

@testable import Reading

/// What providers' exports say, and what they leave open: what is unknown is refused by its name, never taken for zero.
@Suite struct BillFormatTests {
  private func bills(_ text: String, _ reader: BillReader = BillReader()) throws(BillError) -> [Bill] {
    try reader.bills(Array(text.utf8), path: "x")
  }

  private func rows(_ text: String) throws(BillError) -> [BillRow] { try bills(text).flatMap(\.rows) }

  // MARK: Anthropic

  private static let anthropicMembers = [
    "uncached_input_tokens", "cache_read_input_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens",
    "output_tokens",
  ]

  private func anthropic(_ counts: [String: String], model: String = "\"m\"", end: String = "2026-04-01") -> String {
    func member(_ name: String) -> String { counts[name].map { "\"\(name)\":\($0)," } ?? "" }
    return """
      {"data":[{"starting_at":"2026-03-31T00:00:00Z","ending_at":"\(end)T00:00:00Z","results":[{\
      "cache_creation":{\(member("ephemeral_5m_input_tokens"))\(member("ephemeral_1h_input_tokens"))"other":0},\
      \(member("uncached_input_tokens"))\(member("cache_read_input_tokens"))\(member("output_tokens"))"model":\(model)}]}]}
      """
  }

  @Test(arguments: anthropicMembers, [nil, "null", "\"\""]) func tokensThatAnthropicDoesNotTellAreNotZero(
    _ member: String, _ value: String?
  ) {
    var counts = Dictionary(uniqueKeysWithValues: Self.anthropicMembers.map { ($0, "5") })
    counts[member] = value
    #expect(throws: BillError.badItem(path: "x", item: 1, member: member, why: .missing)) {
      try rows(anthropic(counts))
    }
  }

  @Test(arguments: [
    ("input_no_cache", TokenClass.input), ("uncached_input_tokens", .input), ("output", .output),
    ("output_tokens", .output), ("input_cache_read", .cacheRead), ("cache_read_input_tokens", .cacheRead),
    ("input_cache_write_5m", .cacheWrite5m), ("cache_creation.ephemeral_5m_input_tokens", .cacheWrite5m),
    ("input_cache_write_1h", .cacheWrite1h), ("cache_creation.ephemeral_1h_input_tokens", .cacheWrite1h),
  ])
  func aKindOfTokensIsAClass(_ word: String, _ tokenClass: TokenClass) {
    #expect(AnthropicBill.tokenClass(word) == tokenClass)
  }

  /// A kind that nobody knows is none of the classes, however much of its name is like one.
  @Test(arguments: ["banana", "thinking_tokens", "output_audio", "input_cache_write_30m", "cache", "input_output"])
  func aKindOfTokensThatNobodyKnowsIsRefused(_ word: String) throws {
    let table = "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-11-10,Claude Opus 4.6,\(word),1,token\n"
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "token_type", why: .unknown(word))) {
      try rows(table)
    }
    func answer(_ members: String) -> String {
      #"{"data":[{"starting_at":"2026-11-10T00:00:00Z","results":[{"amount":"5","currency":"USD",\#(members)}]}]}"#
    }
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "token_type", why: .unknown(word))) {
      try rows(answer(#""token_type":"\#(word)","cost_type":"tokens""#))
    }
    // What is of tokens is for nothing else.
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "cost_type", why: .unknown("session_usage"))) {
      try rows(answer(#""token_type":"output_tokens","cost_type":"session_usage""#))
    }
    #expect(try rows(answer(#""token_type":null,"cost_type":"session_usage""#)).map(\.fee) == ["session usage"])
  }

  /// The Console's word for the usual way of use is none with prices of its own.
  @Test func costsOfMessagesAreOfTheUsualWay() throws {
    let table =
      "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,cost_type\n"
      + "2026-03-15,Claude Opus 4.6,Default,k,message,≤ 200k,output,0.50,token\n"
      + "2026-03-15,Claude Opus 4.6,Default,k,message_batch,≤ 200k,output,0.25,token\n"
    #expect(try rows(table).map(\.mode) == [nil, "batch"])
  }

  @Test func searchesOfTheWebAreCounted() throws {
    let table =
      "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
      + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n"
    #expect(try rows(table + "2026-11-10,m,1,0,0,0,1,3\n2026-11-11,m,1,0,0,0,1,0\n").map(\.searches) == [3, nil])
    let counts = Dictionary(uniqueKeysWithValues: Self.anthropicMembers.map { ($0, "5") })
    let answer = anthropic(counts).replacing(
      "\"results\":[{", with: "\"results\":[{\"server_tool_use\":{\"web_search_requests\":2},")
    #expect(try rows(answer).map(\.searches) == [2])
  }

  // MARK: Z.ai

  private static let zai = "Billing Date,API Key,Charge Type,Listed Price,Usage,API Calls,Amount\n"

  /// A request that is charged for its prompt, for what a cache served of it and for its answer is one request.
  @Test func aCallOfSeveralChargesIsOneRequest() throws {
    let day = "2026-11-10,a,GLM-4.6"
    let lines =
      Self.zai + "\(day) Input,0.6,200 kToken,2,0.12\n\(day) Cached Input,0.11,9 kToken,1,0.1\n"
      + "\(day) Output,2.2,100 kToken,2,0.22\n\(day) Output,4.4,1 kToken,1,0.01\n2026-11-10,b,GLM-4.6 Input,0.6,1,7,0.5\n"
      + "2026-11-10,a,Web Search,0.01,3,3,0.03\n2026-11-10,a,GLM-4.6 Token Package,1,1,1,9\n2026-11-10,a,GLM-4.6 Input,0.6,,,-1\n"
    let found = try rows(lines.replacing("Input,0.6,,,-1", with: "Input,0.5,,,-1"))
    let use = found.filter { $0.fee == nil }
    #expect(use.allSatisfy { $0.model == "GLM-4.6" } && use.compactMap(\.requests) == [3, 7], "\(use)")
    #expect(found.compactMap(\.fee) == ["Web Search", "GLM-4.6 Token Package", "credit for GLM-4.6"])
    // Without a model's name they are of all models.
    #expect(try rows(Self.zai + "2026-11-10,a,Input Token,0.6,1,2,0.12\n").map { [$0.model, $0.fee] } == [[nil, nil]])
  }

  /// What a unit tells to the last token is read; thousands that may be rounded are not.
  @Test func tokensOfZaiAreReadInTheirUnits() throws {
    func table(_ input: String, _ output: String = "15 token") -> String {
      let day = "2026-11-10,a,GLM-4.6"
      return Self.zai + "\(day) Input,0.6$/MToken,\(input),3,0.12$\n\(day) Cached Input,0.11,13500 Tokens,3,0.1$\n"
        + "\(day) Output,2.2,\(output),3,0.22$\n2026-11-11,a,GLM-4.5 Input,0.6,7 token,1,0.1$\n"
    }
    #expect(
      try rows(table("286.500 kToken")).map(\.tokens)
        == [[.input: 286_500], [.cacheRead: 13_500], [.output: 15], [.input: 7]])
    #expect(try rows(table("1.286500 MToken", "0.125 kToken")).compactMap(\.allTokens) == [1_286_500, 13_500, 125, 7])
    // A model's day is known as a whole or not at all.
    for input in ["286.5 kToken", "3", "", "2 images"] {
      #expect(try rows(table(input)).map(\.tokens) == [[:], [:], [:], [.input: 7]])
    }
    let bills = try BillReader().bills(Array(table("286.5 kToken").utf8), path: "x")
    #expect(bills.first?.roundsTokens == true)
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "usage", why: .fraction)) {
      try rows(table("1.5 token"))
    }
    // Its amounts have decimal points.
    #expect(try rows(table("\"1,234 token\"")).first?.tokens == [.input: 1234])
  }

  /// The columns of a real sheet, as programs that read it name them: tokens by kind, what was given away, a plan that was
  /// bought, and what is charged by the call.
  @Test func detailsOfBigmodelTellTokensByTheirKind() throws {
    let table =
      "账单号,账期(自然日),产品类型,模型产品名称,模型编码（推理专用）,付费类型,单价,单价单位,用量,用量单位,币种,总消费金额（结算金额加总）,请求次数 (仅API),价格类型\n"
      + "b1,2026-11-10,推理,GLM,glm-4.6,后付费,0.002,千token,286500,token,CNY,0.573,3,输入\n"
      + "b2,2026-11-10,推理,GLM,glm-4.6,后付费,0.0004,千token,13.500,千token,CNY,0.0054,2,缓存命中\n"
      + "b3,2026-11-10,推理,GLM,glm-4.6,后付费,0.008,千token,15000,token,CNY,0.12,3,输出\n"
      + "b4,2026-11-10,推理,GLM,glm-4.6,后付费(减免),0,千token,0,token,CNY,-0.01,,输入\n"
      + "b5,2026-11-10,订阅套餐,GLM Coding Pro,,预付费,149,月,1,月,CNY,149,,\n"
      + "b6,2026-11-10,工具,search-pro,search-pro,后付费,0.03,次,2,次,CNY,0.06,2,不区分输入输出\n"
    let bill = try #require(try BillReader().bills(Array(table.utf8), path: "x").first)
    #expect(bill.provider == "zhipu" && bill.currency == "CNY" && bill.rows.cost == ExactAmount("149.7484"))
    #expect(bill.rows.tokens == [.input: 286_500, .cacheRead: 13_500, .output: 15_000])
    #expect(bill.rows.compactMap(\.requests) == [3])
    #expect(bill.rows.compactMap(\.fee) == ["credit for glm-4.6", "GLM Coding Pro", "search-pro"])
  }

  /// Its rows do not say which part of a request they charge: several may be of the same ones.
  @Test func callsThatMayBeTheSameAreNotCounted() throws {
    func table(_ models: String...) -> String {
      "账期(自然日),模型编码（推理专用）,用量,目录价,应付金额,请求次数\n"
        + models.enumerated().map { "2026-11-10,\($1),5,\($0),1,2\n" }.joined()
    }
    #expect(try rows(table("glm-4.6", "glm-4.5")).map(\.requests) == [2, 2])
    #expect(try rows(table("glm-4.6", "glm-4.6")).map(\.requests) == [nil, nil])
  }

  @Test func useOfAllModelsTogetherSaysWhatToAskFor() throws {
    var counts = Dictionary(uniqueKeysWithValues: Self.anthropicMembers.map { ($0, "5") })
    let error = #expect(throws: BillError.self) { try rows(anthropic(counts, model: "null")) }
    #expect(error?.description.contains("group_by[]=model") == true)
    // Where nothing was used, nothing is lost.
    counts = counts.mapValues { _ in "0" }
    #expect(throws: BillError.empty(path: "x")) { try rows(anthropic(counts, model: "null")) }
  }

  @Test func aBucketOfAWeekIsNoDay() throws {
    let counts = Dictionary(uniqueKeysWithValues: Self.anthropicMembers.map { ($0, "5") })
    let week = try #require(try rows(anthropic(counts, end: "2026-04-07")).first)
    #expect(week.day == CivilDay("2026-03-31") && week.lastDay == CivilDay("2026-04-06"))
    #expect(try rows(anthropic(counts)).first?.lastDay == nil)
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "ending_at", why: .span)) {
      try rows(anthropic(counts, end: "2026-03-31"))
    }
  }

  @Test func anEmptyCellOfAnthropicIsNotZero() throws {
    let head =
      "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
      + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "usage_input_tokens_cache_read", why: .missing)) {
      try rows(head + "2026-03-31,m,1,2,3,,5\n")
    }
    let hour = try #require(try rows(head + "2026-03-31 02:00,m,1,2,3,4,5\n").first)
    #expect(hour.bucket?.lowerBound == BillMoment("2026-03-31T02:00:00Z")?.instant && hour.tokens[.cacheWrite1h] == 3)
    #expect(throws: BillError.self) {
      try rows("usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n2026-03-31,m,1,2\n")
    }
  }

  // MARK: OpenAI

  private func openAI(_ members: String, object: String = "completions") -> String {
    """
    {"data":[{"start_time":1762732800,"end_time":1762819200,"results":[{"object":"organization.usage.\(object).result",\(members)}]}]}
    """
  }

  @Test(arguments: ["null", "\"\"", nil]) func cachedTokensThatOpenAIDoesNotTellAreNotZero(_ value: String?) {
    let cached = value.map { "\"input_cached_tokens\":\($0)," } ?? ""
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "input_cached_tokens", why: .missing)) {
      try rows(openAI("\"input_tokens\":5,\(cached)\"output_tokens\":1,\"num_model_requests\":1,\"model\":\"m\""))
    }
  }

  @Test func aPartIsNoMoreThanItsWhole() throws {
    func use(_ cached: Int, _ written: String) -> String {
      openAI(
        "\"input_tokens\":10,\"input_cached_tokens\":\(cached),\(written)\"output_tokens\":1,\"num_model_requests\":1,\"model\":\"m\""
      )
    }
    #expect(
      throws: BillError.badItem(path: "x", item: 1, member: "input_cached_tokens", why: .exceeds("input_tokens"))
    ) { try rows(use(11, "")) }
    let row = try #require(try rows(use(4, "\"input_cache_write_tokens\":5,")).first)
    #expect(row.tokens == [.input: 1, .cacheRead: 4, .cacheWrite5m: 5, .output: 1])
  }

  @Test func openAIsUseWithoutModelsSaysWhatToAskFor() {
    let counts =
      "\"input_tokens\":5,\"input_cached_tokens\":0,\"output_tokens\":1,\"num_model_requests\":1,\"model\":null"
    let error = #expect(throws: BillError.self) { try rows(openAI(counts)) }
    #expect(error?.description.contains("group_by[]=model") == true)
    #expect(throws: BillError.foreign(path: "x", .otherUse("audio speeches"))) {
      try rows(openAI("\"characters\":5", object: "audio_speeches"))
    }
  }

  /// Sound and pictures have prices of their own: they are none of the classes, and named.
  @Test(arguments: [
    ("gpt-5, cached input", TokenClass.cacheRead), ("gpt-5, input", .input), ("gpt-5, output", .output),
    ("web search tool calls", nil), ("gpt-5, web search calls", nil), ("code interpreter | sessions", nil),
  ])
  func anItemOfCostsIsAClassOrNamed(_ item: String, _ tokenClass: TokenClass?) throws {
    let table =
      "start_time,end_time,amount_value,amount_currency,line_item\n1762732800,1762819200,0.5,usd,\"\(item)\"\n"
    let row = try #require(try rows(table).first)
    #expect(row.chargedClass == tokenClass && row.fee == (tokenClass == nil ? item : nil))
  }

  /// What begins with a model's name is that model's money, whatever stands behind it.
  @Test(arguments: [
    ("gpt-5-2025-08-07, input (batch)", TokenClass.input, "batch"), ("gpt-5-2025-08-07, input, batch", .input, "batch"),
    ("gpt-5-2025-08-07, output (priority)", .output, "priority"), ("gpt-5-2025-08-07, flex output", .output, "flex"),
    ("gpt-5-2025-08-07 | output", .output, nil), ("gpt-5-2025-08-07 output", .output, nil),
    ("gpt-5-2025-08-07, reasoning output", .output, nil), ("gpt-5-2025-08-07, audio output", nil, nil),
    ("gpt-5-2025-08-07, image input", nil, nil), ("gpt-5-2025-08-07", nil, nil),
  ])
  func anItemThatBeginsWithAModelIsItsMoney(_ item: String, _ tokenClass: TokenClass?, _ mode: String?) throws {
    let table =
      "start_time,end_time,amount_value,amount_currency,line_item\n1762732800,1762819200,500,usd,\"\(item)\"\n"
    let row = try #require(try rows(table).first)
    #expect(row.model == "gpt-5-2025-08-07" && row.fee == nil && row.cost == ExactAmount("500"))
    #expect(row.chargedClass == tokenClass && row.mode == mode)
  }

  /// GLM and GPT are no currencies.
  @Test func aNameThatEndsInANumberIsNoAmount() throws {
    for name in ["GPT-5", "GLM-4.6", "GLM-5", "GPT-4.1"] {
      let columns = ["day": "Day", "model": "Model", "cost": "Cost"]
      let reader = BillReader(columns: columns, timeZone: nil, usualZone: .gmt, currency: nil)
      let text = "Day,Model,Cost\n2026-11-10,\(name),0.5\n"
      #expect(try reader.bills(Array(text.utf8), path: "x").flatMap(\.rows).map(\.model) == [name])
      let amount = "Day,Model,Cost\n2026-11-10,USD-5.10,0.5\n"
      #expect(throws: BillError.self) { try reader.bills(Array(amount.utf8), path: "x") }
    }
  }

  @Test func openAIsDashboardExportsUseAndCosts() throws {
    let use =
      "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,"
      + "service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens\n"
      + "1762732800,1762819200,2025-11-10T00:00:00+00:00,2025-11-11T00:00:00+00:00,p,10.0,u,k,gpt-5,FALSE,default,"
      + "59200.0,10646.0,5760.0,53440.0\n"
      + "1762819200,1762905600,2025-11-11T00:00:00+00:00,2025-11-12T00:00:00+00:00,,,,,,,,,,,\n"
    let row = try #require(try rows(use).first)
    #expect(row.tokens == [.input: 53_440, .cacheRead: 5760, .output: 10_646] && row.requests == 10)
    #expect(try rows(use).count == 1 && row.day == CivilDay("2025-11-10"))
    // A batch has prices of its own.
    #expect(try row.mode == nil && rows(use.replacing("FALSE", with: "TRUE")).first?.mode == "batch")
    #expect(try rows(use.replacing(",default,", with: ",flex,")).first?.mode == "flex")
    let counts =
      "\"input_tokens\":5,\"input_cached_tokens\":0,\"output_tokens\":1,\"num_model_requests\":1,\"model\":\"m\""
    #expect(try rows(openAI("\(counts),\"batch\":true")).first?.mode == "batch")
    #expect(try rows(openAI("\(counts),\"batch\":false")).map(\.mode) == [nil])
    let costs =
      "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id\n"
      + "1762732800,1762819200,,,0.003835980000000000000000000000,usd,\"gpt-5-nano, input\",p\n"
      + "1762732800,1762819200,,,0.01,usd,web search,p\n1762819200,1762905600,,,,,,\n"
    let paid = try rows(costs)
    #expect(paid.map(\.cost) == [ExactAmount("0.00383598"), ExactAmount("0.01")])
    #expect(paid.map(\.model) == ["gpt-5-nano", nil] && paid.map(\.fee) == [nil, "web search"])
    #expect(throws: BillError.mixedCurrencies(path: "x", place: .line(5), ["USD", "EUR"])) {
      try rows(costs + "1762819200,1762905600,,,1,eur,x,p\n")
    }
  }

  /// A sum of a day is for no model, and for no fee either.
  @Test func costsWithoutItemsAreOfTheDay() throws {
    let text = """
      {"data":[{"start_time":1762732800,"end_time":1762819200,"results":[{"amount":{"value":0.5,"currency":"usd"},"line_item":null}]}]}
      """
    let row = try #require(try rows(text).first)
    #expect(row.model == nil && row.fee == nil && row.cost == ExactAmount("0.5"))
  }

  // MARK: OpenRouter and LiteLLM

  @Test func aGenerationTellsItsTokensOrIsRefused() throws {
    let head = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug\n"
    let row = try #require(try rows(head + "g,2026-11-10T23:30:00-08:00,0.1,10,5,4,m\n").first)
    #expect(row.id == "g" && row.day == CivilDay("2026-11-11") && row.tokens[.input] == 6)
    for (cells, column, why) in [
      ("2026-11-10 09:00:00,0.1,10,5,11", "tokens_cached", BillError.Why.exceeds("tokens_prompt")),
      ("2026-11-10 09:00:00,0.1,10,,4", "tokens_completion", .missing),
      ("2026-11-10 09:00:00,0.1,10,5,", "tokens_cached", .missing),
      ("2026-11-10 09:00:00,-0.1,10,5,4", "cost_total", .negative),
      ("2026-11-10 09:00:00,,10,5,4", "cost_total", .missing),
    ] {
      #expect(throws: BillError.badCell(path: "x", line: 3, column: column, why: why)) {
        try rows(head + "f,2026-11-10 09:00:00,0.1,10,5,4,m\ng,\(cells),m\n")
      }
    }
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "created_at")) {
      try rows(head + "g,2026-11-10 09:00:00 Mars,0.1,10,5,4,m\n")
    }
  }

  @Test func aClaimTellsItsTokensOrIsRefused() throws {
    func row(_ members: String) -> String {
      "{\"request_id\":\"a\",\"spend\":0.1,\"startTime\":\"2026-11-25T20:07:41\",\(members),\"model\":\"m\",\"custom_llm_provider\":\"p\"}"
    }
    #expect(throws: BillError.badItem(path: "x", item: 1, member: "completion_tokens", why: .missing)) {
      try rows(row("\"prompt_tokens\":1,\"completion_tokens\":null"))
    }
    // What failed and was charged all the same is a charge.
    let failed = try rows(row("\"prompt_tokens\":1,\"completion_tokens\":0,\"status\":\"failure\""))
    #expect(failed.map(\.cost) == [ExactAmount("0.1")] && failed.first?.id == "a")
  }

  // MARK: DeepSeek

  private static let deepSeek = "user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount\n"

  @Test func whatDeepSeekNamesAndNobodyKnowsIsRefusedByItsName() throws {
    let days = "u,2026-11-10T00:00:00+08:00,2026-11-11T00:00:00+08:00,m,k,x,"
    for (cells, column, why) in [
      ("cache_write_tokens,0.1,5", "type", BillError.Why.unknown("cache_write_tokens")),
      ("output_tokens,,5", "price", .missing), ("output_tokens,-1,5", "price", .negative),
      ("output_tokens,0.1,", "amount", .missing), ("output_tokens,0.1,-5", "amount", .negative),
      (",0.1,5", "type", .missing),
    ] {
      #expect(throws: BillError.badCell(path: "x", line: 3, column: column, why: why)) {
        try rows(Self.deepSeek + days + "output_tokens,0.1,5\n" + days + cells + "\n")
      }
    }
    // Where no row has a price, the file is of use alone.
    let use = try #require(try rows(Self.deepSeek + days + "output_tokens,,5\n").first)
    #expect(use.cost == nil && use.tokens == [.output: 5])
    let bill = try #require(try bills(Self.deepSeek + days + "output_tokens,0.1,5\n").first)
    #expect(bill.assumesCurrency && bill.timeZone.secondsFromGMT() == 28_800 && bill.files == ["x"])
    let yuan = try bills(Self.deepSeek + days + "output_tokens,0.1,5\n", BillReader(currency: "CNY"))
    #expect(yuan.map(\.currency) == ["CNY"] && yuan.map(\.assumesCurrency) == [false])
  }

  @Test(
    arguments: [
      ("2026-11-10T00:00:00+25:00", nil), ("2026-11-10T00:00:00+0x:00", nil), ("2026-11-10T00:00:00", .noOffset),
      ("2026-11-10", .noOffset),
    ] as [(String, BillError.Why?)])
  func anOffsetThatMeansNothingIsNotUTC(_ start: String, _ why: BillError.Why?) {
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "start_time_iso", why: why)) {
      try rows(Self.deepSeek + "u,\(start),,m,k,x,output_tokens,0.1,5\n")
    }
  }

  @Test func anHourOfDeepSeekIsABucketOfItsDay() throws {
    let hour = "u,2026-11-10T23:00:00+08:00,2026-11-11T00:00:00+08:00,m,k,x,output_tokens,0.1,5\n"
    let row = try #require(try rows(Self.deepSeek + hour).first)
    #expect(row.day == CivilDay("2026-11-10") && row.bucket?.lowerBound == BillMoment("2026-11-10T15:00:00Z")?.instant)
  }

  @Test func aWalletHasOneCurrencyAndSaysWhich() throws {
    let head = "user_id,utc_date,model,wallet_type,cost,currency\n"
    #expect(throws: BillError.mixedCurrencies(path: "x", place: .line(3), ["CNY", "USD"])) {
      try rows(head + "u,20261110,m,Paid,1,CNY\nu,20261110,m,Paid,1,USD\n")
    }
    #expect(throws: BillError.badCell(path: "x", line: 3, column: "currency", why: .missing)) {
      try rows(head + "u,20261110,m,Paid,1,CNY\nu,20261110,m,Paid,1,\n")
    }
    #expect(throws: BillError.badCell(path: "x", line: 2, column: "wallet_type", why: .unknown("gift card"))) {
      try rows(head + "u,20261110,m,Gift card,1,CNY\n")
    }
    #expect(throws: BillError.contradicts(path: "x", says: "CNY", asked: "USD")) {
      try bills(head + "u,20261110,m,Paid,1,CNY\n", BillReader(currency: "USD"))
    }
  }

  // MARK: MiniMax

  @Test func recordsOfMiniMaxSayWhatIsMissing() throws {
    func answer(_ record: String, _ total: Int) -> String { "{\"charge_records\":[\(record)],\"total_cnt\":\(total)}" }
    let record =
      "{\"method\":\"chat\",\"model\":\"m\",\"consume_token\":\"9\",\"consume_cash\":\"0.1\",\"ymd\":\"20261110\"}"
    #expect(try bills(answer(record, 1)).map(\.hasMore) == [false])
    let page = try #require(try bills(answer(record, 57)).first)
    #expect(page.hasMore && page.assumesCurrency)
    // With the others it is whole.
    var two = page
    two.pages[0].total = 2
    for place in two.rows.indices {
      two.rows[place].day = two.rows[place].day.advanced(by: 1)
      two.rows[place].id = "another charge"
    }
    let rest = try #require(try bills(answer(record, 2)).first)
    let whole = try Bill.joined([rest, two])
    #expect(rest.hasMore && whole.map(\.hasMore) == [false])
    // Tokens of no class are a total.
    #expect(page.rows.map(\.total) == [9] && page.rows.map(\.tokens) == [[:]])
    let failed = record.replacing("\"ymd\"", with: "\"result\":\"FAILED\",\"ymd\"")
    #expect(try bills(answer(record + "," + failed, 2)).first?.rows.count == 1)
    let video = record.replacing("\"9\"", with: "\"0\"").replacing("chat", with: "video")
    #expect(try bills(answer(video, 1)).first?.rows.map(\.fee) == ["video"])
    // What a cache is kept for is no writing of it.
    for (method, tokens) in [
      ("cache-read", [.cacheRead: 9]), ("cache-create", [.cacheWrite5m: 9]), ("cache-storage", [:]),
    ] as [(String, [TokenClass: Int64])] {
      let row = try bills(answer(record.replacing("chat", with: method), 1)).first?.rows.first
      #expect(row?.tokens == tokens && row?.fee == (tokens.isEmpty ? method : nil))
    }
    // Midnight in Beijing is still the day before in London.
    let dated = record.replacing("\"ymd\":\"20261110\"", with: "\"created_at\":1794240000")
    #expect(try bills(answer(dated, 1)).flatMap(\.rows).map(\.day) == [CivilDay("2026-11-10")])
  }

  /// Tokens that a package pays for cost nothing; the others keep their price.
  @Test func whatAPackagePaysIsApart() throws {
    let sheet =
      "账期(自然日),模型编码（推理专用）,价格类型,用量,用量单位,抵扣用量,目录价,应付金额,请求次数\n"
      + "2026-11-25,glm-5.2,输入,1000,token,400,1,0.0006,2\n"
    let bill = try #require(try BillReader().bills(Array(sheet.utf8), path: "a.csv").first)
    #expect(bill.rows.map { $0.tokens[.input] } == [600, 400])
    #expect(bill.rows.map(\.cost) == [ExactAmount("0.0006"), .zero] && bill.rows.map(\.rate) == [nil, .zero])
    let wrong = sheet.replacing(",400,", with: ",1400,")
    #expect(throws: BillError.self) { try BillReader().bills(Array(wrong.utf8), path: "a.csv") }
  }
}
