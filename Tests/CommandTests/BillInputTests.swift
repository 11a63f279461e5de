import Commands
import Foundation
import TestSupport
import Testing

/// Bills as they are handed over: through a pipe, in other encodings, by the names of their keys; and where they are shown
/// again.
struct BillInputTests {
  private static let columns = ["--provider", "minimax", "--columns", "day=Day,model=Model,cost=Cost,key=Key"]
  private static let bill = "Day,Model,Cost,Key\n2026-06-22,MiniMax-M2.7,1,router\n"

  /// No request to MiniMax is measured.
  private func world<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      // Late on 2026-06-30.
      test.context.now = { 1_782_860_400_000 }
      try test.ingest(fixtures: "ccr-v1/logs")
      try test.write(Self.bill, to: "bill.csv")
      return try body(test)
    }
  }

  @Test func aBillComesThroughAPipe() throws {
    try world { test in
      let file = test.run(["reconcile", "bill.csv"] + Self.columns)
      let handle = try #require(FileHandle(forReadingAtPath: "\(test.home)/bill.csv"))
      test.context.inputDescriptor = handle.fileDescriptor
      let piped = test.run(["reconcile", "-"] + Self.columns)
      #expect(piped.exitCode == 0 && piped.output == file.output, "\(piped)")
      // Read to its end.
      let again = test.run(["reconcile", "-"] + Self.columns)
      #expect(again.exitCode == 2 && again.errors.contains("standard input: there is nothing in it"), "\(again)")
      #expect(test.run(["reconcile", "-", "-"] + Self.columns).exitCode == 64)
      try handle.close()
    }
  }

  @Test func aNameOfAKeyThatNoRowHasIsRefused() throws {
    try world { test in
      #expect(test.run(["reconcile", "bill.csv", "--key", "router"] + Self.columns).exitCode == 0)
      let two = test.run(["reconcile", "bill.csv", "--key", "router", "--key", "rooter"] + Self.columns)
      #expect(
        two.exitCode == 2 && two.errors.contains("no row of the bill went by a key of the name “rooter”"), "\(two)")
      let key = test.run(["reconcile", "bill.csv", "--key", "sk-CANARY-0123456789abcdef"] + Self.columns)
      #expect(key.exitCode == 2 && !key.errors.contains("CANARY"), "\(key)")
    }
  }

  @Test func aTableThatIsNoUTF8IsReadAndSaidSo() throws {
    try world { test in
      let text = Array(Self.bill.replacing("router", with: "b").utf8).map { $0 == UInt8(ascii: "b") ? 0xfc : $0 }
      try Data(text).write(to: URL(filePath: "\(test.home)/old.csv"))
      let outcome = test.run(["reconcile", "old.csv", "--by", "key"] + Self.columns)
      #expect(outcome.errors.contains("old.csv is no UTF-8: read as Windows-1252"), "\(outcome)")
      #expect(outcome.exitCode == 0 && outcome.output.contains("ü"), "\(outcome)")
    }
  }

  @Test func whatABillChargesIsInTheReportWhetherItCountsRequestsOrNot() throws {
    try world { test in
      #expect(test.run(["reconcile", "bill.csv", "--record"] + Self.columns).exitCode == 0)
      let period = ["--since", "2026-06-20", "--until", "2026-06-30"]
      let text = test.run(["report"] + period).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(text.contains("minimax/MiniMax-M2.7: $1.0000 charged, 2026-06-22; no figure above holds it"), "\(text)")
      let json = test.run(["report", "--format", "json"] + period).output
      let document = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      let charge = try #require((document?["charged_by_bills"] as? [[String: Any]])?.first)
      #expect(charge["billed_usd"] as? String == "1" && charge["until"] as? String == "2026-06-22")
    }
  }

  @Test func aTableDoesNotSayOnWhichDayItCountsARequest() throws {
    try world { test in
      let call =
        #"{"request_id":"chatcmpl-1","call_type":"acompletion","spend":0,"total_tokens":1010,"prompt_tokens":1000,"#
        + #""completion_tokens":10,"startTime":"2026-06-22T23:59:59.000","endTime":"2026-06-23T00:00:04.000","#
        + #""model":"minimax/MiniMax-M2.7","model_group":"m","custom_llm_provider":"minimax","status":"success","#
        + #""metadata":{"usage_object":{"total_tokens":1010,"prompt_tokens":1000,"completion_tokens":10}}}"#
      try test.write(call + "\n", to: "calls.jsonl")
      #expect(test.run("ingest", "calls.jsonl").exitCode == 0)
      func said(_ arguments: [String]) -> String {
        test.run(["reconcile"] + arguments).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      let table = said(["bill.csv"] + Self.columns)
      #expect(
        table.contains("counted on the day they began; the table does not say how it counts"), "\(table)")
      let text =
        "Date,Slug,Usage,Requests,Prompt Tokens,Completion Tokens\n"
        + "2026-06-22 00:00:00,minimax/minimax-m2.7,5,8,1000000,100000\n"
      try test.write(text, to: "activity.csv")
      let activity = said(["activity.csv", "--provider", "minimax"])
      #expect(activity.contains("counted on the day they began, as the bill does"), "\(activity)")
    }
  }

  @Test func eachDayIsAtItsOwnRateOfTheCurrency() throws {
    try world { test in
      let prices = """
        provider: minimax
        models:
          - model: MiniMax-M2.7
            prices: [{from: 2026-01-01, input: "0.3", output: "1.2", source: s, verified: 2026-01-01}]
        currencies:
          - currency: EUR
            rates:
              - {from: 2026-06-01, usd: "1.25", source: s, verified: 2026-01-01}
              - {from: 2026-06-23, usd: "1.5", source: s, verified: 2026-01-01}
        """
      try test.write(prices, to: "pricing/minimax.yaml")
      test.context.environment["CCR_AUDIT_PRICING"] = "\(test.home)/pricing"
      try test.write("Day,Model,Cost\n2026-06-22,MiniMax-M2.7,1\n2026-06-23,MiniMax-M2.7,1\n", to: "euro.csv")
      let outcome = test.run(
        "reconcile", "euro.csv", "--provider", "minimax", "--currency", "EUR", "--columns",
        "day=Day,model=Model,cost=Cost", "--format", "json")
      let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      let bill = try #require((document?["bills"] as? [[String: Any]])?.first, "\(outcome)")
      let rows = try #require(bill["rows"] as? [[String: Any]])
      #expect(rows.map { $0["billed_usd"] as? String } == ["1.25", "1.5"])
    }
  }

  /// OpenRouter's activity tells the sum of all tokens: what is charged beyond these is said, and what for is not.
  @Test func moneyBeyondAllTokensIsSaid() throws {
    try world { test in
      let text =
        "Date,Slug,Usage,Requests,Prompt Tokens,Completion Tokens\n"
        + "2026-06-22 00:00:00,minimax/minimax-m2.7,5,8,1000000,100000\n"
      try test.write(text, to: "activity.csv")
      let outcome = test.run("reconcile", "activity.csv", "--provider", "minimax")
      let said = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      // 1.1 million tokens at 1.20, the highest rate, are $1.32.
      #expect(outcome.exitCode == 1 && outcome.errors.contains("$3.680000 of minimax/MiniMax-M2.7"), "\(outcome)")
      #expect(
        said.contains(
          "the bill has 1,100,000 tokens more than were measured, which cost at most $1.320000, all at 1.2 dollars a "
            + "million: $3.680000 is not explained by them"), "\(said)")
    }
  }
}
