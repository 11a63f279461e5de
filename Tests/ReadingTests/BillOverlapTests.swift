import Foundation
import Model
import TestSupport
import Testing

@testable import Reading

/// Several files of one provider: what is the same use counts once.
@Suite struct BillOverlapTests {
  private static let day = CivilDay(number: 20_767)

  private static func read(_ text: String, _ file: String) throws -> [Bill] {
    var bills = try BillReader(columns: ["day": "day", "model": "model", "key": "key", "cost": "cost"])
      .bills(Array(text.utf8), path: file)
    for place in bills.indices { bills[place].files = [file] }
    return bills
  }

  private static func table(_ rows: [String], _ lineEnd: String = "\n") -> String {
    (["day,model,key,cost"] + rows).map { $0 + lineEnd }.joined()
  }

  private static let rows = [
    "2026-11-10,m,a,1.00", "2026-11-10,m,a,0.50", "2026-11-10,m,b,2.00", "2026-11-11,m,a,4.00",
  ]

  private static func sum(_ bills: [Bill]) -> ExactAmount {
    bills.flatMap(\.rows).reduce(.zero) { $0 + ($1.cost ?? .zero) }
  }

  @Test func aFileGivenTwiceIsReadOnceHoweverItsLinesEnd() throws {
    let once = try Self.read(Self.table(Self.rows), "a.csv")
    for copy in [
      Self.table(Self.rows), Self.table(Self.rows, "\r\n"), "\u{feff}" + Self.table(Self.rows),
      Self.table(Self.rows.reversed()),
    ] {
      let joined = try Bill.joined(once + Self.read(copy, "b.csv"))
      #expect(Self.sum(joined) == ExactAmount("7.5"))
      #expect(joined.flatMap(\.repeats) == [BillRepeat(file: "b.csv", original: "a.csv", rows: 4, isWhole: true)])
    }
  }

  @Test func whatTwoPeriodsHaveInCommonCountsOnce() throws {
    let later = Self.table([Self.rows[3], "2026-11-12,m,a,8.00"])
    let joined = try Bill.joined(Self.read(Self.table(Self.rows), "a.csv") + Self.read(later, "b.csv"))
    #expect(Self.sum(joined) == ExactAmount("15.5"))
    #expect(joined.flatMap(\.repeats) == [BillRepeat(file: "b.csv", original: "a.csv", rows: 1, isWhole: false)])
  }

  /// However an export is cut into files that overlap, and in whatever order they are given, it is the same bill.
  @Test(arguments: 0..<40) func overlappingPartsAreTheWhole(_ seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let days = (10..<30).map { day in
      (0..<Int.random(in: 1...4, using: &chance)).map { _ in
        "2026-11-\(day),m\(Int.random(in: 0..<3, using: &chance)),k,0.\(Int.random(in: 1..<99, using: &chance))"
      }
    }
    let whole = try Self.read(Self.table(days.flatMap(\.self)), "whole")
    var parts = [days[0..<12], days[8..<20]].map { Array($0) }
    for _ in 0..<3 {
      let first = Int.random(in: 0..<20, using: &chance)
      parts.append(Array(days[first..<Int.random(in: first + 1...20, using: &chance)]))
    }
    let bills = try parts.shuffled(using: &chance).enumerated().flatMap { number, part in
      try Self.read(Self.table(part.flatMap(\.self)), "part\(number)")
    }
    let joined = try Bill.joined(bills)
    func counts(_ bills: [Bill]) -> [BillRow: Int] {
      bills.flatMap(\.rows).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(joined.count == 1 && counts(joined) == counts(whole))
  }

  @Test func otherFiguresForTheSameUseAreRefusedWithBothNames() throws {
    let other = Self.table(["2026-11-10,m,b,2.01"])
    #expect(throws: BillError.sameUse(first: "a.csv", second: "b.csv", day: Self.day)) {
      try Bill.joined(Self.read(Self.table(Self.rows), "a.csv") + Self.read(other, "b.csv"))
    }
    let both = try Bill.joined(
      Self.read(Self.table(Self.rows), "a.csv") + Self.read(other, "b.csv"), addsAccounts: true)
    #expect(Self.sum(both) == ExactAmount("9.51") && both.flatMap(\.repeats).isEmpty)
    // Other keys, other models and other days are other use.
    let apart = Self.table(["2026-11-10,m,c,2.01", "2026-11-10,n,b,1.00", "2026-11-12,m,b,1.00"])
    let added = try Bill.joined(Self.read(Self.table(Self.rows), "a.csv") + Self.read(apart, "b.csv"))
    #expect(Self.sum(added) == ExactAmount("11.51"))
  }

