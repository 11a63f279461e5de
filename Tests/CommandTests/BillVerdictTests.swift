import Commands
import Foundation
import TestSupport
import Testing

/// What a bill that is right, or absurd, is called: modes that records do not name, keys that they do not tell, amounts that
/// no token explains, and claims.
struct BillVerdictTests {
  private struct Call {
    var model = "claude-opus-4-6"
    var provider = "anthropic"
    var hour = 12
    var input = 1_000_000
    var output = 100_000
    var isMeasured = true
    var geo: String?
    var speed: String?
    var spend = "0.1"

    /// As LiteLLM logs it.
    var line: String {
      let geo =
        (geo.map { #","inference_geo":"\#($0)""# } ?? "") + (speed.map { #","speed":"\#($0)""# } ?? "")
      let usage =
        #"{"usage_object":{"prompt_tokens":\#(input),"completion_tokens":\#(output),"total_tokens":\#(input + output),"#
        + #""prompt_tokens_details":{"cached_tokens":0}\#(geo)}}"#
      let (prompt, completion) = isMeasured ? (input, output) : (0, 0)
      return #"{"request_id":"\#(hour)\#(model)","call_type":"acompletion","spend":\#(spend),"#
        + #""total_tokens":\#(prompt + completion),"prompt_tokens":\#(prompt),"completion_tokens":\#(completion),"#
        + #""startTime":"2026-11-10T\#(hour):00:00","endTime":"2026-11-10T\#(hour):00:05","#
        + #""completionStartTime":"2026-11-10T\#(hour):00:05","model":"\#(model)","model_group":"\#(model)","#
        + #""custom_llm_provider":"\#(provider)","status":"success","metadata":\#(isMeasured ? usage : "{}")}"#
    }
  }

  private func world<Result>(_ calls: [Call], _ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      // 2026-11-18.
      test.context.now = { 1_795_000_000_000 }
      try test.write(calls.map(\.line).joined(separator: "\n") + "\n", to: "calls.jsonl")
      let outcome = test.run("ingest", "calls.jsonl")
      try #require(outcome.exitCode == 0, "\(outcome)")
      return try body(test)
    }
  }

  /// The rows of a comparison, its words and its exit code.
  private func compared(
    _ test: TestContext, _ arguments: String...
  ) throws -> (rows: [[String: Any]], words: String, code: Int32) {
    let outcome = test.run(["reconcile"] + arguments + ["--format", "json"])
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    let rows = (document["bills"] as? [[String: Any]] ?? []).flatMap { $0["rows"] as? [[String: Any]] ?? [] }
    let table = test.run(["reconcile"] + arguments)
    let words = (table.output + table.errors).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return (rows, words, outcome.exitCode)
  }

  // MARK: Modes

  private static let costs = "usage_date_utc,model,usage_type,token_type,cost_usd,inference_geo,speed\n"
  private static let uses =
    "usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
    + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,inference_geo,speed\n"

  private static func cost(
    _ input: String?, _ output: String?, type: String = "standard", geo: String = "not_available",
    speed: String = "standard"
  ) -> String {
    [(input, "input_no_cache"), (output, "output")].compactMap { amount, word in
      amount.map { "2026-11-10,Claude Opus 4.6,\(type),\(word),\($0),\(geo),\(speed)\n" }
    }.joined()
  }

  private static func use(
    _ input: Int, _ output: Int, type: String = "standard", geo: String = "not_available", speed: String = "standard"
  ) -> String { "2026-11-10,claude-opus-4-6,\(type),\(input),0,0,0,\(output),\(geo),\(speed)\n" }

