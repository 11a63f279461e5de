import Commands
import Foundation
import TestSupport
import Testing

/// What a comparison says follows from its figures, against a ledger in which no request to MiniMax is measured: 8 of them
/// on 2026-06-22, and others later.
struct BillSentenceTests {
  private func world<Result>(_ body: (TestContext) throws -> Result) throws -> Result {
    try TestContext.with { test in
      // Late on 2026-06-30.
      test.context.now = { 1_782_860_400_000 }
      try test.ingest(fixtures: "ccr-v1/logs")
      return try body(test)
    }
  }

  private func reconcile(_ test: TestContext, _ text: String, _ columns: String, _ more: String...) throws -> Outcome {
    try test.write(text, to: "bill.csv")
    return test.run(["reconcile", "bill.csv", "--provider", "minimax", "--columns", columns] + more)
  }

  /// Words of a report, whose lines are wrapped at the width of a terminal.
  private func said(_ outcome: Outcome) -> String {
    outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private func bill(_ outcome: Outcome) throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require((document?["bills"] as? [[String: Any]])?.first, "\(outcome)")
  }

  @Test func aDayThatTheBillHasNothingOfIsNotExplainedWhereNothingWasMeasured() throws {
    try world { test in
      let text = "Day,Model,Cost\n2026-06-22,MiniMax-M2.7,1\n2026-06-24,MiniMax-M2.7,1\n"
      func run(_ format: String) throws -> Outcome {
        try reconcile(test, text, "day=Day,model=Model,cost=Cost", "--format", format)
      }
      let table = try run("table")
      #expect(table.exitCode == 1 && table.errors.contains("to minimax/MiniMax-M2.7 that the bill has nothing of"))
      #expect(
        said(table).contains(#/nothing of 2026-06-23.+cost is not known: what \d+ unmeasured requests cost is not/#))
      let found = try bill(run("json"))
      let rows = try #require(found["rows"] as? [[String: Any]])
      let row = try #require(rows.first { $0["in_bill"] as? Bool == false })
      #expect(row["ledger_usd"] is NSNull && row["difference_usd"] is NSNull && row["missing_usd"] is NSNull)
      #expect(row["unmeasured_missing"] as? Int == row["answered"] as? Int)
      let open = try #require((found["unexplained"] as? [[String: Any]])?.first)
      #expect(open["amount_usd"] is NSNull && (open["reason"] as? String)?.contains("nothing of") == true)
      #expect(try run("html").output.contains("that the bill has nothing of"))
    }
  }

  @Test func aBillOfFewerRequestsIsOfThatMany() throws {
    try world { test in
      let text = "Day,Model,Cost,Req\n2026-06-22,MiniMax-M2.7,1,5\n"
      let outcome = try reconcile(test, text, "day=Day,model=Model,cost=Cost,requests=Req")
      #expect(outcome.exitCode == 0 && said(outcome).contains("$1.000000 belong to 5 of the 8 unmeasured requests"))
      // Five of at most 10 million tokens at 1.2 dollars a million.
      #expect(said(outcome).contains("not above $60.000000 for 5 requests"), "\(outcome)")
    }
  }

  @Test func whatRequestsCannotCostIsNotRounded() throws {
    try world { test in
      let text = "Day,Model,Cost,Req\n2026-06-22,MiniMax-M2.7,5000.25,8\n"
      let outcome = try reconcile(test, text, "day=Day,model=Model,cost=Cost,requests=Req")
      #expect(outcome.exitCode == 1 && outcome.errors.contains("not explained: $4904.250000"), "\(outcome)")
      #expect(!outcome.output.contains("Rounding"))
    }
  }

  @Test func theBillsPricesOfUnmeasuredTokensAreHeldAgainstTheTables() throws {
    try world { test in
      let text = "Day,Model,Class,Tokens,Rate\n2026-06-22,MiniMax-M2.7,input,200000,0.6\n"
      let outcome = try reconcile(test, text, "day=Day,model=Model,class=Class,tokens=Tokens,rate/M=Rate")
      // The entry of the table is named.
      #expect(
        said(outcome).contains(
          #/price of input tokens: bill 0\.6, table 0\.3 since (\d{4}-\d\d-\d\d), dollars a million tokens/#),
        "\(outcome)")
      let json = try reconcile(
        test, text, "day=Day,model=Model,class=Class,tokens=Tokens,rate/M=Rate", "--format", "json")
      let row = try #require((try bill(json)["rows"] as? [[String: Any]])?.first { $0["in_bill"] as? Bool == true })
      let rate = try #require((row["rates"] as? [[String: Any]])?.first)
      let since = try #require(rate["since"] as? String)
      #expect(rate["table"] as? String == "0.3" && said(outcome).contains("table 0.3 since \(since),"))
      #expect(
        said(outcome).contains("at the bill's prices, $0.120000; at the table's they cost $0.060000"), "\(outcome)")
    }
  }

  @Test func aPriceThatTheTableDoesNotHaveIsSaidSo() throws {
    try world { test in
      try test.write("Day,Model,Cost,In,Out\n2026-06-23,glm-5.2,0,1000,100\n", to: "bill.csv")
      let columns = "day=Day,model=Model,cost=Cost,input=In,output=Out"
      let outcome = test.run("reconcile", "bill.csv", "--provider", "ollama", "--columns", columns)
      #expect(outcome.exitCode == 1)
      #expect(said(outcome).contains("all classes together: bill 0 dollars a million tokens, and none in the table"))
    }
  }

  @Test func numbersAreNoNamesOfCharges() throws {
    try world { test in
      for cell in ["0", "0.02", "$1", "-", "2026-06-22", "none", "false"] {
        let text = "Day,Model,Cost,Fee\n2026-06-22,MiniMax-M2.7,1,\n2026-06-22,MiniMax-M2.7,1.5,\(cell)\n"
        let outcome = try reconcile(test, text, "day=Day,model=Model,cost=Cost,fee=Fee")
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("bill.csv:3: Fee cannot be read: it is no name, and fee takes names"))
        #expect(outcome.errors.contains("it is cost=Fee"))
      }
      let text = "Day,Model,Cost,In\n2026-06-22,MiniMax-M2.7,1,1000\n"
      let model = try reconcile(test, text, "day=Day,model=In,cost=Cost")
      #expect(model.exitCode == 2 && model.errors.contains("model takes names"), "\(model)")
    }
  }
}