  /// What the API answers of one key by the hour, and of another by the day, is not the same use; what it answers of all
  /// keys holds that of each.
  @Test func useOfOtherIdsIsOtherUse() throws {
    func answer(_ key: String?, hours: ClosedRange<Int>?, _ tokens: Int, workspace: String? = nil) -> String {
      func id(_ id: String?) -> String { id.map { "\"\($0)\"" } ?? "null" }
      func bucket(_ start: String, _ end: String) -> String {
        #"{"starting_at":"\#(start)Z","ending_at":"\#(end)Z","results":[{"uncached_input_tokens":\#(tokens),"#
          + #""cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"#
          + #""cache_read_input_tokens":0,"output_tokens":1,"model":"m","api_key_id":\#(id(key)),"#
          + #""workspace_id":\#(id(workspace))}]}"#
      }
      return hours.map {
        $0.map { bucket("2026-11-10T\($0):00:00", "2026-11-10T\($0 + 1):00:00") }.joined(separator: ",")
      } ?? bucket("2026-11-10T00:00:00", "2026-11-11T00:00:00")
    }
    func tokens(_ files: [String]...) throws -> Int64? {
      let bills = try files.enumerated().flatMap { place, buckets in
        try Self.read(#"{"data":[\#(buckets.joined(separator: ","))]}"#, "\(place)")
      }
      return try Bill.joined(bills).flatMap(\.rows).tokens[.input]
    }
    let (hourly, daily) = (answer("a", hours: 10...11, 5), answer("b", hours: nil, 7))
    #expect(try tokens([hourly], [daily]) == 17)
    #expect(try tokens([daily], [hourly], [daily]) == 17)
    #expect(try tokens([daily, hourly]) == 17)
    #expect(try tokens([answer("a", hours: nil, 10)], [daily]) == 17)
    for other in [answer("a", hours: nil, 10), answer(nil, hours: nil, 17), answer(nil, hours: nil, 9, workspace: "w")]
    {
      let refused = { (files: String...) in
        BillError.sameUse(first: files[0], second: files[1], day: Self.day)
      }
      #expect(throws: refused("0", "1")) { try tokens([hourly], [other]) }
      #expect(throws: refused("0", "1")) { try tokens([other], [hourly]) }
      #expect(throws: refused("0", "0")) { try tokens([other, hourly]) }
    }
    #expect(throws: BillError.sameUse(first: "0", second: "1", day: Self.day)) {
      try tokens([daily], [answer(nil, hours: nil, 7)])
    }
  }

  private static func bill(_ file: String, _ rows: [BillRow]) -> Bill {
    var bill = Bill(seller: .openrouter, format: "logs", rows: rows)
    bill.files = [file]
    return bill
  }

  @Test func aRequestCountsOnceByItsId() throws {
    func row(_ id: String, _ cost: String, fee: String? = nil) -> BillRow {
      var row = BillRow(day: Self.day, model: "m", cost: ExactAmount(cost), fee: fee)
      row.id = id
      return row
    }
    let first = [row("a", "1"), row("a", "0.1", fee: "web search"), row("b", "1"), row("a", "1")]
    // Two requests of equal cost are two; the same id in one file, or in two, is one.
    let alone = try Bill.joined([Self.bill("x", first)])
    #expect(Self.sum(alone) == ExactAmount("2.1"))
    #expect(alone.flatMap(\.repeats) == [BillRepeat(file: "x", original: "x", rows: 1, isWhole: false)])
    let joined = try Bill.joined(
      [Self.bill("x", first), Self.bill("y", [row("b", "1"), row("c", "5")])], addsAccounts: true)
    #expect(Self.sum(joined) == ExactAmount("7.1"))
    #expect(throws: BillError.sameUse(first: "x", second: "y", day: Self.day)) {
      try Bill.joined([Self.bill("x", first), Self.bill("y", [row("b", "2")])])
    }
  }

  @Test func hoursOfADayInTwoFilesAddUpAndAWholeDayIsNoneOfThem() throws {
    func row(_ hour: Int64?, lastDay: Int? = nil) -> BillRow {
      var row = BillRow(day: Self.day, model: "m", tokens: [.input: 5])
      row.bucket = hour.map { $0 * 3_600_000..<($0 + 1) * 3_600_000 }
      row.lastDay = lastDay.map(Self.day.advanced(by:))
      return row
    }
    let page = Self.bill("x", [row(0), row(1)])
    #expect(try Bill.joined([page, Self.bill("y", [row(2), row(3)])]).map(\.rows.count) == [4])
    for other in [row(nil), row(nil, lastDay: 6)] {
      #expect(throws: BillError.sameUse(first: "x", second: "y", day: Self.day)) {
        try Bill.joined([page, Self.bill("y", [other])])
      }
    }
  }
}