  /// Opus 4.6 costs 5 and 25 dollars a million tokens, by 1.1 in the United States, by 6 in fast mode.
  @Test(arguments: [
    (geo: "us", speed: "standard", input: "5.50", output: "2.75", mode: "inference_geo us", more: "0.75"),
    (geo: "not_available", speed: "fast", input: "30.00", output: "15.00", mode: "fast", more: "37.5"),
    (geo: "us", speed: "fast", input: "33.00", output: "16.50", mode: "fast, inference_geo us", more: "42"),
  ])
  func aModeThatNoRecordNamesIsNoWrongPriceOfTheTable(
    geo: String, speed: String, input: String, output: String, mode: String, more: String
  ) throws {
    try world([Call()]) { test in
      try test.write(Self.costs + Self.cost(input, output, geo: geo, speed: speed), to: "cost.csv")
      try test.write(Self.uses + Self.use(1_000_000, 100_000, geo: geo, speed: speed), to: "use.csv")
      // Without the grouping by geography, only the money tells it.
      try test.write(Self.uses + Self.use(1_000_000, 100_000), to: "plain.csv")
      for files in [["cost.csv"], ["use.csv"], ["cost.csv", "use.csv"], ["cost.csv", "plain.csv"]] {
        let found = try files.count == 1 ? compared(test, files[0]) : compared(test, files[0], files[1])
        #expect(found.code == 0 && found.rows.count == 1, "\(files) \(found)")
        let row = try #require(found.rows.first)
        #expect(row["price_usd"] as? String == more && row["mode_price_usd"] as? String == more, "\(files) \(row)")
        #expect(row["unexplained_usd"] as? String == "0" && row["ledger_usd"] as? String == "7.5", "\(row)")
        #expect((row["rates"] as? [Any])?.isEmpty == true, "\(row)")
        #expect(row["modes_not_in_records"] as? [String] == [mode])
        #expect(
          found.words.contains("the bill tells \(mode) use apart and the ledger's records do not"), "\(found.words)")
      }
      // A price that is wrong beside it is named as before.
      try test.write(Self.costs + Self.cost("11.00", output, geo: "us"), to: "wrong.csv")
      try test.write(Self.uses + Self.use(1_000_000, 100_000, geo: "us"), to: "us.csv")
      guard speed == "standard" else { return }
      let wrong = try compared(test, "wrong.csv", "us.csv")
      #expect(wrong.words.contains("price of input tokens: bill 11, table 5.5"), "\(wrong.words)")
    }
  }

  /// Both sides name it.
  @Test func aModeThatTheRecordsNameIsARowOfItsOwn() throws {
    try world([Call(), Call(hour: 14, geo: "us")]) { test in
      try test.write(Self.costs + Self.cost("5.00", "2.50") + Self.cost("5.50", "2.75", geo: "us"), to: "cost.csv")
      let found = try compared(test, "cost.csv")
      #expect(found.code == 0 && found.rows.count == 2, "\(found)")
      #expect(found.rows.map { $0["difference_usd"] as? String } == ["0", "0"], "\(found.rows)")
      #expect(Set(found.rows.map { $0["mode"] as? String }) == [nil, "inference_geo us"])
    }
  }

