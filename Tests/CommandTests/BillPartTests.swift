import Commands
import Foundation
import Model
import TestSupport
import Testing

/// Bills of which a part alone can be compared, requests across midnight, and what a kept bill leaves behind.
struct BillPartTests {
  /// A call as LiteLLM logs it; without tokens it is one that nobody measured.
  private static func call(
    _ start: String, _ end: String, _ provider: String = "deepseek", _ model: String = "deepseek-chat",
    tokens: (prompt: Int, completion: Int)? = (1_000_000, 100_000)
  ) -> String {
    let usage = tokens.map {
      #"{"usage_object":{"prompt_tokens":\#($0.prompt),"completion_tokens":\#($0.completion),"#
        + #""total_tokens":\#($0.prompt + $0.completion),"prompt_tokens_details":{"cached_tokens":0}}}"#
    }
    return #"{"request_id":"\#(start)\#(model)","call_type":"acompletion","spend":0.1,"#
      + #""total_tokens":\#((tokens?.prompt ?? 0) + (tokens?.completion ?? 0)),"prompt_tokens":\#(tokens?.prompt ?? 0),"#
      + #""completion_tokens":\#(tokens?.completion ?? 0),"startTime":"\#(start)","endTime":"\#(end)","completionStartTime":"\#(end)","#
      + #""model":"\#(model)","model_group":"\#(model)","custom_llm_provider":"\#(provider)","status":"success","#
      + #""metadata":\#(usage ?? "{}")}"#
  }

  /// - Parameter now: epoch milliseconds.
  private func world<Result>(
    _ calls: [String], at now: Int64? = nil, _ body: (TestContext) throws -> Result
  ) throws -> Result {
    try TestContext.with { test in
      if let now { test.context.now = { now } }
      try test.write(calls.joined(separator: "\n") + "\n", to: "calls.jsonl")
      let outcome = test.run("ingest", "calls.jsonl")
      try #require(outcome.exitCode == 0, "\(outcome)")
      return try body(test)
    }
  }

  private static let table = "user_id,start_time_iso,end_time_iso,model,api_key_name,api_key,type,price,amount\n"

  /// A day of DeepSeek's export, in a zone.
  private static func day(
    _ start: String, _ end: String, requests: Int = 1, miss: Int = 1_000_000, output: Int = 100_000,
    prices: (String, String) = ("0.00000027", "0.0000011")
  ) -> String {
    let head = "u,\(start),\(end),deepseek-chat,k,x,"
    return "\(head)request_count,,\(requests)\n\(head)input_cache_miss_tokens,\(prices.0),\(miss)\n"
      + "\(head)output_tokens,\(prices.1),\(output)\n"
  }

  /// The figures of DeepSeek's amounts, whatever the table's price is: a test looks at what is compared.
  private func json(_ test: TestContext, _ arguments: String...) throws -> [String: Any] {
    let outcome = test.run(["reconcile"] + arguments + ["--format", "json"])
    return try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
  }

  private func bills(_ report: [String: Any]) throws -> [[String: Any]] {
    try #require(report["bills"] as? [[String: Any]])
  }

  // MARK: Parts