/// DeepSeek's file of costs beside the one of amounts.
@Suite struct DeepSeekJoiningTests {
  private static func amounts(_ rows: [String]) -> String {
    (["user_id,utc_date,model,api_key_name,api_key,type,price,amount"] + rows).map { $0 + "\n" }.joined()
  }

  private static func costs(_ rows: [String]) -> String {
    (["user_id,utc_date,model,wallet_type,cost,currency"] + rows).map { $0 + "\n" }.joined()
  }

  private static func joined(_ texts: String...) throws -> Bill {
    let bills = try texts.flatMap { try BillReader().bills(Array($0.utf8), path: "x") }
    let joined = try Bill.joined(bills)
    #expect(joined.count == 1)
    return try #require(joined.first)
  }

  /// Nothing tells which of two currencies it is in: a wrong one would be a wrong amount.
  @Test func amountsBesideCostsOfTwoCurrenciesAreRefused() throws {
    func file(_ text: String, _ name: String, in archive: String? = nil) throws -> [Bill] {
      var bills = try BillReader().bills(Array(text.utf8), path: name)
      for place in bills.indices { bills[place].archive = archive }
      return bills
    }
    let euros = Self.costs(["u,20261110,m,Paid,0.95,CNY"])
    let dollars = Self.costs(["u,20261109,m,Paid,0.10,USD"])
    let all = try file(Self.use, "amount.csv") + file(dollars, "usd.csv") + file(euros, "cny.csv")
    for order in [all, all.reversed()] {
      let error = #expect(throws: BillError.self) { try Bill.joined(order) }
      for name in ["amount.csv", "usd.csv (USD)", "cny.csv (CNY)"] {
        #expect(error?.description.contains(name) == true, "\(String(describing: error))")
      }
    }
    // The one that it came with in an archive is its own, and brackets in a name make no archive.
    let packed =
      try file(Self.use, "b (1).zip(amount.csv)", in: "b (1).zip") + file(dollars, "usd (1).csv")
      + file(euros, "b (1).zip(cny.csv)", in: "b (1).zip")
    #expect(try Bill.joined(packed).map(\.currency).sorted() == ["CNY", "USD"])
    #expect(try Bill.joined(packed).first { $0.currency == "CNY" }?.rows.count == 2)
  }

  private static let use = amounts(["u,20261110,m,k,x,output_tokens,0.000001,900000"])

  private static func mends(_ bill: Bill) -> [BillRow.Correction?] { bill.rows.map(\.mends).filter { $0 != nil } }

  private static func charged(_ bill: Bill) -> ExactAmount {
    bill.rows.reduce(.zero) { $0 + ($1.cost ?? .zero) }
  }

  @Test func whatIsChargedIsTheCostsAndTheRestAnAmountOfItsOwn() throws {
    let dearer = try Self.joined(Self.use, Self.costs(["u,20261110,m,Paid,0.95,USD"]))
    #expect(Self.charged(dearer) == ExactAmount("0.95") && Self.mends(dearer) == [.charge])
    #expect(dearer.rows.last?.cost == ExactAmount("0.05"))
    let same = try Self.joined(Self.use, Self.costs(["u,20261110,m,Paid,0.90,USD"]))
    #expect(Self.charged(same) == ExactAmount("0.9") && Self.mends(same).isEmpty)
    // Nothing was charged for the model on a day that the file has.
    let free = try Self.joined(Self.use, Self.costs(["u,20261110,other,Paid,0.10,USD"]))
    #expect(Self.charged(free) == ExactAmount("0.1") && Self.mends(free) == [.charge])
  }

  @Test func halfAUnitOfTheLastPlaceIsRounding() throws {
    let use = Self.amounts(["u,20261110,m,k,x,output_tokens,0.000001,904000"])
    #expect(try Self.mends(Self.joined(use, Self.costs(["u,20261110,m,Paid,0.90,USD"]))) == [.rounding])
    let more = Self.amounts(["u,20261110,m,k,x,output_tokens,0.000001,906000"])
    #expect(try Self.mends(Self.joined(more, Self.costs(["u,20261110,m,Paid,0.90,USD"]))) == [.charge])
  }

  @Test func daysThatOnlyOneFileHasStandAsTheyAre() throws {
    let bill = try Self.joined(Self.use, Self.costs(["u,20261111,m,Paid,0.30,USD"]))
    #expect(Self.charged(bill) == ExactAmount("1.2") && Self.mends(bill).isEmpty)
  }

  @Test func amountsWithoutAPriceHaveTheMoneyOfTheCosts() throws {
    let use = Self.amounts(["u,20261110,m,k,x,output_tokens,,900000"])
    let bill = try Self.joined(use, Self.costs(["u,20261110,m,Paid,0.95,USD"]))
    #expect(Self.charged(bill) == ExactAmount("0.95") && Self.mends(bill).isEmpty)
  }
}