  /// Fast use costs 45 dollars, usual use 7.5.
  @Test func aModeThatOnlyTheRecordsNameIsSaid() throws {
    try world([Call(speed: "fast")]) { test in
      try test.write(Self.costs + Self.cost("5.00", "2.50"), to: "cost.csv")
      try test.write(Self.uses + Self.use(1_000_000, 100_000), to: "use.csv")
      for files in [["cost.csv"], ["use.csv"], ["cost.csv", "use.csv"]] {
        let found = try files.count == 1 ? compared(test, files[0]) : compared(test, files[0], files[1])
        let row = try #require(found.rows.first)
        #expect(row["ledger_usd"] as? String == "45" && row["difference_usd"] as? String == "-37.5", "\(row)")
        #expect(row["mode_price_usd"] as? String == "-37.5" && (row["rates"] as? [Any])?.isEmpty == true, "\(row)")
        #expect(row["modes_not_in_bill"] as? [String] == ["fast"])
        #expect(found.words.contains("the ledger's records name fast use and the bill does not"), "\(found.words)")
      }
    }
    // What the bill has not is what the records name: it is missing, where tokens tell that, and no price is another.
    try world([Call(speed: "fast"), Call(hour: 14)]) { test in
      try test.write(Self.costs + Self.cost("5.00", "2.50"), to: "cost.csv")
      try test.write(Self.uses + Self.use(1_000_000, 100_000), to: "use.csv")
      for files in [["cost.csv"], ["use.csv"], ["cost.csv", "use.csv"]] {
        let found = try files.count == 1 ? compared(test, files[0]) : compared(test, files[0], files[1])
        let rows = found.rows
        func sum(_ key: String) -> Double { rows.compactMap { Double($0[key] as? String ?? "") }.reduce(0, +) }
        #expect(sum("difference_usd") == -45 && sum("price_usd") == 0, "\(files) \(rows)")
        #expect(
          files == ["cost.csv"] || found.words.contains("has nothing of this model in this mode"), "\(found.words)")
        #expect(sum(files == ["cost.csv"] ? "unexplained_usd" : "missing_usd") == -45, "\(files) \(rows)")
      }
    }
    // The bill has all of it as fast use, the records half.
    try world([Call(speed: "fast"), Call(hour: 14)]) { test in
      try test.write(Self.costs + Self.cost("60.00", "30.00", speed: "fast"), to: "cost.csv")
      let found = try compared(test, "cost.csv")
      #expect(found.words.contains("the ledger's records do not for all of it"), "\(found.words)")
    }
  }

  /// Of money without tokens, the ledger can only have what its own use costs.
  @Test func aBatchOfMoneyAloneIsARowOfItsOwn() throws {
    try world([Call()]) { test in
      try test.write(Self.costs + Self.cost("5.00", "2.50") + Self.cost(nil, "100.00", type: "batch"), to: "cost.csv")
      let found = try compared(test, "cost.csv")
      let batch = try #require(found.rows.first { $0["mode"] as? String == "batch" }, "\(found)")
      #expect(found.code == 1 && batch["unexplained_usd"] as? String == "100", "\(batch)")
      #expect(found.rows.first { $0["mode"] is NSNull }?["difference_usd"] as? String == "0")
      // Half of the use in a batch is all of it.
      try test.write(Self.costs + Self.cost("2.50", "1.25") + Self.cost("1.25", "0.63", type: "batch"), to: "half.csv")
      let half = try compared(test, "half.csv")
      #expect(half.code == 0 && half.rows.count == 1, "\(half)")
      #expect(half.rows.first?["unexplained_usd"] as? String == "0", "\(half)")
    }
  }

  // MARK: Keys

  private static let columns = [
    "--provider", "deepseek", "--currency", "USD", "--columns",
    "day=Day,model=Model,cost=Cost,requests=N,input=I,output=O,key=K",
  ]
  private static let head = "Day,Model,Cost,N,I,O,K\n"

  private static func flash(_ hour: Int, _ input: Int, _ output: Int, isMeasured: Bool = true) -> Call {
    Call(
      model: "deepseek-v4-flash", provider: "deepseek", hour: hour, input: input, output: output, isMeasured: isMeasured
    )
  }

  /// At 0.15 and 0.6 dollars a million.
  private static func line(_ requests: Int, _ input: Int, _ output: Int, _ key: String, cost: String? = nil) -> String {
    let own = String(format: "%.8f", Double(input) * 0.15e-6 + Double(output) * 0.6e-6)
    return "2026-11-10,deepseek-v4-flash,\(cost ?? own),\(requests),\(input),\(output),\(key)\n"
  }

  @Test func whatWentByAnotherKeyOfTheFileIsNotMissing() throws {
    let calls = [
      Self.flash(12, 1000, 100), Self.flash(13, 2000, 200), Self.flash(14, 900, 90, isMeasured: false),
      Self.flash(15, 5000, 500),
    ]
    try world(calls) { test in
      try test.write(Self.head + Self.line(3, 3900, 390, "A") + Self.line(1, 5000, 500, "B"), to: "bill.csv")
      let outcome = test.run(["reconcile", "bill.csv", "--key", "A", "--format", "json"] + Self.columns)
      let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let bill = try #require((document?["bills"] as? [[String: Any]])?.first, "\(outcome)")
      let row = try #require((bill["rows"] as? [[String: Any]])?.first)
      #expect(outcome.exitCode == 0 && row["missing_usd"] as? String == "0", "\(row)")
      #expect((row["tokens_beyond_measured"] as? [String: Any])?["input"] as? Int == 900)
      #expect(row["tells_unmeasured"] as? Bool == true && row["by_keys_usd"] as? String == "0.000819", "\(row)")
      // What the ledger has not all of is compared by the key alone.
      try test.write(Self.head + Self.line(4, 8900, 890, "A") + Self.line(3, 700, 70, "B"), to: "more.csv")
      let alone = test.run(["reconcile", "more.csv", "--key", "A"] + Self.columns)
      #expect(alone.exitCode == 0 && !alone.output.contains("never saw"), "\(alone)")
    }
  }

  // MARK: Amounts

  private func row(_ test: TestContext, _ text: String) throws -> (row: [String: Any], words: String, code: Int32) {
    try test.write(Self.head + text, to: "bill.csv")
    let json = test.run(["reconcile", "bill.csv", "--format", "json"] + Self.columns)
    let document = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let rows = (document?["bills"] as? [[String: Any]])?.first?["rows"] as? [[String: Any]]
    let table = test.run(["reconcile", "bill.csv"] + Self.columns)
    let words = (table.output + table.errors).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return (try #require(rows?.last, "\(json)"), words, json.exitCode)
  }

  /// 1,010 tokens for 1,200 dollars, of requests that were not measured, or that the ledger has not; no tokens at all; and a
  /// model that the table does not know.
  @Test(arguments: [
    "2026-11-10,deepseek-v4-flash,1200,2,1500,60,A\n", "2026-11-10,deepseek-v4-pro,1200,1,1000,10,A\n",
    "2026-11-10,deepseek-v4-pro,1200,,,,A\n", "2026-11-10,some-name-of-another,12,1,,,A\n",
  ])
  func anAmountThatNoTokenExplainsIsNotExplained(_ line: String) throws {
    try world([Self.flash(12, 500, 50), Self.flash(13, 1000, 10, isMeasured: false)]) { test in
      let flash = line.contains("flash") ? "" : Self.line(2, 1500, 60, "A")
      try test.write(Self.head + flash + line, to: "bill.csv")
      let columns = line.contains(",,,") ? "day=Day,model=Model,cost=Cost,key=K" : Self.columns[5]
      let outcome = test.run(
        [
          "reconcile", "bill.csv", "--provider", "deepseek", "--currency", "USD", "--columns", columns, "--format",
          "json",
        ])
      let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let rows = try #require(
        (document?["bills"] as? [[String: Any]])?.first?["rows"] as? [[String: Any]], "\(outcome)")
      let name = line.split(separator: ",")[1]
      let row = try #require(rows.first { $0["model"] as? String == String(name) }, "\(rows)")
      #expect(outcome.exitCode == 1, "\(outcome)")
      func amount(_ key: String) -> Double { (row[key] as? String).flatMap(Double.init) ?? .nan }
      #expect(amount("others_usd") + amount("unmeasured_usd") + amount("unmeasured_or_others_usd") < 0.01, "\(row)")
      #expect(amount("unexplained_usd") + amount("price_usd") > 11.9, "\(row)")
    }
  }

  /// Twice the table's price is a price.
  @Test func anotherPriceOfOthersTokensIsStillTheirs() throws {
    try world([Self.flash(12, 500, 50)]) { test in
      let found = try row(test, Self.line(2, 1_000_500, 10_050, "A", cost: "0.312"))
      #expect(found.code == 0 && found.row["unexplained_usd"] as? String == "0", "\(found)")
    }
  }

  @Test func moreTokensForAsManyRequestsAreSaid() throws {
    try world([Self.flash(12, 500_000, 50_000)]) { test in
      let found = try row(test, Self.line(1, 1_500_000, 150_000, "A"))
      #expect(found.code == 1, "\(found)")
      #expect(
        found.words.contains("the bill has 1,000,000 input, 100,000 output tokens more than were measured"),
        "\(found.words)")
    }
  }

  /// As many requests on the same days under another name.
  @Test func aModelUnderTwoNamesIsSaid() throws {
    try world([Self.flash(12, 500, 50), Self.flash(13, 700, 50)]) { test in
      let found = try row(test, "2026-11-10,deepseek-flash-next,0.001,2,1200,100,A\n")
      #expect(
        found.words.contains("The bill has deepseek/deepseek-flash-next and the ledger deepseek/deepseek-v4-flash"),
        "\(found.words)")
    }
  }

  // MARK: Recordings

  @Test func theRightBillHoldsAgainWhereItIsRecordedAgain() throws {
    try world([Self.flash(12, 1000, 100)]) { test in
      try test.write(Self.head + Self.line(1, 1000, 100, "A"), to: "right.csv")
      try test.write(Self.head + Self.line(7, 9000, 900, "A"), to: "wrong.csv")
      func record(_ file: String) -> String {
        test.run(["reconcile", file, "--record"] + Self.columns).errors
          .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      func charged() throws -> String? {
        let report = test.run("report", "--all", "--timezone", "UTC", "--format", "json")
        let document = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
        return (document?["charged_by_bills"] as? [[String: Any]])?.first?["billed_usd"] as? String
      }
      _ = record("right.csv")
      let right = try charged()
      #expect(right == "0.00021")
      let wrong = record("wrong.csv")
      #expect(wrong.contains("takes the place of what another file said of 2026-11-10"), "\(wrong)")
      #expect(try charged() != right)
      let again = record("right.csv")
      #expect(again.contains("takes the place of what another file said of 2026-11-10"), "\(again)")
      #expect(try charged() == right)
      #expect(record("right.csv").contains("kept before"))
      let forgotten = test.run("reconcile", "right.csv", "--forget")
      #expect(forgotten.exitCode == 0 && forgotten.errors.contains("taken back"), "\(forgotten)")
      #expect(try charged() == nil)
      #expect(test.run("reconcile", "right.csv", "--forget").exitCode == 2)
    }
  }

  // MARK: Claims, prices

  /// LiteLLM writes 0 for what it has no price for.
  @Test func aSpendOfNothingIsNoPriceOfNothing() throws {
    var known = Self.flash(12, 1000, 100)
    var unknown = Self.flash(13, 2000, 200)
    (known.spend, unknown.spend) = ("0.00021", "0")
    try world([known, unknown]) { test in
      try test.write(unknown.line + "\n", to: "zero.jsonl")
      let zero = try compared(test, "zero.jsonl")
      #expect(
        zero.rows.first?["billed_usd"] is NSNull && (zero.rows.first?["rates"] as? [Any])?.isEmpty == true, "\(zero)")
      #expect(zero.words.contains("LiteLLM's spend is 0, which it also writes where it knows no price"), "\(zero)")
      #expect(!zero.words.contains("Billed"))
      try test.write(known.line + "\n" + unknown.line + "\n", to: "both.jsonl")
      let both = try compared(test, "both.jsonl")
      #expect(both.code == 0 && both.rows.first?["difference_usd"] as? String == "0", "\(both)")
      #expect(both.words.contains("Claimed") && both.words.contains("1 request has a spend of 0"), "\(both)")
    }
  }

  @Test func aLackOfAPriceSaysWhatEndsIt() throws {
    try world([Self.flash(12, 1000, 100), Call(model: "deepseek-zz-9", provider: "deepseek", hour: 13)]) { test in
      let line = "2026-11-10,deepseek-zz-9,1,1,1000000,100000,A\n"
      let found = try row(test, Self.line(1, 1000, 100, "A") + line)
      #expect(found.code == 1 && found.words.contains("ccr-audit pricing add deepseek/deepseek-zz-9"), "\(found)")
    }
  }
}
