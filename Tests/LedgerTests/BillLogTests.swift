import Foundation
import GRDB
import Model
import Testing

@testable import Ledger

/// What is kept of bills: charges and tokens, each of them once.
@Suite struct BillLogTests {
  private static let model = ModelID(provider: "deepseek", model: "m")
  private static let first = CivilDay(number: 20_767)

  private static func bill(_ days: ClosedRange<CivilDay>, provider: String = "deepseek", hasMoney: Bool = true)
    -> RecordedBill
  {
    RecordedBill(seller: .deepseek, provider: provider, days: days, recorded: 1, hasMoney: hasMoney)
  }

  private static func use(_ days: ClosedRange<CivilDay>, _ cost: String?, requests: Int? = nil, model: ModelID = model)
    -> BilledUse
  {
    BilledUse(
      model: model, days: days, cost: cost.flatMap { ExactAmount($0) },
      measured: requests.map {
        BilledUse.Measured(
          requests: $0, tokens: TokenUsage(input: 10), cost: cost.flatMap { ExactAmount($0) })
      })
  }

  private static func day(_ number: Int) -> CivilDay { first.advanced(by: number) }

  /// The charges of all days, by model and first day.
  private static func charges(_ ledger: LedgerFile) throws -> [String] {
    try ledger.billedUse(in: day(-99)...day(99)).compactMap { use in
      use.cost.map { "\(use.model.model) \(use.days.lowerBound.number - first.number) \($0)" }
    }
  }

  @Test func theSameFileCountsOnceAndIsCorrectedByAnotherConversion() throws {
    let bench = try Workbench()
    let days = Self.day(0)...Self.day(1)
    let file = Array("day,cost\r\n1,2\r\n".utf8)
    func record(_ costs: [String], provider: String = "deepseek", _ contents: [[UInt8]]) throws
      -> LedgerFile.BillRecording
    {
      let uses = costs.enumerated().map { Self.use(Self.day($0)...Self.day($0), $1) }
      return try bench.ledger.record([(bill: Self.bill(days, provider: provider), uses: uses)], contents: contents)
    }
    #expect(try record(["7", "14"], [file]) == .kept)
    #expect(try record(["7", "14"], [file]) == .unchanged)
    // Another rate, and a copy with other line ends.
    #expect(try record(["1", "2"], [Array("day,cost\n1,2\n".utf8)]) == .replaced)
    #expect(try Self.charges(bench.ledger) == ["m 0 1", "m 1 2"])
    // Another provider, and fewer days: nothing is left of what was wrong.
    #expect(try record(["1"], provider: "openrouter", [file]) == .replaced)
    #expect(try Self.charges(bench.ledger) == ["m 0 1"])
    #expect(try bench.ledger.bills().map(\.provider) == ["openrouter"])
    // With a further file it is a larger bill of the same.
    #expect(try record(["1", "3"], [Array("day,cost\n2,3\n".utf8), file]) == .replaced)
    #expect(try bench.ledger.bills().count == 1)
  }

  @Test func theBillThatWasRecordedLastHolds() throws {
    let bench = try Workbench()
    func record(_ file: String, _ days: ClosedRange<Int>, _ cost: String) throws {
      _ = try bench.ledger.record(
        [
          (
            bill: Self.bill(Self.day(days.lowerBound)...Self.day(days.upperBound)),
            uses: days.map { Self.use(Self.day($0)...Self.day($0), cost) }
          )
        ], contents: [Array(file.utf8)])
    }
    try record("a", 0...2, "1")
    try record("b", 2...3, "2")
    #expect(try Self.charges(bench.ledger) == ["m 0 1", "m 1 1", "m 2 2", "m 3 2"])
    // The older one again, at another rate: what was recorded last holds.
    try record("a", 0...2, "5")
    #expect(try Self.charges(bench.ledger) == ["m 0 5", "m 1 5", "m 2 5", "m 3 2"])
  }

  @Test func aWeekReplacesItsDaysAndAllModelsEachOfThem() throws {
    let bench = try Workbench()
    func record(_ file: String, _ use: BilledUse) throws {
      _ = try bench.ledger.record([(bill: Self.bill(use.days), uses: [use])], contents: [Array(file.utf8)])
    }
    try record("a", Self.use(Self.day(1)...Self.day(1), "1"))
    try record("b", Self.use(Self.day(9)...Self.day(9), "1"))
    try record("week", Self.use(Self.day(0)...Self.day(6), "7"))
    #expect(try Self.charges(bench.ledger) == ["m 0 7", "m 9 1"])
    // Of a part of the week nothing is known.
    #expect(try bench.ledger.billedUse(in: Self.day(0)...Self.day(5)).isEmpty)
    let all = ModelID(provider: "deepseek", model: BilledUse.allModels)
    try record("all", Self.use(Self.day(3)...Self.day(3), "9", model: all))
    #expect(try Self.charges(bench.ledger) == ["all models 3 9", "m 9 1"])
  }