  /// Behind a change of the clock the export is of another zone: a bill by itself.
  @Test func aPartWithoutADayInCommonIsNamedAndTheOthersAreCompared() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      let winter = Self.day("2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00")
      let summer = Self.day("2026-06-23T00:00:00+02:00", "2026-06-24T00:00:00+02:00")
      for (text, format) in [(winter + summer, "table"), (summer + winter, "markdown"), (winter + summer, "html")] {
        try test.write(Self.table + text, to: "bill.csv")
        let outcome = test.run("reconcile", "bill.csv", "--format", format)
        #expect(outcome.exitCode < 2, "\(outcome)")
        let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
          words.contains("2026-03-10 to 2026-03-10 (GMT+0100): the ledger has no request to deepseek on its days"),
          "\(words)")
      }
      let report = try json(test, "bill.csv")
      #expect(try bills(report).map { $0["since"] as? String } == ["2026-06-23"])
      let part = try #require((report["not_compared"] as? [[String: Any]])?.first)
      #expect(part["since"] as? String == "2026-03-10" && part["provider"] as? String == "deepseek")
      // Alone it is a failure.
      try test.write(Self.table + winter, to: "bill.csv")
      let alone = test.run("reconcile", "bill.csv")
      #expect(alone.exitCode == 2 && alone.output.isEmpty)
      #expect(alone.errors.contains("nothing can be compared") && alone.errors.contains("2026-03-10"), "\(alone)")
    }
  }

  /// An hour before midnight of a day with 25 of them, which neither offset has: no other client sent it.
  @Test func theLastHourOfALongDayIsOfThatDay() throws {
    let calls = ["24T23:30:0", "25T22:30:0"].map { Self.call("2026-10-\($0)0", "2026-10-\($0)5") }
    // 2026-11-18.
    try world(calls, at: 1_795_000_000_000) { test in
      let prices = ("0.00000015", "0.0000006")
      try test.write(
        Self.table
          + Self.day(
            "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", requests: 2, miss: 2_000_000, output: 200_000,
            prices: prices)
          + Self.day("2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00", requests: 0, miss: 0, output: 0),
        to: "bill.csv")
      for more in [[], ["--bill-timezone", "Europe/Berlin"]] {
        let outcome = test.run(["reconcile", "bill.csv", "--tolerance", "100%"] + more)
        #expect(outcome.exitCode == 0 && !outcome.output.contains("never saw"), "\(outcome)")
        let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(more.isEmpty ? "(GMT+0200 and GMT+0100)" : "(Europe/Berlin)"), "\(outcome)")
      }
    }
  }

  /// The zones of one file say nothing of its currency, once.
  @Test func whatAFileDoesNotSayIsSaidOnce() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      let winter = Self.day("2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00")
      let summer = Self.day("2026-06-23T00:00:00+02:00", "2026-06-24T00:00:00+02:00")
      try test.write(Self.table + winter + summer, to: "bill.csv")
      #expect(test.run("reconcile", "bill.csv").errors.ranges(of: "does not say its currency").count == 1)
    }
  }

  /// What a bill lists with each request is a sum of each day and name, whatever the order of its lines.
  @Test func chargesBesideTokensAreSumsOfADay() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      let lines = [",0.02,search", ",-0.01,voucher", "deepseek-chat,1,", ",0.03,search"].map { "2026-06-23,\($0)" }
      for lines in [lines, lines.reversed()] {
        try test.write("Day,Model,Cost,Fee\n" + lines.joined(separator: "\n") + "\n", to: "bill.csv")
        let report = try json(
          test, "bill.csv", "--provider", "deepseek", "--columns", "day=Day,model=Model,cost=Cost,fee=Fee")
        let fees = try #require(try bills(report).first?["fees"] as? [[String: Any]])
        #expect(fees.map { $0["name"] as? String } == ["search", "voucher"])
        #expect(fees.map { $0["amount_usd"] as? String } == ["0.05", "-0.01"])
        let words = test.run(
          "reconcile", "bill.csv", "--provider", "deepseek", "--columns", "day=Day,model=Model,cost=Cost,fee=Fee"
        ).output
        #expect(words.contains("2026-06-23: $0.050000 for search, which is not tokens\n"), "\(words)")
        #expect(words.contains("2026-06-23: $0.010000 taken off: voucher\n"), "\(words)")
      }
    }
  }

  /// The same day as the browsers of two zones export it; a change of the clock makes no more than an hour of it.
  @Test func theSameDayInTwoZonesIsRefused() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      func outcome(_ first: String, _ second: String, _ more: String...) throws -> Outcome {
        try test.write(Self.table + first, to: "a.csv")
        try test.write(Self.table + second, to: "b.csv")
        try test.write(Self.table + first + second, to: "both.csv")
        let both = test.run(["reconcile", "both.csv"] + more)
        let apart = test.run(["reconcile", "a.csv", "b.csv"] + more)
        #expect(both.exitCode == apart.exitCode, "\(both)")
        return apart
      }
      let day = Self.day("2026-06-23T00:00:00+02:00", "2026-06-24T00:00:00+02:00")
      let moved = Self.day("2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00")
      let refused = try outcome(day, moved)
      #expect(refused.exitCode == 2 && refused.errors.contains("(GMT+0200) and "), "\(refused)")
      #expect(refused.errors.contains("list days of two clocks that overlap, 2026-06-2"), "\(refused)")
      // Of two accounts, too: neither alone is what the ledger has.
      let accounts = try outcome(day, moved.replacing(",k,", with: ",other,"), "--add-accounts")
      #expect(accounts.exitCode == 2 && accounts.errors.contains("two clocks"), "\(accounts)")
      let spring = Self.day("2026-06-23T00:00:00+01:00", "2026-06-24T00:00:00+02:00")
      #expect(try outcome(spring, Self.day("2026-06-24T00:00:00+02:00", "2026-06-25T00:00:00+02:00")).exitCode < 2)
    }
  }

  @Test func aProviderOfAClaimThatTheLedgerHasNotIsNamed() throws {
    let own = Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")
    try world([own]) { test in
      let other = Self.call("2026-06-23T11:00:00", "2026-06-23T11:00:05", "mistral", "mistral-large")
      try test.write("[\(own),\(other)]", to: "logs.json")
      let report = try json(test, "logs.json")
      #expect(try bills(report).map { $0["provider"] as? String } == ["deepseek"])
      #expect((report["not_compared"] as? [[String: Any]])?.map { $0["provider"] as? String } == ["mistral"])
    }
  }

  /// Nothing of a provider's bill was compared, so that not all is explained; of a part beside others of the provider it
  /// is as of days that nobody recorded, and what --key leaves out nobody asked for.
  @Test func aBillOfWhichNothingIsComparedIsNotExplained() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      let prices = ("0.00000015", "0.0000006")
      let own = Self.day("2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00", prices: prices)
      try test.write(Self.table + own, to: "own.csv")
      let winter = Self.day("2026-03-10T00:00:00+01:00", "2026-03-11T00:00:00+01:00")
      try test.write(Self.table + winter, to: "winter.csv")
      let head = "Date,Slug,Usage,Requests\n"
      try test.write(head + "2026-06-23,m,1.25,1\n", to: "other.csv")
      func run(_ arguments: String...) -> Outcome { test.run(["reconcile"] + arguments + ["--tolerance", "100%"]) }
      #expect(run("own.csv").exitCode == 0, "\(run("own.csv"))")
      #expect(run("own.csv", "winter.csv").exitCode == 0)
      #expect(run("own.csv", "other.csv", "--key", "k").exitCode == 0)
      let open = run("other.csv", "own.csv")
      #expect(open.exitCode == 1 && open.output.contains("Not compared: OpenRouter activity export"), "\(open)")
      #expect(
        open.errors.contains(
          "not explained: OpenRouter activity export, 2026-06-23 to 2026-06-23 (UTC): the ledger has no request"),
        "\(open)")
      #expect(run("other.csv", "own.csv", "--format", "html").output.contains("Not explained: 1 bill that cannot be"))
      let parts = try json(test, "other.csv", "own.csv")["not_compared"] as? [[String: Any]]
      #expect(parts?.map { $0["unexplained"] as? Bool } == [true])
      let known = try json(test, "winter.csv", "own.csv")["not_compared"] as? [[String: Any]]
      #expect(known?.map { $0["unexplained"] as? Bool } == [false])
    }
  }

  /// A price that is wrong is so on each day of a month.
  @Test func whatIsTheSameOfSeveralDaysIsSaidOnce() throws {
    let days = [22, 23, 25].map { "2026-06-\($0)" }
    try world(days.map { Self.call("\($0)T10:00:00", "\($0)T10:00:05", "deepseek", "deepseek-v4-flash") }) { test in
      func said(_ days: [String]) throws -> String {
        let rows = days.map { Self.day("\($0)T00:00:00Z", "\($0)T23:00:00Z", prices: ("0.000004", "0.00000028")) }
        try test.write(
          Self.table + rows.joined().replacing("deepseek-chat", with: "deepseek-v4-flash"), to: "bill.csv")
        return test.run("reconcile", "bill.csv").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      let price = "price of input tokens: bill 4, table"
      let (one, two, three) = (try said([days[0]]), try said([days[0], days[1]]), try said(days))
      #expect(one.contains("2026-06-22: \(price)"), "\(one)")
      #expect(two.contains("2026-06-22 to 2026-06-23, each: \(price)"), "\(two)")
      #expect(three.contains("3 days from 2026-06-22 to 2026-06-25, each: \(price)"), "\(three)")
      #expect(three.matches(of: /price of input/).count == 1)
    }
  }

  /// A plan's tokens are charged with nothing: that is no rounding of what they cost, and no rate of exchange.
  @Test func whatAPlanPaysIsAPriceOfNothing() throws {
    let calls = [Self.call("2026-06-23T04:00:00", "2026-06-23T04:00:05", "zhipu", "glm-4.6", tokens: (100_000, 100))]
    try world(calls) { test in
      try test.write(
        "账期(自然日),模型编码（推理专用）,用量,用量单位,应付金额,价格类型\n2026-06-23,glm-4.6,100000,token,0,输入\n"
          + "2026-06-23,glm-4.6,100,token,0,输出\n", to: "bill.csv")
      let outcome = test.run("reconcile", "bill.csv")
      let said = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(outcome.exitCode == 0 && said.contains("price of output tokens: bill 0, table"), "\(outcome)")
      #expect(!said.contains("Rounding") && !said.contains("exchange rate of"), "\(outcome)")
      let row = try #require(try bills(json(test, "bill.csv")).first?["rows"] as? [[String: Any]]).first
      #expect(row?["price_usd"] as? String == row?["difference_usd"] as? String, "\(row ?? [:])")
    }
  }

  /// Kept one after the other, neither tells what only both do.
  @Test func filesThatCompleteEachOtherAreNamedWhereTheyAreKeptApart() throws {
    let calls = [
      Self.call("2026-06-23T04:00:00", "2026-06-23T04:00:05", "anthropic", "claude-sonnet-4-6", tokens: (100_000, 100))
    ]
    try world(calls) { test in
      try test.write(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
          + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
          + "2026-06-23,claude-sonnet-4-6,100000,0,0,0,100\n", to: "usage.csv")
      try test.write(
        "usage_date_utc,model,token_type,cost_usd\n2026-06-23,claude-sonnet-4-6,input_no_cache,0.30\n", to: "cost.csv")
      func keeps(_ files: String...) -> String { test.run(["reconcile"] + files + ["--record"]).errors }
      #expect(!keeps("usage.csv").contains("given together"))
      let cost = keeps("cost.csv")
      #expect(cost.contains("the tokens of anthropic's bill of these days were kept from another file"), "\(cost)")
      #expect(keeps("usage.csv", "cost.csv").contains("is replaced"))
      #expect(!keeps("usage.csv", "cost.csv").contains("given together"))
    }
  }

  // MARK: Days

  /// DeepSeek counts a request on the day on which it ends: that day is compared, it has a record, and it is the day of
  /// which is said that no bill is.
  @Test func aRequestAcrossMidnightIsOfTheDayOfItsEnd() throws {
    let calls = [
      Self.call("2026-06-21T23:59:58", "2026-06-22T00:00:04"), Self.call("2026-06-22T23:59:58", "2026-06-23T00:00:04"),
    ]
    try world(calls) { test in
      func rows(_ days: [Int]) throws -> [String: Any] {
        let lines = days.map { Self.day("2026-06-\($0)T00:00:00+00:00", "2026-06-\($0 + 1)T00:00:00+00:00") }
        try test.write(Self.table + lines.joined(), to: "bill.csv")
        return try #require(try bills(json(test, "bill.csv")).first)
      }
      let both = try rows([22, 23])
      let found = try #require(both["rows"] as? [[String: Any]])
      #expect(found.map { $0["answered"] as? Int } == [1, 1], "\(both)")
      #expect((both["days_without_records"] as? [String])?.isEmpty == true, "\(both)")
      #expect(both["outside_period"] is NSNull, "\(both)")
      // The last day alone: the request that ended on it is compared, the other one is of the day before.
      let last = try rows([23])
      #expect((last["rows"] as? [[String: Any]])?.map { $0["answered"] as? Int } == [1])
      #expect((last["days_without_records"] as? [String])?.isEmpty == true)
      let outside = try #require(last["outside_period"] as? [String: Any])
      #expect(outside["requests"] as? Int == 1 && outside["since"] as? String == "2026-06-22", "\(outside)")
      #expect(outside["until"] as? String == "2026-06-22" && outside["days"] as? Int == 1)
      // On the day of its beginning there is nothing to compare.
      try test.write(
        Self.table + Self.day("2026-06-21T00:00:00+00:00", "2026-06-22T00:00:00+00:00"), to: "bill.csv")
      #expect(test.run("reconcile", "bill.csv").exitCode == 2)
    }
  }

  // MARK: Sentences

  @Test func oneUnmeasuredRequestIsNamedInPlainEnglish() throws {
    let calls = [
      Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05"),
      Self.call("2026-06-23T11:00:00", "2026-06-23T11:00:05", tokens: nil),
    ]
    try world(calls) { test in
      try test.write(
        Self.table
          + Self.day(
            "2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00", requests: 2, miss: 1_000_500, output: 100_040),
        to: "bill.csv")
      let output = test.run("reconcile", "bill.csv").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(output.contains("the unmeasured request was 500 input, 40 output tokens, by the bill"), "\(output)")
      #expect(!output.contains("the 1 "))
    }
  }

  /// A bill of whole cents tells its rates no better than its rounding lets it.
  @Test func aRateThatIsDividedOutOfAmountsIsNoExactOne() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05", tokens: (1_234_567, 0))]) { test in
      try test.write(
        "Day,Model,Class,Tokens,Cost\n2026-06-23,deepseek-chat,input,1234567,1.37\n", to: "bill.csv")
      let output = test.run(
        "reconcile", "bill.csv", "--provider", "deepseek", "--columns",
        "day=Day,model=Model,class=Class,tokens=Tokens,cost=Cost"
      ).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      // 1.37 / 1.234567 = 1.10970…
      #expect(output.contains("price of input tokens: bill about 1.11, table "), "\(output)")
    }
  }

  /// Where every price differs by one share, it may be the rate of the exchange.
  @Test func anotherExchangeIsNotCalledAnotherPriceAlone() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      func said(_ prices: (String, String)) throws -> String {
        try test.write(
          Self.table
            + Self.day("2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00", prices: prices), to: "bill.csv")
        return test.run("reconcile", "bill.csv", "--currency", "CNY").output.split(whereSeparator: \.isWhitespace)
          .joined(separator: " ")
      }
      let rates = try #require(
        try bills(
          json(
            test,
            "bill-of-dollars.csv".write(
              test,
              Self.table
                + Self.day(
                  "2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00", prices: ("0.000009", "0.00009"))))
        ).first?["rows"]
          as? [[String: Any]])
      let table = try #require((rates.first?["rates"] as? [[String: Any]])?.compactMap { $0["table"] as? String })
      // The table's own prices at 7.3 yuan a dollar, and at the table's 7.25 with one of them 2 % dearer.
      func price(_ place: Int, _ yuan: Double) throws -> String {
        String(format: "%.12f", try #require(Double(table[place])) / 1_000_000 * yuan)
      }
      let exchange = try said((price(0, 7.3), price(1, 7.3)))
      #expect(
        exchange.contains("every price is 0.69 % above the table's: the exchange rate of CNY may be what differs"),
        "\(exchange)")
      // At the table's own rate they are the table's, as far as its digits go.
      let same = try said((price(0, 7.25), price(1, 7.25)))
      #expect(!same.contains("price of") && !same.contains("every price"), "\(same)")
      let dearer = try said((price(0, 7.395), price(1, 7.25)))
      #expect(!dearer.contains("every price"), "\(dearer)")
    }
  }

  @Test func searchesWithoutAnAmountAreSaid() throws {
    let call =
      #"{"type":"assistant","sessionId":"11111111-1111-1111-1111-111111111111","uuid":"u","requestId":"req_1","#
      + #""timestamp":"2026-06-23T10:00:00.000Z","version":"2.1.0","cwd":"/x","message":{"id":"msg_1","type":"message","#
      + #""role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":"end_turn","#
      + #""usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":5}}}"#
    try world([call]) { test in
      let head =
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
        + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n"
      try test.write(head + "2026-06-23,claude-sonnet-4-6,10,0,0,0,5,2\n", to: "usage.csv")
      let said = test.run("reconcile", "usage.csv")
      #expect(said.output.contains("The bill counts 2 web searches without an amount"), "\(said)")
      // The export of use has no money: the doctor asks for the one of costs.
      #expect(test.run("doctor").output.contains("platform.claude.com, Cost, Export (the money), and Usage, Export"))
      // With what they cost there is nothing to say.
      try test.write(
        "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-06-23,Claude Sonnet 4.6,output,0.00,token\n"
          + "2026-06-23,,,0.02,web_search\n", to: "cost.csv")
      let whole = test.run("reconcile", "usage.csv", "cost.csv")
      #expect(!whole.output.contains("without an amount") && whole.output.contains("for web search"), "\(whole)")
    }
  }

  // MARK: What is kept

  /// With others' requests among them nobody knows any longer which tokens the unmeasured one had.
  @Test func aBillThatLeavesTokensOpenReplacesOneThatToldThem() throws {
    let calls = [
      Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05"),
      Self.call("2026-06-23T11:00:00", "2026-06-23T11:00:05", tokens: nil),
    ]
    try world(calls) { test in
      func record(requests: Int, miss: Int) throws -> Int {
        try test.write(
          Self.table
            + Self.day(
              "2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00", requests: requests, miss: miss,
              output: 100_040), to: "bill\(requests).csv")
        let outcome = test.run("reconcile", "bill\(requests).csv", "--record")
        #expect(outcome.errors.contains("kept what the bill says of deepseek"), "\(outcome)")
        let report = test.run("report", "--all", "--scope", "all", "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
        return try #require(document?["measured_by_bills"] as? [Any], "\(report)").count
      }
      let told = try record(requests: 2, miss: 1_000_500)
      let open = try record(requests: 5, miss: 1_900_000)
      #expect(told == 1 && open == 0)
    }
  }

  @Test func whatLaterRecordsMeasuredIsNotSaidToBeInNoFigure() throws {
    let open = Self.call("2026-06-23T11:00:00", "2026-06-23T11:00:05", tokens: nil)
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05"), open]) { test in
      let span = ("2026-06-23T00:00:00+00:00", "2026-06-24T00:00:00+00:00")
      try test.write(
        Self.table + Self.day(span.0, span.1, requests: 2, miss: 2_000_000, output: 200_000), to: "bill.csv")
      #expect(test.run("reconcile", "bill.csv", "--record").errors.contains("kept what"))
      func words() -> String {
        test.run("report", "--all", "--scope", "all", "--timezone", "UTC").output.split(whereSeparator: \.isWhitespace)
          .joined(separator: " ")
      }
      #expect(words().contains("1 request that no record measured, 1,000,000 input"), "\(words())")
      try test.write(Self.call("2026-06-23T11:00:00", "2026-06-23T11:00:05") + "\n", to: "later.jsonl")
      #expect(test.run("ingest", "later.jsonl").exitCode == 0)
      #expect(
        words().contains("measured when the bill was compared") && words().contains("the records have changed"),
        "\(words())")
    }
  }

  @Test func daysWithoutABillAreNoneOfItsDays() throws {
    try world(
      (21...23).map { Self.call("2026-06-\($0)T10:00:00", "2026-06-\($0)T10:00:05") }
    ) { test in
      let columns = ["--provider", "deepseek", "--columns", "day=Day,model=Model,cost=Cost", "--record"]
      try test.write("Day,Model,Cost\n2026-06-21,deepseek-chat,0.38\n2026-06-23,deepseek-chat,0.38\n", to: "two.csv")
      #expect(test.run(["reconcile", "two.csv"] + columns).errors.contains("kept what"))
      func words(_ period: String...) -> String {
        let report = test.run(["report", "--scope", "all", "--timezone", "UTC"] + period).output
        return report.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      #expect(words("--all").contains("charged, 2 days from 2026-06-21 to 2026-06-23"), "\(words("--all"))")
      // Nor is a sum of a month one of some of its days.
      try test.write("Day,Model,Cost\n2026-06,deepseek-chat,1.2\n", to: "month.csv")
      #expect(test.run(["reconcile", "month.csv"] + columns).errors.contains("kept what"))
      let part = words("--since", "2026-06-21", "--until", "2026-06-23")
      #expect(part.contains("what a bill says of 2026-06-01 to 2026-06-25 together is not shown"), "\(part)")
    }
  }

  @Test func aLesserBillIsNotSaidToBeKept() throws {
    try world([Self.call("2026-06-23T10:00:00", "2026-06-23T10:00:05")]) { test in
      let columns = ["--provider", "deepseek", "--columns", "day=Day,model=Model,cost=Cost", "--record"]
      try test.write("Day,Model,Cost\n2026-06-23,deepseek-chat,0.3801\n", to: "exact.csv")
      try test.write("Day,Model,Cost\n2026-06-23,deepseek-chat,0.38\n", to: "cents.csv")
      #expect(test.run(["reconcile", "exact.csv"] + columns).errors.contains("kept what the bill says"))
      let lesser = test.run(["reconcile", "cents.csv"] + columns)
      #expect(lesser.errors.contains("nothing is added") && !lesser.errors.contains("kept what"), "\(lesser)")
    }
  }
}

extension String {
  /// Writes a file of this name.
  fileprivate func write(_ test: TestContext, _ text: String) throws -> String {
    try test.write(text, to: self)
    return self
  }
}
