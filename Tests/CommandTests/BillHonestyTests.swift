import Commands
import Foundation
import TestSupport
import Testing

/// What a comparison must not say: that a bill counted twice, that a model without a price costs nothing, or that
/// everything is explained where nothing was compared.
struct BillHonestyTests {
  private static let columns = "day=Day,model=Model,cost=Cost"

  /// - Parameter hasTranscripts: without the client's transcripts no request to MiniMax is measured.
  private func world<Result>(
    hasTranscripts: Bool = true, _ body: (TestContext) throws -> Result
  ) throws -> Result {
    try TestContext.with { test in
      // Late on 2026-06-30.
      test.context.now = { 1_782_860_400_000 }
      try hasTranscripts
        ? test.ingest(fixtures: "ccr-v1/logs", "claude-code/projects") : test.ingest(fixtures: "ccr-v1/logs")
      return try body(test)
    }
  }

  private func reconcile(_ test: TestContext, _ arguments: String...) -> Outcome {
    test.run(["reconcile"] + arguments + (arguments.contains("--columns") ? [] : ["--columns", Self.columns]))
  }

  private func bill(_ outcome: Outcome) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require((document?["bills"] as? [[String: Any]])?.first, "\(outcome)")
  }

  private func rows(_ bill: [String: Any]) throws -> [[String: Any]] { try #require(bill["rows"] as? [[String: Any]]) }

  @Test func aModelWithoutAPriceIsNeitherNothingNorExplained() throws {
    try world { test in
      try test.write("Day,Model,Cost\n2026-06-23,glm-5.2,0.50\n", to: "bill.csv")
      let table = reconcile(test, "bill.csv", "--provider", "ollama")
      #expect(table.exitCode == 1 && table.errors.contains("ollama/glm-5.2, which has no price in the table"))
      #expect(table.output.contains("no price") && table.output.contains("not measured"))
      let outcome = reconcile(test, "bill.csv", "--provider", "ollama", "--format", "json")
      let row = try #require(try rows(bill(outcome)).first { $0["model"] as? String == "glm-5.2" })
      #expect(row["billed_usd"] as? String == "0.5")
      for key in ["ledger_usd", "difference_usd", "price_usd", "others_usd", "unexplained_usd"] {
        #expect(row[key] is NSNull, "\(key)")
      }
      #expect(row["without_price"] as? [String] == ["ollama/glm-5.2"])
      let page = reconcile(test, "bill.csv", "--provider", "ollama", "--format", "html")
      #expect(page.output.contains("without a price") && !page.output.contains("Every difference is explained"))
    }
  }

  @Test func aBillWithoutModelsIsComparedDayByDay() throws {
    try world { test in
      try test.write("Day,Cost\n2026-06-22,3.00\n", to: "bill.csv")
      let arguments = ["bill.csv", "--provider", "anthropic", "--columns", "day=Day,cost=Cost"]
      let table = test.run(["reconcile"] + arguments)
      #expect(table.exitCode == 1 && table.output.contains("all models"), "\(table)")
      let row = try #require(try rows(bill(test.run(["reconcile"] + arguments + ["--format", "json"]))).first)
      #expect(row["model"] is NSNull && row["billed_usd"] as? String == "3" && row["missing_usd"] as? String == "0")

      // Some lines with and some without: the day is compared as one.
      try test.write("Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,1\n2026-06-22,,2\n", to: "mixed.csv")
      let mixed = try rows(bill(reconcile(test, "mixed.csv", "--provider", "anthropic", "--format", "json")))
      #expect(mixed.count == 1 && mixed.first?["billed_usd"] as? String == "3")
      #expect(mixed.first?["ledger_usd"] as? String == row["ledger_usd"] as? String)

      // Fees alone can be compared with nothing.
      try test.write("Day,Model,Cost,Fee\n2026-06-22,,2,seat\n", to: "fees.csv")
      let fees = reconcile(
        test, "fees.csv", "--provider", "anthropic", "--columns", "day=Day,model=Model,cost=Cost,fee=Fee")
      #expect(fees.exitCode == 2 && fees.errors.contains("only seat"), "\(fees)")
    }
  }

  @Test func whereNothingIsInCommonNothingIsExplained() throws {
    try world { test in
      try test.write("Day,Model,Cost\n2026-06-22,Sonnet by another name,1\n", to: "bill.csv")
      let outcome = reconcile(test, "bill.csv", "--provider", "anthropic")
      #expect(outcome.exitCode == 1 && outcome.errors.contains("one of the ledger's"), "\(outcome)")
      #expect(outcome.output.contains("No model or request of the bill is one of the ledger's"))
    }
  }

  @Test func aWeekIsComparedWithTheWholeWeek() throws {
    try world { test in
      // The week begins two days before the ledger does.
      let week =
        #"{"data":[{"starting_at":"2026-06-20T00:00:00Z","ending_at":"2026-06-27T00:00:00Z","results":["#
        + #"{"currency":"USD","amount":"300","cost_type":"tokens","model":"claude-sonnet-4-6","#
        + #""token_type":"uncached_input_tokens"}]}],"has_more":false}"#
      try test.write(week, to: "week.json")
      try test.write("Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,3\n", to: "day.csv")
      let day = try rows(bill(reconcile(test, "day.csv", "--provider", "anthropic", "--format", "json")))
      let whole = try rows(bill(test.run("reconcile", "week.json", "--format", "json")))
      func sonnet(_ rows: [[String: Any]]) throws -> [String: Any] {
        try #require(rows.first { $0["model"] as? String == "claude-sonnet-4-6" })
      }
      let row = try sonnet(whole)
      #expect(row["day"] as? String == "2026-06-20" && row["last_day"] as? String == "2026-06-26")
      #expect(row["billed_usd"] as? String == "3" && row["difference_usd"] is String)
      #expect(try row["ledger_usd"] as? String == sonnet(day)["ledger_usd"] as? String)
      #expect(test.run("reconcile", "week.json").output.contains("The bill sums up several days"))
    }
  }

  @Test func theSameUseInTwoFilesCountsOnceOrIsRefused() throws {
    try world { test in
      let text = "Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,1\n"
      try test.write(text, to: "a.csv")
      try test.write(text.replacing("\n", with: "\r\n"), to: "b.csv")
      try test.write(text.replacing(",1", with: ",1.5"), to: "c.csv")
      func billed(_ files: String...) throws -> [String] {
        let outcome = test.run(
          ["reconcile"] + files + ["--provider", "anthropic", "--columns", Self.columns, "--format", "json"])
        return try rows(bill(outcome)).filter { $0["model"] as? String == "claude-sonnet-4-6" }
          .compactMap { $0["billed_usd"] as? String }
      }
      #expect(try billed("a.csv", "a.csv") == ["1"] && billed("a.csv", "b.csv") == ["1"])
      let said = reconcile(test, "a.csv", "b.csv", "--provider", "anthropic")
      #expect(said.output.contains("all that b.csv says stands in a.csv, too: read once"), "\(said)")
      let refused = reconcile(test, "a.csv", "c.csv", "--provider", "anthropic")
      #expect(refused.exitCode == 2 && refused.output.isEmpty)
      #expect(refused.errors.contains("a.csv and c.csv") && refused.errors.contains("--add-accounts"))
      #expect(try billed("a.csv", "c.csv", "--add-accounts") == ["2.5"])
      // The same bytes are of one account.
      #expect(try billed("a.csv", "a.csv", "--add-accounts") == ["1"])
    }
  }

  @Test func daysToComeAreLeftOutAndNamed() throws {
    try world { test in
      let text = "Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,1\n2026-07-01,claude-sonnet-4-6,9\n"
      try test.write(text, to: "bill.csv")
      let outcome = reconcile(test, "bill.csv", "--provider", "anthropic", "--format", "json")
      let bill = try bill(outcome)
      #expect(bill["until"] as? String == "2026-06-22")
      #expect((bill["days_to_come"] as? [String: Any])?["billed_usd"] as? String == "9")
      let table = reconcile(test, "bill.csv", "--provider", "anthropic", "--record")
      #expect(table.output.contains("1 row of the bill, $9.000000, is of 2026-07-01, which is still to come"))
      #expect(table.errors.contains("2026-06-22 to 2026-06-22"), "\(table.errors)")
      try test.write("Day,Model,Cost\n2026-07-01,claude-sonnet-4-6,9\n", to: "ahead.csv")
      let ahead = reconcile(test, "ahead.csv", "--provider", "anthropic")
      #expect(ahead.exitCode == 2 && ahead.errors.contains("of a day to come"), "\(ahead.errors)")
    }
  }

  /// Words of a report, whose lines are wrapped at the width of a terminal.
  private func said(_ outcome: Outcome) -> String {
    outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Of 2026-06-23 one request is unmeasured, and others are measured: the bill's sum lacks some of these.
  @Test func amountsOfABillOfFewerRequestsAreSaidToBeNet() throws {
    try world { test in
      try test.write("Day,Model,Cost,Req\n2026-06-23,MiniMax-M2.7,1,10\n", to: "bill.csv")
      let outcome = reconcile(
        test, "bill.csv", "--provider", "minimax", "--columns", "day=Day,model=Model,cost=Cost,requests=Req")
      #expect(
        said(outcome).contains(
          #/; at least \$0\.\d+ belong to the unmeasured request, net of requests that the bill lacks/#), "\(outcome)")
    }
  }

  @Test func whatOnlyTheLedgerHasIsSaid() throws {
    try world { test in
      // The ledger has these days of MiniMax, and more.
      try test.write("Day,Model,Cost\n2026-06-22,MiniMax-M2.7,1\n2026-06-24,MiniMax-M2.7,1\n", to: "bill.csv")
      let outcome = reconcile(test, "bill.csv", "--provider", "minimax", "--format", "json")
      let found = try bill(outcome)
      #expect(found["days_missing_from_bill"] as? [String] == ["2026-06-23"])
      let missing = try rows(found).filter { $0["in_bill"] as? Bool == false }
      #expect(missing.allSatisfy { $0["day"] as? String == "2026-06-23" } && !missing.isEmpty)
      let outside = try #require(found["outside_period"] as? [String: Any])
      #expect((outside["since"] as? String ?? "") > "2026-06-24" && (outside["requests"] as? Int ?? 0) > 0)
      let text = said(reconcile(test, "bill.csv", "--provider", "minimax"))
      #expect(text.contains("The bill has nothing of 2026-06-23, inside its period: missing are"), "\(text)")
      #expect(text.contains("to minimax outside the bill's period, on"), "\(text)")
    }
  }

  @Test func tokensAloneAreNoMoneyInAnyFormat() throws {
    try world { test in
      try test.write(
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
          + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
          + "2026-06-22,claude-sonnet-4-6,1000000,0,0,0,0\n", to: "usage.csv")
      func report(_ format: String) -> Outcome { test.run("reconcile", "usage.csv", "--format", format) }
      let row = try #require(
        try rows(bill(report("json"))).first { $0["model"] as? String == "claude-sonnet-4-6" })
      #expect(row["billed_usd"] is NSNull && row["tokens_at_table_prices_usd"] as? String == "3")
      for format in ["table", "markdown", "html"] {
        let text = report(format).output
        #expect(text.contains("Its tokens") && !text.contains("Billed |"), "\(text)")
      }
      #expect(!said(report("table")).contains("Billed"))
    }
  }

  @Test func theBillsOwnRateIsHeldAgainstTheTablesWhereNothingWasMeasured() throws {
    try world(hasTranscripts: false) { (test) throws in
      func row(_ cost: String) throws -> [String: Any] {
        try test.write("Day,Model,In,Out,Cost\n2026-06-22,MiniMax-M2.7,1000000,100000,\(cost)\n", to: "bill.csv")
        let columns = "day=Day,model=Model,input=In,output=Out,cost=Cost"
        let outcome = test.run(
          "reconcile", "bill.csv", "--provider", "minimax", "--columns", columns, "--format", "json")
        return try #require(try rows(bill(outcome)).first)
      }
      // A million at 0.30 and 0.1 million at 1.20.
      #expect(try row("0.42")["price_usd"] as? String == "0")
      #expect(try row("0.42")["unmeasured_or_others_usd"] as? String == "0.42")
      #expect(try row("0.84")["price_usd"] as? String == "0")
      #expect(try row("0.84")["unmeasured_or_others_usd"] as? String == "0.84")
      #expect(try row("0.84")["at_table_prices_usd"] as? String == "0.42")
      #expect(try (row("0.84")["rates"] as? [[String: Any]])?.count == 1)
      #expect(try row("0.42")["at_table_prices_usd"] is NSNull && (row("0.42")["rates"] as? [Any])?.isEmpty == true)
    }
  }

  @Test func unmeasuredRequestsDoNotExplainAnyAmount() throws {
    try world(hasTranscripts: false) { test in
      try test.write("Day,Model,Cost\n2026-06-22,MiniMax-M2.7,1000000\n", to: "bill.csv")
      let outcome = reconcile(test, "bill.csv", "--provider", "minimax")
      #expect(outcome.exitCode == 1 && said(outcome).contains("more than requests can cost: $"), "\(outcome)")
    }
  }

  @Test func filesOfOtherUseAreNoAdjustment() throws {
    try world { test in
      try test.write(
        "user_id,utc_date,model,api_key_name,api_key,type,price,amount\n"
          + "u,2026-06-22,MiniMax-M2.7,k,x,output_tokens,0.0000006,1000000\n", to: "amount.csv")
      try test.write(
        "user_id,utc_date,model,wallet_type,cost,currency\nu,2026-06-22,MiniMax-M2.7,Paid,90,USD\n",
        to: "cost.csv")
      let outcome = test.run("reconcile", "amount.csv", "cost.csv", "--provider", "minimax")
      #expect(outcome.exitCode == 1 && outcome.errors.contains("not explained: $89.4"), "\(outcome)")
      #expect(said(outcome).contains("the provider charges $89.400000 more than its own tokens at its own prices"))
    }
  }

  @Test func twoFormsOfOneBillCountOnceOrAreRefused() throws {
    try world { test in
      let head =
        "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
        + "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n"
      try test.write(head + "2026-06-22,claude-sonnet-4-6,1000,0,0,0,50\n", to: "usage.csv")
      func report(_ output: Int) -> String {
        #"{"data":[{"starting_at":"2026-06-22T00:00:00Z","ending_at":"2026-06-23T00:00:00Z","results":["#
          + #"{"uncached_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":0,"#
          + #""ephemeral_1h_input_tokens":0},"cache_read_input_tokens":0,"output_tokens":\#(output),"#
          + #""model":"claude-sonnet-4-6-20260217"}]}],"has_more":false}"#
      }
      try test.write(report(50), to: "same.json")
      let same = test.run("reconcile", "usage.csv", "same.json", "--format", "json")
      let document = try JSONSerialization.jsonObject(with: Data(same.output.utf8)) as? [String: Any]
      #expect((document?["bills"] as? [Any])?.count == 1)
      #expect((try bill(same)["counted_once"] as? [[String: Any]])?.first?["file"] as? String == "same.json")
      try test.write(report(51), to: "other.json")
      let other = test.run("reconcile", "usage.csv", "other.json")
      #expect(other.exitCode == 2 && other.output.isEmpty)
      #expect(other.errors.contains("usage.csv and other.json are two forms of one bill"), "\(other.errors)")
    }
  }

  @Test func aReportIsNotWrittenOverItsBill() throws {
    try world { test in
      let text = "Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,1\n"
      try test.write(text, to: "bill.csv")
      try FileManager.default.createSymbolicLink(
        atPath: "\(test.home)/link.csv", withDestinationPath: "\(test.home)/bill.csv")
      try FileManager.default.linkItem(atPath: "\(test.home)/bill.csv", toPath: "\(test.home)/other.csv")
      for name in ["bill.csv", "./bill.csv", "link.csv", "other.csv"] {
        let outcome = reconcile(test, "bill.csv", "--provider", "anthropic", "-o", name)
        #expect(outcome.exitCode == 64 && outcome.errors.contains("over the bill"), "\(outcome)")
        #expect(try String(contentsOfFile: "\(test.home)/bill.csv", encoding: .utf8) == text)
      }
      #expect(reconcile(test, "bill.csv", "--provider", "anthropic", "-o", "new.txt").exitCode != 64)
    }
  }

  @Test(arguments: ["0,9", "nan", "-1", "1e3", "%", "0.5 %", "$1", ".5"])
  func aToleranceIsADecimalWithAPoint(_ text: String) throws {
    try TestContext.with { (test) throws in
      let outcome = test.run("reconcile", "bill.csv", "--tolerance=\(text)")
      #expect(
        outcome.exitCode == 64 && outcome.errors.contains("write 0.01 for a cent or 0.5% for a share"), "\(outcome)")
    }
  }

  @Test func nothingIsToleratedBeyondAll() throws {
    try TestContext.with { (test) throws in
      let outcome = test.run("reconcile", "bill.csv", "--tolerance", "101%")
      #expect(outcome.exitCode == 64 && outcome.errors.contains("100%"))
    }
  }

  @Test func columnsSayWhatTheyTake() throws {
    try world { test in
      try test.write("Day,Model,\"Cost, USD\"\n2026-06-22,claude-sonnet-4-6,1\n", to: "bill.csv")
      func errors(_ columns: String) -> String {
        test.run("reconcile", "bill.csv", "--provider", "anthropic", "--columns", columns).errors
      }
      // A title with a comma, and one with spaces around it.
      let outcome = test.run(
        "reconcile", "bill.csv", "--provider", "anthropic", "--columns", "day= Day ,model=Model,cost=Cost, USD")
      #expect(outcome.exitCode != 2 && outcome.exitCode != 64 && outcome.output.contains("1.0000"), "\(outcome)")
      #expect(errors("day=Day,cots=Model").contains("does not know “cots”"))
      #expect(errors("day=Day,cost").contains("no column is called Day,cost"))
      #expect(errors("day=Day,rate=Model,rate/M=Model").contains("one of rate, rate/K and rate/M"))
      #expect(errors("day=Day,model=").contains("model= lacks the title"))
      #expect(errors("day=Day,day=Model").contains("names day twice"))
      let fee = errors("day=Day,model=Model,cost=Cost, USD,fee=0.5")
      #expect(fee.contains("fee takes the title of a column, and no column is called 0.5"), "\(fee)")
    }
  }

  @Test func equalLinesOfATableAreNamed() throws {
    try world { test in
      let row = "2026-06-22,claude-sonnet-4-6,1\n"
      try test.write("Day,Model,Cost\n" + row + row, to: "bill.csv")
      let said = reconcile(test, "bill.csv", "--provider", "anthropic")
      #expect(said.errors.contains("bill.csv: 1 line is equal to another of it, and counts all the same"), "\(said)")
      #expect(said.output.contains("$2.000000"), "\(said)")
    }
  }

  @Test func aRecordingIsCorrectedByRecordingAgain() throws {
    try world { test in
      try test.write("Day,Model,Cost\n2026-06-22,claude-sonnet-4-6,1\n", to: "bill.csv")
      func record(_ more: String...) -> String {
        let arguments = ["bill.csv", "--provider", "anthropic", "--columns", Self.columns, "--record"]
        return test.run(["reconcile"] + arguments + more).errors
      }
      #expect(record("--currency", "CNY").contains("kept what the bill says of anthropic"))
      #expect(record("--currency", "CNY").contains("kept before"))
      let corrected = record()
      #expect(corrected.contains("what was kept of the same files before is replaced"), "\(corrected)")
      #expect(record().contains("kept before"))
    }
  }
}
