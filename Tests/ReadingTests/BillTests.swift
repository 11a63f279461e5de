import Foundation
import Model
import Testing

@testable import Reading

@Suite struct BillTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/bills")

  private func bills(_ name: String, _ reader: BillReader = BillReader()) throws -> [Bill] {
    try reader.bills(Array(Data(contentsOf: Self.folder.appending(path: name))), path: name)
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
    #expect(rows.map(\.fee) == [nil, "web_search"])
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
    #expect(throws: BillError.missingColumn(path: "table.csv", name: "Preis", seen: ["Tag", "Modell", "Betrag"])) {
      try bills("table.csv", BillReader(columns: ["day": "Tag", "cost": "Preis"]))
    }
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
