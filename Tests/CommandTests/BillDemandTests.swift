import Commands
import Foundation
import TestSupport
import Testing

/// What a check demands of budgets and bills, and what the doctor says of bills, where a router and a client without
/// one send requests.
struct BillDemandTests {
  /// Late on 2026-06-30.
  private static let now: Int64 = 1_782_860_400_000

  private func world<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      var context = test.context
      context.now = { Self.now }
      test.context = context
      try test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects")
      return try body(test)
    }
  }

  private func check(_ test: TestContext, _ format: String, _ more: String...) -> Outcome {
    test.run(["check", "--from", "ledger", "--max-ratio", "1000", "--format", format] + more)
  }

  private func document(_ outcome: Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test func aProviderWithoutABillFailsTheCheckInEveryFormat() throws {
    try world { test in
      for (format, words) in [
        ("table", "anthropic was not reconciled since 2026-05-26: no bill of it is recorded"),
        ("markdown", "was not reconciled since 2026-05-26"), ("github", "::error title=Not reconciled::"),
        ("junit", "<failure message=\"anthropic was not reconciled since 2026-05-26"),
      ] {
        let outcome = check(test, format, "--reconciled-within", "35d")
        #expect(outcome.exitCode == 1)
        // Lines are wrapped at the width of the terminal.
        #expect(outcome.output.replacing("\n  ", with: " ").contains(words), "\(outcome.output)")
      }
      let found = try document(check(test, "json", "--reconciled-within", "35d"))
      #expect(found["outcome"] as? String == "failed")
      #expect((found["rules"] as? [String: Any])?["reconciled_within_days"] as? Int == 35)
      let bills = try #require(found["bills"] as? [[String: Any]])
      let bill = try #require(bills.first { $0["provider"] as? String == "anthropic" })
      #expect(bill["reconciled"] as? Bool == false && bill["last_bill"] is NSNull)
      #expect(test.run("check", "--reconciled-within", "all").exitCode == 64)
    }
  }

  @Test func aRecordedBillKeepsTheRuleUntilItIsTooOld() throws {
    try world { test in
      try test.write("Day,Model,Cost\n2026-06-23,MiniMax-M2.7,1\n", to: "bill.csv")
      let outcome = test.run(
        "reconcile", "bill.csv", "--provider", "minimax", "--columns", "day=Day,model=Model,cost=Cost", "--record")
      #expect(outcome.errors.contains("kept what the bill says of minimax"), "\(outcome)")
      for format in ["table", "markdown"] {
        let output = check(test, format, "--reconciled-within", "35d").output
        let name = format == "table" ? "minimax" : "`minimax`"
        #expect(output.contains("reconciled: \(name), its last recorded bill ends on 2026-06-23"), "\(output)")
      }
      func isReconciled(_ within: String) throws -> Bool? {
        let bills = try document(check(test, "json", "--reconciled-within", within))["bills"] as? [[String: Any]]
        return bills?.first { $0["provider"] as? String == "minimax" }?["reconciled"] as? Bool
      }
      #expect(try isReconciled("35d") == true)
      #expect(try isReconciled("7d") == true)
      #expect(try isReconciled("6d") == false)
    }
  }

  /// It would count as compared, and stand in the place of a good one.
  @Test func aBillOfNothingThatTheLedgerHasIsNotKept() throws {
    try world { test in
      func record(_ text: String) throws -> Outcome {
        try test.write(text, to: "bill.csv")
        return test.run(
          "reconcile", "bill.csv", "--provider", "minimax", "--columns", "day=Day,model=Model,cost=Cost", "--record")
      }
      func last() throws -> String? {
        let bills = try document(check(test, "json", "--reconciled-within", "35d"))["bills"] as? [[String: Any]]
        return bills?.first { $0["provider"] as? String == "minimax" }?["last_bill"] as? String
      }
      func isRefused(_ outcome: Outcome) -> Bool {
        outcome.exitCode == 1 && outcome.errors.contains("table is not kept: no model or request of the bill")
          && !outcome.errors.contains("kept what")
      }
      let other = try record("Day,Model,Cost\n2026-06-23,MiniMax-M9.9,1\n")
      #expect(isRefused(other), "\(other)")
      #expect(try last() == nil)
      _ = try record("Day,Model,Cost\n2026-06-22,MiniMax-M2.7,1\n")
      #expect(try last() == "2026-06-22")
      let newer = try record("Day,Model,Cost\n2026-06-22,MiniMax-M9.9,1\n2026-06-24,MiniMax-M9.9,1\n")
      #expect(isRefused(newer), "\(newer)")
      #expect(try last() == "2026-06-22")
    }
  }

  @Test func anExceededBudgetFailsTheCheckInEveryFormat() throws {
    try world { test in
      try test.write("budgets: [{amount: 0.01, per: month}]\n", to: ".config/ccr-audit/config.yaml")
      let found = try document(check(test, "json", "--budgets"))
      #expect(found["outcome"] as? String == "failed")
      let budget = try #require((found["budgets"] as? [[String: Any]])?.first)
      #expect(budget["over"] as? Bool == true && budget["amount_usd"] as? String == "0.01")
      let junit = check(test, "junit", "--budgets")
      #expect(junit.exitCode == 1)
      #expect(junit.output.contains("<testcase name=\"budget: everything, a month\""))
      #expect(check(test, "github", "--budgets").output.contains("::error title=Budget exceeded::"))
      #expect(check(test, "table", "--budgets").output.contains("1 budget exceeded"))

      try test.write("budgets: [{amount: 1000000, per: month}]\n", to: ".config/ccr-audit/config.yaml")
      let kept = try document(check(test, "json", "--budgets"))
      #expect((kept["budgets"] as? [[String: Any]])?.first?["over"] as? Bool == false)
      #expect(kept["outcome"] as? String != "failed")
      #expect(check(test, "table", "--budgets").output.contains("budget kept: "))
    }
  }

  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func demandsAreValidByTheSchemaOfChecks() throws {
    try world { test in
      try test.write("budgets: [{amount: 0.01, per: week, provider: ollama}]\n", to: ".config/ccr-audit/config.yaml")
      let outputs = [
        check(test, "json", "--budgets", "--reconciled-within", "35d").output, check(test, "json").output,
      ]
      let schema = SchemaCheck(test.run("schema", "check").output)
      #expect(try schema.complaints(about: outputs) == ["", ""])
    }
  }

  /// Z.ai's seller in China has its own name in the table, and a bill of its own.
  @Test func theBillOfBigmodelIsAskedForAndIsThatOfZhipu() throws {
    try world { test in
      let call =
        #"{"request_id":"chatcmpl-1","call_type":"acompletion","spend":0,"total_tokens":1010,"prompt_tokens":1000,"#
        + #""completion_tokens":10,"startTime":"2026-06-22T10:00:00.000","endTime":"2026-06-22T10:00:02.000","#
        + #""model":"zhipu/glm-4.6","model_group":"glm-4.6","custom_llm_provider":"zhipu","status":"success","#
        + #""metadata":{"usage_object":{"total_tokens":1010,"prompt_tokens":1000,"completion_tokens":10}}}"#
      try test.write(call + "\n", to: "calls.jsonl")
      #expect(test.run("ingest", "calls.jsonl").exitCode == 0)
      func asks() throws -> Bool? {
        let bills = try document(check(test, "json", "--reconciled-within", "35d"))["bills"] as? [[String: Any]]
        return bills?.first { $0["provider"] as? String == "zhipu" }?["reconciled"] as? Bool
      }
      #expect(try asks() == false)
      let findings = try document(test.run("doctor", "--format", "json"))["findings"] as? [[String: Any]]
      let finding = findings?.first { ($0["what"] as? String ?? "").hasPrefix("zhipu:") }
      #expect((finding?["change"] as? String)?.contains("bigmodel.cn, Billing") == true, "\(findings ?? [])")
      try test.write("账期(自然日),模型编码（推理专用）,应付金额,请求次数\n2026-06-22,glm-4.6,0.01,1\n", to: "bill.csv")
      let outcome = test.run("reconcile", "bill.csv", "--record")
      #expect(outcome.errors.contains("kept what the bill says of zhipu"), "\(outcome)")
      #expect(try asks() == true)
    }
  }

  @Test func theDoctorAsksForTheBillOfTrafficPastTheRouter() throws {
    try world { test in
      func bills() throws -> [[String: Any]] {
        let findings = try document(test.run("doctor", "--format", "json"))["findings"] as? [[String: Any]]
        return (findings ?? []).filter { $0["id"] as? String == "bill" }
      }
      let finding = try #require(try bills().first { ($0["what"] as? String ?? "").hasPrefix("anthropic:") })
      #expect((finding["what"] as? String)?.contains("no bill was ever compared") == true)
      #expect((finding["change"] as? String)?.contains("platform.claude.com") == true)
      try test.write(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
          + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
          + "2026-06-22,claude-sonnet-4-6,1000,0,0,0,0\n", to: "usage.csv")
      // Tokens alone are no charge, and where all was measured they measure nothing.
      let tokens = test.run("reconcile", "usage.csv", "--record")
      #expect(tokens.errors.contains("nothing is added"), "\(tokens.errors)")
      let before = try #require(try bills().first { ($0["what"] as? String ?? "").hasPrefix("anthropic:") })
      #expect((before["what"] as? String)?.contains("no bill was ever compared") == true)
      #expect((before["what"] as? String)?.contains("one of tokens alone ends on 2026-06-22") == true)
      try test.write(
        "usage_date_utc,model,token_type,cost_usd\n2026-06-22,claude-sonnet-4-6,input_no_cache,0.10\n", to: "cost.csv")
      _ = test.run("reconcile", "usage.csv", "cost.csv", "--record")
      let after = try #require(try bills().first { ($0["what"] as? String ?? "").hasPrefix("anthropic:") })
      #expect((after["what"] as? String)?.contains("the bill through 2026-06-22 was compared") == true)
    }
  }

  /// A batch costs half: averaged with the usual use it would look like another price.
  @Test func aBatchStandsApartAtItsOwnPrice() throws {
    try world { test in
      try test.write(
        "usage_date_utc,model_version,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
          + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
          + "2026-06-22,claude-sonnet-4-6,standard,1000,0,0,0,0\n"
          + "2026-06-22,claude-sonnet-4-6,batch,1000000,0,0,0,0\n", to: "usage.csv")
      try test.write(
        "usage_date_utc,model,usage_type,token_type,cost_usd\n"
          + "2026-06-22,claude-sonnet-4-6,standard,input_no_cache,0.003\n"
          + "2026-06-22,claude-sonnet-4-6,message_batches,input_no_cache,1.500\n", to: "cost.csv")
      for (files, cost) in [(["usage.csv"], "tokens_at_table_prices_usd"), (["usage.csv", "cost.csv"], "billed_usd")] {
        let outcome = test.run(["reconcile"] + files + ["--format", "json"])
        let bills = try #require(try document(outcome)["bills"] as? [[String: Any]], "\(outcome)")
        let rows = try #require(bills.first?["rows"] as? [[String: Any]])
        let batch = try #require(rows.first { $0["mode"] as? String == "batch" }, "\(rows)")
        #expect(batch[cost] as? String == "1.5" && batch["others_usd"] as? String == "1.5", "\(batch)")
        #expect(batch["answered"] as? Int == 0 && (batch["rates"] as? [Any])?.isEmpty == true)
        #expect(rows.contains { $0["mode"] is NSNull && ($0["answered"] as? Int ?? 0) > 0 })
      }
      let table = test.run("reconcile", "usage.csv").output
      #expect(table.contains("2026-06-22, batch"), "\(table)")
    }
  }

  private func calls(_ count: Int, _ test: TestContext) throws {
    let calls = (0..<count).map { place in
      #"{"request_id":"chatcmpl-\#(place)","call_type":"acompletion","spend":0,"total_tokens":1010,"#
        + #""prompt_tokens":1000,"completion_tokens":10,"startTime":"2026-06-22T10:00:0\#(place).000","#
        + #""endTime":"2026-06-22T10:00:0\#(place).500","completionStartTime":"2026-06-22T10:00:0\#(place).500","#
        + #""model":"openai/gpt-5","model_group":"gpt-5","custom_llm_provider":"openai","status":"success","#
        + #""metadata":{"usage_object":{"total_tokens":1010,"prompt_tokens":1000,"completion_tokens":10}}}"#
    }
    try test.write(calls.map { $0 + "\n" }.joined(), to: "calls.jsonl")
    #expect(test.run("ingest", "calls.jsonl").exitCode == 0)
  }

  /// OpenAI's bill tells tiers apart, and no record names them.
  @Test func useOfATierThatNoRecordNamesIsNeitherOthersNorMissing() throws {
    try world { test in
      try calls(9, test)
      func usage(_ requests: [(tier: String, count: Int)]) -> String {
        let results = requests.map {
          #"{"object":"organization.usage.completions.result","input_tokens":\#($0.count * 1000),"#
            + #""input_cached_tokens":0,"output_tokens":\#($0.count * 10),"num_model_requests":\#($0.count),"#
            + #""model":"gpt-5","batch":false,"service_tier":"\#($0.tier)"}"#
        }
        // 2026-06-22.
        return #"{"data":[{"object":"bucket","start_time":1782086400,"end_time":1782172800,"results":["#
          + results.joined(separator: ",") + #"]}],"has_more":false}"#
      }
      try test.write(usage([("default", 5), ("priority", 4)]), to: "usage.json")
      let outcome = test.run("reconcile", "usage.json", "--format", "json")
      let rows = try #require((try document(outcome)["bills"] as? [[String: Any]])?.first?["rows"] as? [[String: Any]])
      #expect(rows.count == 1 && rows.first?["billed_requests"] as? Int == 9, "\(rows)")
      // The priority tier has a price of its own, which is no other price of the table.
      #expect(rows.first?["price_usd"] as? String == rows.first?["difference_usd"] as? String)
      #expect(rows.first?["mode_price_usd"] as? String == rows.first?["difference_usd"] as? String)
      #expect((rows.first?["rates"] as? [Any])?.isEmpty == true)
      #expect(rows.first?["modes_not_in_records"] as? [String] == ["priority"])
      let said = test.run("reconcile", "usage.json").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(said.contains("the bill tells priority use apart and the ledger's records do not"), "\(said)")

      // More than the ledger has cannot all be its own.
      try test.write(usage([("default", 9), ("priority", 2)]), to: "more.json")
      let more = test.run("reconcile", "more.json").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(more.contains("2026-06-22, priority: 2 requests of a mode that no record here names"), "\(more)")
    }
  }

  /// With a request of others among them nobody knows any longer what the unmeasured ones were, whatever an earlier bill
  /// of the day said; a bill that has nothing of the model says nothing of them.
  @Test func aBillKeepsNothingOfWhatItDoesNotTell() throws {
    try TestContext.with { test in
      test.context.now = { Self.now }
      // This log never has MiniMax's tokens.
      #expect(test.run("ingest", Fixtures.path("ccr-v1/logs")).exitCode == 0)
      func record(_ line: String, _ name: String) throws -> [String: Any] {
        try test.write("Day,Model,Requests,Cost,In,Out\n\(line)\n", to: name)
        let columns = "day=Day,model=Model,requests=Requests,cost=Cost,input=In,output=Out"
        let outcome = test.run("reconcile", name, "--provider", "minimax", "--record", "--columns", columns)
        #expect(outcome.errors.contains("kept what the bill says of minimax"), "\(outcome)")
        return try document(test.run("report", "--since", "2026-06-22", "--until", "2026-06-22", "--format", "json"))
      }
      func requests(_ report: [String: Any]) -> [Int] {
        (report["measured_by_bills"] as? [[String: Any]] ?? []).compactMap { $0["requests"] as? Int }
      }
      let first = try record("2026-06-22,MiniMax-M2.7,8,0.123456,10000,1000", "first.csv")
      #expect(requests(first) == [8], "\(first)")
      #expect(
        requests(try record("2026-06-22,MiniMax-M9,9,0.15,12000,1100\n2026-06-23,MiniMax-M2.7,1,1,1,1", "other.csv"))
          == [8])
      #expect(requests(try record("2026-06-22,MiniMax-M2.7,9,0.15,12000,1100", "second.csv")).isEmpty)
    }
  }

  @Test func theDoctorSaysWhatABillWouldMeasure() throws {
    try TestContext.with { test in
      var context = test.context
      context.now = { Self.now }
      test.context = context
      // This log never has MiniMax's tokens.
      try test.ingest(fixtures: "ccr-v1/logs")
      let findings = try document(test.run("doctor", "--format", "json"))["findings"] as? [[String: Any]]
      let finding = try #require((findings ?? []).first { ($0["what"] as? String ?? "").hasPrefix("minimax:") })
      let why = finding["why"] as? String ?? ""
      #expect(
        why.contains(
          #/It holds what (\d+) of \1 requests cost, which no record read so far tells: those to MiniMax-M2.7\./#),
        "\(why)")
    }
  }

  @Test func aComparisonIsAPageInAFile() throws {
    try world { test in
      try test.write("Day,Model,Cost\n2026-06-22,<b>&evil,1\n2026-06-22,claude-sonnet-4-6,2\n", to: "bill.csv")
      let outcome = test.run(
        "reconcile", "bill.csv", "--provider", "anthropic", "--columns", "day=Day,model=Model,cost=Cost", "--format",
        "html", "--output", "bill.html")
      #expect(outcome.output.isEmpty)
      let page = try String(contentsOfFile: "\(test.home)/bill.html", encoding: .utf8)
      #expect(page.hasPrefix("<!doctype html>") && page.contains("Content-Security-Policy"))
      #expect(!page.contains("<b>&evil") && page.contains("&lt;b&gt;&amp;evil"))
      #expect(page.contains("2026-06-22") && page.contains("$2.000000"))
    }
  }

  @Test func whatIsNoBillKeepsNothing() throws {
    let head = "user_id,utc_date,model,type,price,amount\n"
    try TestContext.with { test in
      try test.ingest(fixtures: "claude-code/projects")
      for (text, words) in [
        ("", "there is nothing in it"), ("\u{0}\u{1}", "UTF-8"), ("{\"data\":[]}", "without a line"),
        ("[1,2]", "knows"),
        ("{", "not whole"),
        ("a,b\n1,2\n", "--columns day=a"), ("sk-CANARY-1,Usage Date\n", "--columns day=Usage Date"),
        ("usage_date_utc,cost_usd\n", "without a line"),
        (head + "u,x,m,output_tokens,1,1\n", ":2: utc_date cannot be read"),
        (head + "u,2026-06-23,m,output_tokens,99999999999,99999999999\n", "price"),
      ] {
        try test.write(text, to: "bill")
        let outcome = test.run("reconcile", "bill", "--record")
        #expect(outcome.exitCode == 2)
        #expect(outcome.output.isEmpty && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(!outcome.errors.contains("CANARY"))
        // The same file again is not known from before.
        #expect(!test.run("reconcile", "bill", "--record").errors.contains("kept before"))
      }
    }
  }
}