  /// Rounded to the cent, by the week, or without money: what says the same and less takes no place.
  @Test func aLesserBillOfTheSameLeavesTheBetterOne() throws {
    let bench = try Workbench()
    func record(_ file: String, _ uses: [BilledUse]) throws -> LedgerFile.BillRecording {
      let days = try #require(uses.map(\.days.lowerBound).min())...#require(uses.map(\.days.upperBound).max())
      return try bench.ledger.record([(bill: Self.bill(days), uses: uses)], contents: [Array(file.utf8)])
    }
    func rounded(_ days: ClosedRange<CivilDay>, _ cost: String) -> BilledUse {
      var use = Self.use(days, cost)
      use.rounding = ExactAmount(units: 5_000_000_000_000_000)
      return use
    }
    let days = (0...1).map { Self.day($0)...Self.day($0) }
    #expect(try record("exact", [Self.use(days[0], "1.318", requests: 3), Self.use(days[1], "2")]) == .kept)
    #expect(try record("cents", [rounded(days[0], "1.32")]) == .nothingAdded)
    #expect(try record("cents", [rounded(days[0], "1.32")]) == .unchanged)
    #expect(try record("week", [Self.use(Self.day(0)...Self.day(6), "3.318")]) == .nothingAdded)
    let all = ModelID(provider: "deepseek", model: BilledUse.allModels)
    #expect(try record("all", [Self.use(days[1], "2", model: all)]) == .nothingAdded)
    #expect(try Self.charges(bench.ledger) == ["m 0 1.318", "m 1 2"])
    #expect(try record("tokens", [Self.use(days[0], nil, requests: 3)]) == .nothingAdded)
    #expect(try bench.ledger.billedUse(in: days[0]).compactMap(\.measured?.cost) == [ExactAmount("1.318")])
    // What says something else does.
    #expect(try record("later", [rounded(days[0], "1.33")]) != .nothingAdded)
    #expect(try Self.charges(bench.ledger) == ["m 0 1.33", "m 1 2"])
    // And what the bill measured whose charge it replaces does no longer hold.
    #expect(try bench.ledger.billedUse(in: days[0]).compactMap(\.measured).isEmpty)
    #expect(try record("fewer", [Self.use(days[0], nil, requests: 2)]) == .kept)
    #expect(try bench.ledger.billedUse(in: days[0]).compactMap(\.measured?.requests) == [2])
  }

  @Test func tokensAreNoCharge() throws {
    let bench = try Workbench()
    let days = Self.day(0)...Self.day(0)
    func record(_ file: String, _ use: BilledUse, hasMoney: Bool) throws {
      _ = try bench.ledger.record(
        [(bill: Self.bill(days, hasMoney: hasMoney), uses: [use])], contents: [Array(file.utf8)])
    }
    try record("usage", Self.use(days, nil, requests: 3), hasMoney: false)
    #expect(try Self.charges(bench.ledger).isEmpty)
    #expect(try bench.ledger.bills().lastDay(of: "deepseek") == nil)
    // Money of another file stands beside them.
    try record("cost", Self.use(days, "4"), hasMoney: true)
    #expect(try Self.charges(bench.ledger) == ["m 0 4"])
    #expect(try bench.ledger.billedUse(in: days).compactMap(\.measured?.requests) == [3])
    #expect(try bench.ledger.bills().lastDay(of: "deepseek") == Self.day(0))
  }

  @Test func billsOfTheFirstTablesAreFoundAgain() throws {
    let file = Array("day,cost\n1,2\n".utf8)
    var hash = StableHash()
    hash.add(file)
    hash.add([0xff])
    hash.add("deepseek \(Self.day(0)) \(Self.day(0))".utf8)
    let value = hash.value
    let bench = try Workbench(upTo: "web searches in the archive") { database in
      try database.execute(
        sql: "INSERT INTO bill VALUES (1, ?, 'deepseek', 'deepseek', ?, ?, 5)",
        arguments: [value, Self.day(0).number, Self.day(0).number])
      try database.execute(
        sql: "INSERT INTO bill_use VALUES ('deepseek', 'm', ?, 1, '7', 2, 10, 0, 0, 0, 3, '0.5')",
        arguments: [Self.day(0).number])
    }
    let days = Self.day(0)...Self.day(0)
    #expect(try Self.charges(bench.ledger) == ["m 0 7"])
    #expect(
      try bench.ledger.billedUse(in: days).compactMap(\.measured)
        == [
          BilledUse.Measured(requests: 2, tokens: TokenUsage(input: 10, output: 3), cost: ExactAmount("0.5"))
        ])
    let again = try bench.ledger.record([(bill: Self.bill(days), uses: [Self.use(days, "1")])], contents: [file])
    #expect(again == .replaced)
    #expect(try Self.charges(bench.ledger) == ["m 0 1"] && bench.ledger.bills().count == 1)
  }
}
